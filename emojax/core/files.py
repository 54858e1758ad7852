"""Atomic writing of files and folders, locks, and the cache folder."""

import contextlib
import errno
import os
import platform
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from emojax.core import paths
from emojax.core.errors import UserError

_NAME_LENGTH: Final = 24
"""Characters of a name in that of its temporary file. With many more, long names exceed 255 bytes."""

_TEMPORARY: Final = re.compile(r"\..*\.emojax-(?P<host>[0-9a-f]{8})-(?P<process>[0-9]{1,10})-.*", re.DOTALL)
_swept: set[Path] = set()


def cache_dir() -> Path:
    """The folder of all caches: ``$EMOJAX_CACHE``, else ``emojax`` in ``$XDG_CACHE_HOME`` or ``~/.cache``.

    Whatever is in it can be made again.
    """
    root = os.environ.get("EMOJAX_CACHE")
    if root:
        return paths.local(root)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "emojax"


def temporary_prefix(folder: Path, name: str) -> str:
    """The beginning of the name of a temporary file or folder that this process makes in `folder`.

    It says which process made it. The first time that a process makes one in a folder, it removes there what
    processes of this machine have left that were killed.

    Args:
      folder: exists.
      name: of what is written, of which the beginning is used.
    """
    host = f"{zlib.crc32(platform.node().encode(errors='replace')):08x}"
    if folder not in _swept:
        _swept.add(folder)
        for entry in os.scandir(folder):
            found = _TEMPORARY.fullmatch(entry.name)
            if found is not None and found["host"] == host and not _runs(int(found["process"])):
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        shutil.rmtree(entry.path)
                    else:
                        os.unlink(entry.path)
    return f".{name[:_NAME_LENGTH]}.emojax-{host}-{os.getpid()}-"


def _runs(process: int) -> bool:
    """Whether there is a process of that number, of whatever user."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields a temporary file beside ``path``, which replaces ``path`` at the end of the block.

    It has the same suffix, by which writers choose the format. If the block raises, the temporary file is
    removed and ``path`` is unchanged.

    Raises:
      OSError: ``path`` cannot be written, or is a device or pipe, which must not be replaced by a file.
    """
    target = Path(path)
    if target.exists() and not (target.is_file() or target.is_dir()):
        raise FileExistsError(errno.EEXIST, "it is not a regular file", str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    prefix = temporary_prefix(target.parent, target.stem)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=prefix, suffix=target.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp creates private files; the result gets the permissions of any other new file.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing_directory(path: str | os.PathLike[str]) -> Iterator[Path]:
    """As `replacing`, for a directory: an existing one is replaced with all its contents."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    prefix = temporary_prefix(target.parent, target.name)
    temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=prefix))
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o777 & ~umask)
        if target.exists():
            shutil.rmtree(target)
        os.replace(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def publish(directory: Path, target: Path) -> None:
    """Renames a finished directory to ``target``, unless another process has created that meanwhile.

    Args:
      directory: on the same file system as ``target``; left where it is if ``target`` exists.
      target: the final place.

    Raises:
      OSError: it cannot be renamed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.rename(directory, target)
    except OSError:
        if not target.is_dir():
            raise


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Locks a folder, created if missing, for this process, as long as the block runs.

    The operating system releases the lock of a process that dies. On a file system without locks the
    folder is not locked.

    Raises:
      UserError: another process has locked it.
    """
    import filelock  # here, because few programs need it

    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise UserError(
            f"{folder} is in use by another run: wait until that has ended, or choose another folder"
        ) from None
    except (OSError, NotImplementedError):
        pass  # a file system without locks
    try:
        yield
    finally:
        lock.release()

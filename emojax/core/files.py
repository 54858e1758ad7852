"""Writing that leaves either the whole file or nothing, and where caches live."""

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from emojax.core.errors import UserError


def cache_dir() -> Path:
    """Root of everything emojax may recreate: ``$EMOJAX_CACHE`` or ``~/.cache/emojax``."""
    root = os.environ.get("EMOJAX_CACHE")
    if root:
        return Path(root).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "emojax"


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields a temporary path beside ``path`` and renames it over ``path`` at the end.

    The suffix is kept, because writers choose their format by it. If the block
    raises, the temporary file is removed and ``path`` is untouched.

    Raises:
      OSError: ``path`` cannot be written, or is a device or pipe, which a file would replace.
    """
    target = Path(path)
    if target.exists() and not (target.is_file() or target.is_dir()):
        raise FileExistsError(errno.EEXIST, "it is not a regular file", str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}.", suffix=target.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes private files; what we publish follows the umask like any other.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing_directory(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Like `replacing` for a directory that does not exist yet (or is replaced whole)."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
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
    """Moves a finished directory into place, unless another process did so first."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.rename(directory, target)
    except OSError:
        if not target.is_dir():
            raise


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds a folder, created if missing, against other processes that ask for it in this way.

    A process that dies lets go of it. On a file system without locks nothing is held.

    Raises:
      UserError: another process holds it.
    """
    import filelock  # here because most programs start without

    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise UserError(
            f"{folder} is in use by another run: wait until that has ended, or choose another folder"
        ) from None
    except (OSError, NotImplementedError):
        pass  # no locks here
    try:
        yield
    finally:
        lock.release()

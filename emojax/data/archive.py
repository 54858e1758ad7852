"""Unpacking archives that come from elsewhere.

An archive's own header is only a claim: sizes are counted as bytes come out of the
decompressor, names are refused unless they stay inside the target, and anything but a
plain file is refused where a file was wanted.
"""

import contextlib
import gzip
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, NoReturn

from emojax.core.errors import UserError
from emojax.core.files import replacing_directory

_CHUNK = 1 << 16
_ENCRYPTED = 0x1  # zip flag bit


@dataclass(frozen=True)
class Limits:
    """How much may come out of one archive.

    Attributes:
      members: entries in the archive, wanted or not.
      member_bytes: decompressed bytes of one wanted file.
      total_bytes: decompressed bytes in all; in a .tgz this counts what is skipped too,
        since skipping has to decompress it.
    """

    members: int = 50_000
    member_bytes: int = 20_000_000
    total_bytes: int = 500_000_000


def unpack(
    archive: Path, target: Path, *, wanted: Callable[[str], bool], limits: Limits | None = None
) -> None:
    """Unpacks the wanted files of a .tgz, .tar.gz or .zip into a new directory.

    Args:
      archive: the file; its first bytes say which kind it is.
      target: the directory, which appears whole or not at all and replaces an older one.
      wanted: called with each regular member's path, such as ``package/data/openmoji.json``.
      limits: defaults to ``Limits()``.

    Raises:
      UserError: the archive is missing, truncated, corrupt, of another kind, larger than the
        limits, holds a path that leads out of the target, or a wanted member is no plain file.
    """
    limits = limits or Limits()
    try:
        with replacing_directory(target) as directory, archive.open("rb") as file:
            kind = file.read(4)
            file.seek(0)
            if kind[:2] == b"\x1f\x8b":
                _unpack_tar(archive, file, directory, wanted, limits)
            elif kind == b"PK\x03\x04":
                _unpack_zip(archive, file, directory, wanted, limits)
            else:
                _refuse(archive, "is neither a .tgz nor a .zip archive; download it again")
    except UserError:
        raise
    except Exception as error:  # the readers raise many kinds on a damaged file
        if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
            raise UserError(f"{archive}: cannot be unpacked to {target}: {error}") from error
        raise UserError(f"{archive}: is truncated or corrupt ({error}); download it again") from error


def _refuse(archive: Path, reason: str) -> NoReturn:
    raise UserError(f"{archive}: {reason}")


class _Counted:
    """The decompressed stream, which fails once more has come out than was allowed."""

    def __init__(self, archive: Path, stream: gzip.GzipFile, limit: int) -> None:
        self.archive, self.stream, self.left = archive, stream, limit

    def read(self, size: int) -> bytes:
        data = self.stream.read(min(size, self.left + 1))
        self.left -= len(data)
        if self.left < 0:
            _refuse(self.archive, "decompresses to more than it may; this is not the expected archive")
        return data


def _unpack_tar(
    archive: Path, file: IO[bytes], directory: Path, wanted: Callable[[str], bool], limits: Limits
) -> None:
    with gzip.GzipFile(fileobj=file) as decompressed:
        stream = _Counted(archive, decompressed, limits.total_bytes)
        with tarfile.open(fileobj=stream, mode="r|", bufsize=_CHUNK) as tar:  # type: ignore[call-overload]
            for count, member in enumerate(tar, start=1):
                relative = _inside(archive, member.name, count, limits)
                if member.isdir() or not wanted(member.name):
                    continue
                source = tar.extractfile(member) if member.isreg() and not member.issparse() else None
                if source is None:
                    _refuse(archive, f"{member.name} is not a plain file")
                _write(archive, source, directory / relative, limits.member_bytes)
        while stream.read(_CHUNK):  # the checksum stands at the end
            pass


def _unpack_zip(
    archive: Path, file: IO[bytes], directory: Path, wanted: Callable[[str], bool], limits: Limits
) -> None:
    left = limits.total_bytes
    with zipfile.ZipFile(file) as bundle:
        for count, member in enumerate(bundle.infolist(), start=1):
            relative = _inside(archive, member.filename, count, limits)
            if member.is_dir() or not wanted(member.filename):
                continue
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG) or member.flag_bits & _ENCRYPTED:
                _refuse(archive, f"{member.filename} is not a plain file")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                _refuse(archive, f"{member.filename} is compressed in an unusual way")
            with bundle.open(member) as source:
                left -= _write(archive, source, directory / relative, min(left, limits.member_bytes))


def _inside(archive: Path, name: str, count: int, limits: Limits) -> PurePosixPath:
    """``name`` as a path that stays inside whatever directory it is joined to."""
    if count > limits.members:
        _refuse(archive, f"holds more than {limits.members:,} files")
    path = PurePosixPath(name)
    # A backslash or a colon would mean a directory or a drive on Windows.
    if path.is_absolute() or ".." in path.parts or any(mark in name for mark in "\\:\0"):
        _refuse(archive, f"the path {name!r} leads out of the archive; do not use this file")
    return path


def _write(archive: Path, source: IO[bytes], path: Path, limit: int) -> int:
    """Copies at most ``limit`` bytes into a new file and returns how many there were."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with _new_file(archive, path) as file:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > limit:
                _refuse(archive, f"{path.name} decompresses to more than {limit:,} bytes")
            file.write(chunk)
    return written


@contextlib.contextmanager
def _new_file(archive: Path, path: Path) -> Iterator[IO[bytes]]:
    try:
        file = path.open("xb")
    except FileExistsError:
        _refuse(archive, f"holds {path.name} twice")
    with file:
        yield file

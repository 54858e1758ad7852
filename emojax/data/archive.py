"""Unpacking untrusted archives.

Headers of an archive cannot be trusted: bytes are counted as they are decompressed, names that lead out
of the target are refused, and so is anything but a plain file where a file is wanted.
"""

import gzip
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, NoReturn

from emojax.core import untrusted
from emojax.core.errors import UserError
from emojax.core.files import replacing_directory
from emojax.core.zips import open_zip

_CHUNK = 1 << 16
_MAX_BYTES = 2**32
_ENCRYPTED = 0x1  # zip flag bit
_DIRECTORY_BYTES = 256
"""Bytes for each member in a zip's list of them. OpenMoji's take 100. Fewer refuse long names; more let lists
take memory before their members are counted."""

_SPARSE = (tarfile.GNUTYPE_SPARSE,)
_NOTES = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
)
_MAX_NOTE = 2**14
"""Bytes of names and times that an archive notes about a file. OpenMoji's have 200. Fewer refuse long paths;
of more each takes a second to read."""

_MAX_STEPS = 4 * 10**8
"""Sum of their squares: some 4 s. 10,000 files with notes of 200 bytes are read."""


@dataclass(frozen=True)
class Limits:
    """How much may come out of one archive.

    Attributes:
      members: entries in the archive, wanted or not.
      member_bytes: decompressed bytes of one wanted file.
      total_bytes: decompressed bytes in all; in a .tgz with those of unwanted files, which have to be
        decompressed to skip them.
    """

    members: int = 50_000
    member_bytes: int = 20_000_000
    total_bytes: int = 500_000_000


def unpack(
    archive: Path, target: Path, *, wanted: Callable[[str], bool], limits: Limits | None = None
) -> None:
    """Unpacks the wanted files of a .tgz, .tar.gz or .zip into a new directory.

    Args:
      archive: the file; its format is recognised by its first bytes.
      target: the directory, which appears whole or not at all and replaces an older one.
      wanted: called with each regular member's path, such as ``package/data/openmoji.json``.
      limits: defaults to ``Limits()``.

    Raises:
      UserError: the archive is missing, truncated, corrupt, of another format, larger than the
        limits, has a path that leads out of the target, or a wanted member is not a plain file.
    """
    limits = limits or Limits()
    try:
        with replacing_directory(target) as directory, untrusted.open_file(archive, most=_MAX_BYTES) as file:
            magic = file.read(4)
            file.seek(0)
            if magic[:2] == b"\x1f\x8b":
                _unpack_tar(archive, file, directory, wanted, limits)
            elif magic == b"PK\x03\x04":
                _unpack_zip(archive, file, directory, wanted, limits)
            else:
                _refuse(archive, "is neither a .tgz nor a .zip archive; download it again")
    except UserError:
        raise
    except Exception as error:  # damaged files raise errors of many types
        if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
            raise UserError(f"{archive}: cannot be unpacked to {target}: {error}") from error
        raise UserError(f"{archive}: is truncated or corrupt ({error}); download it again") from error


def _refuse(archive: Path, reason: str) -> NoReturn:
    raise UserError(f"{archive}: {reason}")


class _BoundedStream:
    """A decompressed stream that raises `UserError` once it has given more than `limit` bytes."""

    def __init__(self, archive: Path, stream: gzip.GzipFile, limit: int) -> None:
        self._archive, self._stream, self._left = archive, stream, limit

    def read(self, size: int) -> bytes:
        data = self._stream.read(min(size, self._left + 1))
        self._left -= len(data)
        if self._left < 0:
            _refuse(self._archive, "decompresses to more than it may; this is not the expected archive")
        return data


def _unpack_tar(
    archive: Path, file: IO[bytes], directory: Path, wanted: Callable[[str], bool], limits: Limits
) -> None:
    if not hasattr(tarfile, "data_filter"):
        _refuse(archive, "is unpacked by Python 3.11.4 or newer; update Python")
    with gzip.GzipFile(fileobj=file) as decompressed:
        stream = _BoundedStream(archive, decompressed, limits.total_bytes)
        plain = _plain_headers(archive)
        with tarfile.open(fileobj=stream, mode="r|", bufsize=_CHUNK, tarinfo=plain) as tar:  # type: ignore[call-overload]
            for count, member in enumerate(tar, start=1):
                path = directory / _inner_path(archive, member.name, count, limits)
                if member.isdir() or not wanted(member.name):
                    continue
                if not member.isreg() or member.issparse():
                    _refuse(archive, f"{member.name} is not a plain file")
                # The declared size is a bound: tarfile reads no more than that of a member.
                _check_new(archive, path, member.size, limits.member_bytes)
                # The filter (PEP 706) refuses again what leads out, and drops owners and special modes.
                tar.extract(member, directory, filter="data")
        while stream.read(_CHUNK):  # to the end, where the checksum is
            pass


def _plain_headers(archive: Path) -> type[tarfile.TarInfo]:
    """A class of headers that refuses what takes `tarfile` long to read: long notes, and sparse files."""

    class PlainInfo(tarfile.TarInfo):
        steps = 0

        @classmethod
        def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "PlainInfo":
            info = super().frombuf(buf, encoding, errors)
            if info.type in _SPARSE:
                _refuse(archive, f"{info.name[:80]} is not a plain file")
            if info.type in _NOTES:
                # In some versions of Python the time to read one is proportional to the square of its size.
                cls.steps += info.size**2
                if info.size > _MAX_NOTE or cls.steps > _MAX_STEPS:
                    _refuse(archive, "has longer notes about its files than any archive; do not use it")
            return info

        def _proc_gnusparse_10(self, *_: object) -> NoReturn:  # reads the file's data as one long line
            _refuse(archive, f"{self.name[:80]} is not a plain file")

    return PlainInfo


def _unpack_zip(
    archive: Path, file: IO[bytes], directory: Path, wanted: Callable[[str], bool], limits: Limits
) -> None:
    left = limits.total_bytes
    with open_zip(file, directory_bytes=_DIRECTORY_BYTES * limits.members) as bundle:
        for count, member in enumerate(bundle.infolist(), start=1):
            path = directory / _inner_path(archive, member.filename, count, limits)
            if member.is_dir() or not wanted(member.filename):
                continue
            file_type = stat.S_IFMT(member.external_attr >> 16)
            if file_type not in (0, stat.S_IFREG) or member.flag_bits & _ENCRYPTED:
                _refuse(archive, f"{member.filename} is not a plain file")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                _refuse(archive, f"{member.filename} has an unknown compression")
            # The declared size is a bound: zipfile reads no more than that of a member.
            _check_new(archive, path, member.file_size, min(left, limits.member_bytes))
            left -= member.file_size
            path.parent.mkdir(parents=True, exist_ok=True)
            with bundle.open(member) as source, path.open("xb") as out:
                # In chunks: `read` would decompress all of a member that declares less than it holds.
                shutil.copyfileobj(source, out, _CHUNK)


def _inner_path(archive: Path, name: str, count: int, limits: Limits) -> PurePosixPath:
    """``name`` as a path that stays inside any directory that it is joined to."""
    if count > limits.members:
        _refuse(archive, f"holds more than {limits.members:,} files")
    path = PurePosixPath(name)
    # On Windows a backslash separates directories, and a colon follows a drive.
    if path.is_absolute() or ".." in path.parts or any(mark in name for mark in "\\:\0"):
        _refuse(archive, f"the path {name!r} leads out of the archive; do not use this file")
    return path


def _check_new(archive: Path, path: Path, size: int, limit: int) -> None:
    if size > limit:
        _refuse(archive, f"{path.name} decompresses to more than {limit:,} bytes")
    if path.exists():
        _refuse(archive, f"holds {path.name} twice")

"""Opening untrusted zip files."""

import zipfile
from typing import IO, Any, cast


def open_zip(file: IO[bytes], *, directory_bytes: int) -> zipfile.ZipFile:
    """A zip file whose list of members is bounded: `zipfile` reads the list as a whole, however long.

    Args:
      file: open for reading; it is closed by the caller.
      directory_bytes: largest size of the list. A member takes 46 bytes and its name.

    Raises:
      zipfile.BadZipFile and others of `zipfile.ZipFile`: the file is damaged, or the list is longer.
    """
    bounded = _BoundedReads(file, directory_bytes)
    bundle = zipfile.ZipFile(cast(IO[bytes], bounded))
    bounded.most = None
    return bundle


class _BoundedReads:
    """A file of which no single read gives more than `most` bytes; any number where that is None."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self.most: int | None = most
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if self.most is None:
            return self._file.read(size)
        if size > self.most:
            raise zipfile.BadZipFile(f"its list of members has {size:,} bytes, and {self.most:,} are read")
        # Without a size, the end of the file is read, which may be a comment of 64 kB.
        return self._file.read(size if size >= 0 else 2**17)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

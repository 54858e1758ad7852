"""Reading files that strangers made: regular files of a bounded size, and plain JSON.

Whatever is wrong with such a file becomes one `UserError` here, so that each reader bounds what it reads in
the same way.
"""

import codecs
import io
import json
import os
import re
import stat
from pathlib import Path
from typing import Any, Final, NoReturn

from emojax.core.errors import UserError

MAX_JSON: Final = 1_000_000
"""Bytes of a JSON document, unless a reader allows more. The manifests that ship have 16,000. Lower, large
ones are refused; higher, one that opens a list with each character takes hundreds of megabytes."""

MAX_LOG: Final = 2**24
"""Bytes of a log of JSON lines. Ten thousand rows of a run have 5 MB. Lower, long runs' logs are refused;
higher, millions of short rows take gigabytes."""

_MAX_DIGITS: Final = 25
"""Characters of a number in JSON. Numbers of 64 bits have 20, floats written in full 24; longer ones do not
fit the types that they are converted to."""


_SURROGATE: Final = re.compile(r"[\ud800-\udfff]|\\u[dD][89a-fA-F]")


def open_file(path: str | os.PathLike[str], *, most: int) -> io.BufferedReader:
    """Opens a regular file for reading.

    Args:
      path: the file. A link is followed.
      most: largest size in bytes.

    Raises:
      UserError: it is missing, cannot be read, is a folder, pipe, socket or device, which could block for
        ever, or is larger than `most`.
    """
    try:
        # Without O_NONBLOCK, opening a pipe that replaced the file since `stat` would wait for its writer.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file; check the path") from error
    except (OSError, ValueError) as error:  # ValueError: a path with a null byte
        raise unreadable(path, error) from error
    try:
        info = os.fstat(handle)
        if stat.S_ISDIR(info.st_mode):
            raise UserError(f"{path}: is a directory, not a file; name one file in it")
        if not stat.S_ISREG(info.st_mode):
            raise UserError(f"{path}: is not a regular file; save it to disk first")
        if info.st_size > most:
            raise UserError(f"{path}: is larger than {_size(most)}; use a smaller one")
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_bytes(path: str | os.PathLike[str], *, most: int) -> bytes:
    """The bytes of a regular file; arguments and errors as of `open_file`."""
    try:
        with open_file(path, most=most) as file:
            # As many as there are, since Python allocates what is asked for.
            return file.read(os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise unreadable(path, error) from error


def read_text(path: str | os.PathLike[str], *, most: int) -> str:
    """The text of a regular UTF-8 file, without a byte order mark; `UserError` as of `open_file`, or if it
    is not UTF-8."""
    try:
        return read_bytes(path, most=most).removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path}: is not UTF-8 text ({error.reason} at byte {error.start}); save it as such"
        ) from error


def read_json(path: str | os.PathLike[str], *, most: int = MAX_JSON) -> Any:
    """The content of a JSON file; errors as of `read_bytes` and `parse_json`."""
    return parse_json(read_bytes(path, most=most), path, most=most)


def read_log(path: str | os.PathLike[str], *, most: int = MAX_LOG) -> list[dict[str, Any]]:
    """The rows of a log, each a JSON object in a line with ``step``, a whole number, and other numbers.

    A last line that is no such row is left out: its writer was killed, or has not finished it.

    Raises:
      UserError: as `read_text`; or another line is no row, and the message gives its number.
    """
    rows = []
    lines = read_text(path, most=most).splitlines()
    for number, line in enumerate(lines, 1):
        try:
            row = parse_json(line, f"{path}: line {number}")
            if not isinstance(row, dict) or type(row.get("step")) is not int:
                raise UserError(f"{path}: line {number} is no row of a log; delete that line")
            if not all(type(value) in (int, float) for value in row.values()):
                raise UserError(f"{path}: line {number} holds other than numbers; delete that line")
        except UserError:
            if number == len(lines):
                break
            raise
        rows.append(row)
    return rows


def parse_json(document: str | bytes, source: object, *, most: int = MAX_JSON) -> Any:
    """The content of a JSON document.

    Args:
      document: text, or UTF-8 with or without a byte order mark.
      source: what errors call it.
      most: largest number of characters or bytes.

    Raises:
      UserError: it is too long or not JSON, or holds a number that fits neither 64 bits nor a finite float.
    """
    if len(document) > most:
        raise UserError(f"{source}: is JSON of {len(document):,} characters, and {most:,} are read")
    try:
        if isinstance(document, bytes):
            document = document.removeprefix(codecs.BOM_UTF8).decode()
        content = json.loads(document, parse_int=_whole, parse_float=_finite, parse_constant=_refuse_number)
        if _SURROGATE.search(document):  # half of a character, which nothing can write again
            json.dumps(content, ensure_ascii=False).encode()
        return content
    except RecursionError as error:
        raise UserError(f"{source}: is not JSON (nested too deep); mend it or make it again") from error
    except UnicodeEncodeError as error:
        raise UserError(f"{source}: is JSON with half a character ({error.reason}); mend it") from error
    except ValueError as error:
        raise UserError(f"{source}: is not JSON ({error}); mend it or make it again") from error


def real_path(path: str | os.PathLike[str]) -> Path:
    """The path without links, as `Path.resolve`, but for links in a circle, which stay as they are."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        return Path(path).absolute()


def unreadable(path: object, error: Exception) -> UserError:
    """The error of a file that cannot be read."""
    return UserError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})")


def _whole(digits: str) -> int:
    if len(digits) > _MAX_DIGITS or not -(2**63) <= (number := int(digits)) < 2**64:
        _refuse_number(digits)
    return number


def _finite(digits: str) -> float:
    if len(digits) > 40 * _MAX_DIGITS or abs(number := float(digits)) == float("inf"):
        _refuse_number(digits)
    return number


def _refuse_number(digits: str) -> NoReturn:
    raise ValueError(f"the number {digits[:_MAX_DIGITS]} fits no type")


def _size(count: int) -> str:
    return f"{count >> 20} MB" if count >= 2**20 else f"{count:,} bytes"

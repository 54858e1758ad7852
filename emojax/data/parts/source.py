"""Photos of faces in a folder or a zip, and CelebA's attributes.

CelebA (Liu et al., 2015, "Deep Learning Face Attributes in the Wild") consists of 202,599 photos in
``img_align_celeba.zip`` and a text file with 40 attributes, 1 or -1, of each.
"""

import codecs
import dataclasses
import hashlib
import re
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np

from emojax.core import paths, untrusted
from emojax.core.errors import UserError
from emojax.core.zips import open_zip
from emojax.media import image

ATTRIBUTES_FILE: Final = "list_attr_celeba.txt"
_KAGGLE_FILE: Final = "list_attr_celeba.csv"
"""The same table as Kaggle distributes it: a header, and commas."""

_KAGGLE_KEY: Final = "image_id"
ATTRIBUTES: Final = 40
"""Number of attributes."""

_SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp")
_MAX_PHOTOS: Final = 1_000_000
_MAX_ATTRIBUTE_BYTES: Final = 128 * 2**20
_MAX_ZIP_BYTES: Final = 2**40
_MAX_DIRECTORY_BYTES: Final = 32 * 2**20
"""Of a zip's list of members. CelebA's takes 20 MB. Less refuses it; more, and millions of empty members take
gigabytes before they are counted."""
_MAX_EXPANSION: Final = 20
"""Largest ratio of a zip's contents to its size. Photos are compressed, so their zips have about 1; a larger
bound lets a hostile zip fill the memory."""


@dataclasses.dataclass(frozen=True)
class Photos:
    """Photos that can be read one by one, from any thread.

    Attributes:
      names: their file names, sorted.
      digest: SHA-256, in hexadecimal, of the names with sizes and times of modification, or with a zip's
        checksums.
    """

    names: tuple[str, ...]
    digest: str
    _read: Callable[[str], np.ndarray]

    def read(self, name: str) -> np.ndarray:
        """A photo, ``uint8[H, W, 3]``, upright.

        Raises:
          UserError: the file is damaged or not an image.
        """
        return self._read(name)


def find_photos(path: Path, *, limit: int | None = None) -> Photos:
    """The photos in a folder or a zip.

    Args:
      path: a folder, without its subfolders but for one that is all that an archive holds, or a zip, with
        all its folders.
      limit: number of photos to take, the first by name; all by default.

    Raises:
      UserError: there is no such folder or zip; it holds no photos, two of one name, or too many; or the
        zip is damaged or hostile.
    """
    if path.is_dir():
        path = paths.unpacked(path, _holds_photos)
        files = {p.name: p for p in path.iterdir() if _is_photo(p.name) and p.is_file()}
        names = _first(path, list(files), limit)
        stats = {name: files[name].stat() for name in names}
        stamps = [f"{name}\0{stats[name].st_size}\0{stats[name].st_mtime_ns}" for name in names]
        return Photos(names, _digest(stamps), lambda name: image.read_photo(files[name]))
    if not path.is_file():
        raise UserError(f"{path}: no such folder or file; name a folder of photos, or a zip of them")
    return _find_in_zip(path, limit)


def _find_in_zip(path: Path, limit: int | None) -> Photos:
    file = untrusted.open_file(path, most=_MAX_ZIP_BYTES)
    try:
        bundle = open_zip(file, directory_bytes=_MAX_DIRECTORY_BYTES)
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError, RecursionError) as error:
        file.close()
        raise UserError(f"{path}: is damaged or no zip ({error}); download it again") from error
    members: dict[str, zipfile.ZipInfo] = {}
    for member in bundle.infolist():
        inside = PurePosixPath(member.filename)
        if inside.is_absolute() or ".." in inside.parts or any(mark in member.filename for mark in "\\:\0"):
            raise UserError(
                f"{path}: the path {member.filename!r} leads out of the zip; do not use this file"
            )
        # macOS adds a folder with metadata under the images' names.
        if member.is_dir() or not _is_photo(inside.name) or "__MACOSX" in inside.parts:
            continue
        file_type = stat.S_IFMT(member.external_attr >> 16)
        plain = file_type in (0, stat.S_IFREG) and not member.flag_bits & 0x1
        if not plain or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UserError(
                f"{path}: {member.filename} is encrypted, a link, or has an unknown compression; zip it again"
            )
        if member.file_size > image.MAX_FILE_BYTES:
            raise UserError(f"{path}: {member.filename} is larger than {image.MAX_FILE_BYTES >> 20} MB")
        if inside.name in members:
            raise UserError(f"{path}: has two photos called {inside.name}; rename one")
        members[inside.name] = member
    # zipfile reads no more of a member than its declared size.
    if sum(member.file_size for member in members.values()) > _MAX_EXPANSION * path.stat().st_size:
        raise UserError(
            f"{path}: decompresses to over {_MAX_EXPANSION} times its size, unlike any zip of photos"
        )
    names = _first(path, list(members), limit)

    def read(name: str) -> np.ndarray:
        try:
            data = bundle.read(members[name])
        except Exception as error:  # damaged files raise errors of many types
            raise UserError(f"{path}: {name} is damaged ({error})") from error
        return image.decode_photo(f"{path}: {name}", data)

    stamps = [f"{name}\0{members[name].file_size}\0{members[name].CRC}" for name in names]
    return Photos(names, _digest(stamps), read)


def _holds_photos(folder: Path) -> bool:
    return any(_is_photo(path.name) for path in folder.iterdir())


def _is_photo(name: str) -> bool:
    return name.lower().endswith(_SUFFIXES) and not name.startswith(".")


def _first(path: Path, names: list[str], limit: int | None) -> tuple[str, ...]:
    if not names:
        raise UserError(f"{path}: holds no photos; name a folder or zip of JPEG or PNG files")
    if len(names) > _MAX_PHOTOS:
        raise UserError(f"{path}: holds more than {_MAX_PHOTOS:,} photos; use --limit, or split it")
    # Not printable are also the surrogates that stand for bytes that are not UTF-8.
    odd = next((name for name in names if not name.isprintable()), None)
    if odd is not None:
        raise UserError(f"{path}: the name {odd!r} has unprintable characters; rename that photo")
    return tuple(sorted(names)[:limit])


def _digest(stamps: list[str]) -> str:
    return hashlib.sha256("\n".join(stamps).encode(errors="surrogateescape")).hexdigest()


@dataclasses.dataclass(frozen=True)
class Attributes:
    """CelebA's attributes of photos.

    Attributes:
      names: of the attributes, in the file's order.
      values: ``int8[N, 40]``: 1 (present) or -1 (absent).
      rows: the row of each photo's name.
      digest: SHA-256 of the file, in hexadecimal.
    """

    names: tuple[str, ...]
    values: np.ndarray
    rows: dict[str, int]
    digest: str


def find_attributes(photos: Path) -> Path | None:
    """The attribute file beside a folder or zip of photos, or in the folder; None if there is none."""
    given = photos.absolute()
    places = [given.parent]
    if given.parent.name == given.name:  # img_align_celeba/img_align_celeba, with the table above both
        places.append(given.parent.parent)
    if given.is_dir():
        inner = paths.unpacked(given, _holds_photos)
        places += [given, *(parent for parent in inner.parents if given in parent.parents), inner]
    files = (place / name for place in places for name in (ATTRIBUTES_FILE, _KAGGLE_FILE))
    return next((file for file in files if file.is_file()), None)


def read_attributes(path: Path, names: tuple[str, ...]) -> Attributes:
    """Reads CelebA's attribute file: a count, 40 names, and a line of 40 values for each photo; or Kaggle's
    CSV of the same, whose first line is ``image_id`` and the names.

    Args:
      path: the file.
      names: of photos that must be in the file.

    Raises:
      UserError: the file is missing, has another format in a line that the message names, or lacks a photo.
    """
    data = untrusted.read_bytes(path, most=_MAX_ATTRIBUTE_BYTES)
    lines = data.removeprefix(codecs.BOM_UTF8).decode("ascii", "replace").splitlines()
    header = 2
    if lines and lines[0].startswith(f"{_KAGGLE_KEY},"):
        # An empty cell becomes a word that is no value, so that the error below names its line.
        cells = [" ".join(cell.strip() or "-" for cell in line.split(",")) for line in lines]
        lines, header = [str(len(lines) - 1), cells[0].removeprefix(_KAGGLE_KEY), *cells[1:]], 1
    count, titles = (lines[0].strip(), lines[1].split()) if len(lines) > 1 else ("", [])
    if not re.fullmatch(r"[0-9]{1,7}", count) or int(count) != len(lines) - 2:
        raise UserError(f"{path}: line 1 is not the number of lines after line 2; download it again")
    plain = all(re.fullmatch(r"[A-Za-z0-9_]{1,40}", title) for title in titles)
    if len(titles) != ATTRIBUTES or len(set(titles)) < ATTRIBUTES or not plain:
        raise UserError(f"{path}: line {header} does not name {ATTRIBUTES} attributes; download it again")
    values = np.empty((int(count), ATTRIBUTES), np.int8)
    rows: dict[str, int] = {}
    for row, line in enumerate(lines[2:]):
        name, *words = line.split() or [""]
        if len(words) != ATTRIBUTES or not {*words} <= {"1", "-1"} or name in rows:
            raise UserError(
                f"{path}: line {row + header + 1} is not a new photo's name and {ATTRIBUTES} times 1 or -1"
            )
        rows[name] = row
        values[row] = [word == "1" for word in words]
    missing = next((name for name in names if name not in rows), None)
    if missing is not None:
        raise UserError(f"{path}: lacks {missing}; give the file that belongs to the photos")
    return Attributes(tuple(titles), 2 * values - 1, rows, hashlib.sha256(data).hexdigest())

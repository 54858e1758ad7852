"""Intermediate files with the parts cut from a few hundred photos, from which data sets are prepared.

A chunk is a zip of ``PART.json`` (names, boxes, sizes) and ``PART.bin`` (the image files, concatenated)
for each part, and of ``chunk.json``: the number of photos, and which were skipped and why. Equal contents
make equal bytes.
"""

import dataclasses
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from emojax.core.errors import UserError
from emojax.core.files import replacing

_TIME = (1980, 1, 1, 0, 0, 0)


@dataclasses.dataclass(frozen=True)
class Row:
    """One part of one face.

    Attributes:
      name: of the photo.
      image: bytes of a JPEG file.
      mask: bytes of a PNG file, the label map.
      box: ``x0, y0, x1, y1`` of the crop in the portrait, in pixels.
    """

    name: str
    image: bytes
    mask: bytes
    box: tuple[float, float, float, float]


@dataclasses.dataclass(frozen=True)
class Summary:
    """What a chunk holds.

    Attributes:
      photos: number of photos that were processed.
      skipped: the reason for each photo, by name, that gave no parts.
      parts: number of rows of each part.
    """

    photos: int
    skipped: dict[str, str]
    parts: dict[str, int]


def write(path: Path, rows: Mapping[str, Sequence[Row]], *, photos: int, skipped: Mapping[str, str]) -> None:
    """Writes a chunk, whole or not at all.

    Args:
      path: the file.
      rows: of each part.
      photos, skipped: as in `Summary`.
    """
    summary = Summary(photos, dict(skipped), {part: len(each) for part, each in rows.items()})
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as bundle:

        def put(name: str, data: str | bytes) -> None:
            bundle.writestr(zipfile.ZipInfo(name, _TIME), data)

        for part, each in rows.items():
            index = [[row.name, row.box, len(row.image), len(row.mask)] for row in each]
            put(f"{part}.json", json.dumps(index))
            put(f"{part}.bin", b"".join(row.image + row.mask for row in each))
        put("chunk.json", json.dumps(dataclasses.asdict(summary)))


def read_summary(path: Path) -> Summary:
    """The summary of a chunk.

    Raises:
      UserError: the chunk is damaged.
    """
    try:
        with zipfile.ZipFile(path) as bundle:
            return Summary(**json.loads(bundle.read("chunk.json")))
    except Exception as error:
        raise _damaged(path, error) from error


def rows(path: Path, part: str) -> Iterator[Row]:
    """The rows of a part, in the order in which they were written.

    Raises:
      UserError: the chunk is damaged.
    """
    try:
        with zipfile.ZipFile(path) as bundle:
            index = json.loads(bundle.read(f"{part}.json"))
            data = memoryview(bundle.read(f"{part}.bin"))
    except Exception as error:
        raise _damaged(path, error) from error
    start = 0
    for name, box, image_bytes, mask_bytes in index:
        middle, end = start + image_bytes, start + image_bytes + mask_bytes
        yield Row(name, bytes(data[start:middle]), bytes(data[middle:end]), tuple(box))
        start = end


def _damaged(path: Path, error: Exception) -> UserError:
    return UserError(f"{path}: is damaged ({error}); delete it, and run the same command again")

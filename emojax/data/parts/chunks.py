"""Parts of faces on their way into data sets: what was cut from a few hundred photos, in one file.

A chunk is a zip of one ``PART.json`` (names, boxes, sizes) and one ``PART.bin`` (the pictures, end to
end) for each part, and ``chunk.json``: how many photos it is made from, and which were skipped and why.
Equal contents make equal bytes.
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
      image: a JPEG file's bytes.
      mask: a PNG file's bytes: the labels.
      box: ``x0, y0, x1, y1`` of the window in the portrait.
    """

    name: str
    image: bytes
    mask: bytes
    box: tuple[float, float, float, float]


@dataclasses.dataclass(frozen=True)
class Told:
    """What a chunk says of itself.

    Attributes:
      photos: how many were looked at.
      skipped: photos without a face in the chunk, by name, and why.
      parts: how many rows of each part there are.
    """

    photos: int
    skipped: dict[str, str]
    parts: dict[str, int]


def write(path: Path, rows: Mapping[str, Sequence[Row]], *, photos: int, skipped: Mapping[str, str]) -> None:
    """Writes a chunk, whole or not at all. The arguments are those of `Told`, and the rows by part."""
    told = Told(photos, dict(skipped), {part: len(each) for part, each in rows.items()})
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as bundle:

        def put(name: str, data: str | bytes) -> None:
            bundle.writestr(zipfile.ZipInfo(name, _TIME), data)

        for part, each in rows.items():
            index = [[row.name, row.box, len(row.image), len(row.mask)] for row in each]
            put(f"{part}.json", json.dumps(index))
            put(f"{part}.bin", b"".join(row.image + row.mask for row in each))
        put("chunk.json", json.dumps(dataclasses.asdict(told)))


def tell(path: Path) -> Told:
    """What `write` was told, without the rows; UserError where the chunk is damaged."""
    try:
        with zipfile.ZipFile(path) as bundle:
            return Told(**json.loads(bundle.read("chunk.json")))
    except Exception as error:
        raise _damaged(path, error) from error


def rows(path: Path, part: str) -> Iterator[Row]:
    """The rows of a part, in the order written; UserError where the chunk is damaged."""
    try:
        with zipfile.ZipFile(path) as bundle:
            index = json.loads(bundle.read(f"{part}.json"))
            data = memoryview(bundle.read(f"{part}.bin"))
    except Exception as error:
        raise _damaged(path, error) from error
    at = 0
    for name, box, image_bytes, mask_bytes in index:
        middle, end = at + image_bytes, at + image_bytes + mask_bytes
        yield Row(name, bytes(data[at:middle]), bytes(data[middle:end]), tuple(box))
        at = end


def _damaged(path: Path, error: Exception) -> UserError:
    return UserError(f"{path}: is damaged ({error}); delete it, and run the same command again")

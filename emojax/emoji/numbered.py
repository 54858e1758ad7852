"""A folder of numbered pictures with a grid of them all, or of numbered drawings."""

import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from emojax.core import paths
from emojax.media import grids, image

_GRID: Final = "grid.png"
_KEYWORD: Final = "emojax files"
"""Of the text in the grid's file that says which pictures it shows: a line of name and CRC-32 for each. By it
a later run of fewer pictures removes those, and no picture that someone else put there or has changed."""

_MAX_TEXT: Final = 10_000 * 24  # bytes: as many pictures as one run writes


def write_pictures(folder: Path, images: np.ndarray, inputs: Sequence[Path]) -> None:
    """Writes ``0000.png``, ... and ``grid.png``, and removes what an earlier, longer run has left.

    Args:
      folder: created if missing.
      images: ``uint8[N, S, S, C]``.
      inputs: what was read, and must not be replaced.

    Raises:
      UserError: a picture would replace an input, or cannot be written.
    """
    names = [f"{number:04d}.png" for number in range(len(images))]
    paths.refuse_replacing({f"--out {folder / name}": folder / name for name in [*names, _GRID]}, inputs)
    earlier = _read_record(folder / _GRID)
    record = {}
    for name, pixels in zip(names, images, strict=True):
        image.save_png(folder / name, pixels)
        record[name] = zlib.crc32((folder / name).read_bytes())
    for name in earlier.keys() - record.keys():
        path = folder / name
        if path.is_file() and zlib.crc32(path.read_bytes()) == earlier[name]:
            path.unlink()
    text = "".join(f"{name} {crc:08x}\n" for name, crc in record.items())
    image.save_png(folder / _GRID, grids.grid(images), text={_KEYWORD: text})


def remove_drawings(folder: Path, count: int, mark: str) -> None:
    """Removes ``NNNN.svg`` from number `count` on that contain `mark`: a longer run has left them."""
    for path in folder.glob("[0-9]*.svg"):
        ours = re.fullmatch(r"[0-9]{4,}", path.stem) and int(path.stem) >= count and path.is_file()
        if ours and mark.encode() in path.read_bytes():
            path.unlink()


def _read_record(grid: Path) -> dict[str, int]:
    """The CRC-32 of each picture that a grid shows, by name; nothing if it is not a grid of ours."""
    try:
        with Image.open(grid, formats=["PNG"]) as picture:
            text = str(picture.info.get(_KEYWORD, ""))
    except Exception:  # no grid, or a damaged one
        return {}
    found = re.findall(r"^([0-9]{4,5}\.png) ([0-9a-f]{8})$", text[:_MAX_TEXT], re.MULTILINE)
    return {name: int(crc, 16) for name, crc in found}

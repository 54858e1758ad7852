"""The parts' layers as arrays, rendered once."""

import contextlib
import dataclasses
import zipfile
from pathlib import Path
from typing import Final

import numpy as np

from emojax.core.files import cache_dir, replacing
from emojax.data.openmoji.parts import shapes, vector
from emojax.data.openmoji.parts.part_set import Part, PartSet
from emojax.media.svg import rasterize

_FINE: Final = 4
"""Pixels rendered along the side of one of the result, so that what is moved by a part of a pixel stays as
sharp as what is not."""

_VERSION: Final = 3  # of the arrays in the cache


LAYERS: Final = ("back", "front")
"""Of a base: with an open rim in its colour, for parts that bring an outline with gaps; with the plain
outline. Of an extra: what is behind the base; all else. Of a whole face: all of it, twice. Other parts have
nothing at the back."""


@dataclasses.dataclass(frozen=True, eq=False)
class Layers:
    """Pictures of all parts' layers.

    Attributes:
      pixels: ``uint32[P + 1, 2, 2 S + 1, 2 S + 1]``, red in the lowest byte, then green, blue and alpha,
        premultiplied. An entry (y, x) is the mean over the square pixel, of a picture of side S, around
        (y / 2, x / 2). Part number P has nothing in it.
      size: S.
    """

    pixels: np.ndarray
    size: int


def load(parts: PartSet, size: int) -> Layers:
    """Renders the parts of a set for pictures of side `size`, or reads what was rendered before."""
    path = cache_dir() / "emoji" / parts.digest[:16] / f"parts-{size}-v{_VERSION}.npz"
    shape = (len(parts.parts) + 1, len(LAYERS), 2 * size + 1, 2 * size + 1)
    kept = _read(path, shape)
    if kept is not None:
        return Layers(kept, size)
    pixels = np.zeros(shape, np.uint32)
    for i, part in enumerate(parts.parts):
        for j, text in enumerate(drawn(part)):
            if text:
                pixels[i, j] = _rendered(text, size, part.sources[0])
    with contextlib.suppress(OSError), replacing(path) as temporary:  # without a cache: slower next time
        np.savez_compressed(temporary, pixels=pixels)
    return Layers(pixels, size)


def drawn(part: Part) -> tuple[str, str]:
    """SVG of both layers of a part, in its place in a face around (36, 36)."""
    if part.kind == "base":
        return vector.base(part, open_rim=True), vector.base(part, open_rim=False)
    front = vector.front(part)
    return front if part.kind == "whole" else part.placed(part.markup.get("behind", "")), front


def _rendered(markup: str, size: int, name: str) -> np.ndarray:
    """``uint32[2 S + 1, 2 S + 1]``, see `Layers.pixels`."""
    rgba = rasterize(shapes.document(markup).encode(), size=_FINE * size, background=None, name=name)
    fine = rgba.astype(np.float32)
    fine[..., :3] *= fine[..., 3:] / 255
    fine = np.pad(fine, ((_FINE // 2, _FINE // 2), (_FINE // 2, _FINE // 2), (0, 0)))
    half = fine.reshape(fine.shape[0] // 2, 2, fine.shape[1] // 2, 2, 4).mean((1, 3))
    mean = (half[:-1, :-1] + half[1:, :-1] + half[:-1, 1:] + half[1:, 1:]) / 4
    mean = np.round(mean).astype(np.uint32)
    return np.asarray(mean[..., 0] | mean[..., 1] << 8 | mean[..., 2] << 16 | mean[..., 3] << 24)


def _read(path: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    try:
        with np.load(path) as arrays:
            pixels: np.ndarray = arrays["pixels"]
            return pixels if pixels.shape == shape and pixels.dtype == np.uint32 else None
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None

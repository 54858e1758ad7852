"""Contact sheets: all parts by kind, and recombinations drawn at random, to be looked at."""

from pathlib import Path
from typing import Final

import jax
import numpy as np

from emojax.core import rng
from emojax.data.openmoji.parts import collecting, composing, layers, shapes
from emojax.data.openmoji.parts.layers import drawn
from emojax.data.openmoji.parts.part_set import KINDS, Part
from emojax.media import grids, image
from emojax.media.svg import parse_rgb, rasterize

FILES: Final = (*(f"{kind}.png" for kind in KINDS), "recombinations.png")
_CELL: Final = 96  # pixels


def write(
    out: Path, *, count: int, seed: int, background: str, openmoji_dir: Path | None = None
) -> list[Path]:
    """Draws the sheets.

    Args:
      out: folder for ``base.png``, ``eyes.png``, ... and ``recombinations.png``.
      count: how many recombinations.
      seed: which.
      background: a CSS colour.
      openmoji_dir: as in `source.locate`.

    Returns:
      The files written.
    """
    parts = collecting.load(openmoji_dir)
    written = []
    for kind in KINDS:
        pictures = [_picture(parts.parts[i], background) for i in parts.numbers(kind)]
        written.append(out / f"{kind}.png")
        image.save_png(written[-1], grids.grid(np.stack(pictures)))
    rendered = layers.load(parts, _CELL)
    tables = jax.device_put(composing.tables(parts, rendered))
    how = composing.Distribution(own=0.0, pairs="all")
    chosen, amounts = composing.draw_many(tables, rng.root(seed), count, how)
    faces = composing.on(parse_rgb(background), jax.jit(composing.compose)(tables, chosen, amounts))
    written.append(out / "recombinations.png")
    image.save_png(written[-1], grids.grid(image.to_uint8(np.asarray(faces))))
    return written


def _picture(part: Part, background: str) -> np.ndarray:
    markup = drawn(part)[1]
    if drawn(part)[0] and part.kind != "base":
        markup = drawn(part)[0] + markup
    return rasterize(
        shapes.document(markup).encode(), size=_CELL, background=background, name=part.sources[0]
    )

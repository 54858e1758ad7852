"""Contact sheets: all parts by kind, and recombinations drawn at random, to be looked at."""

from pathlib import Path
from typing import Final

import jax
import numpy as np

from emojax.data.openmoji.parts import catalogue as parts_catalogue
from emojax.data.openmoji.parts import composing, layers, rules, shapes
from emojax.data.openmoji.parts.layers import drawn
from emojax.media import grids, image
from emojax.media.svg import parse_color, rasterize

_CELL: Final = 96  # pixels


def write(out: Path, *, count: int, seed: int, background: str, openmoji_dir: Path | None = None) -> list[Path]:
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
    catalogue = parts_catalogue.load(openmoji_dir)
    written = []
    for kind in parts_catalogue.KINDS:
        pictures = [_picture(catalogue.parts[i], background) for i in catalogue.numbers(kind)]
        written.append(out / f"{kind}.png")
        image.save_png(written[-1], grids.grid(np.stack(pictures)))
    rendered = layers.load(catalogue, _CELL)
    tables = jax.device_put(composing.tables(catalogue, rules.rules(catalogue), rendered))
    chosen, amounts = composing.draw(
        tables, jax.random.key(seed), count, composing.Distribution(drawn=0.0, pairs="all")
    )
    color = parse_color(background)
    ground = tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))
    pictures = composing.on(ground, jax.jit(composing.compose)(tables, chosen, amounts))
    written.append(out / "recombinations.png")
    image.save_png(written[-1], grids.grid(image.to_uint8(np.asarray(pictures))))
    return written


def _picture(part: parts_catalogue.Part, background: str) -> np.ndarray:
    markup = drawn(part)[1]
    if drawn(part)[0] and part.kind != "base":
        markup = drawn(part)[0] + markup
    return rasterize(
        shapes.document(markup).encode(), size=_CELL, background=background, name=part.sources[0]
    )

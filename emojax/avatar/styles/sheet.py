"""Draws a whole style as one picture: every variant, and people made of them; or people in several styles."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from emojax.avatar.styles.composition import compose, view_box
from emojax.avatar.styles.style import Style
from emojax.media import svg

_PAPER: Final = "#f4f1ea"
_INK: Final = "#4a4640"
_PEOPLE: Final = 20
_WALLS: Final = ("#eef1f6", "#e1ebe1", "#f8eadf", "#e8e4f2")
"""Behind people, one after the other."""

_CLOSE: Final = {"brows", "eyes", "nose", "mouth", "glasses"}
"""Part types that are shown from near, as `_FACE`: x, y and side of a square of the face frame."""

_FACE: Final = (58, 90, 190)
_OFTEN_NONE: Final = {"glasses": 0.65, "facial_hair": 0.55, "hat": 0.75}
"""How likely people of the sheet are to have a part type's default."""


def sheet(style: Style, *, columns: int = 10, tile: int = 160, seed: int = 0) -> np.ndarray:
    """Every variant of every part on a plain head, by part type, and then people drawn at random.

    Args:
      style: whose parts.
      columns: tiles per row.
      tile: side of a tile in pixels.
      seed: other people for another seed.

    Returns:
      ``uint8[H, W, 3]``.
    """
    caption = max(10, tile // 11)
    font = ImageFont.load_default(caption)
    gap = tile // 16
    groups = [(part, list(_variants(style, part, tile - gap))) for part in style.parts]
    groups.append(("people", list(_people(style, tile - gap, np.random.default_rng(seed)))))
    rows = sum(-(-len(tiles) // columns) for _, tiles in groups)
    step = tile + caption + 8
    picture = Image.new("RGB", (columns * tile, rows * step + len(groups) * 2 * caption + caption), _PAPER)
    draw = ImageDraw.Draw(picture)
    top = caption // 2
    for title, tiles in groups:
        draw.text((caption // 2, top), title, _INK, ImageFont.load_default(1.4 * caption))
        top += 2 * caption
        for i, (name, pixels) in enumerate(tiles):
            x, y = i % columns * tile, top + i // columns * step
            picture.paste(Image.fromarray(pixels), (x + gap // 2, y))
            draw.text((x + tile // 2, y + tile), name, _INK, font, anchor="ma")
        top += -(-len(tiles) // columns) * step
    return np.asarray(picture)


def people(styles: Sequence[Style], *, count: int = 8, tile: int = 180, seed: int = 0) -> np.ndarray:
    """People drawn at random: a row for each style, the same people in each.

    Args:
      styles: of the first are the parts and colours that people have; where another lacks one, it has its
        default in place of it.
      count: of people.
      tile: side of each in pixels.
      seed: other people for another seed.

    Returns:
      ``uint8[len(styles) * tile, count * tile, 3]``.
    """
    persons = [random_person(styles[0], np.random.default_rng([seed, n]), natural=True) for n in range(count)]
    rows = []
    for row, style in enumerate(styles):
        drawn = []
        for n, (choice, colors) in enumerate(persons):
            own = {part: v for part, v in choice.items() if v in style.parts[part].variants}
            paints = {slot: color for slot, color in colors.items() if slot in style.palettes}
            wall = _WALLS[(n + row) % len(_WALLS)]
            drawn.append(_drawn(style, own, paints, tile, style.canvas, wall))
        rows.append(np.concatenate(drawn, axis=1))
    return np.concatenate(rows)


def random_person(
    style: Style, rng: np.random.Generator, *, natural: bool = False
) -> tuple[dict[str, str], dict[str, str]]:
    """A choice of parts and colours for `compose`, with glasses, beards and hats as rare as they are.

    `natural` leaves away colours that the palettes call unnatural.
    """
    choice = {}
    for part, kind in style.parts.items():
        plain = rng.random() < _OFTEN_NONE.get(part, 0.0)
        choice[part] = kind.default if plain else str(rng.choice(list(kind.variants)))
    colors = {
        slot: str(rng.choice([color.hex for color in choices if color.natural or not natural]))
        for slot, choices in style.palettes.items()
        if slot not in style.follows
    }
    return choice, colors


def _variants(style: Style, part: str, tile: int) -> Iterator[tuple[str, np.ndarray]]:
    shown = _FACE if part in _CLOSE else style.canvas
    for variant in style.parts[part].variants:
        yield variant, _drawn(style, {part: variant}, {}, tile, shown)


def _people(style: Style, tile: int, rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
    for _ in range(_PEOPLE):
        yield "", _drawn(style, *random_person(style, rng), tile, style.canvas)


def _drawn(
    style: Style,
    choice: dict[str, str],
    colors: dict[str, str],
    size: int,
    shown: tuple[float, float, float],
    background: str = _PAPER,
) -> np.ndarray:
    drawing = compose(style, choice, colors).replace(view_box(style.canvas), view_box(shown), 1)
    return svg.rasterize(drawing.encode(), size=size, background=background, name=f"style {style.name}")

"""Contact sheets: every variant of a style and random people, or the same people in several styles."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from emojax.avatar.styles.composition import compose, view_box
from emojax.avatar.styles.style import Style
from emojax.media import svg
from emojax.media.color import parse_hex, srgb_to_lab

_PAPER: Final = "#f4f1ea"
_INK: Final = "#4a4640"
_PEOPLE: Final = 20
"""Random people on a style's sheet: two rows."""

_BACKGROUNDS: Final = ("#eef1f6", "#e1ebe1", "#f8eadf", "#e8e4f2")
"""Colours behind people, in turn."""

_CLOSE_UPS: Final = {"brows", "eyes", "nose", "mouth", "glasses"}
"""Part types whose tiles show `_FACE` instead of the whole canvas."""

_FACE: Final = (58, 90, 190)
"""x, y and side, in units of the face frame, of a square around brows, eyes, nose and mouth."""

_DARKER_THAN_SKIN: Final = {"hair", "iris"}
"""Slots whose colours, of natural people, are no lighter than their skin."""

_DEFAULT_RATES: Final = {
    "glasses": 0.65,
    "facial_hair": 0.55,
    "hat": 0.75,
    "lines": 0.5,
    "earrings": 0.6,
}
"""Probability that a random person has a part type's default, mostly none. Lower, most people have glasses,
beards and hats that hide the rest; higher, a sheet of twenty may show none. Data sets of drawn parts depend
on them."""


def sheet(style: Style, *, columns: int = 10, tile: int = 160, seed: int = 0) -> np.ndarray:
    """Every variant of every part type on an otherwise default avatar, and random people below.

    Args:
      style: whose parts.
      columns: tiles per row.
      tile: side of a tile in pixels.
      seed: of the random people.

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
    """The same random people in several styles, a row per style.

    Args:
      styles: parts and colours are drawn from the first; where another style lacks one, its default is used.
      count: people per row.
      tile: side of each in pixels.
      seed: of the random people.

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
            background = _BACKGROUNDS[(n + row) % len(_BACKGROUNDS)]
            drawn.append(_rasterized(style, own, paints, tile, background=background))
        rows.append(np.concatenate(drawn, axis=1))
    return np.concatenate(rows)


def random_person(
    style: Style, rng: np.random.Generator, *, natural: bool = False
) -> tuple[dict[str, str], dict[str, str]]:
    """A random choice of parts and colours for `compose`.

    Args:
      style: whose parts and colours.
      rng: draws variants uniformly, but for the defaults that `_DEFAULT_RATES` makes more frequent.
      natural: leave out colours that the palettes call unnatural, and hair and eyes lighter than the skin.
    """
    choice = {}
    for part, listed in style.parts.items():
        plain = rng.random() < _DEFAULT_RATES.get(part, 0.0)
        choice[part] = listed.default if plain else str(rng.choice(list(listed.variants)))
    colors: dict[str, str] = {}
    for slot in style.palettes:
        if slot not in style.follows:
            listed_colors = [color.hex for color in style.palettes[slot] if color.natural or not natural]
            if natural and slot in _DARKER_THAN_SKIN and "skin" in colors:
                listed_colors = _no_lighter(listed_colors, colors["skin"])
            colors[slot] = str(rng.choice(listed_colors))
    return choice, colors


def _no_lighter(colors: list[str], than: str) -> list[str]:
    """Those that are no lighter, or the darkest alone."""
    light = {color: float(srgb_to_lab(parse_hex(color))[0]) for color in [*colors, than]}
    return [color for color in colors if light[color] <= light[than]] or [min(colors, key=light.__getitem__)]


def _variants(style: Style, part: str, tile: int) -> Iterator[tuple[str, np.ndarray]]:
    window = _FACE if part in _CLOSE_UPS else None
    for variant in style.parts[part].variants:
        yield variant, _rasterized(style, {part: variant}, {}, tile, window=window)


def _people(style: Style, tile: int, rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
    for _ in range(_PEOPLE):
        yield "", _rasterized(style, *random_person(style, rng), tile)


def _rasterized(
    style: Style,
    choice: dict[str, str],
    colors: dict[str, str],
    size: int,
    *,
    window: tuple[float, float, float] | None = None,
    background: str = _PAPER,
) -> np.ndarray:
    """``uint8[size, size, 3]``: an avatar, or the square `window` of it."""
    drawing = compose(style, choice, colors)
    drawing = drawing.replace(view_box(style.canvas), view_box(window or style.canvas), 1)
    return svg.rasterize(drawing.encode(), size=size, background=background, name=f"style {style.name}")

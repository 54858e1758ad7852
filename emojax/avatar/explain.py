"""How an avatar came about, as one picture: photo, crop, label map, and each part beside the drawn one."""

from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from emojax.avatar.reading.placement import SEGMENTS
from emojax.avatar.result import Avatar
from emojax.avatar.styles.composition import compose, view_box
from emojax.avatar.styles.style import FRAME
from emojax.data.faces.labels import colorize
from emojax.data.parts.shapes import own_pixels
from emojax.media import grids, svg

_PAPER: Final = "#f4f1ea"
_INK: Final = "#4a4640"
_TOP: Final = 240  # pixels: side of the pictures in the first row
_TILE: Final = 96
_GAP: Final = 16
_COLUMNS: Final = 4


def picture(avatar: Avatar, photo: np.ndarray) -> np.ndarray:
    """Draws the explanation.

    Args:
      avatar: what to explain.
      photo: ``uint8[H, W, 3]`` that it was made from.

    Returns:
      ``uint8[H, W, 3]``.
    """
    rows = -(-len(SEGMENTS) // _COLUMNS)
    width = 4 * _TOP + 5 * _GAP
    cell_height = _TILE + 52
    sheet = Image.new("RGB", (width, _TOP + 60 + rows * (cell_height + _GAP)), _PAPER)
    draw = ImageDraw.Draw(sheet)
    crop = grids.fit_square(avatar.crop.pixels, _TOP)
    labels = grids.fit_square(colorize(avatar.labels), _TOP)
    drawn = svg.rasterize(avatar.svg().encode(), size=_TOP, background="white", name="avatar")
    tops = {"photo": grids.fit_square(photo, _TOP), "face": crop, "labels": labels, "avatar": drawn}
    for i, (title, pixels) in enumerate(tops.items()):
        x = _GAP + i * (_TOP + _GAP)
        sheet.paste(Image.fromarray(pixels), (x, _GAP))
        draw.text((x + _TOP // 2, _TOP + _GAP + 4), title, _INK, ImageFont.load_default(15), anchor="ma")
    for i, kind in enumerate(kind for kind in SEGMENTS if kind in avatar.parts):
        x = _GAP + i % _COLUMNS * (_TOP + _GAP)
        y = _TOP + 60 + i // _COLUMNS * (cell_height + _GAP)
        _cell(sheet, draw, avatar, kind, x, y)
    return np.asarray(sheet)


def _cell(sheet: Image.Image, draw: ImageDraw.ImageDraw, avatar: Avatar, kind: str, x: int, y: int) -> None:
    """One part type: the face's part, the drawn part, and what was thought of them."""
    part = avatar.parts[kind]
    seen = next((avatar.segments[name] for name in SEGMENTS[kind] if name in avatar.segments), None)
    if seen is not None:
        name = next(name for name in SEGMENTS[kind] if name in avatar.segments)
        own = own_pixels(name, seen.labels)
        pixels = np.where(own[..., None], seen.image, (seen.image // 3 + 160).astype(np.uint8))
        sheet.paste(Image.fromarray(pixels).resize((_TILE, _TILE), Image.Resampling.BICUBIC), (x, y))
    alone = compose(avatar.style, avatar.choice, avatar.colors, parts=[kind], moves=avatar.moves)
    box = seen.box if seen is not None else (0.0, 0.0, float(FRAME), float(FRAME))
    square = (box[0], box[1], box[2] - box[0])
    view = alone.replace(view_box(avatar.style.canvas), view_box(square), 1)
    drawn = svg.rasterize(view.encode(), size=_TILE, background="white", name=kind)
    sheet.paste(Image.fromarray(drawn), (x + _TILE + 8, y))
    score = "" if part.similarity is None else f" {part.similarity:.2f}"
    draw.text((x, y + _TILE + 4), f"{kind}: {part.id}{score}", _INK, ImageFont.load_default(14))
    others = ", ".join(f"{name} {similarity:.2f}" for name, similarity in part.alternatives[:2])
    draw.text((x, y + _TILE + 24), others, "#8a847c", ImageFont.load_default(12))

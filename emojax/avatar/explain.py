"""``--explain``: photo, crop, label map and avatar, and each part of the face beside the drawn one."""

from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from emojax.avatar.reading.placement import SEGMENTS
from emojax.avatar.result import Avatar
from emojax.avatar.styles.composition import compose, view_box
from emojax.avatar.styles.style import FRAME
from emojax.data.faces.labels import colorize
from emojax.data.parts.shapes import part_mask
from emojax.media import grids, svg

_PAPER: Final = "#f4f1ea"
_INK: Final = "#4a4640"
_TOP: Final = 240
"""Side of the pictures in the first row, in pixels."""

_TILE: Final = 96
"""Side of the pictures of parts, in pixels."""

_GAP: Final = 16
_COLUMNS: Final = 4


def picture(avatar: Avatar, photo: np.ndarray) -> np.ndarray:
    """Draws the explanation.

    Args:
      avatar: of a photo.
      photo: that photo, ``uint8[H, W, 3]``.

    Returns:
      ``uint8[_, 1040, 3]``; higher for more part types.
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
    for i, part_type in enumerate(each for each in SEGMENTS if each in avatar.parts):
        x = _GAP + i % _COLUMNS * (_TOP + _GAP)
        y = _TOP + 60 + i // _COLUMNS * (cell_height + _GAP)
        _draw_cell(sheet, draw, avatar, part_type, (x, y))
    return np.asarray(sheet)


def _draw_cell(
    sheet: Image.Image, draw: ImageDraw.ImageDraw, avatar: Avatar, part_type: str, corner: tuple[int, int]
) -> None:
    """One part type: the face's part, the drawn part, its similarity and the runners-up."""
    x, y = corner
    part = avatar.parts[part_type]
    visible = [name for name in SEGMENTS[part_type] if name in avatar.segments]
    box = (0.0, 0.0, float(FRAME), float(FRAME))
    if visible:
        found = avatar.segments[visible[0]]
        box = found.box
        own = part_mask(visible[0], found.labels)
        pixels = np.where(own[..., None], found.image, (found.image // 3 + 160).astype(np.uint8))
        sheet.paste(Image.fromarray(pixels).resize((_TILE, _TILE), Image.Resampling.BICUBIC), (x, y))
    alone = compose(avatar.style, avatar.choice, avatar.colors, parts=[part_type], moves=avatar.moves)
    square = (box[0], box[1], box[2] - box[0])
    view = alone.replace(view_box(avatar.style.canvas), view_box(square), 1)
    drawn = svg.rasterize(view.encode(), size=_TILE, background="white", name=part_type)
    sheet.paste(Image.fromarray(drawn), (x + _TILE + 8, y))
    score = "" if part.similarity is None else f" {part.similarity:.2f}"
    draw.text((x, y + _TILE + 4), f"{part_type}: {part.id}{score}", _INK, ImageFont.load_default(14))
    others = ", ".join(f"{name} {similarity:.2f}" for name, similarity in part.alternatives[:2])
    draw.text((x, y + _TILE + 24), others, "#8a847c", ImageFont.load_default(12))

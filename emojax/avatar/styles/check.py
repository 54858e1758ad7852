"""What a style owes beyond being safe to read: drawings that lie where an avatar shows them."""

from typing import Final
from xml.etree.ElementTree import Element

import numpy as np

from emojax.avatar.reading import attributes
from emojax.avatar.styles.composition import compose, label_map, view_box
from emojax.avatar.styles.part import SHAPES
from emojax.avatar.styles.style import Style, Variant
from emojax.core.errors import UserError
from emojax.media import svg

_MARGIN: Final = 0.25
"""How far drawings may reach over the canvas, in its sides: shoulders run on below it."""


def check(style: Style) -> None:
    """Draws every variant alone.

    Raises:
      UserError: one has nothing on the canvas though it has shapes, reaches far over it, or shows
        other than its tags say; or a head has no outline for others to follow.
    """
    for part, kind in style.parts.items():
        for variant in kind.variants.values():
            name = f"parts/{part}/{variant.id}.svg"
            if part == "head" and not any(
                "data-outline" in element.attrib for element in variant.root.iter()
            ):
                raise UserError(f"{name}: no shape has data-outline, which beards and shadows are clipped to")
            drawing = compose(style, {part: variant.id}, {}, parts=[part])
            _check_place(_wide(style, drawing), name, expected=_shows(variant.root))
            _check_tags(variant, label_map(style, {part: variant.id}), part, name)


def _check_tags(variant: Variant, labels: np.ndarray, part: str, name: str) -> None:
    """Faces are given drawings by what tags say, so tags must be what would be read off the drawing."""
    seen: dict[str, tuple[str, str | bool]] = {
        "hair": ("length", attributes.read_hair_length(labels)),
        "mouth": ("open", attributes.is_mouth_open(labels)),
        "glasses": ("glasses", attributes.has_label(labels, "eyeglasses")),
        "hat": ("hat", attributes.has_label(labels, "hat")),
    }
    if part in seen and variant.tags[seen[part][0]] != seen[part][1]:
        tag, shown = seen[part]
        raise UserError(
            f"{name}: is tagged {tag} = {variant.tags[tag]!r} but shows {shown!r} on a plain head; "
            "mend the tag or the drawing"
        )


def _wide(style: Style, drawing: str) -> np.ndarray:
    """The drawing's alpha on a canvas of three times the side: ``uint8[192, 192]``."""
    x, y, side = style.canvas
    wide = drawing.replace(view_box(style.canvas), view_box((x - side, y - side, 3 * side)), 1)
    return svg.rasterize(wide.encode(), size=192, background=None, name="a part")[..., 3]


def _shows(root: Element) -> bool:
    """Whether the part has shapes that are not there for their labels only."""
    shapes = [element for child in root if "data-keep" not in child.attrib for element in child.iter()]
    return any(shape.tag in SHAPES and shape.get("opacity") != "0" for shape in shapes)


def _check_place(alpha: np.ndarray, name: str, *, expected: bool) -> None:
    side = len(alpha) // 3
    margin = round(_MARGIN * side)
    inside = slice(side - margin, 2 * side + margin)
    if alpha.sum() > alpha[inside, inside].sum():
        raise UserError(f"{name}: reaches more than {_MARGIN:.0%} of the canvas beyond it; draw it smaller")
    if expected and not alpha[side : 2 * side, side : 2 * side].any():
        raise UserError(f"{name}: lies outside of the canvas; move it into view")

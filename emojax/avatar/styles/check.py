"""Checks a style's drawings: they are within the canvas, and show what their tags say."""

from collections.abc import Callable, Mapping
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
"""How far drawings may extend beyond the canvas, in sides of it. Smaller, shoulders and long hair that
continue below it are refused; larger, a part that was drawn at a wrong scale passes."""

_CHECK_SIDE: Final = 64
"""Side of the canvas in the checks, in pixels. Smaller, thin strokes round to nothing; larger, checking all
drawings takes longer."""

_READERS: Final[Mapping[str, tuple[str, Callable[[np.ndarray], str | bool]]]] = {
    "hair": ("length", attributes.read_hair_length),
    "mouth": ("open", attributes.is_mouth_open),
    "glasses": ("glasses", lambda labels: attributes.has_label(labels, "eyeglasses")),
    "hat": ("hat", lambda labels: attributes.has_label(labels, "hat")),
}
"""Tags that can be read off a label map, by part type."""


def check(style: Style) -> None:
    """Draws every variant by itself.

    Raises:
      UserError: a drawing has shapes but none on the canvas, extends far beyond the canvas, or shows
        something other than its tags say; or a head has no outline to clip others to.
    """
    for part, listed in style.parts.items():
        for variant in listed.variants.values():
            name = f"parts/{part}/{variant.id}.svg"
            if part == "head" and not any(
                "data-outline" in element.attrib for element in variant.root.iter()
            ):
                raise UserError(f"{name}: no shape has data-outline, which beards and shadows are clipped to")
            drawing = compose(style, {part: variant.id}, {}, parts=[part])
            _check_place(_surroundings(style, drawing), name, expected=_has_visible_shapes(variant.root))
            _check_tags(style, part, variant, name)


def _check_tags(style: Style, part: str, variant: Variant, name: str) -> None:
    """Matching trusts the tags, so they must be what the reader of label maps finds on the drawing."""
    if part not in _READERS:
        return
    tag, read = _READERS[part]
    value = read(label_map(style, {part: variant.id}))
    if variant.tags[tag] != value:
        raise UserError(
            f"{name}: is tagged {tag} = {variant.tags[tag]!r} but shows {value!r} on a plain head; "
            "correct the tag or the drawing"
        )


def _surroundings(style: Style, drawing: str) -> np.ndarray:
    """``uint8[3 S, 3 S]``: the drawing's alpha on a canvas of three times the side, S = `_CHECK_SIDE`."""
    x, y, side = style.canvas
    wide = drawing.replace(view_box(style.canvas), view_box((x - side, y - side, 3 * side)), 1)
    return svg.rasterize(wide.encode(), size=3 * _CHECK_SIDE, background=None, name="a part")[..., 3]


def _has_visible_shapes(root: Element) -> bool:
    """Whether the part has shapes besides those that only clip or only label."""
    shapes = [element for child in root if "data-keep" not in child.attrib for element in child.iter()]
    return any(shape.tag in SHAPES and shape.get("opacity") != "0" for shape in shapes)


def _check_place(alpha: np.ndarray, name: str, *, expected: bool) -> None:
    side = _CHECK_SIDE
    margin = round(_MARGIN * side)
    inside = slice(side - margin, 2 * side + margin)
    if alpha.sum() > alpha[inside, inside].sum():
        raise UserError(f"{name}: extends more than {_MARGIN:.0%} of the canvas beyond it; draw it smaller")
    if expected and not alpha[side : 2 * side, side : 2 * side].any():
        raise UserError(f"{name}: is outside the canvas; move it into view")

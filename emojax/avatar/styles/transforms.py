"""Affine transforms of drawn parts: scaling about a point, shifting, and splitting pairs into two sides.

Eyes and brows are moved one side at a time. A style does not say which shapes belong to which eye: a
highlight has no label, and is on the same side of both pupils. So a shape belongs to the side of the
picture that its first point is on.
"""

import math
from typing import Final
from xml.etree.ElementTree import Element

from emojax.avatar.reading.moves import Move
from emojax.avatar.styles.part import SHAPES
from emojax.avatar.styles.style import FRAME
from emojax.media.svg_syntax import NUMBER, TRANSFORM

_FIRST_POINT: Final = {
    "path": ("d",),
    "polyline": ("points",),
    "polygon": ("points",),
    "circle": ("cx", "cy"),
    "ellipse": ("cx", "cy"),
    "rect": ("x", "y"),
    "line": ("x1", "y1"),
}
"""Attributes of each shape whose first two numbers are its first point, or its centre."""

_Matrix = tuple[float, float, float, float, float, float]
"""SVG's ``matrix(a b c d e f)``: x' = a x + c y + e, y' = b x + d y + f."""

_IDENTITY: Final[_Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def move_part(shape: Element, move: Move) -> Element:
    """The shape in a group with the transform of `move`; of a pair, each side in a group of its own."""
    if not move.x:
        return _transformed(shape, _matrix_text(move, 0.0, 0.0))
    sides = Element("g")
    for sign, side in zip((-1, 1), split_sides(shape), strict=True):
        if side is not None:
            sides.append(_transformed(side, _matrix_text(move, sign * move.x, sign * move.outwards)))
    return sides


def _transformed(shape: Element, transform: str) -> Element:
    group = Element("g", {"transform": transform})
    group.append(shape)
    return group


def _matrix_text(move: Move, offset: float, outwards: float) -> str:
    """Scales about the point `offset` units beside the middle line, then shifts."""
    x, y = FRAME / 2 + offset, move.y
    right, down = x - move.wide * x + move.right + outwards, y - move.high * y + move.down
    return f"matrix({move.wide:.4g} 0 0 {move.high:.4g} {right:.4g} {down:.4g})"


def split_sides(element: Element) -> tuple[Element | None, Element | None]:
    """Splits a drawing at the middle of the frame.

    Args:
      element: a shape or a group, with transforms.

    Returns:
      What is on the left of the picture and what is on the right, None if nothing is. Groups with shapes
      on both sides are copied; their definitions stay in the left copy. Both drawn together look like
      `element`, unless a shape of one side overlaps one of the other.
    """
    return _split(element, _IDENTITY)


def _split(element: Element, outer: _Matrix) -> tuple[Element | None, Element | None]:
    inner = _product(outer, _parse_transform(element.get("transform", "")))
    if element.tag in SHAPES:
        x, y = _first_point(element)
        a, _, c, _, e, _ = inner
        return (element, None) if a * x + c * y + e < FRAME / 2 else (None, element)
    sides: list[list[Element]] = [[], []]
    definitions = []
    for child in element:
        if child.tag != "g" and child.tag not in SHAPES:
            definitions.append(child)
            continue
        for side, piece in zip(sides, _split(child, inner), strict=True):
            side.extend([] if piece is None else [piece])
    left, right = sides
    if not left or not right:
        return (element, None) if left else (None, element) if right else (None, None)
    copies = Element(element.tag, element.attrib), Element(element.tag, element.attrib)
    copies[1].attrib.pop("id", None)  # ids are unique in a document
    copies[0].extend([*definitions, *left])
    copies[1].extend(right)
    return copies


def _first_point(shape: Element) -> tuple[float, float]:
    text = " ".join(shape.get(name, "0") for name in _FIRST_POINT[shape.tag])
    x, y, *_ = [*map(float, NUMBER.findall(text)), 0.0, 0.0]
    return x, y


def _parse_transform(transform: str) -> _Matrix:
    """SVG's ``transform``: a list of functions, the first of which is applied last."""
    matrix = _IDENTITY
    for name, arguments in TRANSFORM.findall(transform):
        matrix = _product(matrix, _function(name, [float(x) for x in NUMBER.findall(arguments)]))
    return matrix


def _function(name: str, v: list[float]) -> _Matrix:
    """The matrix of a transform function; the identity of one with too few arguments."""
    if name == "matrix" and len(v) == 6:
        return (v[0], v[1], v[2], v[3], v[4], v[5])
    if name == "translate" and v:
        return (1.0, 0.0, 0.0, 1.0, v[0], (*v, 0.0)[1])
    if name == "scale" and v:
        return (v[0], 0.0, 0.0, (*v, v[0])[1], 0.0, 0.0)
    if name == "rotate" and v:
        x, y = (*v[1:3], 0.0, 0.0)[:2]
        cos, sin = math.cos(math.radians(v[0])), math.sin(math.radians(v[0]))
        return (cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y)
    if name == "skewX" and v:
        return (1.0, 0.0, math.tan(math.radians(v[0])), 1.0, 0.0, 0.0)
    if name == "skewY" and v:
        return (1.0, math.tan(math.radians(v[0])), 0.0, 1.0, 0.0, 0.0)
    return _IDENTITY


def _product(outer: _Matrix, inner: _Matrix) -> _Matrix:
    a, b, c, d, e, f = outer
    A, B, C, D, E, F = inner
    return (a * A + c * B, b * A + d * B, a * C + c * D, b * C + d * D, a * E + c * F + e, b * E + d * F + f)

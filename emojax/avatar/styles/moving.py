"""Moves what is drawn; of what is there twice, either half for itself.

Nothing in a style says which shapes are of which eye: a catchlight has no label, and lies on the same side of
both. So a shape is on the side on which it begins.
"""

import math
import re
from typing import Final
from xml.etree.ElementTree import Element

from emojax.avatar.reading.placement import Move
from emojax.avatar.styles.part import SHAPES
from emojax.avatar.styles.style import FRAME

_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_TRANSFORM: Final = re.compile(r"(\w+)\s*\(([^)]*)\)")
_BEGINS: Final = {
    "path": ("d",),
    "polyline": ("points",),
    "polygon": ("points",),
    "circle": ("cx", "cy"),
    "ellipse": ("cx", "cy"),
    "rect": ("x", "y"),
    "line": ("x1", "y1"),
}
"""Attributes of a shape of which the first numbers say where it begins."""

_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Final[_Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def moved(shape: Element, move: Move) -> Element:
    """The shape where the move takes it: as a whole, or each side about its own point."""
    if not move.x:
        return _within(_transform(move, 0.0, 0.0), shape)
    sides = Element("g")
    for sign, half in zip((-1, 1), split(shape), strict=True):
        if half is not None:
            sides.append(_within(_transform(move, sign * move.x, sign * move.outwards), half))
    return sides


def _within(transform: str, shape: Element) -> Element:
    group = Element("g", {"transform": transform})
    group.append(shape)
    return group


def _transform(move: Move, aside: float, outwards: float) -> str:
    """Scales about a point that lies `aside` of the middle line, and shifts."""
    x, y = FRAME / 2 + aside, move.y
    right, down = x - move.wide * x + move.right + outwards, y - move.high * y + move.down
    return f"matrix({move.wide:.4g} 0 0 {move.high:.4g} {right:.4g} {down:.4g})"


def split(element: Element) -> tuple[Element | None, Element | None]:
    """What of an element lies on the left of the picture and on the right, in copies of its groups.

    Drawn together they are the element, but for the order of shapes of one side and of the other. Definitions
    go with the left where their group has both.
    """
    return _split(element, _IDENTITY)


def _split(element: Element, outer: _Matrix) -> tuple[Element | None, Element | None]:
    inner = _product(outer, _matrix(element.get("transform", "")))
    if element.tag in SHAPES:
        x, y = _beginning(element)
        a, _, c, _, e, _ = inner
        return (element, None) if a * x + c * y + e < FRAME / 2 else (None, element)
    sides: list[list[Element]] = [[], []]
    definitions = []
    for child in element:
        if child.tag != "g" and child.tag not in SHAPES:
            definitions.append(child)
            continue
        for mine, piece in zip(sides, _split(child, inner), strict=True):
            mine.extend([] if piece is None else [piece])
    left, right = sides
    if not left or not right:
        return (element, None) if left else (None, element) if right else (None, None)
    halves = Element(element.tag, element.attrib), Element(element.tag, element.attrib)
    halves[1].attrib.pop("id", None)  # there is to be one of each
    halves[0].extend([*definitions, *left])
    halves[1].extend(right)
    return halves


def _beginning(shape: Element) -> tuple[float, float]:
    text = " ".join(shape.get(name, "0") for name in _BEGINS[shape.tag])
    x, y, *_ = [*map(float, _NUMBER.findall(text)), 0.0, 0.0]
    return x, y


def _matrix(transform: str) -> _Matrix:
    """SVG's ``transform``, of which the first function is the outermost."""
    matrix = _IDENTITY
    for name, arguments in _TRANSFORM.findall(transform):
        matrix = _product(matrix, _function(name, [float(x) for x in _NUMBER.findall(arguments)]))
    return matrix


def _function(name: str, v: list[float]) -> _Matrix:
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

"""The shapes that a drawing consists of, each with its place.

A drawing is a tree of groups; a shape is one of its leaves. Its markup keeps the groups around it, so that
shapes can be put together anew, and its outline is sampled as points, so that rules can ask where it lies.
"""

import dataclasses
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml import ElementTree as SafeElementTree

from emojax.core import untrusted
from emojax.core.errors import UserError
from emojax.media import svg as svg_check

SVG: Final = "http://www.w3.org/2000/svg"
_POINTS: Final = 24
"""Points of each curve of a shape: with 6 a box is up to a unit of 72 too small, and more only take time."""


@dataclasses.dataclass(frozen=True, eq=False)
class Shape:
    """One leaf of a drawing.

    Attributes:
      markup: SVG of it, in the groups that it stands in where these say how it is drawn.
      group: ``id`` of the outermost group, such as "color" or "line".
      fill: as written, lower case; "" where it says nothing, which means black.
      stroke: likewise; "" is none.
      points: ``float64[N, 2]``, points x, y on its outline in the drawing's units.
    """

    markup: str
    group: str
    fill: str
    stroke: str
    points: np.ndarray

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the points, without the stroke's width."""
        (left, top), (right, bottom) = self.points.min(0), self.points.max(0)
        return float(left), float(top), float(right), float(bottom)


def read(path: Path) -> list[Shape]:
    """The shapes of an SVG drawing in the order in which they are drawn.

    Raises:
      UserError: it is refused by `emojax.media.svg.check`, or a shape cannot be understood.
    """
    content = untrusted.read_bytes(path, most=svg_check.MAX_BYTES)
    svg_check.check(content, str(path))
    try:
        root = SafeElementTree.fromstring(content, forbid_dtd=True)
    except (DefusedXmlException, ElementTree.ParseError, ValueError, LookupError) as error:
        raise UserError(f"{path}: is not well-formed XML without a DOCTYPE ({error})") from error
    found: list[Shape] = []
    for child in root:
        _visit(child, (), child.get("id", ""), found, path)
    return found


def document(markup: str, *, notes: str = "") -> str:
    """A whole drawing of OpenMoji's size.

    Args:
      markup: of its contents.
      notes: further elements, such as ``<metadata>``, put before these.
    """
    return f'<svg xmlns="{SVG}" viewBox="0 0 72 72">{notes}{markup}</svg>'


def _visit(
    element: ElementTree.Element,
    groups: tuple[dict[str, str], ...],
    top: str,
    found: list[Shape],
    path: Path,
) -> None:
    tag = element.tag.rpartition("}")[2]
    if tag == "g":
        attributes = {name: value for name, value in element.attrib.items() if name != "id"}
        for child in element:
            _visit(child, (*groups, attributes) if attributes else groups, top, found, path)
    elif tag not in ("title", "desc", "metadata"):
        attributes = {name: value for name, value in element.attrib.items() if name != "id"}
        try:
            points = _points(tag, attributes, groups)
        except Exception as error:  # svgpathtools raises whatever an odd number made Python raise
            raise UserError(f"{path}: its <{tag}> cannot be understood ({error})") from error
        inherited = {name: value for group in groups for name, value in group.items()} | attributes
        found.append(
            Shape(
                _markup(tag, attributes, groups),
                top,
                inherited.get("fill", "").lower(),
                inherited.get("stroke", "").lower(),
                points,
            )
        )


def _markup(tag: str, attributes: dict[str, str], groups: tuple[dict[str, str], ...]) -> str:
    element = ElementTree.Element(tag, attributes)
    for group in reversed(groups):
        outer = ElementTree.Element("g", group)
        outer.append(element)
        element = outer
    return ElementTree.tostring(element, encoding="unicode")


def _points(tag: str, attributes: dict[str, str], groups: tuple[dict[str, str], ...]) -> np.ndarray:
    """Points of a shape's outline, ``float64[N, 2]``, its own and its groups' transforms applied."""
    # Imported here, as is scipy by it: only who takes drawings apart waits for them.
    from svgpathtools import parse_path
    from svgpathtools.parser import parse_transform
    from svgpathtools.svg_to_paths import ellipse2pathd, polygon2pathd, polyline2pathd, rect2pathd

    if tag == "line":
        data = "M{x1} {y1}L{x2} {y2}".format_map({"x1": 0, "y1": 0, "x2": 0, "y2": 0} | attributes)
    else:
        convert = {
            "path": lambda a: a["d"],
            "circle": ellipse2pathd,
            "ellipse": ellipse2pathd,
            "polygon": polygon2pathd,
            "polyline": polyline2pathd,
            "rect": rect2pathd,
        }[tag]
        data = convert(attributes)
    times = np.linspace(0.0, 1.0, _POINTS)
    complex_points = np.asarray([segment.point(t) for segment in parse_path(data) for t in times])
    points = np.stack([complex_points.real, complex_points.imag, np.ones(len(complex_points))], 1)
    for outer in (attributes, *reversed(groups)):
        if "transform" in outer:
            points = points @ parse_transform(outer["transform"]).T
    return np.asarray(points[:, :2], np.float64)

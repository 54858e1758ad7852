"""What an SVG drawing will cost to render, estimated before rendering it.

CairoSVG has no limits of its own: a kilobyte of nested references, a fine dash on a long
path or two tangled clip paths keep it busy for minutes. `Estimate` walks the drawing as
CairoSVG will, following references, and adds up what each step was measured to cost.
"""

import math
import re
from typing import Any, NoReturn

from emojax.core.errors import UserError

MAX_SECONDS = 2.0  # estimated, at 128 px
MAX_DEPTH = 64

# Nanoseconds, measured with cairo 1.16 at 128 px on the worst drawings we could make of each
# kind. PATH and CLIPPED multiply the square of the path's numbers, because strokes and clips
# that cross themselves do that: wide round-joined arcs the one, tangled polygons the other.
_ELEMENT, _STOP, _LOOKUP, _RULE, _PATH, _CLIPPED = 250_000, 10_000, 2_500, 400, 5, 60
_CURVE_POINTS = 32  # what a circle counts for, in numbers of path data
_MAX_REACH = 100.0  # how far a shape may reach, in canvases: the cost of curves grows with it
_MAX_CANVAS = 1e5  # user units

XLINK = "http://www.w3.org/1999/xlink"
SHAPES = {
    "path": ("d",),
    "polyline": ("points",),
    "polygon": ("points",),
    "line": ("x1", "y1", "x2", "y2"),
    "rect": ("x", "y", "width", "height", "rx", "ry"),
    "circle": ("cx", "cy", "r"),
    "ellipse": ("cx", "cy", "rx", "ry"),
}
# Elements that are drawn only where something refers to them.
REFERENCED = {"defs", "symbol", "clipPath", "mask", "pattern", "linearGradient", "radialGradient"}
URL = re.compile(r"url\(\s*['\"]?\s*([^'\")]*)", re.IGNORECASE)

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_LENGTH = re.compile(rf"\s*({_NUMBER.pattern})\s*(px|pt|pc|mm|cm|in|%)?\s*")
_PATH_DATA = re.compile(r"[MmZzLlHhVvCcSsQqTtAa0-9eE+\-.,\s]*")
_TRANSFORM = re.compile(r"(\w+)\s*\(([^)]*)\)")


def refuse(name: str, reason: str) -> NoReturn:
    """Raises UserError "<name>: <reason>"."""
    raise UserError(f"{name}: {reason}")


def nodes(node: Any) -> list[Any]:
    """``node`` and all nodes below it, in document order."""
    return [node, *(below for child in node.children for below in nodes(child))]


class Estimate:
    """Adds up what drawing will cost, following references, until the budget is gone."""

    def __init__(self, tree: Any, name: str, *, elements: int, rules: int) -> None:
        self.name = name
        self.nanoseconds = 0.0
        self.lookup = _LOOKUP * elements
        self.element = _ELEMENT + _RULE * rules
        self.root = tree
        self.by_id: dict[str, list[Any]] = {}
        for node in nodes(tree):
            for key in {node.get("id"), node.element.id} - {None}:
                self.by_id.setdefault(key, []).append(node)
        self.extent = self.canvas(tree)

    def canvas(self, root: Any) -> float:
        """The longer side of the drawing, in user units."""
        self.extent = _MAX_CANVAS
        sides = [self.length(root.get(side, "100%"), side) for side in ("width", "height")]
        if "viewBox" in root:
            x, y, *sides = self.view_box(root["viewBox"])
            if max(abs(x), abs(y)) > 10 * _MAX_CANVAS:
                refuse(self.name, f"its viewBox {root['viewBox']!r} is too far from the origin")
        elif any(side not in root or "%" in root[side] for side in ("width", "height")):
            refuse(self.name, "has neither a viewBox nor a width and a height")
        if not 0 < min(sides) <= max(sides) <= _MAX_CANVAS or max(sides) > 100 * min(sides):
            refuse(self.name, f"its canvas of {sides[0]:g} x {sides[1]:g} units cannot be a picture")
        return max(sides)

    def view_box(self, text: str) -> list[float]:
        numbers = _NUMBER.findall(text)
        if len(numbers) != 4 or not _PATH_DATA.fullmatch(text) or min(map(float, numbers[2:])) <= 0:
            refuse(self.name, f"its viewBox {text[:60]!r} is not four numbers")
        return [float(number) for number in numbers]

    def length(self, text: Any, attribute: str) -> float:
        """The size in user units that ``text`` cannot exceed."""
        match = _LENGTH.fullmatch(str(text))
        if not match:
            refuse(self.name, f"{attribute}={str(text)[:60]!r} is not a length")
        number, unit = abs(float(match[1])), match[2]
        return number * (self.extent / 100 if unit == "%" else 1 if unit in (None, "px") else 96)

    def spend(self, nanoseconds: float) -> None:
        self.nanoseconds += nanoseconds
        if self.nanoseconds > MAX_SECONDS * 1e9:
            refuse(
                self.name, f"would take more than {MAX_SECONDS:g} s to draw; simplify its paths or references"
            )

    def visit(
        self, node: Any, scale: float = 1.0, clip: int = 0, chain: tuple[str, ...] = (), depth: int = 0
    ) -> int:
        """Accounts for drawing ``node``.

        Args:
          scale: a bound on how much the transforms so far enlarge lengths.
          clip: numbers of path data in the clip paths in force.
          chain: the ids being expanded.

        Returns:
          Numbers of path data below the node.
        """
        if depth > 2 * MAX_DEPTH:
            refuse(self.name, f"its references nest more than {2 * MAX_DEPTH} deep")
        self.spend(_STOP if node.tag == "stop" else self.element)
        scale *= self.magnification(node)
        clips = self.follow(node, ("clip-path",), scale, 0, chain, depth)
        if clips:
            clip += clips
            self.spend(_CLIPPED * clip**2)
        self.follow(node, ("mask", "fill", "stroke"), scale, 0, chain, depth)
        points = self.shape(node, scale)
        self.spend(_CLIPPED * (points + clip) ** 2 if clip and points else _PATH * points**2)
        if node.tag == "use":
            points += self.used(node, scale, clip, chain, depth)
        elif node.tag.endswith("Gradient") and node.get_href():
            self.spend(self.lookup)
            self.follow(node, (f"{{{XLINK}}}href", "href"), scale, 0, chain, depth)
        for child in node.children:
            if child.tag not in REFERENCED:
                points += self.visit(child, scale, clip, chain, depth + 1)
        return points

    def follow(
        self,
        node: Any,
        attributes: tuple[str, ...],
        scale: float,
        clip: int,
        chain: tuple[str, ...],
        depth: int,
    ) -> int:
        """Visits what the attributes refer to, as url(#id) or #id."""
        points = 0
        for attribute in attributes:
            value = str(node.get(attribute, ""))
            for target in [value] if attribute.endswith("href") else URL.findall(value):
                key = self.expanding(target, chain)
                for found in self.by_id.get(key, ()):
                    points += self.visit(found, scale, clip, (*chain, key), depth + 1)
        return points

    def used(self, node: Any, scale: float, clip: int, chain: tuple[str, ...], depth: int) -> int:
        from cairosvg.parser import Tree

        href = node.get_href()
        if not href:
            return 0
        key = self.expanding(href, chain)
        self.spend(self.lookup)
        try:  # as the renderer does, so that it inherits from here
            target = Tree(url=href, url_fetcher=node.url_fetcher, parent=node, tree_cache={}, unsafe=False)
        except TypeError:  # no such id: nothing is drawn
            return 0
        for side in ("width", "height"):
            if side in node:
                target[side] = node[side]
        return self.visit(target, scale, clip, (*chain, key), depth + 1)

    def expanding(self, reference: str, chain: tuple[str, ...]) -> str:
        key = reference.strip().lstrip("#").strip()
        if key in chain:
            refuse(self.name, f"#{key} refers to itself")
        return key

    def magnification(self, node: Any) -> float:
        bound = 1.0
        for attribute in ("transform", "patternTransform"):
            for kind, arguments in _TRANSFORM.findall(str(node.get(attribute, ""))):
                if not re.fullmatch(r"[0-9eE+\-.,\s]*", arguments):
                    refuse(self.name, f"{attribute} has {kind}({arguments[:40]}), which is not plain numbers")
                numbers = [abs(float(number)) for number in _NUMBER.findall(arguments)]
                if kind == "matrix":
                    bound *= sum(numbers[:4])
                elif kind == "scale":
                    bound *= max(numbers, default=1.0)
                elif kind.startswith("skew"):
                    bound *= 1 + max((abs(math.tan(math.radians(angle))) for angle in numbers), default=0.0)
        if "viewBox" in node and node is not self.root:
            viewport = max(self.length(node.get(side, "100%"), side) for side in ("width", "height"))
            bound *= max(viewport, self.extent) / min(self.view_box(node["viewBox"])[2:])
        return bound

    def shape(self, node: Any, scale: float) -> int:
        """Numbers of path data the shape amounts to, with its dashes; checks how far it reaches."""
        if node.tag not in SHAPES:
            return 0
        attributes = SHAPES[node.tag]
        if attributes[0] in ("d", "points"):
            data = str(node.get(attributes[0], ""))
            if not _PATH_DATA.fullmatch(data):
                refuse(self.name, f"{attributes[0]}={data[:40]!r}... is not path data")
            lengths = [abs(float(number)) for number in _NUMBER.findall(data)]
            points = len(lengths)
        else:
            data = "A"
            lengths = [self.length(node[key], key) for key in attributes if node.get(key, "auto") != "auto"]
            points = (
                4 if node.tag in ("rect", "line") and not ("rx" in node or "ry" in node) else _CURVE_POINTS
            )
        if max(lengths, default=0.0) * scale > _MAX_REACH * self.extent:
            refuse(self.name, f"a <{node.tag}> reaches more than {_MAX_REACH:g} times the canvas away")
        entries = re.split(r"[\s,]+", str(node.get("stroke-dasharray", "none")).strip())
        dashes = [self.length(entry, "stroke-dasharray") for entry in entries if entry not in ("", "none")]
        if sum(dashes) > 0:
            # The stroke is no longer than twice the sum of the coordinates, an arc than the
            # circle of its radius, and a chain of T curves may swing back with every point.
            bound = (
                2 * sum(lengths) * (4 if "a" in data.lower() else 1) * (points if "t" in data.lower() else 1)
            )
            dashed = bound / sum(dashes) * len(dashes)
            if _PATH * dashed**2 > MAX_SECONDS * 1e9:
                refuse(self.name, "its stroke-dasharray is too fine for the length of the path")
            points += int(dashed)
        return points

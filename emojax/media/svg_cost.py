"""An estimate of how long an SVG drawing takes to render, before rendering it.

CairoSVG has no limits of its own: a kilobyte of nested references, a fine dash pattern on a long path or
two self-intersecting clip paths keep it busy for minutes. `Estimate` walks the drawing as CairoSVG does,
follows references, and sums what each step was measured to cost.
"""

import dataclasses
import math
import re
from typing import Any

from emojax.media.svg_syntax import (
    COMMAND,
    LENGTH,
    NUMBER,
    PATH_DATA,
    REFERENCED,
    SHAPES,
    TILES,
    TRANSFORM,
    TRANSFORMS,
    XLINK,
    nodes,
    referenced_ids,
    refuse,
)

MAX_SECONDS = 2.0
"""Estimated time at 128 px up to which a drawing is rendered. OpenMoji's drawings take 0.1 s at most; more
lets a hostile file hold a program up for longer."""

MAX_DEPTH = 64
"""Levels of nested elements. OpenMoji has 8; many more would exceed Python's recursion limit."""

# Nanoseconds, measured with cairo 1.16 at 128 px on the slowest drawings found of each kind. _PATH and
# _CLIPPED are multiplied by the square of a path's numbers, as measured for self-intersecting strokes
# (wide round-joined arcs) and self-intersecting clips (random polygons). Larger refuses harmless drawings,
# smaller lets slow ones pass.
_ELEMENT, _STOP, _LOOKUP, _RULE, _PATH, _CLIPPED = 250_000, 10_000, 2_500, 400, 5, 60
_CURVE_POINTS = 32  # numbers of path data that a circle counts as: cairo approximates it by Bézier curves
_MAX_REACH = 100.0  # largest coordinate, in sides of the canvas: cairo's cost of curves grows with it
_MAX_CANVAS = 1e5  # user units
_MAX_TILE = 4096.0  # user units of a mask, a pattern or a canvas with them: cairo draws them as pictures


@dataclasses.dataclass(frozen=True)
class _Context:
    """What a node inherits.

    Attributes:
      scale: upper bound on how much the transforms in force enlarge lengths.
      clip: numbers of path data in the clip paths in force.
      chain: ids of the references being expanded.
      depth: nesting, with expanded references.
      groups: pictures, as large as the canvas, that are put together and in memory at once.
    """

    scale: float = 1.0
    clip: int = 0
    chain: tuple[str, ...] = ()
    depth: int = 0
    groups: int = 0

    def below(self, reference: str | None = None) -> "_Context":
        """The context of a child, or of the target of a reference."""
        chain = self.chain if reference is None else (*self.chain, reference)
        return dataclasses.replace(self, chain=chain, depth=self.depth + 1)


class Estimate:
    """The cost of rendering a drawing, summed up while following references.

    Attributes:
      seconds: the cost so far.
      groups: the most pictures, as large as the canvas, that are in memory at once.

    Args:
      tree: CairoSVG's tree of the drawing.
      name: what error messages call it.
      elements: how many it has.
      rules: how many rules its style sheets have.

    Raises:
      UserError: its canvas has no size, or none that a picture can have.
    """

    def __init__(self, tree: Any, name: str, *, elements: int, rules: int) -> None:
        self.name = name
        self.groups = 0
        self.seconds = 0.0
        self._lookup = _LOOKUP * elements
        self._element = _ELEMENT + _RULE * rules
        self._root = tree
        self._by_id: dict[str, list[Any]] = {}
        for node in nodes(tree):
            for key in {node.get("id"), node.element.id} - {None}:
                self._by_id.setdefault(key, []).append(node)
        self._extent = _MAX_CANVAS
        self._extent = self._canvas(tree)

    def add_drawing(self) -> None:
        """Adds the cost of the whole drawing.

        Raises:
          UserError: it takes more than `MAX_SECONDS`, refers to itself, or holds values whose cost cannot
            be bounded.
        """
        self._visit(self._root, _Context())

    def _canvas(self, root: Any) -> float:
        """The longer side of the drawing, in user units."""
        sides = [self._length(root.get(side, "100%"), side) for side in ("width", "height")]
        if "viewBox" in root:
            x, y, *sides = self._view_box(root["viewBox"])
            if max(abs(x), abs(y)) > 10 * _MAX_CANVAS:
                refuse(self.name, f"its viewBox {root['viewBox']!r} is too far from the origin")
        elif any(side not in root or "%" in root[side] for side in ("width", "height")):
            refuse(self.name, "has neither a viewBox nor a width and a height")
        if not 0 < min(sides) <= max(sides) <= _MAX_CANVAS or max(sides) > 100 * min(sides):
            refuse(self.name, f"its canvas of {sides[0]:g} x {sides[1]:g} units cannot be a picture")
        return max(sides)

    def _view_box(self, text: str) -> list[float]:
        numbers = NUMBER.findall(text)
        if len(numbers) != 4 or not PATH_DATA.fullmatch(text) or min(map(float, numbers[2:])) <= 0:
            refuse(self.name, f"its viewBox {text[:60]!r} is not four numbers")
        return [float(number) for number in numbers]

    def _length(self, text: Any, attribute: str) -> float:
        """An upper bound on the length ``text``, in user units."""
        match = LENGTH.fullmatch(str(text))
        if not match:
            refuse(self.name, f"{attribute}={str(text)[:60]!r} is not a length; write a plain number")
        number, unit = abs(float(match[1])), match[2]
        # 96 units are an inch, the longest unit but for the percentage.
        return number * (self._extent / 100 if unit == "%" else 1 if unit in (None, "px") else 96)

    def _add(self, nanoseconds: float) -> None:
        self.seconds += nanoseconds / 1e9
        if self.seconds > MAX_SECONDS:
            refuse(
                self.name, f"would take more than {MAX_SECONDS:g} s to draw; simplify its paths or references"
            )

    def _visit(self, node: Any, context: _Context) -> int:
        """Adds the cost of a node and of all below it; returns their numbers of path data."""
        if context.depth > 2 * MAX_DEPTH:
            refuse(self.name, f"its references nest more than {2 * MAX_DEPTH} deep")
        stops = sum(child.tag == "stop" for child in node.children)
        self._add(self._element + _STOP * stops)
        context = dataclasses.replace(
            context,
            scale=context.scale * self._magnification(node),
            groups=context.groups + self._count_groups(node),
        )
        self.groups = max(self.groups, context.groups)
        clip = self._visit_references(node, ("clip-path",), context)
        if clip:
            context = dataclasses.replace(context, clip=context.clip + clip)
            self._add(_CLIPPED * context.clip**2)
        self._visit_references(node, ("mask", "fill", "stroke"), context)
        points = self._count_points(node, context.scale)
        clipped = context.clip and points
        self._add(_CLIPPED * (points + context.clip) ** 2 if clipped else _PATH * points**2)
        if node.tag == "use":
            points += self._visit_use(node, context)
        elif node.tag.endswith("Gradient") and node.get_href():
            self._add(self._lookup)
            self._visit_references(node, (f"{{{XLINK}}}href", "href"), context)
        for child in node.children:
            # The renderer turns a mask or pattern that it has drawn into a group, which it draws once more.
            drawn = child.tag not in REFERENCED and child.tag != "stop"
            if drawn or (context.chain and child.tag in TILES):
                points += self._visit(child, context.below())
        return points

    def _count_groups(self, node: Any) -> int:
        if node.tag in TILES:
            if node.get_href():
                refuse(self.name, f"a <{node.tag}> refers to another; give it the shapes themselves")
            sides = [self._length(node[key], key) for key in ("x", "y", "width", "height") if key in node]
            if max(sides, default=0.0) > _MAX_TILE or self._extent > _MAX_TILE:
                refuse(self.name, f"has a <{node.tag}> on more than {_MAX_TILE:g} units; draw it smaller")
            return 2
        faint = bool(node.children) and str(node.get("opacity", "1")).strip() not in ("1", "1.0")
        return int(faint or "mask" in node or "filter" in node)

    def _visit_references(self, node: Any, attributes: tuple[str, ...], context: _Context) -> int:
        """Visits what the attributes refer to by url(#id) or #id, outside the clip paths in force."""
        points = 0
        for attribute in [each for each in attributes if each in node]:
            for key in self._reference_ids(attribute, str(node[attribute]), context):
                for found in self._by_id.get(key, ()):
                    points += self._visit(found, dataclasses.replace(context.below(key), clip=0))
        return points

    def _visit_use(self, node: Any, context: _Context) -> int:
        from cairosvg.parser import Tree

        href = node.get_href()
        if not href:
            return 0
        key = next(iter(self._reference_ids("href", href, context)), "")
        self._add(self._lookup)
        try:  # as the renderer does, so that the target inherits from this node
            target = Tree(url=href, url_fetcher=node.url_fetcher, parent=node, tree_cache={}, unsafe=False)
        except TypeError:  # there is no such id, and nothing is drawn
            return 0
        for side in ("width", "height"):
            if side in node:
                target[side] = node[side]
        return self._visit(target, context.below(key))

    def _reference_ids(self, attribute: str, value: str, context: _Context) -> set[str]:
        """The ids of the drawing that an attribute refers to."""
        keys = referenced_ids(attribute, value)
        for key in sorted(keys & {*context.chain}):
            refuse(self.name, f"#{key} refers to itself")
        return keys & self._by_id.keys()

    def _magnification(self, node: Any) -> float:
        """An upper bound on how much the node's own transforms enlarge lengths."""
        bound = 1.0
        for attribute in ("transform", "patternTransform", "gradientTransform"):
            if not TRANSFORMS.fullmatch(str(node.get(attribute, ""))):
                refuse(self.name, f"{attribute}={str(node[attribute])[:40]!r} is no list of functions")
            for function, arguments in TRANSFORM.findall(str(node.get(attribute, ""))):
                if not re.fullmatch(r"[0-9eE+\-.,\s]*", arguments):
                    refuse(
                        self.name, f"{attribute} has {function}({arguments[:40]}), which is not plain numbers"
                    )
                numbers = [abs(float(number)) for number in NUMBER.findall(arguments)]
                if function == "matrix":
                    bound *= sum(numbers[:4])
                elif function == "scale":
                    bound *= max(numbers, default=1.0)
                elif function.startswith("skew"):
                    bound *= 1 + max((abs(math.tan(math.radians(angle))) for angle in numbers), default=0.0)
        if "viewBox" in node and node is not self._root:
            viewport = max(self._length(node.get(side, "100%"), side) for side in ("width", "height"))
            bound *= max(viewport, self._extent) / min(self._view_box(node["viewBox"])[2:])
        return bound

    def _count_points(self, node: Any, scale: float) -> int:
        """Numbers of path data of a shape, with its dashes; refuses one that reaches too far."""
        if node.tag not in SHAPES:
            return 0
        attributes = SHAPES[node.tag]
        if attributes[0] in ("d", "points"):
            data = str(node.get(attributes[0], ""))
            if not PATH_DATA.fullmatch(data):
                refuse(self.name, f"{attributes[0]}={data[:40]!r}... is not path data")
            lengths = [abs(float(number)) for number in NUMBER.findall(data)]
            points = max(len(lengths), len(COMMAND.findall(data)) // 2)
        else:
            data = "A"
            lengths = [self._length(node[key], key) for key in attributes if node.get(key, "auto") != "auto"]
            points = (
                4 if node.tag in ("rect", "line") and not ("rx" in node or "ry" in node) else _CURVE_POINTS
            )
        if max(lengths, default=0.0) * scale > _MAX_REACH * self._extent:
            refuse(self.name, f"a <{node.tag}> reaches more than {_MAX_REACH:g} times the canvas away")
        if "stroke-width" in node and self._length(node["stroke-width"], "stroke-width") * scale > (
            _MAX_REACH * self._extent
        ):
            refuse(self.name, f"a <{node.tag}> has a stroke wider than {_MAX_REACH:g} times the canvas")
        entries = re.split(r"[\s,]+", str(node.get("stroke-dasharray", "none")).strip())
        dashes = [self._length(entry, "stroke-dasharray") for entry in entries if entry not in ("", "none")]
        if sum(dashes) > 0:
            # Bounds on the stroke's length: twice the sum of the coordinates, for an arc the circle of
            # its radius; in a chain of T curves each mirrored control point may be farther than the last.
            bound = (
                2 * sum(lengths) * (4 if "a" in data.lower() else 1) * (points if "t" in data.lower() else 1)
            )
            dashed = bound / sum(dashes) * len(dashes)
            if _PATH * dashed**2 > MAX_SECONDS * 1e9:
                refuse(self.name, "its stroke-dasharray is too fine for the length of the path")
            points += int(dashed)
        return points

"""Other people's SVG in the subset that parts may use: references are resolved, masks become clips."""

import re
from collections.abc import Mapping
from typing import Final
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from emojax.avatar.styles.part import SHAPES
from emojax.core.errors import UserError

_KEPT: Final = frozenset(
    "d points cx cy r rx ry x y x1 y1 x2 y2 width height transform fill fill-rule fill-opacity stroke "
    "stroke-width stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity opacity clip-rule".split()
)
_URL: Final = re.compile(r"url\(\s*#([^)\s]+)\s*\)")
_NUMBER: Final = re.compile(r"-?\d*\.\d{3,}(?:e-?\d+)?")
_GRADIENTS: Final = ("linearGradient", "radialGradient")
_GRADIENT: Final = frozenset("x1 y1 x2 y2 cx cy r fx fy gradientUnits gradientTransform spreadMethod".split())
_STOP: Final = frozenset(("offset", "stop-color", "stop-opacity"))
_MAX_DEPTH: Final = 30
_MAX_ELEMENTS: Final = 2_000


class Translation:
    """One drawing, of which groups of certain ids have the colour of a palette slot.

    Attributes:
      clips: definitions that what `drawn` returned refers to: clip paths and gradients.
    """

    def __init__(self, data: bytes, name: str, slots: Mapping[str, str]) -> None:
        """Reads a drawing.

        Args:
          data: the SVG file.
          name: what errors call it.
          slots: palette slots by the ids of the groups that have their colours.

        Raises:
          UserError: it is no SVG.
        """
        try:
            self._root = fromstring(data, forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError) as error:
            raise UserError(f"{name}: cannot be read as SVG ({error})") from error
        self.name, self._slots = name, slots
        self._ids = {e.get("id", ""): e for e in self._root.iter() if e.get("id")}
        self._count = 0
        self.clips: list[Element] = []

    def drawn(self) -> list[Element]:
        """What the drawing shows; `clips` has the clip paths that it refers to.

        Raises:
          UserError: it has text or pictures, or is nested or refers to itself without end.
        """
        return self._children(self._root, 0)

    def _children(self, element: Element, depth: int, *, painted: bool = True) -> list[Element]:
        found = (self._one(child, depth + 1, painted) for child in element)
        return [each for each in found if each is not None]

    def _one(self, element: Element, depth: int, painted: bool) -> Element | None:
        """A copy; without what paints it where a group above gives the colour."""
        self._count += 1
        if depth > _MAX_DEPTH or self._count > _MAX_ELEMENTS:
            raise UserError(f"{self.name}: is nested too deep or too large to be taken over")
        tag = element.tag.rpartition("}")[2]
        if tag in ("text", "image", "foreignObject", "pattern"):
            raise UserError(f"{self.name}: has <{tag}>, which parts of a style cannot use")
        if tag not in ("g", "use", *SHAPES) or (tag == "use" and element.get("filter")):  # a shadow's copy
            return None
        made = Element("g" if tag == "use" else tag)
        for key, value in element.attrib.items():
            if key in _KEPT and value and (painted or key not in ("fill", "stroke")):
                made.set(key, self._paint(_NUMBER.sub(_rounded, value)))
        if tag == "use":
            self._use(made, element, depth, painted)
        slot = self._slots.get(element.get("id", ""))
        if slot is not None:
            made.set("fill", "#808080")
            made.set("data-fill", slot)
        if tag == "g":
            made.extend(self._children(element, depth, painted=painted and slot is None))
        if tag in ("g", "use") and len(made) == 0:
            return None
        clip = _URL.fullmatch(element.get("mask", element.get("clip-path", "")))
        if clip is not None:
            made.set("clip-path", f"url(#{self._clip(clip[1], depth)})")
        return made

    def _paint(self, value: str) -> str:
        """A value of an attribute; a gradient that it refers to is copied to `clips`."""
        found = _URL.fullmatch(value)
        if found is None:
            return value
        gradient = self._ids.get(found[1])
        if gradient is None or gradient.tag.rpartition("}")[2] not in _GRADIENTS:
            return "none"
        name = f"paint-{len(self.clips) + 1}"
        copy = Element(gradient.tag.rpartition("}")[2], {k: v for k, v in gradient.items() if k in _GRADIENT})
        copy.set("id", name)
        for stop in gradient:
            copy.append(Element("stop", {k: v for k, v in stop.items() if k in _STOP}))
        self.clips.append(copy)
        return f"url(#{name})"

    def _use(self, made: Element, element: Element, depth: int, painted: bool) -> None:
        name = next((v for k, v in element.attrib.items() if k.rpartition("}")[2] == "href"), "")
        x, y = (made.attrib.pop(key, "0") for key in ("x", "y"))
        for key in ("width", "height"):
            made.attrib.pop(key, None)
        if (float(x), float(y)) != (0.0, 0.0):
            made.set("transform", f"{made.get('transform', '')} translate({x} {y})".strip())
        target = self._ids.get(name.removeprefix("#"))
        copy = None if target is None else self._one(target, depth + 1, painted)
        if copy is not None:
            made.append(copy)

    def _clip(self, name: str, depth: int) -> str:
        """The id of a clip path of the shapes of a mask or clip path."""
        target = self._ids.get(name)
        clip = Element("clipPath", {"id": f"clip-{len(self.clips) + 1}"})
        self.clips.append(clip)
        for shape in [] if target is None else self._children(target, depth + 1):
            for each in _flat(shape, ""):
                clip.append(each)
        return clip.get("id", "")


def _flat(element: Element, transform: str) -> list[Element]:
    """The shapes in an element, each with all transforms above it: clip paths hold no groups."""
    own = f"{transform} {element.get('transform', '')}".strip()
    if element.tag != "g":
        kept = {k: v for k, v in element.attrib.items() if not k.startswith(("fill", "stroke", "opacity"))}
        if element.get("fill-rule"):
            kept["clip-rule"] = element.get("fill-rule", "")
        shape = Element(element.tag, kept)
        if own:
            shape.set("transform", own)
        return [shape]
    return [each for child in element for each in _flat(child, own)]


def _rounded(number: "re.Match[str]") -> str:
    """Two decimals: at the size of a part more are a hundredth of what an eye sees, and half of the file."""
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")

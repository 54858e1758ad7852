"""What SVG files are made of: names of elements, the syntax of attributes, and what refers to what."""

import re
from typing import Any, NoReturn

from emojax.core.errors import UserError

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
TILES = ("mask", "pattern")
# Elements that are rendered only where another element refers to them.
REFERENCED = {"defs", "symbol", "clipPath", "mask", "pattern", "linearGradient", "radialGradient"}
URL = re.compile(r"url\(\s*['\"]?\s*([^'\")]*)", re.IGNORECASE)

# Possessive (`++`), so that no text takes time in proportion to the square of its length.
NUMBER = re.compile(r"[+-]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?")
TRANSFORM = re.compile(r"\b(\w++)\s*+\(([^()]*+)\)")
LENGTH = re.compile(rf"\s*+({NUMBER.pattern})\s*+(px|pt|pc|mm|cm|in|%)?\s*+")
COMMAND = re.compile(r"[MmZzLlHhVvCcSsQqTtAa]")
PATH_DATA = re.compile(rf"(?:[\s,]*+(?:{COMMAND.pattern}|{NUMBER.pattern}))*+[\s,]*+")
TRANSFORMS = re.compile(rf"(?:\s*+{TRANSFORM.pattern}\s*+,?)*+\s*+")


def refuse(name: str, reason: str) -> NoReturn:
    """Raises UserError "<name>: <reason>"."""
    raise UserError(f"{name}: {reason}")


def nodes(node: Any) -> list[Any]:
    """``node`` and all nodes below it, in document order."""
    return [node, *(below for child in node.children for below in nodes(child))]


def referenced_ids(attribute: str, value: str) -> set[str]:
    """The ids that SVG reads in an attribute, and those that the renderer reads, without ``url()``."""
    from cairosvg.helpers import paint
    from cairosvg.url import parse_url

    read = paint(value)[0] if attribute in ("fill", "stroke") else parse_url(value).fragment
    targets = [value] if attribute.endswith("href") else URL.findall(value)
    return {read or "", *(target.strip().lstrip("#").strip() for target in targets)} - {""}

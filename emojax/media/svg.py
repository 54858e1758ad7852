"""The one SVG rasteriser, and the check before it.

Every SVG is drawn by `rasterize`, because no two renderers agree on the antialiasing of an edge. SVG
files are untrusted: `check` refuses references out of the file, code, and drawings that would take
long to render.
"""

import io
import re
from functools import cache
from types import ModuleType
from typing import Any, NoReturn
from xml.etree import ElementTree

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import XMLParser
from PIL import Image, ImageColor

from emojax.core.errors import UserError
from emojax.media.svg_cost import MAX_DEPTH, Estimate
from emojax.media.svg_syntax import REFERENCED, SHAPES, URL, XLINK, nodes, refuse

MAX_BYTES = 1_000_000
MAX_ELEMENTS = 5_000
MAX_SIZE = 4096  # pixels
_MAX_ATTRIBUTE = 1_000  # characters, where the attribute is neither path data nor a style
_MAX_STYLE = 4_000  # characters of a style attribute
_MAX_GROUP_BYTES = 512 * 2**20
"""Memory for masks and transparent groups that are put together. Less refuses the avatars of the styles that
ship at 4,096 pixels, which have three; more lets a hostile drawing take gigabytes."""

_SVG = "http://www.w3.org/2000/svg"
_XML = "http://www.w3.org/XML/1998/namespace"
_ALLOWED = set(SHAPES) | REFERENCED | {"svg", "g", "use", "stop", "style", "title", "desc", "metadata"}
_WHY = {
    "script": "it runs code",
    "foreignobject": "it embeds another document",
    "image": "it embeds or loads a picture",
    "text": "it depends on the fonts of the machine; convert text to paths",
    "svg": "only the outermost element may be <svg>",
}
# Style sheets may hold plain rules only: combinators can take exponential time to match, and an @ rule
# either loads something or is ignored by the renderer.
_STYLE_SHEET = re.compile(r"(?:\s*[\w.#*-]+(?:\s*,\s*[\w.#*-]+)*\s*\{[^{}]*\})*\s*")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_MAX_MATCHES = 2_000_000  # style rules times elements: the renderer tries each with each

_INSTALL = (
    "SVG drawings need the cairo library, which is not installed: on Debian or Ubuntu "
    "'sudo apt-get install libcairo2', on macOS 'brew install cairo', on Windows install the "
    "GTK 3 runtime (github.com/tschoonj/GTK-for-Windows-Runtime-Environment-Installer); then try again"
)


def rasterize(svg: bytes, *, size: int, background: str | None = "black", name: str) -> np.ndarray:
    """Draws an SVG file, fitted into a square and centred.

    Args:
      svg: the file's bytes.
      size: side of the square in pixels, 1 to 4096.
      background: a CSS colour (name or ``#rrggbb``), or None for transparency.
      name: of the file, for error messages.

    Returns:
      ``uint8[size, size, 3]``, RGB; or, if ``background`` is None, ``uint8[size, size, 4]``, RGBA with
      alpha not premultiplied.

    Raises:
      UserError: the file fails `check` or cannot be drawn, the size or the colour is invalid, or the
        cairo library is not installed.
    """
    if not 1 <= size <= MAX_SIZE:
        raise UserError(f"size {size} is out of range: choose 1 to {MAX_SIZE} pixels")
    color = None if background is None else parse_color(background)
    cleaned, groups = _checked(svg, name)
    if groups * 4 * size**2 > _MAX_GROUP_BYTES:
        refuse(
            name, f"nests {groups} masks or transparent groups, too many for {size} pixels; draw it smaller"
        )
    try:
        png = _cairosvg().svg2png(
            bytestring=cleaned, output_width=size, output_height=size, background_color=color, unsafe=False
        )
    except Exception as error:  # CairoSVG does not check values: they raise errors of many types
        raise UserError(f"{name}: cannot be drawn: {type(error).__name__} {error}") from error
    with Image.open(io.BytesIO(png)) as image:
        return np.array(image.convert("RGBA" if background is None else "RGB"))


def check(svg: bytes, name: str) -> None:
    """Refuses an SVG file that is unsafe or slow to draw.

    Accepted is a drawing of shapes, gradients, clips, masks and patterns, without animation, that refers
    to nothing outside itself and is estimated to render within `svg_cost.MAX_SECONDS`.

    Args:
      svg: the file's bytes.
      name: of the file, for error messages.

    Raises:
      UserError: "<name>: <reason>"; or the cairo library is not installed.
    """
    _checked(svg, name)


def parse_color(color: str) -> str:
    """A CSS colour, by name or in hexadecimal, as ``#rrggbb``.

    Raises:
      UserError: it is not a colour.
    """
    try:
        return "#{:02x}{:02x}{:02x}".format(*ImageColor.getrgb(color)[:3])
    except ValueError as error:
        raise UserError(
            f"background {color!r} is not a colour: use a name such as white, or #rrggbb"
        ) from error


def parse_rgb(color: str) -> tuple[int, int, int]:
    """A CSS colour as red, green and blue from 0 to 255; errors as `parse_color`."""
    red, green, blue = bytes.fromhex(parse_color(color)[1:])
    return red, green, blue


@cache
def _cairosvg() -> ModuleType:
    try:
        import cairosvg.parser
    except OSError as error:  # cairocffi found no libcairo
        raise UserError(_INSTALL) from error
    return cairosvg


def _checked(svg: bytes, name: str) -> tuple[bytes, int]:
    """``svg`` without comments and markers, after all checks, to be rendered; and its `Estimate.groups`."""
    if len(svg) > MAX_BYTES:
        refuse(name, f"is {len(svg):,} bytes, and a drawing may have {MAX_BYTES:,}")
    root = _parse(svg, name)
    elements, rules = _check_elements(root, name)
    cleaned = ElementTree.tostring(root)
    try:
        # CairoSVG's own tree, because it has applied style sheets, style attributes and inheritance:
        # the attributes checked here are those that are drawn.
        tree = _cairosvg().parser.Tree(bytestring=cleaned, unsafe=False)
        for node in nodes(tree):
            _check_attributes(node, name)
        estimate = Estimate(tree, name, elements=elements, rules=rules)
        estimate.add_drawing()
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"{name}: cannot be read as SVG: {type(error).__name__} {error}") from error
    return cleaned, estimate.groups


def _parse(svg: bytes, name: str) -> ElementTree.Element:
    class Builder(ElementTree.TreeBuilder):
        def pi(self, target: str, data: str | None = None) -> NoReturn:
            refuse(name, f"has a <?{target}?> instruction; remove it")

    try:
        parser = XMLParser(target=Builder(), forbid_dtd=True)
        parser.feed(svg)
        root = parser.close()
    except DefusedXmlException as error:
        raise UserError(f"{name}: has a DOCTYPE or entities, which are not allowed; remove them") from error
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise UserError(f"{name}: is not well-formed XML ({error})") from error
    namespace, local = _split(root.tag)
    if local != "svg" or namespace not in ("", _SVG):
        refuse(name, f"is not an SVG drawing: its outermost element is <{local}>")
    return root


def _split(tag: str) -> tuple[str, str]:
    """(namespace, local name) of ElementTree's ``{namespace}local``."""
    namespace, _, local = tag.rpartition("}")
    return namespace.lstrip("{"), local


def _check_elements(root: ElementTree.Element, name: str) -> tuple[int, int]:
    """Checks the XML elements and removes markers; returns the numbers of elements and style rules."""
    elements = rules = depth = 0
    level = [root]
    while level:
        depth, elements = depth + 1, elements + len(level)
        if depth > MAX_DEPTH:
            refuse(name, f"nests elements more than {MAX_DEPTH} deep")
        if elements > MAX_ELEMENTS:
            refuse(name, f"has more than {MAX_ELEMENTS:,} elements")
        for element in level:
            namespace, local = _split(element.tag)
            # Drawing programs store notes in namespaces of their own, which are not rendered.
            foreign = namespace not in ("", _SVG) and "xhtml" not in namespace and local.lower() not in _WHY
            if not foreign and (
                local not in _ALLOWED or namespace not in ("", _SVG) or (local == "svg" and depth > 1)
            ):
                refuse(name, f"<{local}> is not allowed: {_WHY.get(local.lower(), 'only still shapes are')}")
            # CairoSVG fails on a reference to a missing marker, which some drawings of OpenMoji have;
            # <marker> itself is not allowed, because it is drawn at every point of a path.
            for attribute in [key for key in element.attrib if key.startswith("marker")]:
                del element.attrib[attribute]
            if "\\" in element.get("style", ""):  # CairoSVG could take exponential time to read them
                refuse(name, "has a style attribute with escaped characters; write them plainly")
            if local == "style":
                rules += _count_rules(element.text or "", name)
        level = [child for element in level for child in element]
    if rules * elements > _MAX_MATCHES:
        refuse(name, f"has {rules:,} style rules for {elements:,} elements")
    return elements, rules


def _count_rules(sheet: str, name: str) -> int:
    sheet = _COMMENT.sub("", sheet)
    if "\\" in sheet or not _STYLE_SHEET.fullmatch(sheet):
        refuse(name, "its <style> has @ rules, or others than plain element, .class and #id rules")
    return sheet.count("{") + sheet.count(",")


def _check_attributes(node: Any, name: str) -> None:
    for attribute, value in node.items():
        namespace, local = _split(attribute)
        if namespace == _XML and local == "base":
            refuse(name, "has the attribute xml:base, which moves references out of the file")
        if namespace in ("", XLINK) and local == "href" and not value.strip().startswith("#"):
            refuse(name, f"refers to {value[:60]!r}: only #id, inside the file, is allowed")
        if namespace:
            continue
        if local.lower().startswith("on"):
            refuse(name, f"has the event handler {local}, which runs code")
        if (
            local == "clip"
            or local.startswith(("required", "systemLanguage"))
            or (local.startswith("marker") and value != "none")
        ):
            refuse(name, f"uses {local}, which is not supported; remove it")
        for target in URL.findall(value):
            if not target.startswith("#"):
                refuse(name, f"refers to url({target[:60]}): only url(#id), inside the file, is allowed")
        if local not in ("d", "points") and len(value) > (_MAX_STYLE if local == "style" else _MAX_ATTRIBUTE):
            refuse(name, f"its attribute {local} has {len(value):,} characters")
    # Path data of a group would be inherited, and drawn, by every path in it.
    for data, tags in (("d", ("path",)), ("points", ("polyline", "polygon"))):
        if data in node and node.tag not in tags and not (node.parent and data in node.parent):
            refuse(name, f"<{node.tag}> has the attribute {data}")

"""One drawing of a style: an SVG file, checked and reduced to the shapes and attributes that are allowed.

Parts have these attributes beyond plain SVG, which editors preserve and ignore:

* ``data-fill``, ``data-stroke``, ``data-stop-color``: the palette slot, or ``slot.shade``, that replaces
  the plain colour beside it;
* ``data-class``: the face parser's label of this shape or group; ``none`` is decoration, which has the
  label of what is beneath it;
* ``data-layer``, on children of the outermost element: ``back`` or ``front``, each drawn at its own depth;
* ``data-outline``: other parts may be clipped to this shape;
* ``data-clip="head"``: clips this element to the outline of the chosen head;
* ``data-keep="hair ears"``: this shape is not drawn; parts of those types are clipped to it while this part
  is worn. A hat keeps the hair below its brim.
"""

import re
from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from emojax.avatar.styles import shades
from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES
from emojax.media import svg

CLASS_NAMES: Final = {label.replace(" ", "-"): index for index, label in enumerate(CLASSES)}
"""Index into `CLASSES` by the name that a label has in a drawing."""

LAYERS: Final = ("back", "front")
NO_CLASS: Final = "none"
PAINTS: Final = ("fill", "stroke", "stop-color")
SHAPES: Final = ("path", "circle", "ellipse", "rect", "line", "polyline", "polygon")
MAX_BYTES: Final = 32_000
"""Size limit of a drawing, five times the largest that ships. Lower, detailed drawings are refused; higher,
checking an untrusted style of a thousand variants takes minutes."""

_DRAWN: Final = {"g", *SHAPES}
_DEFINED: Final = {"defs", "linearGradient", "radialGradient", "stop", "clipPath"}
_WORDS: Final = {"title", "desc", "metadata"}
_GEOMETRY: Final = set("d points cx cy r rx ry x y x1 y1 x2 y2 width height fx fy transform offset".split())
_STYLING: Final = set(
    "fill fill-rule fill-opacity stroke stroke-width stroke-linecap stroke-linejoin stroke-miterlimit "
    "stroke-opacity stroke-dasharray opacity clip-path clip-rule stop-color stop-opacity".split()
)
_OTHER: Final = {"id", "gradientUnits", "gradientTransform", "spreadMethod", "clipPathUnits"}
PLACEMENT: Final = {"data-layer", "data-outline", "data-clip", "data-keep"}
"""Attributes that say where in an avatar, and how clipped, an element is drawn."""

_DATA_PAINTS: Final = {f"data-{paint}" for paint in PAINTS}
_DATA: Final = {"data-class", *PLACEMENT, *_DATA_PAINTS}
_INHERITED: Final = (_STYLING | _DATA_PAINTS | {"data-class"}) - {"opacity", "clip-path"}
_WIDTH: Final = re.compile(r"\d{1,4}(\.\d{0,6})?|\.\d{1,6}")
_REFUSED: Final = {"class", "filter", "mask", "href"}


def read(data: bytes, name: str, *, slots: Iterable[str], types: Iterable[str]) -> Element:
    """Reads and checks a part.

    Args:
      data: the file's bytes.
      name: what error messages call the file.
      slots: the palette slots of the style.
      types: the part types of the style.

    Returns:
      The outermost element. Tags and attributes have no namespaces, ``style`` attributes are replaced by
      presentation attributes, and editors' metadata, titles and unknown attributes are removed.

    Raises:
      UserError: "<name>: <reason>".
    """
    if len(data) > MAX_BYTES:
        raise UserError(f"{name}: is {len(data):,} bytes, and a part may have {MAX_BYTES:,}; simplify it")
    svg.check(data, name)
    root = _allowed(fromstring(data, forbid_dtd=True), name)
    if root.get("viewBox", "").split() != ["0", "0", "306", "306"]:
        raise UserError(f"{name}: its viewBox is {root.get('viewBox')!r}; draw in viewBox='0 0 306 306'")
    for child in root:  # composing keeps the children alone
        for key in _INHERITED & root.attrib.keys():
            child.attrib.setdefault(key, root.attrib[key])
    slots, types = set(slots), set(types)
    for element, parent in _with_parents(root):
        _check_data(element, name, slots, types)
        placing = sorted(PLACEMENT & element.attrib.keys())
        # Inside a group it would be subject to the group's transform, and the clip path would not.
        if placing and (parent is not root or element is root):
            raise UserError(f"{name}: {placing[0]} belongs on a child of the outermost element")
        if "data-clip" in element.attrib and {"transform", "clip-path"} & element.attrib.keys():
            raise UserError(f"{name}: data-clip and transform or clip-path need a group each")
    return root


def layers(root: Element) -> dict[str, list[Element]]:
    """The outermost element's drawn children by layer, in the order of `LAYERS`; front is the default."""
    found: dict[str, list[Element]] = {}
    for child in root:
        if child.tag != "defs" and "data-keep" not in child.attrib:
            found.setdefault(child.get("data-layer", "front"), []).append(child)
    return {layer: found[layer] for layer in LAYERS if layer in found}


def _allowed(element: Element, name: str) -> Element:
    """A copy with the elements and attributes that are allowed; UserError for those that are refused."""
    tag = element.tag.rpartition("}")[2]
    copy = Element(tag)
    for key, value in [*element.attrib.items(), *_declarations(element.get("style", ""))]:
        namespace, _, local = key.rpartition("}")
        if (local if "xlink" in namespace else key) in _REFUSED:
            raise UserError(f"{name}: <{tag}> has {local}, which parts cannot use; draw plain shapes")
        if key in _GEOMETRY | _STYLING | _OTHER | _DATA or (key, tag) == ("viewBox", "svg"):
            copy.set(key, value)
    for paint in PAINTS:  # where a slot gives the colour, the shape must be painted at all
        if f"data-{paint}" in copy.attrib and copy.get(paint, "none") == "none":
            copy.set(paint, "#808080")
    if not _WIDTH.fullmatch(copy.get("stroke-width", "1").removesuffix("px")):
        raise UserError(
            f"{name}: <{tag}> has stroke-width {copy.get('stroke-width')!r}; write a plain number"
        )
    for child in element:
        local = child.tag.rpartition("}")[2]
        if child.tag.startswith("{") and not child.tag.startswith("{http://www.w3.org/2000/svg}"):
            continue
        if local not in _DRAWN | _DEFINED | _WORDS:
            raise UserError(f"{name}: <{local}> is not allowed in a part; draw plain shapes")
        if local not in _WORDS:
            copy.append(_allowed(child, name))
    return copy


def _declarations(style: str) -> list[tuple[str, str]]:
    pairs = (declaration.partition(":") for declaration in style.split(";"))
    return [(key.strip(), value.strip()) for key, _, value in pairs if value.strip()]


def _with_parents(root: Element) -> list[tuple[Element, Element]]:
    return [(root, root), *((child, parent) for parent in root.iter() for child in parent)]


def _check_data(element: Element, name: str, slots: set[str], types: set[str]) -> None:
    where = f"{name}: <{element.tag}>"
    for key in _DATA_PAINTS & element.attrib.keys():
        slot, shade = shades.split_paint(element.attrib[key])
        if slot not in slots:
            raise UserError(f"{where} {key} names the slot {slot!r}, which style.json has no palette for")
        if shade and shade not in shades.SHADES:
            raise UserError(f"{where} {key} has the shade {shade!r}; there are {', '.join(shades.SHADES)}")
    label = element.get("data-class", NO_CLASS)
    if label != NO_CLASS and label not in CLASS_NAMES:
        raise UserError(f"{where} data-class {label!r} is none of {', '.join(CLASS_NAMES)}, {NO_CLASS}")
    if element.get("data-layer", LAYERS[0]) not in LAYERS:
        raise UserError(f"{where} data-layer {element.get('data-layer')!r} is none of {', '.join(LAYERS)}")
    for key in ("data-clip", "data-keep"):
        for part in element.get(key, "").split():
            if part not in types:
                raise UserError(
                    f"{where} {key} {part!r} is no part type; there are {', '.join(sorted(types))}"
                )


def serialize(root: Element) -> str:
    """`root` as the text of an SVG document, indented by one space."""
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode") + "\n"

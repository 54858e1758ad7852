"""Composes chosen parts into one SVG that people can edit, and into the exact label map of what it shows."""

import hashlib
import re
from collections.abc import Collection, Mapping
from typing import Final
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from emojax.avatar.reading.moves import Move
from emojax.avatar.styles import shades
from emojax.avatar.styles.assembly import URL, assemble, in_class_colors
from emojax.avatar.styles.part import CLASS_NAMES, NO_CLASS, PAINTS, PLACEMENT, serialize
from emojax.avatar.styles.style import FRAME, MAX_AVATAR_BYTES, Style
from emojax.core.errors import UserError
from emojax.media import svg
from emojax.media.color import parse_hex, to_hex

_XMLNS: Final = "http://www.w3.org/2000/svg"
_DIGITS: Final = 12
"""Of the digest in ids. With 8, one page in 90 with 10,000 avatars had two that share theirs; more only make
files longer."""

_INNER: Final = re.compile(r"none|.*(brow|eye|nose|mouth|lip)")
"""Classes whose shapes are inside the face, so that the border around the figure never shows there."""

_CODES: Final = np.array(
    [[label, label * 101 % 256, label * 59 % 256] for label in CLASS_NAMES.values()], np.uint8
)
"""``uint8[19, 3]``: the colour that stands for each label while a label map is rasterised. Red is the label
itself; with green and blue next to no mixture of two labels' colours is a third label's."""


def compose(
    style: Style,
    choice: Mapping[str, str],
    colors: Mapping[str, str],
    *,
    background: str | None = None,
    parts: Collection[str] | None = None,
    moves: Mapping[str, Move] | None = None,
) -> str:
    """Draws an avatar.

    Args:
      style: where the parts are from.
      choice: variant by part type; the default of a type that is left out.
      colors: ``#rrggbb`` by palette slot; see `Style.colors` for slots that are left out.
      background: ``#rrggbb`` behind the figure, or None for transparency.
      parts: the part types to draw; None draws all. The others still clip those that are drawn: a beard
        alone has the shape of the chosen head's jaw.
      moves: transforms by part type; parts that are left out are drawn where the style has them.

    Returns:
      An SVG document of at most `MAX_AVATAR_BYTES` without external references. Each part is a group
      with the part's name as id, or two where it has a layer behind others (``hair-back``, ``hair``);
      ids that are referred to end in a digest of the content, so that avatars in one page do not share them;
      shapes have their label in ``data-class`` and their slot in ``data-fill`` and ``data-stroke``.

    Raises:
      UserError: the style does not have a part, variant or slot; a value is not a colour; or the avatar
        exceeds the limit.
    """
    values = style.colors(colors)
    x, y, side = style.canvas
    root = Element("svg", xmlns=_XMLNS, viewBox=view_box(style.canvas))
    SubElement(root, "title").text = f"Avatar in the style {style.name}"
    if background is not None:
        fill = to_hex(parse_hex(background, "background"))
        square = {"x": f"{x:g}", "y": f"{y:g}", "width": f"{side:g}", "height": f"{side:g}"}
        SubElement(root, "rect", {"id": "background", **square, "fill": fill})
    moves = moves or {}
    defs, figure = assemble(
        style, choice, parts, moves, lambda element, part: _in_slot_colors(element, part, values)
    )
    if len(defs):
        root.append(defs)
    if style.border:
        root.append(_border(style, choice, parts, moves))
    root.extend(figure)
    _distinguish_ids(root)
    text = serialize(root)
    if len(text.encode()) > MAX_AVATAR_BYTES:
        raise UserError(
            f"style {style.name}: this avatar exceeds {MAX_AVATAR_BYTES:,} bytes; simplify its parts"
        )
    return text


def label_map(
    style: Style,
    choice: Mapping[str, str],
    *,
    size: int = FRAME,
    whole: bool = False,
    parts: Collection[str] | None = None,
    moves: Mapping[str, Move] | None = None,
) -> np.ndarray:
    """The exact label map of an avatar: what a face parser without errors would return.

    Args:
      style, choice, parts, moves: as for `compose`.
      size: side in pixels.
      whole: show the style's canvas instead of the face frame, in which photos' label maps are.

    Returns:
      ``uint8[size, size]`` of indices into `emojax.data.faces.labels.CLASSES`. Each pixel has the label of
      the topmost shape that has a class there, however transparent it is.
    """
    window = view_box(style.canvas if whole else (0, 0, FRAME))
    root = Element("svg", {"xmlns": _XMLNS, "viewBox": window, "shape-rendering": "crispEdges"})
    defs, figure = assemble(
        style, choice, parts, moves or {}, lambda element, part: in_class_colors(element, part, _code)
    )
    root.append(defs)
    root.extend(figure)
    name = f"label map in the style {style.name}"
    pixels = svg.rasterize(serialize(root).encode(), size=size, background="black", name=name)
    return _decode(pixels)


def view_box(square: tuple[float, float, float]) -> str:
    """SVG's ``viewBox`` of a square given by x, y and side."""
    x, y, side = square
    return f"{x:g} {y:g} {side:g} {side:g}"


def _distinguish_ids(root: Element) -> None:
    """Adds a digest of the content to the ids that are referred to, and to their references."""
    digest = hashlib.sha256(serialize(root).encode()).hexdigest()[:_DIGITS]
    used = {name for each in root.iter() for value in each.attrib.values() for name in URL.findall(value)}
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "id" and value in used:
                element.set(key, f"{value}-{digest}")
            else:
                element.set(key, URL.sub(rf"url(#\1-{digest})", value))


def _border(
    style: Style, choice: Mapping[str, str], parts: Collection[str] | None, moves: Mapping[str, Move]
) -> Element:
    """The whole figure in the border's colour, widened by the border's width on every side."""
    assert style.border is not None
    color, width = style.border

    def draw(element: Element, part: str) -> Element:
        return in_class_colors(
            element, part, lambda label: None if _INNER.fullmatch(label) else color, grow=2 * width
        )

    border = Element("g", {"id": "border", "stroke-linejoin": "round", "stroke-linecap": "round"})
    for group in assemble(style, choice, parts, moves, draw)[1]:
        for element in group.iter():
            element.attrib.pop("id", None)
        border.append(group)
    return border


def _in_slot_colors(element: Element, part: str, colors: Mapping[str, str]) -> Element:
    """A copy in the avatar's colours, with the part type as prefix of its ids."""
    made = Element(element.tag)
    for key, value in element.attrib.items():
        if key == "id":
            value = f"{part}-{value}"
        if key not in PLACEMENT:
            made.set(key, URL.sub(rf"url(#{part}-\1)", value))
    for paint in PAINTS:
        if f"data-{paint}" in element.attrib:
            made.set(paint, shades.resolve(element.attrib[f"data-{paint}"], colors))
    made.extend([_in_slot_colors(child, part, colors) for child in element])
    return made


def _code(label: str) -> str | None:
    return None if label == NO_CLASS else "#{:02x}{:02x}{:02x}".format(*_CODES[CLASS_NAMES[label]])


def _decode(pixels: np.ndarray) -> np.ndarray:
    """Labels ``uint8[H, W]`` of pixels ``uint8[H, W, 3]`` in the colours of `_CODES`.

    Clip paths have antialiased edges even with ``crispEdges``. A pixel of mixed colours takes the label of
    the nearest pure pixel to its left.
    """
    labels = pixels[..., 0].copy()
    pure = (labels < len(_CODES)) & (_CODES[np.minimum(labels, len(_CODES) - 1)] == pixels).all(-1)
    columns = np.where(pure, np.arange(labels.shape[1]), 0)
    return np.take_along_axis(labels, np.maximum.accumulate(columns, axis=1), axis=1)

"""Puts chosen parts together: one SVG that people can edit, and the true label map of what it shows."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Final
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from emojax.avatar.reading.placement import Move
from emojax.avatar.styles import shades
from emojax.avatar.styles.moving import moved
from emojax.avatar.styles.part import (
    CLASS_NAMES,
    LAYERS,
    NO_CLASS,
    PAINTS,
    PLACING,
    SHAPES,
    layers,
    serialize,
)
from emojax.avatar.styles.style import FRAME, MAX_AVATAR_BYTES, Style
from emojax.core.errors import UserError
from emojax.media import svg
from emojax.media.color import parse_hex, to_hex

_XMLNS: Final = "http://www.w3.org/2000/svg"
_LOOK: Final = {"fill", "stroke", "stroke-dasharray", "opacity", "fill-opacity", "stroke-opacity"}
_INNER: Final = re.compile(r"none|.*(brow|eye|nose|mouth|lip)")
"""Classes that lie within the face, so that no rim around the figure can show them."""

_CODES: Final = np.array(
    [[label, label * 101 % 256, label * 59 % 256] for label in CLASS_NAMES.values()], np.uint8
)
"""A colour for each label."""

_URL: Final = re.compile(r"url\(\s*['\"]?\s*#([^'\")\s]+)\s*['\"]?\s*\)")


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
      choice: variant by part type; a type that is left out has its default.
      colors: ``#rrggbb`` by palette slot; see `Style.colors` for slots that are left out.
      background: ``#rrggbb`` behind the figure, or None for transparency.
      parts: the part types to draw, if not all. Those that are not drawn still count where others
        are clipped to them: a beard alone has the shape of the chosen head's jaw.
      moves: of part types that are not to be drawn where their variants are.

    Returns:
      An SVG document without references to outside, of at most `MAX_AVATAR_BYTES`. Each part is a
      group with the part's name as id, or two where it lies both behind and before others
      (``hair-back``, ``hair``); shapes say their label in ``data-class`` and their slot in
      ``data-fill`` and ``data-stroke``.

    Raises:
      UserError: the style does not have a part, variant or slot; a colour is none.
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
    defs, figure = _assemble(
        style, choice, parts, moves, lambda element, part: _colored(element, part, values)
    )
    if len(defs):
        root.append(defs)
    if style.border:
        root.append(_border(style, choice, parts, moves))
    root.extend(figure)
    text = serialize(root)
    if len(text.encode()) > MAX_AVATAR_BYTES:
        raise UserError(
            f"style {style.name}: this avatar passes {MAX_AVATAR_BYTES:,} bytes; simplify its parts"
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
    """What an avatar shows where, as a face parser would say it if it never erred.

    Args:
      style, choice, parts, moves: as for `compose`.
      size: side in pixels.
      whole: show the style's canvas instead of the face frame, in which photos' label maps are.

    Returns:
      ``uint8[size, size]`` of indices into `emojax.data.faces.labels.CLASSES`. Each pixel has
      the label of the topmost shape that has one there, however transparent it is.
    """
    shown = view_box(style.canvas if whole else (0, 0, FRAME))
    root = Element("svg", {"xmlns": _XMLNS, "viewBox": shown, "shape-rendering": "crispEdges"})
    defs, figure = _assemble(
        style, choice, parts, moves or {}, lambda element, part: _flat(element, {}, part, _code)
    )
    root.append(defs)
    root.extend(figure)
    name = f"label map in the style {style.name}"
    pixels = svg.rasterize(serialize(root).encode(), size=size, background="black", name=name)
    return _decoded(pixels)


def view_box(square: tuple[float, float, float]) -> str:
    """SVG's ``viewBox`` of a square given by x, y and side."""
    x, y, side = square
    return f"{x:g} {y:g} {side:g} {side:g}"


def _border(
    style: Style, choice: Mapping[str, str], parts: Collection[str] | None, moves: Mapping[str, Move]
) -> Element:
    """The whole figure in the border's colour, grown by its width."""
    assert style.border is not None
    color, width = style.border

    def draw(element: Element, part: str) -> Element:
        return _flat(element, {}, part, lambda label: None if _INNER.fullmatch(label) else color, 2 * width)

    border = Element("g", {"id": "border", "stroke-linejoin": "round", "stroke-linecap": "round"})
    for group in _assemble(style, choice, parts, moves, draw)[1]:
        for element in group.iter():
            element.attrib.pop("id", None)
        border.append(group)
    return border


_Draw = Callable[[Element, str], Element]
"""Draws an element of the part type of that name."""


def _assemble(
    style: Style,
    choice: Mapping[str, str],
    parts: Collection[str] | None,
    moves: Mapping[str, Move],
    draw: _Draw,
) -> tuple[Element, list[Element]]:
    """The definitions, and a group for each layer of each part, lowest first."""
    chosen = {part: style.variant(part, choice.get(part)).root for part in [*style.parts, *choice]}
    drawn = [part for part in style.parts if parts is None or part in parts]
    defs = Element("defs")
    for part, root in chosen.items():
        _define_clip(defs, f"outline-{part}", [e for e in root if "data-outline" in e.attrib])
    for part in drawn:
        for other in style.parts:
            found = [e for e in chosen[part] if other in e.get("data-keep", "").split()]
            _define_clip(defs, f"{other}-under-{part}", found)
    clips = {clip.get("id") for clip in defs}
    figure = []
    places = [(z, part, layer) for part in drawn for layer, z in style.parts[part].z.items()]
    for _, part, layer in sorted(places):
        group = Element("g", {"id": part if layer == LAYERS[-1] else f"{part}-{layer}"})
        for child in layers(chosen[part]).get(layer, []):
            shape = draw(child, part)
            if part in moves:
                shape = moved(shape, moves[part])
            if (clip := f"outline-{child.get('data-clip')}") in clips:
                # Around what is moved: the outline itself stays where it is.
                shape = _around(shape, "clip-path", f"url(#{clip})")
            group.append(shape)
        if not len(group):
            continue
        for clip in sorted({f"{part}-under-{other}" for other in drawn} & clips):
            inner, group = group, Element("g", {"clip-path": f"url(#{clip})"})
            group.append(inner)
        figure.append(group)
    for part in drawn:
        for own in chosen[part].findall("defs"):
            defs.extend([*draw(own, part)])
    used = set(_URL.findall(" ".join(v for group in figure for e in group.iter() for v in e.attrib.values())))
    for definition in [definition for definition in defs if definition.get("id") not in used]:
        defs.remove(definition)
    return defs, figure


def _around(element: Element, attribute: str, value: str) -> Element:
    """A group with that attribute, which holds the element and nothing else."""
    group = Element("g", {attribute: value})
    group.append(element)
    return group


def _define_clip(defs: Element, name: str, found: list[Element]) -> None:
    if found:
        clip = SubElement(defs, "clipPath", {"id": name})
        clip.extend([_flat(element, {}, "", lambda _: "#000000") for element in found])


def _colored(element: Element, part: str, colors: Mapping[str, str]) -> Element:
    """A copy in the avatar's colours, with ids that no other part has."""
    made = Element(element.tag)
    for key, value in element.attrib.items():
        if key == "id":
            value = f"{part}-{value}"
        if key not in PLACING:
            made.set(key, _URL.sub(rf"url(#{part}-\1)", value))
    for paint in PAINTS:
        if f"data-{paint}" in element.attrib:
            made.set(paint, shades.resolve(element.attrib[f"data-{paint}"], colors))
    made.extend([_colored(child, part, colors) for child in element])
    return made


def _flat(
    element: Element,
    inherited: Mapping[str, str],
    part: str,
    color: Callable[[str], str | None],
    grow: float = 0.0,
) -> Element:
    """A copy in which every shape has the one colour of its class, or is left out where that is None.

    `grow` widens what is drawn by a stroke of that width.
    """
    attributes = {**inherited, **element.attrib}
    if element.tag == "clipPath":  # what is in it cuts, whatever its class
        color, grow = (lambda _: "#000000"), 0.0
    made = Element(element.tag)
    for key, value in element.attrib.items():
        if key == "id":
            made.set(key, f"{part}-{value}")
        elif key not in _LOOK and not key.startswith("data-"):
            made.set(key, _URL.sub(rf"url(#{part}-\1)", value))
    if element.tag in SHAPES:
        flat = color(attributes.get("data-class", NO_CLASS)) or "none"
        stroked = attributes.get("stroke", "none") != "none"
        made.set("fill", "none" if attributes.get("fill") == "none" else flat)
        made.set("stroke", flat if stroked or grow else "none")
        if grow:
            width = float(attributes.get("stroke-width", "1").removesuffix("px"))
            made.set("stroke-width", f"{width * stroked + grow:g}")
    for child in element:
        flat_child = _flat(child, attributes, part, color, grow)
        if flat_child.get("fill") != "none" or flat_child.get("stroke") != "none":
            made.append(flat_child)
    return made


def _code(label: str) -> str | None:
    return None if label == NO_CLASS else "#{:02x}{:02x}{:02x}".format(*_CODES[CLASS_NAMES[label]])


def _decoded(pixels: np.ndarray) -> np.ndarray:
    """Labels ``uint8[H, W]`` of codes ``uint8[H, W, 3]``.

    Clip paths have soft edges even where shapes have none. A pixel that mixes two codes has the label
    of the next one to its left that does not.
    """
    labels = pixels[..., 0].copy()
    known = (labels < len(_CODES)) & (_CODES[np.minimum(labels, len(_CODES) - 1)] == pixels).all(-1)
    columns = np.where(known, np.arange(labels.shape[1]), 0)
    return np.take_along_axis(labels, np.maximum.accumulate(columns, axis=1), axis=1)

"""Puts a choice of parts together: which shapes are drawn, in which order, and what clips them."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from emojax.avatar.reading.moves import Move
from emojax.avatar.styles.part import LAYERS, NO_CLASS, SHAPES, layers
from emojax.avatar.styles.style import Style
from emojax.avatar.styles.transforms import move_part

URL: Final = re.compile(r"url\(\s*['\"]?\s*#([^'\")\s]+)\s*['\"]?\s*\)")
"""A reference to an element of the document."""

_LOOK: Final = {"fill", "stroke", "stroke-dasharray", "opacity", "fill-opacity", "stroke-opacity"}

Draw = Callable[[Element, str], Element]
"""Copies an element of the part type of that name, in the colours that are wanted."""


def assemble(
    style: Style,
    choice: Mapping[str, str],
    parts: Collection[str] | None,
    moves: Mapping[str, Move],
    draw: Draw,
) -> tuple[Element, list[Element]]:
    """The shapes of an avatar in drawing order.

    Args:
      style: where the parts are from.
      choice: variant by part type; the default of a type that is left out.
      parts: the part types to draw; None draws all. The others still clip those that are drawn.
      moves: transforms by part type.
      draw: copies each shape.

    Returns:
      ``<defs>`` with the clip paths and definitions that are used, and a group for each layer of each
      part, the lowest first.

    Raises:
      UserError: the style does not have a part or variant.
    """
    chosen = {part: style.variant(part, choice.get(part)).root for part in [*style.parts, *choice]}
    drawn = [part for part in style.parts if parts is None or part in parts]
    defs = _clip_paths(style, chosen, drawn)
    clips = {clip.get("id") for clip in defs}
    depths = [(z, part, layer) for part in drawn for layer, z in style.parts[part].z.items()]
    figure = []
    for _, part, layer in sorted(depths):
        group = Element("g", {"id": part if layer == LAYERS[-1] else f"{part}-{layer}"})
        for child in layers(chosen[part]).get(layer, []):
            shape = draw(child, part)
            if part in moves:
                shape = move_part(shape, moves[part])
            if (clip := f"outline-{child.get('data-clip')}") in clips:
                # Outside the transform, since the outline itself is not moved.
                shape = _clipped(shape, clip)
            group.append(shape)
        if not len(group):
            continue
        for clip in sorted({f"{part}-under-{other}" for other in drawn} & clips):
            group = _clipped(group, clip)
        figure.append(group)
    for part in drawn:
        for definitions in chosen[part].findall("defs"):
            defs.extend([*draw(definitions, part)])
    used = set(URL.findall(" ".join(v for group in figure for e in group.iter() for v in e.attrib.values())))
    for definition in [definition for definition in defs if definition.get("id") not in used]:
        defs.remove(definition)
    return defs, figure


def _clip_paths(style: Style, chosen: Mapping[str, Element], drawn: Collection[str]) -> Element:
    """``outline-PART`` of every chosen part, and ``OTHER-under-PART`` where a drawn part limits another."""
    defs = Element("defs")
    for part, root in chosen.items():
        _add_clip_path(defs, f"outline-{part}", [e for e in root if "data-outline" in e.attrib])
    for part in drawn:
        for other in style.parts:
            kept = [e for e in chosen[part] if other in e.get("data-keep", "").split()]
            _add_clip_path(defs, f"{other}-under-{part}", kept)
    return defs


def _add_clip_path(defs: Element, name: str, shapes: list[Element]) -> None:
    if shapes:
        clip = SubElement(defs, "clipPath", {"id": name})
        clip.extend([in_class_colors(shape, "", lambda _: "#000000") for shape in shapes])


def _clipped(element: Element, clip: str) -> Element:
    group = Element("g", {"clip-path": f"url(#{clip})"})
    group.append(element)
    return group


def in_class_colors(
    element: Element,
    part: str,
    color: Callable[[str], str | None],
    *,
    grow: float = 0.0,
    inherited: Mapping[str, str] | None = None,
) -> Element:
    """A copy in which every shape has the one colour of its ``data-class``.

    Args:
      element: a shape or a group.
      part: part type, the prefix of ids.
      color: ``#rrggbb`` of a class; None leaves its shapes out.
      grow: width in units of a stroke that widens every shape.
      inherited: attributes of the groups around `element`.
    """
    attributes = {**(inherited or {}), **element.attrib}
    if element.tag == "clipPath":  # its shapes cut, whatever their class
        color, grow = (lambda _: "#000000"), 0.0
    made = Element(element.tag)
    for key, value in element.attrib.items():
        if key == "id":
            made.set(key, f"{part}-{value}")
        elif key not in _LOOK and not key.startswith("data-"):
            made.set(key, URL.sub(rf"url(#{part}-\1)", value))
    if element.tag in SHAPES:
        flat = color(attributes.get("data-class", NO_CLASS)) or "none"
        stroked = attributes.get("stroke", "none") != "none"
        made.set("fill", "none" if attributes.get("fill") == "none" else flat)
        made.set("stroke", flat if stroked or grow else "none")
        if grow:
            width = float(attributes.get("stroke-width", "1").removesuffix("px"))
            made.set("stroke-width", f"{width * stroked + grow:g}")
    for child in element:
        copy = in_class_colors(child, part, color, grow=grow, inherited=attributes)
        if copy.get("fill") != "none" or copy.get("stroke") != "none":
            made.append(copy)
    return made

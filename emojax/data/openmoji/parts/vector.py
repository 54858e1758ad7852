"""Faces composed of parts as SVG: exact at any size, editable, one group a part."""

from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from emojax.data.openmoji.parts.anatomy import OUTLINE, RADIUS
from emojax.data.openmoji.parts.part_set import Part, PartSet
from emojax.data.openmoji.parts.shapes import SVG

MARK: Final = "combined by emojax"
"""Every document contains it."""

LICENCE: Final = "https://creativecommons.org/licenses/by-sa/4.0/"
_ORDER: Final = ("base", "mouth", "eyes", "extra")
"""From the bottom to the top, as `composing` draws them."""


def document(
    parts: PartSet,
    chosen: Mapping[str, int],
    transforms: Mapping[str, str] | None = None,
    further: Sequence[int] = (),
) -> str:
    """An emoji of chosen parts.

    Args:
      parts: where they are from.
      chosen: for each kind the number of a part; a kind may be missing.
      transforms: SVG transforms of the face ("face") and of its parts by kind, as `composing.transforms`
        gives them; none are as the parts are drawn.
      further: extras beside the chosen one, moved as it is.

    Returns:
      An SVG document that refers to nothing outside itself, with one group for each part, whose ``id`` is its
      kind, and with OpenMoji's licence and the parts' sources as metadata.
    """
    transforms = transforms or {}
    found = {kind: parts.parts[number] for kind, number in chosen.items()}
    others = [parts.parts[number] for number in further]
    everything = [*found.values(), *others]
    open_rim = any(part.outlined for part in everything)
    groups = []
    for part in everything:
        if part.kind == "extra" and "behind" in part.markup:
            behind = part.placed(part.markup["behind"])
            name = "extra-behind" if part is found.get("extra") else f"extra-behind-{part.hexcodes[0]}"
            groups.append(_group(name, behind, transforms.get("extra")))
    if "whole" in found:
        groups.append(_group("whole", found["whole"].members, None))
    for kind in _ORDER:
        if kind in found:
            markup = base(found[kind], open_rim=open_rim) if kind == "base" else front(found[kind])
            groups.append(_group(kind, markup, transforms.get(kind)))
    for i, part in enumerate(others, 2):
        groups.append(_group(f"extra-{i}", front(part), transforms.get("extra")))
    face = _group("emoji", "".join(groups), transforms.get("face"))
    title = escape(" with ".join(f"{part.kind} of {part.sources[0]}" for part in everything))
    return (
        f'<svg xmlns="{SVG}" viewBox="0 0 72 72"><title>{title}</title>{_metadata(everything)}{face}</svg>\n'
    )


def base(part: Part, *, open_rim: bool) -> str:
    """SVG of a base: with the plain outline, or with a rim in its colour below an outline with gaps."""
    if part.outlined:
        return part.placed(part.markup.get("behind", "") + part.markup["color"] + part.outlines)
    color = part.markup["color"]
    if part.plain:  # bases differ in the radius of the disc
        color = f'<circle cx="36" cy="36" r="{RADIUS:g}" fill="{part.color}"/>'
    rim = f'<circle cx="36" cy="36" r="{RADIUS:g}" fill="none" stroke="{part.color}" stroke-width="2"/>'
    return rim + color if open_rim else color + OUTLINE


def front(part: Part) -> str:
    """SVG of any other part: all that is not behind the base."""
    return part.placed(part.markup.get("color", "") + part.outlines + part.markup.get("line", ""))


def _group(name: str, markup: str, transform: str | None) -> str:
    moved = f" transform={quoteattr(transform)}" if transform else ""
    return f'<g id="{name}"{moved}>{markup}</g>'


def _metadata(parts: Sequence[Part]) -> str:
    """Licence and sources, in the vocabulary that Inkscape and Creative Commons use."""
    sources = "".join(
        f"<dc:source>OpenMoji {part.hexcodes[0]} ({escape(part.sources[0])}): {part.kind}</dc:source>"
        for part in parts
    )
    return (
        '<metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:cc="http://creativecommons.org/ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<cc:Work rdf:about=""><dc:creator>OpenMoji (openmoji.org), HfG Schwäbisch Gmünd and contributors; '
        f'{MARK}</dc:creator>{sources}<cc:license rdf:resource="{LICENCE}"/></cc:Work></rdf:RDF>'
        "</metadata>"
    )

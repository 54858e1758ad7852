"""All parts that OpenMoji's faces come apart into, and which of them go together."""

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from emojax.data.openmoji import source as openmoji_source
from emojax.data.openmoji.metadata import Emoji, read_metadata, select, shortcodes
from emojax.data.openmoji.parts import anatomy, shapes
from emojax.data.openmoji.parts.anatomy import LAYERS, Anatomy, Layer
from emojax.data.openmoji.parts.shapes import Shape
from emojax.media.svg import rasterize

KINDS: Final[tuple[str, ...]] = ("base", "eyes", "mouth", "extra", "whole")
"""What a part may be: of a slot, or a whole drawing that does not come apart."""

SKIN: Final = "#fcea2b"
"""OpenMoji's yellow."""

_REACH: Final = 2.25
"""Units to the edge that a part needs to be moved like any other: three standard deviations of what
`emojax.data.openmoji.parts.moves` moves it by."""

_SAME_PLACE: Final = 4.2
"""Units that equal drawings may lie apart and still be one part. OpenMoji draws the same flat mouth up to 4.1
apart; the same eyes 7 apart, above a hand, are others."""

_ALIKE: Final = 0.11
"""Difference, as a share of their ink, below which two drawings are one part. The same smile drawn twice
differs by up to 0.104; teeth with and without a tongue by 0.14."""

_SIDE: Final = 144  # pixels of the pictures that are compared

_INSIDE: Final = 20.5
"""Distance from the middle that a moved part keeps within: the outline's inner edge is at 22."""

_WRITTEN: Final = {"1F911", "1F92C", "1F634"}
"""Have letters, which must not be mirrored."""


@dataclasses.dataclass(frozen=True, eq=False)
class Part:
    """One thing to put into a face.

    Attributes:
      kind: one of `KINDS`.
      markup: SVG of each layer that it has, as drawn.
      outlines: SVG of the outline that it brings, which is drawn below its lines; "" where it brings none.
      shift: units to the right and down that bring it from where it is drawn into a face around (36, 36).
      middle: of its box, after that.
      room: 0 to 1, how much of the usual movements it may make.
      outlined: whether it brings an outline of its own, with gaps that it fills.
      skinned: whether it has skin, so that it fits yellow faces only.
      mirrors: whether its mirror image is as good.
      sources: the emoji that have it, by their shortcodes, which are its names; the first is the drawing's.
      words: all that OpenMoji says of these.
    """

    kind: str
    markup: dict[Layer, str]
    outlines: str
    shift: tuple[float, float]
    middle: tuple[float, float]
    room: float
    outlined: bool
    skinned: bool
    mirrors: bool
    sources: tuple[str, ...]
    hexcodes: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def color(self) -> str:
        """Of a base: the first one that it is filled with."""
        return self.markup["color"].lower().partition('fill="')[2].partition('"')[0]

    def placed(self, markup: str) -> str:
        """Markup of this part, in a face around (36, 36)."""
        if not markup or not any(self.shift):
            return markup
        return f'<g transform="translate({self.shift[0]:.4f} {self.shift[1]:.4f})">{markup}</g>'

    @property
    def members(self) -> str:
        """SVG of all layers, from the bottom up, without the outline."""
        return "".join(self.markup.get(layer, "") for layer in LAYERS)


@dataclasses.dataclass(frozen=True, eq=False)
class Face:
    """An emoji as a choice of parts.

    Attributes:
      hexcode, shortcode: of the emoji.
      parts: for each kind the part's number in `Catalogue.parts`, where the emoji has one.
      offsets: by how many units, right and down, these lie off where the part itself does.
    """

    hexcode: str
    shortcode: str
    parts: dict[str, int]
    offsets: dict[str, tuple[float, float]]


@dataclasses.dataclass(frozen=True, eq=False)
class Catalogue:
    """Parts by number, and the emoji that they are from.

    Parts of a kind are one after another, kinds in the order of `KINDS`.
    """

    parts: tuple[Part, ...]
    faces: tuple[Face, ...]
    digest: str

    def numbers(self, kind: str) -> list[int]:
        return [i for i, part in enumerate(self.parts) if part.kind == kind]


@functools.lru_cache(maxsize=2)
def load(openmoji_dir: Path | None = None) -> Catalogue:
    """Takes the 108 smileys apart.

    Raises:
      UserError: as `source.locate`, or a drawing cannot be read.
    """
    source = openmoji_source.locate(openmoji_dir)
    emoji = select(read_metadata(source.metadata), "smileys")
    return catalogue(
        [(entry, name, shapes.read(source.drawing(entry))) for entry, name in zip(emoji, shortcodes(emoji), strict=True)],
        source.digest,
    )


def catalogue(emoji: Sequence[tuple[Emoji, str, list[Shape]]], digest: str) -> Catalogue:
    """The parts of drawings.

    Args:
      emoji: metadata, shortcode and shapes of each.
      digest: of the drawings.
    """
    found: dict[str, list[tuple[Part, np.ndarray]]] = {kind: [] for kind in KINDS}
    faces = []
    for entry, name, drawn in emoji:
        apart = anatomy.take_apart(drawn, entry.hexcode)
        parts, offsets = {}, {}
        for part in [_whole(entry, name, drawn)] if apart is None else _parts(entry, name, apart):
            parts[part.kind], offsets[part.kind] = _enter(found[part.kind], part)
        faces.append((entry.hexcode, name, parts, offsets))
    starts = dict(zip(KINDS, np.cumsum([0, *(len(found[kind]) for kind in KINDS)]).tolist(), strict=False))
    return Catalogue(
        tuple(part for kind in KINDS for part, _ in found[kind]),
        tuple(
            Face(hexcode, name, {kind: starts[kind] + i for kind, i in parts.items()}, offsets)
            for hexcode, name, parts, offsets in faces
        ),
        digest,
    )


def _enter(known: list[tuple[Part, np.ndarray]], part: Part) -> tuple[int, tuple[float, float]]:
    """The number of a part among its kind, and how far off that part it lies; a new one is added."""
    picture = _picture(part)
    for i, (other, its) in enumerate(known):
        dx, dy = part.middle[0] - other.middle[0], part.middle[1] - other.middle[1]
        near = max(abs(dx), abs(dy)) <= _SAME_PLACE * (part.kind == "base" or min(part.room, other.room)) + 0.05
        if part.kind == "base":
            alike = _fills(part) == _fills(other)
        else:
            alike = np.abs(picture - its).sum() < _ALIKE * np.maximum(picture, its).sum()
        if near and alike and part.outlined == other.outlined:
            merged = dataclasses.replace(
                other,
                sources=(*other.sources, *part.sources),
                hexcodes=(*other.hexcodes, *part.hexcodes),
                words=tuple(dict.fromkeys((*other.words, *part.words))),
            )
            known[i] = merged, its
            return i, (0.0, 0.0) if part.kind == "base" else (dx, dy)
    known.append((part, picture))
    return len(known) - 1, (0.0, 0.0)


def _parts(entry: Emoji, name: str, apart: Anatomy) -> list[Part]:
    shift = (36.0 - apart.middle[0], 36.0 - apart.middle[1])
    found = []
    for slot in anatomy.SLOTS:
        members = apart.of(slot)
        outlined = apart.outline == slot
        if not members:
            continue
        markup = {layer: "".join(s.markup for s in apart.shapes.get((layer, slot), ())) for layer in LAYERS}
        points = np.concatenate([shape.points for shape in members]) + shift
        low, high = points.min(0), points.max(0)
        farthest = np.hypot(*(points - 36.0).T).max()
        free = 0.0 if outlined or slot == "base" else float(np.clip((_INSIDE - farthest) / _REACH, 0.0, 1.0))
        skin = slot != "base" and any(s.fill == SKIN and s.group != "line" for s in members)
        found.append(
            Part(
                kind=slot,
                markup={layer: text for layer, text in markup.items() if text},
                outlines="".join(s.markup for s in apart.outlines) if outlined else "",
                shift=shift,
                middle=(float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2),
                room=free,
                outlined=outlined,
                skinned=skin,
                mirrors=entry.hexcode not in _WRITTEN,
                sources=(name,),
                hexcodes=(entry.hexcode,),
                words=(name, entry.annotation, *entry.tags),
            )
        )
    return found


def _whole(entry: Emoji, name: str, drawn: list[Shape]) -> Part:
    return Part(
        kind="whole",
        markup={"color": "".join(shape.markup for shape in drawn)},
        outlines="",
        shift=(0.0, 0.0),
        middle=(36.0, 36.0),
        room=0.0,
        outlined=True,
        skinned=False,
        mirrors=True,
        sources=(name,),
        hexcodes=(entry.hexcode,),
        words=(name, entry.annotation, *entry.tags),
    )


def _fills(part: Part) -> tuple[str, ...]:
    """The colours of a base, without which bases differ by the radius of the disc only."""
    import re

    return tuple(re.findall(r'(?:fill|stroke)="(#\w+)"', part.markup["color"].lower()))


def _picture(part: Part) -> np.ndarray:
    """The part in the middle of a square, premultiplied: what two drawings of it are compared by."""
    dx, dy = 36.0 - part.middle[0] + part.shift[0], 36.0 - part.middle[1] + part.shift[1]
    moved = f'<g transform="translate({dx:.4f} {dy:.4f})">{part.members}</g>'
    rgba = rasterize(shapes.document(moved).encode(), size=_SIDE, background=None, name=part.sources[0])
    picture = rgba.astype(np.float32) / 255
    picture[..., :3] *= picture[..., 3:]
    return picture

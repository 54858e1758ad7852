"""Collects the parts of all faces from OpenMoji's drawings."""

import contextlib
import dataclasses
import functools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from emojax.core.errors import UserError
from emojax.core.files import cache_dir, replacing
from emojax.data.openmoji import source as openmoji_source
from emojax.data.openmoji.labels import Label
from emojax.data.openmoji.metadata import Emoji, read_metadata, select, shortcodes
from emojax.data.openmoji.parts import anatomy, rules, shapes
from emojax.data.openmoji.parts.anatomy import LAYERS, Anatomy
from emojax.data.openmoji.parts.names import NAMES
from emojax.data.openmoji.parts.part_set import KINDS, YELLOW, Face, Kind, Part, PartSet
from emojax.data.openmoji.parts.shapes import Shape
from emojax.media.svg import rasterize

_REACH: Final = 2.25
"""Units to the edge that a part needs to be moved like any other: three standard deviations of what
`emojax.models.emoji_parts.placing` moves it by."""

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

_EXACT: Final = 0.05  # units

_VERSION: Final = 2  # of the parts in the cache

Drawing = tuple[Emoji, str, Sequence[Shape]]
"""An emoji, its shortcode, and its shapes."""


@functools.lru_cache(maxsize=2)
def load(openmoji_dir: Path | None = None) -> PartSet:
    """Takes the 108 smileys apart.

    Raises:
      UserError: as `source.locate`, or a drawing cannot be read.
    """
    source = openmoji_source.locate(openmoji_dir)
    emoji = select(read_metadata(source.metadata), "smileys")
    path = cache_dir() / "emoji" / source.digest[:16] / f"parts-v{_VERSION}.json"
    with contextlib.suppress(OSError, UserError):
        return PartSet.from_json(path.read_text(encoding="utf-8"), source=path)
    drawings = [
        (entry, name, shapes.read(source.drawing(entry)))
        for entry, name in zip(emoji, shortcodes(emoji), strict=True)
    ]
    parts = collect(drawings, source.digest)
    with contextlib.suppress(OSError), replacing(path) as temporary:  # without a cache: slower next time
        temporary.write_text(parts.to_json(), encoding="utf-8")
    return parts


def collect(drawings: Sequence[Drawing], digest: str) -> PartSet:
    """The parts of drawings: those that look alike and lie near each other are one.

    Args:
      drawings: of the faces.
      digest: of them.
    """
    found: dict[Kind, list[tuple[Part, np.ndarray]]] = {kind: [] for kind in KINDS}
    faces = []
    for entry, name, drawn in drawings:
        apart = anatomy.take_apart(drawn, entry.hexcode)
        chosen: dict[Kind, int] = {}
        offsets: dict[Kind, tuple[float, float]] = {}
        for part in [_whole(entry, name, drawn)] if apart is None else _parts(entry, name, apart):
            chosen[part.kind], offsets[part.kind] = _enter(found[part.kind], part)
        label = Label(entry.hexcode, entry.emoji, name, entry.annotation, entry.tags)
        faces.append((label, chosen, offsets))
    starts = dict(zip(KINDS, np.cumsum([0, *(len(found[kind]) for kind in KINDS)]).tolist(), strict=False))
    parts = tuple(part for kind in KINDS for part, _ in found[kind])
    numbered = tuple(
        Face(label, {kind: starts[kind] + i for kind, i in chosen.items()}, offsets)
        for label, chosen, offsets in faces
    )
    return PartSet(parts, numbered, *rules.tables(parts, numbered), digest)


def _enter(known: list[tuple[Part, np.ndarray]], part: Part) -> tuple[int, tuple[float, float]]:
    """The number of a part among its kind, and how far off that part it lies; a new one is added."""
    picture = _picture(part)
    for i, (other, its) in enumerate(known):
        dx, dy = part.middle[0] - other.middle[0], part.middle[1] - other.middle[1]
        near = (
            max(abs(dx), abs(dy)) <= _SAME_PLACE * (part.kind == "base" or min(part.room, other.room)) + 0.05
        )
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
    shift = (_rounded(36.0 - apart.middle[0]), _rounded(36.0 - apart.middle[1]))
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
        skin = slot != "base" and any(s.fill == YELLOW and s.group != "line" for s in members)
        found.append(
            Part(
                kind=slot,
                name=NAMES[slot].get(entry.hexcode, name),
                markup={layer: text for layer, text in markup.items() if text},
                outlines="".join(s.markup for s in apart.outlines) if outlined else "",
                shift=shift,
                middle=(float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2),
                room=free,
                skinned=skin,
                mirrors=entry.hexcode not in _WRITTEN,
                sources=(name,),
                hexcodes=(entry.hexcode,),
                words=(name, entry.annotation, *entry.tags),
            )
        )
    return found


def _rounded(shift: float) -> float:
    """A face's distance from the middle, where that is meant: circles are fitted to 0.02."""
    return round(shift, 3) if abs(shift) > _EXACT else 0.0


def _whole(entry: Emoji, name: str, drawn: Sequence[Shape]) -> Part:
    return Part(
        kind="whole",
        name=name,
        markup={"color": "".join(shape.markup for shape in drawn)},
        outlines="",
        shift=(0.0, 0.0),
        middle=(36.0, 36.0),
        room=0.0,
        skinned=False,
        mirrors=True,
        sources=(name,),
        hexcodes=(entry.hexcode,),
        words=(name, entry.annotation, *entry.tags),
    )


def _fills(part: Part) -> tuple[str, ...]:
    """The colours of a base, without which bases differ by the radius of the disc only."""
    return tuple(re.findall(r'(?:fill|stroke)="(#\w+)"', part.markup["color"].lower()))


def _picture(part: Part) -> np.ndarray:
    """The part in the middle of a square, premultiplied: what two drawings of it are compared by."""
    dx, dy = 36.0 - part.middle[0] + part.shift[0], 36.0 - part.middle[1] + part.shift[1]
    moved = f'<g transform="translate({dx:.4f} {dy:.4f})">{part.members}</g>'
    rgba = rasterize(shapes.document(moved).encode(), size=_SIDE, background=None, name=part.sources[0])
    picture = rgba.astype(np.float32) / 255
    picture[..., :3] *= picture[..., 3:]
    return picture

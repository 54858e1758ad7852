"""Taking a face apart: which of its shapes are base, eyes, mouth and extras.

OpenMoji draws faces alike: a disc of radius 23 around (36, 36) of a square of side 72, eyes above, the mouth
below, colours first and lines above them. So most shapes are told apart by where they lie. What lies
otherwise (a tongue that hangs out of the face, a hand that belongs to a mouth) is in a table.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import numpy as np

from emojax.data.openmoji.parts.shapes import Shape

Slot = Literal["base", "eyes", "mouth", "extra"]
Layer = Literal["behind", "color", "line"]

SLOTS: Final[tuple[Slot, ...]] = ("base", "eyes", "mouth", "extra")
LAYERS: Final[tuple[Layer, ...]] = ("behind", "color", "line")
ORDER: Final[tuple[tuple[Layer, Slot], ...]] = (
    *(("behind", slot) for slot in ("base", "mouth", "eyes", "extra")),
    *(("color", slot) for slot in ("base", "mouth", "eyes", "extra")),
    *(("line", slot) for slot in ("base", "mouth", "eyes", "extra")),
)
"""From the bottom to the top. A face's outline is drawn with the lines of its base."""

RADIUS: Final = 23.0
"""Of the middle of a face's outline, which is 2 wide."""

OUTLINE: Final = (
    f'<circle cx="36" cy="36" r="{RADIUS:g}" fill="none" stroke="#000" stroke-width="2" '
    'stroke-linecap="round" stroke-linejoin="round"/>'
)
"""SVG of the outline of a face none of whose parts brings one."""

_MIDDLE: Final = 36.0
_RADIUS_MARGIN: Final = 0.6
"""Within this of `RADIUS` a circle is an outline. Drawings differ by 0.3; the next other circles by 1."""

_ARC_MARGIN: Final = 0.35
"""Within this of the outline's circle all points of an arc of it lie: drawn ones by 0.25. The stroke of a
dollar sign across the outline reaches 0.8 from it."""

_SHORT: Final = 12.0
"""Units that an arc spans from which a circle is fitted to it: shorter ones fit circles of any size."""

_OFF: Final = 5.0
"""How far a face's middle may be from the square's."""

_OVER_EDGE: Final = 22.6
"""Distance from the middle beyond which a shape crosses the outline: eyes and mouths stay within 20."""

_EYES_END: Final = 40.5
_MOUTH_BEGINS: Final = 35.5

WHOLE: Final = {
    "1F923": "tilted",
    "1F643": "upside down",
    "1FAE0": "melts",
    "1FAE3": "hands before eyes and mouth",
    "1F636-200D-1F32B-FE0F": "smaller, between clouds",
    "1FAE8": "tilted and smaller",
    "1F642-200D-2194-FE0F": "smaller, seen from the side",
    "1F642-200D-2195-FE0F": "smaller, seen from above",
    "1F92F": "has no top of the head",
}
"""Faces that do not come apart, and why."""

_CROSSING: Final[dict[str, Slot]] = {
    "1F929": "eyes",  # stars
    "1F915": "eyes",  # the bandage is over one of them
    "1F9D0": "eyes",  # the monocle's string
    "1F60B": "mouth",  # tongues
    "1F911": "mouth",
    "1F92D": "mouth",  # hands before it
    "1FAE2": "mouth",
    "1F92B": "mouth",
    "1F971": "mouth",
    "1F910": "mouth",  # the zip's slider
    "1F62E-200D-1F4A8": "mouth",  # breath
    "1F924": "mouth",  # spittle
    "1F637": "mouth",  # the mask's straps
    "1F912": "mouth",  # thermometer
    "1F92E": "mouth",
    "1F927": "mouth",  # handkerchief
    "1F92C": "mouth",
}
"""Where shapes that cross the outline belong, if not to the extras."""

_SHAPES: Final[dict[str, dict[Slot, tuple[int, ...]]]] = {
    "1F634": {"extra": (6, 9)},  # the smallest Z
    "1F973": {"extra": (23, 29)},  # confetti
    "1F92D": {"mouth": (1, 2)},  # cheeks, partly under the hand
    "1F633": {"extra": (7, 8, 9, 10)},
    "1F628": {"base": (2,)},  # the forehead's blue
    "1FAE5": {"base": (0, 2)},  # the dotted outline
    "1F92B": {"mouth": (0, 7)},  # a hand in one with the disc; the finger's tip
    "1F62D": {"extra": (0, 1, 2, 3, 7, 8)},  # streams of tears
    "1F625": {"extra": (1, 5)},  # tears below and beside eyes
    "1F62A": {"extra": (1, 5)},
    "1F622": {"extra": (1, 4)},
    "1F975": {"extra": (4, 12)},
    "1F972": {"extra": (1, 6)},
    "1FAE9": {"eyes": (3, 4)},  # bags under the eyes
    "1F978": {"eyes": (7, 8, 12, 13, 14)},  # glasses with nose and moustache are one piece
    "1F971": {"mouth": (3, 8)},
    "1F915": {"eyes": (1, 5)},
}
"""Shapes by their numbers, where their place would say otherwise."""


@dataclasses.dataclass(frozen=True, eq=False)
class Anatomy:
    """A face taken apart.

    Attributes:
      shapes: what each slot has in each layer, in the order of the drawing.
      outline: the slot that an outline with gaps belongs to, because what is in it fills the gaps; "base" for
        an outline of its own; None for the plain circle.
      outlines: the shapes of the outline.
      middle: of the outline's circle.
    """

    shapes: dict[tuple[Layer, Slot], tuple[Shape, ...]]
    outline: Slot | None
    outlines: tuple[Shape, ...]
    middle: tuple[float, float]

    def of(self, slot: Slot) -> tuple[Shape, ...]:
        """All shapes of a slot."""
        return tuple(shape for layer in LAYERS for shape in self.shapes.get((layer, slot), ()))

    def in_order(self) -> Iterable[Shape]:
        """All shapes, as they are drawn."""
        for layer, slot in ORDER:
            if (layer, slot) == ("line", "base"):
                yield from self.outlines
            yield from self.shapes.get((layer, slot), ())


def take_apart(shapes: Sequence[Shape], hexcode: str) -> Anatomy | None:
    """A face's anatomy, or None where it has none: it is one of `WHOLE`, or has no outline.

    Args:
      shapes: of the drawing, in its order.
      hexcode: of the emoji, for the tables of what is where it is not expected.
    """
    circle = None if hexcode in WHOLE else _circle(shapes)
    if circle is None:
        return None
    named = {i: slot for slot, numbers in _SHAPES.get(hexcode, {}).items() for i in numbers}
    outlines: list[Shape] = []
    found: dict[tuple[Layer, Slot], list[Shape]] = {}
    begun = crossed = False
    for i, shape in enumerate(shapes):
        if shape.group == "line-supplement" and i not in named:
            continue  # of the black-and-white edition, hidden under the colours here
        if i not in named and _is_outline(shape, circle):
            outlines.append(shape)
            continue
        crosses = _distances(shape, circle).max() > _OVER_EDGE
        slot = named.get(i) or ("base" if _is_disc(shape, circle) else None)
        if slot is None:
            slot = _CROSSING.get(hexcode, "extra") if crosses else _by_height(shape)
        begun |= slot == "base" and shape.group != "line-supplement"
        crossed |= crosses and slot != "base"
        layer: Layer = "color" if shape.group == "color" else "line"
        if not begun and (slot == "extra" or shape.group == "line-supplement"):
            layer = "behind"
        found.setdefault((layer, slot), []).append(shape)
    outline: Slot | None = None
    if any(slot == "base" and layer == "line" for layer, slot in found) or not outlines:
        outline = "base"
    elif not _is_closed(outlines):
        outline = _CROSSING.get(hexcode, "extra")
    frozen = {place: tuple(members) for place, members in found.items()}
    return Anatomy(frozen, outline, tuple(outlines), (circle[0], circle[1]))


def _circle(shapes: Sequence[Shape]) -> tuple[float, float, float] | None:
    """Middle and radius of the circle that the longest outline is on."""
    best, longest = None, _SHORT
    for shape in shapes:
        left, top, right, bottom = shape.box
        length = max(right - left, bottom - top)
        if shape.fill == "none" and shape.stroke not in ("", "none") and length > longest:
            x, y, radius = _fitted(shape.points)
            exact = np.abs(_distances(shape, (x, y)) - radius).max() < _ARC_MARGIN
            near = max(abs(x - _MIDDLE), abs(y - _MIDDLE)) < _OFF
            if exact and near and abs(radius - RADIUS) < _RADIUS_MARGIN:
                best, longest = (x, y, radius), length
    return best


def _fitted(points: np.ndarray) -> tuple[float, float, float]:
    """Middle and radius of the circle through points, by least squares of x² + y² = 2ax + 2by + c."""
    design = np.concatenate([2 * points, np.ones((len(points), 1))], 1)
    (a, b, c), *_ = np.linalg.lstsq(design, np.square(points).sum(1), rcond=None)
    return float(a), float(b), float(np.sqrt(max(c + a * a + b * b, 0.0)))


def _distances(shape: Shape, circle: Sequence[float]) -> np.ndarray:
    return np.hypot(shape.points[:, 0] - circle[0], shape.points[:, 1] - circle[1])


def _is_outline(shape: Shape, circle: tuple[float, float, float]) -> bool:
    stroked = shape.fill == "none" and shape.stroke not in ("", "none")
    return stroked and np.abs(_distances(shape, circle) - circle[2]).max() < _ARC_MARGIN


def _is_disc(shape: Shape, circle: tuple[float, float, float]) -> bool:
    left, top, right, bottom = shape.box
    wide = (
        min(right - left, bottom - top) > 2 * RADIUS - 3 and max(right - left, bottom - top) < 2 * RADIUS + 4
    )
    return shape.group in ("color", "skin") and shape.fill != "none" and wide


def _is_closed(outlines: Sequence[Shape]) -> bool:
    return any(
        (np.ptp(s.points, 0) > 2 * RADIUS - 0.7).all() and np.allclose(s.points[0], s.points[-1], atol=0.3)
        for s in outlines
    )


def _by_height(shape: Shape) -> Slot:
    _, top, _, bottom = shape.box
    if bottom < _EYES_END:
        return "eyes"
    return "mouth" if top > _MOUTH_BEGINS else "extra"

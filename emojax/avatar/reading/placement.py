"""Where features lie, how large they are and how they slope, and how a drawing's move to lie as a face's.

Drawn features lie where they lie on most people, of a face that looks straight ahead. What sets a face
apart is also that its brows are high, its eyes close together or its head turned a little, which no choice
among drawings can show.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from emojax.avatar.reading.segments import Segment
from emojax.data.parts.shapes import own_pixels

SEGMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "head": ("face",),
    "hair": ("hair",),
    "brows": ("right_brow", "left_brow"),
    "eyes": ("right_eye", "left_eye"),
    "nose": ("nose",),
    "mouth": ("mouth",),
    "glasses": ("eyeglasses",),
    "hat": ("hat",),
}
"""Part types of a style that are chosen by likeness, and the parts of a face that they draw."""

PHOTO_SIZES: Final[Mapping[str, float]] = {
    "brows": 19.9,
    "eyes": 14.6,
    "nose": 44.2,
    "mouth": 34.5,
    "glasses": 68.8,
}
"""Roots of the areas of one brow, one eye and so on, in pixels of the face frame: medians over 328
portraits of CelebAMask-HQ."""

_MOST_ZOOM: Final = 2.5

_MIDDLE: Final = 152.5
"""Column of the frame's pixels that a face's middle line lies on."""

_PHOTO_TILT: Final = 5.5
"""Median slope of brows in these portraits. Drawn ones are level, or would look cross."""

_LEVEL: Final = 8.0
"""Degrees from the style's median up to which a drawn brow says nothing of the mood."""

_WORRIED: Final = -10.0
_CROSS: Final = 16.0
"""Degrees from the median from which on a face's brows do. Plucked and painted ones rise by 15 without
crossness; few fall without worry."""

_MOODY: Final = 10.0
"""The same, to either side, of a style's own drawings."""


class Place(NamedTuple):
    """How a feature lies; of one that is there twice the mean of both.

    Attributes:
      x: column of its middle in the face frame, or of the middle between both.
      y: row of its middle.
      apart: how far from `x` the middle of either is; 0 of what is there once.
      width, height: in pixels of the face frame.
      size: root of its area.
      tilt: degrees by which its outer end is raised.
    """

    x: float
    y: float
    apart: float
    width: float
    height: float
    size: float
    tilt: float


class Move(NamedTuple):
    """How a drawn part is moved: scaled about a point, or each side about one of two, and shifted.

    Attributes:
      x: how far from the face's middle line the points are about which the two sides are scaled; 0 of
        a part that is scaled as a whole, about that line.
      y: row of these points in the face frame, in its units.
      right: in units, to the right of the picture.
      down: in units.
      outwards: in units, of either side.
      wide, high: 1 leaves it as large as it is.
    """

    x: float = 0.0
    y: float = 0.0
    right: float = 0.0
    down: float = 0.0
    outwards: float = 0.0
    wide: float = 1.0
    high: float = 1.0


class _Limit(NamedTuple):
    """How far a part may go: more would tear a face apart that is drawn as one."""

    right: float
    down: float


_LIMITS: Final[Mapping[str, _Limit]] = {
    "brows": _Limit(4.0, 12.0),
    "eyes": _Limit(4.0, 7.5),
    "nose": _Limit(8.0, 12.0),
    "mouth": _Limit(6.0, 12.0),
}
"""In units. A head that turns takes its nose along the furthest."""

_MOST_OUTWARDS: Final = 6.0
_SCALES: Final = (0.6, 1.35)
_STRETCH: Final = 1.15
"""The most that either of a pair goes outwards or inwards; how much smaller and larger parts may become; and
how much wider than high, next to how they are drawn: a pupil stays a circle to the eye."""

_MANNER: Final = 0.25
"""Power of how much larger than on photos a style draws eyes or brows that is left: its manner."""

_CLEAR: Final[tuple[tuple[str, str, float], ...]] = (("brows", "eyes", 1.0), ("nose", "mouth", 1.0))
"""The first keeps so many units off the second, which lies below it; fewer where they are drawn nearer."""

_FOLLOWS: Final[Mapping[str, str]] = {"glasses": "eyes", "facial_hair": "mouth"}
"""Parts that go where another one goes."""


def measure_place(segments: Mapping[str, Segment], kind: str) -> Place | None:
    """Where a part type's segments lie, the mean of both where there are two; None if none shows."""
    shown = [(part, segments[part]) for part in SEGMENTS[kind] if part in segments]
    if not shown or kind not in PHOTO_SIZES:
        return None
    found = [_of_one(segment, own_pixels(part, segment.labels)) for part, segment in shown]
    mean = Place(*np.mean(found, axis=0).tolist())
    if len(SEGMENTS[kind]) == 1:
        return mean
    if len(found) == 1:  # of one eye nobody can tell whether the head is turned
        return mean._replace(x=_MIDDLE, apart=abs(mean.x - _MIDDLE))
    return mean._replace(apart=abs(found[0].x - found[1].x) / 2)


def _of_one(segment: Segment, own: np.ndarray) -> Place:
    x0, y0, x1, y1 = segment.box
    unit = (x1 - x0) / len(own)
    return Place(
        x=(x0 + x1) / 2,
        y=(y0 + y1) / 2,
        apart=0.0,
        width=unit * _extent(own, axis=0),
        height=unit * _extent(own, axis=1),
        size=unit * float(np.sqrt(np.count_nonzero(own))),
        tilt=_tilt(own),
    )


def _tilt(own: np.ndarray) -> float:
    """Degrees by which the longest axis of ``bool[H, W]`` rises to the left, where right parts end."""
    rows, columns = np.nonzero(own)
    if len(rows) < 2:
        return 0.0
    down, right = np.linalg.eigh(np.cov(np.stack([rows, columns])))[1][:, 1]
    return float(np.degrees(np.arctan2(down * np.sign(right), abs(right))))


def _extent(own: np.ndarray, *, axis: int) -> int:
    """From the first to the last line across `axis` of ``bool[H, W]`` that shows any of it."""
    lines = np.flatnonzero(np.any(own, axis=axis))
    return int(lines[-1] - lines[0]) + 1 if len(lines) else 0


def allow_brows(face: Place, variants: Sequence[Place], *, drawn: bool) -> list[bool]:
    """Which brows a face may be given: cross or worried ones only if its own are so, beyond most people's.

    Args:
      face: its brows.
      variants: all brows of a style.
      drawn: whether the face is this style's own drawing.
    """
    level = float(np.median([each.tilt for each in variants]))
    own = face.tilt - (level if drawn else _PHOTO_TILT)
    worried, cross = (-_MOODY, _MOODY) if drawn else (_WORRIED, _CROSS)
    apart = [each.tilt - level for each in variants]
    return [abs(tilt) <= _LEVEL or (own >= cross if tilt > 0 else own <= worried) for tilt in apart]


def measure_zoom(kind: str, drawn: Mapping[str, Place]) -> float:
    """How many times as large as on photos a style draws a part type, by its variants' places."""
    if kind not in PHOTO_SIZES or not drawn:
        return 1.0
    ratio = float(np.median([each.size for each in drawn.values()])) / PHOTO_SIZES[kind]
    return min(max(ratio, 1 / _MOST_ZOOM), _MOST_ZOOM)


def compute_moves(
    seen: Mapping[str, Place], drawn: Mapping[str, Place], zooms: Mapping[str, float]
) -> dict[str, Move]:
    """What takes drawn parts towards where a face has its own.

    Args:
      seen: of the face, by part type.
      drawn: of the chosen variants.
      zooms: of the style, see `zoom`: large eyes are its manner.

    Returns:
      By part type; what stays where it is is left out.
    """
    found = {
        kind: _move(seen[kind], drawn[kind], limit, zooms.get(kind, 1.0))
        for kind, limit in _LIMITS.items()
        if kind in seen and kind in drawn
    }
    for upper, lower, clear in _CLEAR:
        if upper in found and lower in drawn:
            below = found.get(lower, Move(y=drawn[lower].y))
            still = _between(drawn[upper], Move(y=drawn[upper].y), drawn[lower], Move(y=drawn[lower].y))
            lacking = min(clear, still) - _between(drawn[upper], found[upper], drawn[lower], below)
            found[upper] = found[upper]._replace(down=found[upper].down - max(lacking, 0.0))
    for kind, leader in _FOLLOWS.items():
        if leader in found:
            found[kind] = Move(y=found[leader].y, right=found[leader].right, down=found[leader].down)
    return found


def _move(seen: Place, drawn: Place, limit: _Limit, zoom: float) -> Move:
    smallest, largest = _SCALES
    scale = _clipped(seen.size * zoom**_MANNER / max(drawn.size, 1.0), smallest, largest)
    slender = seen.width * drawn.height / max(seen.height * drawn.width, 1.0)
    stretch = _clipped(slender**0.5, 1 / _STRETCH, _STRETCH)
    return Move(
        x=drawn.apart,
        y=drawn.y,
        right=_clipped(seen.x - drawn.x, -limit.right, limit.right),
        down=_clipped(seen.y - drawn.y, -limit.down, limit.down),
        outwards=_clipped(seen.apart - drawn.apart, -_MOST_OUTWARDS, _MOST_OUTWARDS),
        wide=scale * stretch,
        high=scale / stretch,
    )


def _between(upper: Place, up: Move, lower: Place, low: Move) -> float:
    """Units from a moved part down to another one."""
    bottom = upper.y + up.down + up.high * upper.height / 2
    return lower.y + low.down - low.high * lower.height / 2 - bottom


def _clipped(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)

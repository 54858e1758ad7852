"""Where features lie, how large they are and how they slope, and how a drawing's move to lie as a face's.

Drawn features lie where they lie on most people. What sets a face apart is also that its brows are
high or its mouth is low, which no choice among drawings can show.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from emojax.avatar.segments import Segment
from emojax.data.part_shapes import own_pixels

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

_PHOTO_TILT: Final = 5.5
"""Median slope of brows in these portraits. Drawn ones are level, or would look cross."""

_LEVEL: Final = 8.0
"""Degrees from the style's median up to which a drawn brow says nothing of the mood."""

_MOODY: Final = 10.0
"""Degrees from the median from which on a face's brows do: those of one face in eight."""


class Place(NamedTuple):
    """How a feature lies.

    Attributes:
      y: row of its middle in the face frame.
      size: root of its area, in pixels of the face frame.
      tilt: degrees by which its outer end is raised.
    """

    y: float
    size: float
    tilt: float


class Move(NamedTuple):
    """How a drawn part is moved: scaled about a point on the face's middle line, then moved down.

    Attributes:
      y: row of that point in the face frame, in its units.
      down: in units.
      scale: 1 leaves it as large as it is.
    """

    y: float
    down: float
    scale: float


class _Limit(NamedTuple):
    """How far a part may go: more would tear a face apart that is drawn as one."""

    down: float
    smallest: float
    largest: float


_LIMITS: Final[Mapping[str, _Limit]] = {
    "brows": _Limit(8.0, 0.75, 1.3),
    "eyes": _Limit(5.0, 0.75, 1.3),
    "nose": _Limit(8.0, 0.75, 1.3),
    "mouth": _Limit(8.0, 0.75, 1.3),
}
_NEARER: Final[tuple[tuple[str, str, float], ...]] = (("brows", "eyes", 10.0), ("nose", "mouth", 5.0))
"""The first may come nearer to the second, which lies below it, by so many units; by less, the more times
larger than on photos a style draws the second."""

_FOLLOWS: Final[Mapping[str, str]] = {"glasses": "eyes", "facial_hair": "mouth"}
"""Parts that go down with another one."""


def place(segments: Mapping[str, Segment], kind: str) -> Place | None:
    """Where a part type's segments lie, the mean of both where there are two; None if none shows."""
    shown = [(part, segments[part]) for part in SEGMENTS[kind] if part in segments]
    if not shown or kind not in PHOTO_SIZES:
        return None
    middles = [(segment.box[1] + segment.box[3]) / 2 for _, segment in shown]
    sizes = [
        float(np.sqrt(np.mean(own_pixels(part, segment.labels)))) * (segment.box[2] - segment.box[0])
        for part, segment in shown
    ]
    tilts = [_tilt(own_pixels(part, segment.labels)) for part, segment in shown]
    return Place(float(np.mean(middles)), float(np.mean(sizes)), float(np.mean(tilts)))


def _tilt(own: np.ndarray) -> float:
    """Degrees by which the longest axis of ``bool[H, W]`` rises to the left, where right parts end."""
    rows, columns = np.nonzero(own)
    if len(rows) < 2:
        return 0.0
    down, right = np.linalg.eigh(np.cov(np.stack([rows, columns])))[1][:, 1]
    return float(np.degrees(np.arctan2(down * np.sign(right), abs(right))))


def moods_allowed(face: Place, variants: Sequence[Place], *, drawn: bool) -> list[bool]:
    """Which brows a face may be given: cross or worried ones only if its own are so, beyond most people's.

    Args:
      face: its brows.
      variants: all brows of a style.
      drawn: whether the face is this style's own drawing.
    """
    level = float(np.median([each.tilt for each in variants]))
    own = face.tilt - (level if drawn else _PHOTO_TILT)
    apart = [each.tilt - level for each in variants]
    return [abs(tilt) <= _LEVEL or (tilt * own > 0 and abs(own) >= _MOODY) for tilt in apart]


def zoom(kind: str, drawn: Mapping[str, Place]) -> float:
    """How many times as large as on photos a style draws a part type, by its variants' places."""
    if kind not in PHOTO_SIZES or not drawn:
        return 1.0
    ratio = float(np.median([each.size for each in drawn.values()])) / PHOTO_SIZES[kind]
    return min(max(ratio, 1 / _MOST_ZOOM), _MOST_ZOOM)


def moves(
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
    down, scale = {}, {}
    for kind, limit in _LIMITS.items():
        if kind in seen and kind in drawn:
            apart = seen[kind].y - drawn[kind].y
            down[kind] = min(max(apart, -limit.down), limit.down)
            # Halfway between what is the style's manner and what is the face's own.
            ratio = seen[kind].size * zooms.get(kind, 1.0) ** 0.5 / max(drawn[kind].size, 1.0)
            scale[kind] = min(max(ratio, limit.smallest), limit.largest)
    for upper, lower, nearer in _NEARER:
        if upper in down:
            down[upper] = min(down[upper], down.get(lower, 0.0) + nearer / zooms.get(lower, 1.0))
    found = {kind: Move(drawn[kind].y, down[kind], scale[kind]) for kind in down}
    for kind, leader in _FOLLOWS.items():
        if leader in found:
            found[kind] = Move(found[leader].y, found[leader].down, 1.0)
    return found

"""Where a face's features are, how large and how tilted, and what that says of the drawings that suit it."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from emojax.avatar.reading.segments import Segment
from emojax.data.parts.shapes import part_mask

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
portraits of CelebAMask-HQ. On 740 others they are 20.0, 14.8, 44.4, 34.5 and, for 43 wearers, 74.4. Smaller:
a style's parts count as larger than people's, and photographed ones are zoomed in too far to be compared.
Larger: too little."""

# Most by which photographed parts are zoomed, and its inverse the least. Smaller: a style's large eyes are
# compared with people's small ones. Larger: in a window 2.5 times as small an eye of 15 pixels is already
# nearly all.
_MAX_ZOOM: Final = 2.5

_MIDDLE: Final = 152.5
"""Column of the frame on which a face is centred: halfway between its first and last pixel."""

# Figures: 740 portraits of CelebAMask-HQ whose IDs do not match ^[01], parsed by the parser that ships; brows
# labelled by eye.

# Median tilt of photographed brows, in degrees; those figures' is 6.4. It is compared with the median of a
# style's brows, which are drawn level. Smaller: more people look cross. Larger: more look worried.
_USUAL_TILT: Final = 5.5
# Degrees from the style's median up to which a drawn brow is neutral. Smaller: few brows are left for most
# people. Larger: calm people may look cross.
_MAX_NEUTRAL_TILT: Final = 8.0
# Degrees from the usual tilt from which on a face may be given worried or cross brows. 79 of 740 may look
# worried, 7 of 10 who are labelled so among them, and 8 cross. Plucked and painted brows rise without
# crossness: of 37 labelled as frowning one has 16 or more. Nearer to 0: people look worried (-5: 169) or
# cross (8: 112) who are not. Further: those who are do not (-15: 3 of 10).
_WORRIED: Final = -10.0
_CROSS: Final = 16.0
# The same on either side for faces that are a style's own drawings: its neutral brows have up to 8. Smaller:
# neutral ones pass for cross. Larger: cross ones are not found again.
_DRAWN_MOOD: Final = 10.0


class Place(NamedTuple):
    """Where a feature is, in pixels of the face frame; of a pair, the mean of both.

    Attributes:
      x: column of its middle, or of the middle between both.
      y: row of its middle.
      apart: distance of either one's middle from `x`; 0 for single features.
      width, height: of its bounding box.
      size: root of its area.
      tilt: degrees by which its outer end is higher than its inner end.
    """

    x: float
    y: float
    apart: float
    width: float
    height: float
    size: float
    tilt: float


def measure_place(segments: Mapping[str, Segment], part: str) -> Place | None:
    """Measures where a face's feature is.

    Args:
      segments: the face's, by name.
      part: type of part, of `SEGMENTS`.

    Returns:
      None if it is not visible, or is no feature of `PHOTO_SIZES`.
    """
    visible = [(name, segments[name]) for name in SEGMENTS[part] if name in segments]
    if not visible or part not in PHOTO_SIZES:
        return None
    found = [_measure_one(segment, part_mask(name, segment.labels)) for name, segment in visible]
    mean = Place(*np.mean(found, axis=0).tolist())
    if len(SEGMENTS[part]) == 1:
        return mean
    if len(found) == 1:  # one eye alone does not show whether the head is turned
        return mean._replace(x=_MIDDLE, apart=abs(mean.x - _MIDDLE))
    return mean._replace(apart=abs(found[0].x - found[1].x) / 2)


def _measure_one(segment: Segment, own: np.ndarray) -> Place:
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
    """Degrees by which the longest axis of ``bool[H, W]`` rises to the left, the outer side of right ones."""
    rows, columns = np.nonzero(own)
    if len(rows) < 2:
        return 0.0
    down, right = np.linalg.eigh(np.cov(np.stack([rows, columns])))[1][:, 1]
    return float(np.degrees(np.arctan2(down * np.sign(right), abs(right))))


def _extent(own: np.ndarray, *, axis: int) -> int:
    """Columns (axis 0) or rows (axis 1) from the first to the last that has any pixel of ``bool[H, W]``."""
    lines = np.flatnonzero(np.any(own, axis=axis))
    return int(lines[-1] - lines[0]) + 1 if len(lines) else 0


def allow_brows(face: Place, variants: Sequence[Place], *, drawn: bool) -> list[bool]:
    """Which drawn brows suit a face: cross or worried ones only if its own brows are.

    Args:
      face: where its brows are.
      variants: where all brows of a style are.
      drawn: whether the face is a drawing of this style.
    """
    level = float(np.median([each.tilt for each in variants]))
    own = face.tilt - (level if drawn else _USUAL_TILT)
    worried, cross = (-_DRAWN_MOOD, _DRAWN_MOOD) if drawn else (_WORRIED, _CROSS)
    tilts = [each.tilt - level for each in variants]
    return [
        abs(tilt) <= _MAX_NEUTRAL_TILT or (own >= cross if tilt > 0 else own <= worried) for tilt in tilts
    ]


def measure_zoom(part: str, drawn: Mapping[str, Place]) -> float:
    """How many times larger than on photos a style draws a part type, by the places of its variants."""
    if part not in PHOTO_SIZES or not drawn:
        return 1.0
    ratio = float(np.median([each.size for each in drawn.values()])) / PHOTO_SIZES[part]
    return min(max(ratio, 1 / _MAX_ZOOM), _MAX_ZOOM)

"""Where the faces are on a photo: OpenCV's bundled cascade, on turned and smaller copies of it.

The cascade (Viola and Jones, 2001; Lienhart and Maydt, 2002) knows upright frontal faces of
20 pixels and more, and forgives a turn of some 15 degrees. The rest is done here: it looks at
the photo turned to either side too, with its borders continued, and what it finds twice is merged.
"""

import dataclasses
import functools
import itertools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from emojax.media import warp

_CASCADE = "haarcascade_frontalface_alt2.xml"

_COARSE, _FINE = 500, 1100
"""Longer sides of the copies in pixels. The fine one takes four times as long and is for photos in
which the coarse one shows no face for sure."""

_SURE = 8
"""Windows that must agree on a face for that."""

_PORTRAIT = 400
"""Longer side of the copy on which a face that fills the photo is looked for first."""

_FILLING = 0.25
"""Share of the photo's shorter side that such a face's square has at least."""

_SHORTEST = 300
"""Smaller photos are enlarged to this: the cascade steps by whole pixels."""

_ANGLES = (0.0, 30.0, -30.0)
_SMALLEST_FACE = 22  # pixels of the copy
_MARGIN = 0.15  # of the copy's shorter side, continued on all sides
_MIN_SCORE = 3
_SHARE_OF_BEST = 0.15


@dataclasses.dataclass(frozen=True)
class Box:
    """A square on a photo. Lengths are in pixels; the centre of the photo's first pixel is (0, 0).

    Attributes:
      x, y: its centre.
      side: its side.
      roll_degrees: how far it is turned about its centre, clockwise as one sees it.
      score: how many of the cascade's windows agree on it; 0 for a square from elsewhere.
    """

    x: float
    y: float
    side: float
    roll_degrees: float = 0.0
    score: int = 0

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """``x0, y0, x1, y1`` of the square before it is turned."""
        half = self.side / 2
        return self.x - half, self.y - half, self.x + half, self.y + half

    def moved(self, right: float, down: float, scale: float) -> "Box":
        """Another square: the centre moved along this one's own axes, in sides of it, the side scaled."""
        step = complex(right, down) * self.side * self.axis
        return dataclasses.replace(self, x=self.x + step.real, y=self.y + step.imag, side=self.side * scale)

    @property
    def axis(self) -> complex:
        """Unit vector along the square's upper edge, to the right, as ``x + iy``."""
        angle = math.radians(self.roll_degrees)
        return complex(math.cos(angle), math.sin(angle))

    def overlaps(self, other: "Box") -> bool:
        """Whether they show the same face: half of the smaller lies in the other."""
        a, b = self.corners, other.corners
        width = min(a[2], b[2]) - max(a[0], b[0])
        height = min(a[3], b[3]) - max(a[1], b[1])
        return max(width, 0) * max(height, 0) > 0.5 * min(self.side, other.side) ** 2


def find_faces(photo: np.ndarray) -> list[Box]:
    """Squares from brows to chin around the faces on ``uint8[H, W, 3]``, the largest first.

    Their roll is known to within some 15 degrees. The cascade also takes a few other things for faces.
    """
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    found = _look(grey, _COARSE)
    if max(grey.shape) > _COARSE and not any(box.score >= _SURE for box in found):
        found += _look(grey, _FINE)
    if not found:
        # Faces in the dark. Not done first: over a whole photo it brings out textures, too, and
        # costs one small face in six.
        found = _look(cv2.equalizeHist(grey), _COARSE)
    return sorted(_strongest(found), key=lambda box: -box.side)


def find_portrait(photo: np.ndarray) -> Box | None:
    """The face on ``uint8[H, W, 3]`` if it is a portrait: an upright face, large, and seen beyond doubt.

    Takes a twentieth of the time of `find_faces`, for what most photos of one person are.
    """
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    found = [box for box in _look(grey, _PORTRAIT, angles=(0.0,), least=_FILLING) if box.score >= _SURE]
    return max(_strongest(found), key=lambda box: box.side, default=None)


def _look(
    grey: np.ndarray, longest: int, *, angles: Sequence[float] = _ANGLES, least: float = 0.0
) -> list[Box]:
    """What the cascade finds on a copy of ``uint8[H, W]``, in pixels of the photo.

    Args:
      grey: the photo.
      longest: longer side of the copy.
      angles: by which faces may be turned.
      least: share of the shorter side that they fill at least.
    """
    side = max(grey.shape)
    scale = min(longest, max(side, _SHORTEST)) / side
    height, width = (max(1, round(s * scale)) for s in grey.shape)
    copy = warp.resize(grey, width, height)
    found = []
    smallest = max(_SMALLEST_FACE, round(least * min(copy.shape)))
    for box in itertools.chain.from_iterable(_sweep(copy, angle, smallest) for angle in angles):
        # The copy's pixel centres lie half a pixel in from its border, as the photo's do.
        x, y = ((at + 0.5) / scale - 0.5 for at in (box.x, box.y))
        found.append(dataclasses.replace(box, x=x, y=y, side=box.side / scale))
    return found


def _sweep(grey: np.ndarray, angle: float, smallest: int) -> Iterator[Box]:
    """Faces of `smallest` pixels and more turned clockwise by about `angle` degrees, in pixels of `grey`."""
    height, width = grey.shape
    rotated = warp.rotate(grey, angle, margin=2 * _MARGIN * min(height, width))
    windows, scores = _cascade().detectMultiScale2(
        rotated.pixels, scaleFactor=1.1, minNeighbors=_MIN_SCORE, minSize=(smallest, smallest)
    )
    for (x, y, side, _), score in zip(windows, scores, strict=True):
        at = rotated.source(np.asarray([x, y]) + (side - 1) / 2)
        if 0 <= at[0] < width and 0 <= at[1] < height:
            yield Box(float(at[0]), float(at[1]), float(side), angle, int(score))


def _strongest(boxes: list[Box]) -> list[Box]:
    """Each face once, as the box with the best score shows it; without what is weak beside the best."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda box: -box.score):
        if box.score >= _SHARE_OF_BEST * max(b.score for b in boxes) and not any(map(box.overlaps, kept)):
            kept.append(box)
    return kept


@functools.cache
def _cascade() -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / _CASCADE))

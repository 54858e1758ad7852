"""Finds faces on a photo with dlib's detector of frontal faces.

The detector (histograms of oriented gradients and five linear templates, of heads that look ahead, to either
side or are tilted; King, 2015, "Max-Margin Object Detection") is part of the library and finds faces of 80
pixels and more. So the photo is enlarged for small ones and rotated for tilted ones, its borders are
continued, and faces that were found twice are merged.
"""

import dataclasses
import functools
import itertools
import math
import threading
from collections.abc import Iterator, Sequence
from typing import Any, Final

import cv2
import dlib
import numpy as np

from emojax.core.errors import UserError
from emojax.media import warp

# Longer sides, in pixels, of the copies that are searched: the fine one for upright faces, the coarse one for
# the others. Smaller: faces in groups have too few pixels (fine 1600: of 30 faces of 40 pixels on photos of
# 1200 one is found; 2400: 17 of 20). Larger: slower, with the square (1600: 0.3 s, 2400: 0.7 s).
_FINE: Final = 2400
_COARSE: Final = 800
# By how much smaller photos are enlarged at most: faces have half of the detector's 80 pixels at least.
# Smaller: of 43 faces in a group 11 are found (1). Larger: slower, for pixels that are not there.
_ENLARGED: Final = 2.0

# Longer side of the copy on which a face that fills the photo is searched for first. Smaller: a face that
# fills `_MIN_FILLED` has too few pixels. Larger: slower.
_PORTRAIT: Final = 400
# Share of the photo's shorter side that such a face has at least. Smaller: a face in the crowd passes for the
# one that was photographed. Larger: half-length portraits need the long way.
_MIN_FILLED: Final = 0.25
# Confidence of a face that is taken at once.
_SURE: Final = 0.3

# From the detector's window to the square from brows to chin: how much higher its centre is, and how much
# larger it is, in sides of the window. Means over 94 portraits of CelebAMask-HQ whose IDs do not match ^[01];
# in sides of the portrait their standard deviations are 0.031 and 0.061. Another value shifts or scales all
# squares.
_HIGHER: Final = 0.09
_LARGER: Final = 1.09
# Degrees by which the photo is rotated; the detector forgives some 25.
UPRIGHT: Final = (0.0, 45.0, -45.0)
ON_A_SIDE: Final = (90.0, -90.0, 180.0)
# Least confidence of a face.
_MIN_SCORE: Final = -0.1
# What the photo is continued by on all sides, in its shorter sides. Smaller: faces at the border, whose chin
# or forehead is cut off, are lost. Larger: slower.
_MARGIN: Final = 0.15
# Share of the smaller square inside the larger from which on both show one face. Smaller: cheek to cheek two
# faces are one. Larger: one face is two.
_OVERLAP: Final = 0.5


class NoSuchFaceError(UserError):
    """There are faces, but none of the number that was asked for."""


@dataclasses.dataclass(frozen=True)
class Box:
    """A square on a photo. Lengths are in pixels; the centre of the photo's first pixel is (0, 0).

    Attributes:
      x, y: its centre.
      side: its side.
      roll_degrees: of its rotation about its centre, clockwise as one sees it.
      score: the detector's confidence, mostly between 0 and 3; 0 for a square from elsewhere.
    """

    x: float
    y: float
    side: float
    roll_degrees: float = 0.0
    score: float = 0.0

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """``x0, y0, x1, y1`` of the square before it is rotated."""
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
        """Whether they show the same face: half of the smaller is inside the other, rotation left aside."""
        a, b = self.corners, other.corners
        width = min(a[2], b[2]) - max(a[0], b[0])
        height = min(a[3], b[3]) - max(a[1], b[1])
        return max(width, 0) * max(height, 0) > _OVERLAP * min(self.side, other.side) ** 2


def find_faces(photo: np.ndarray, angles: Sequence[float] = UPRIGHT) -> list[Box]:
    """Squares from brows to chin of the faces on ``uint8[H, W, 3]``, the largest first.

    Their roll is right to some 25 degrees. The detector now and then takes something else for a face.

    Args:
      photo: of any size.
      angles: degrees by which faces may be rotated, each within some 25.
    """
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    sides = [_COARSE if angle else _FINE for angle in angles]
    found = list(itertools.chain.from_iterable(map(functools.partial(_look, grey), sides, angles)))
    if not found and 0.0 in angles:
        # For faces in the dark. Not done first: on a whole photo it amplifies textures, too.
        found = _look(cv2.equalizeHist(grey), _COARSE, 0.0)
    return sorted(_strongest(found), key=lambda box: -box.side)


def find_portrait(photo: np.ndarray) -> Box | None:
    """The face on ``uint8[H, W, 3]`` if it is a portrait: upright, large and certain.

    Most photos of one person are portraits, and this takes a twentieth of the time of `find_faces`.
    """
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    found = _look(grey, _PORTRAIT, 0.0)
    filled = _MIN_FILLED * min(grey.shape)
    sure = [box for box in found if box.score >= _SURE and box.side >= filled]
    return max(_strongest(sure), key=lambda box: box.side, default=None)


def _look(grey: np.ndarray, longest: int, angle: float) -> list[Box]:
    """What the detector finds on a copy of ``uint8[H, W]``, in pixels of the photo.

    Args:
      grey: the photo.
      longest: longer side of the copy.
      angle: degrees by which faces may be rotated clockwise, within some 25.
    """
    scale = min(longest / max(grey.shape), _ENLARGED)
    height, width = (max(1, round(side * scale)) for side in grey.shape)
    copy = warp.resize(grey, width, height)
    # Both pictures reach half a pixel beyond the centres of their outermost pixels.
    return [
        dataclasses.replace(
            box, x=(box.x + 0.5) / scale - 0.5, y=(box.y + 0.5) / scale - 0.5, side=box.side / scale
        )
        for box in _sweep(copy, angle)
    ]


def _sweep(grey: np.ndarray, angle: float) -> Iterator[Box]:
    """Faces rotated clockwise by about `angle` degrees, in pixels of `grey`."""
    height, width = grey.shape
    rotated = warp.rotate(grey, angle, margin=2 * _MARGIN * min(height, width))
    windows, scores, _ = _detector().run(rotated.pixels, 0, _MIN_SCORE)
    for window, score in zip(windows, scores, strict=True):
        middle = np.asarray([window.left() + window.right(), window.top() + window.bottom()]) / 2
        at = rotated.source(middle)
        if 0 <= at[0] < width and 0 <= at[1] < height:
            box = Box(float(at[0]), float(at[1]), float(window.width()), angle, float(score))
            yield box.moved(0, -_HIGHER, _LARGER)


def _strongest(boxes: list[Box]) -> list[Box]:
    """Each face once, by its box of the best score."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda box: -box.score):
        if not any(map(box.overlaps, kept)):
            kept.append(box)
    return kept


_OF_THREAD: Final = threading.local()
"""A detector for each thread: two that use one at a time find what is not there, or crash."""


def _detector() -> Any:
    if not hasattr(_OF_THREAD, "detector"):
        _OF_THREAD.detector = dlib.get_frontal_face_detector()
    return _OF_THREAD.detector

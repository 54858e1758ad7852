"""Finds faces on a photo with OpenCV's bundled cascade.

The cascade (Viola and Jones, 2001; Lienhart and Maydt, 2002) finds upright frontal faces of 20 pixels and
more, turned by up to some 15 degrees. So the photo is also rotated to either side, its borders are
continued, and faces that were found twice are merged.
"""

import dataclasses
import functools
import itertools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from emojax.media import warp

_CASCADE: Final = "haarcascade_frontalface_alt2.xml"

# Figures: portraits of CelebAMask-HQ whose IDs do not match ^[01]; of `find_portrait` 247 as they are, of
# `find_faces` 50 with a border of 160 pixels, of which 49 are found, and 2 things besides.

# Longer sides, in pixels, of the copies that are searched. The fine one takes four times as long and is for
# photos on which the coarse one shows no sure face. Smaller: small faces have too few pixels (coarse 350: 48
# found, 3 things). Larger: slower, and more things (700: 3).
_COARSE: Final = 500
_FINE: Final = 1100
# Windows that must agree on a sure face. Smaller: a thing may end the search. Larger: the fine copy is
# searched for nothing, and fewer portraits are found at once (16: 93 of 100, 24: 85, instead of 97).
_SURE: Final = 8

# Longer side of the copy on which a face that fills the photo is searched for first. Smaller: fewer are found
# (250: 96 of 100). Larger: slower, and no more are found (500: 95).
_PORTRAIT: Final = 400
# Share of the photo's shorter side that such a face has at least. Smaller: slower, and a face in the crowd
# passes for the one that was photographed. Larger: half-length portraits need the long way; up to 0.4 none of
# these does.
_MIN_FILLED: Final = 0.25

# Longer side to which smaller photos are enlarged. Smaller: the cascade, which steps by whole pixels, misses
# faces. Larger: slower, for pixels that are not there.
_MIN_SIDE: Final = 300
# Degrees by which the photo is rotated; the cascade forgives some 15. Fewer: tilted faces are lost. More:
# slower, and more things are faces.
_ANGLES: Final = (0.0, 30.0, -30.0)
# Least side of a face, in pixels of the copy. The cascade's own least is 20. Larger: small faces are lost.
_MIN_FACE: Final = 22
# What the photo is continued by on all sides, in its shorter sides. Smaller: faces at the border, whose chin
# or forehead is cut off, are lost. Larger: slower, and repeated borders look like something (0.3: 3 things).
_MARGIN: Final = 0.15
# Windows that must agree on a face. Smaller: things are faces (1: 4). Larger: faces in bad light are lost.
_MIN_SCORE: Final = 3
# Windows in those of the photo's best face below which a face is dropped. Smaller: things beside a sure face
# are faces. Larger: blurred faces beside a sharp one are lost.
_SHARE_OF_BEST: Final = 0.15
# Share of the smaller square inside the larger from which on both show one face. Smaller: cheek to cheek two
# faces are one. Larger: one face is two.
_OVERLAP: Final = 0.5


@dataclasses.dataclass(frozen=True)
class Box:
    """A square on a photo. Lengths are in pixels; the centre of the photo's first pixel is (0, 0).

    Attributes:
      x, y: its centre.
      side: its side.
      roll_degrees: of its rotation about its centre, clockwise as one sees it.
      score: how many of the cascade's windows agree on it; 0 for a square from elsewhere.
    """

    x: float
    y: float
    side: float
    roll_degrees: float = 0.0
    score: int = 0

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


def find_faces(photo: np.ndarray) -> list[Box]:
    """Squares from brows to chin of the faces on ``uint8[H, W, 3]``, the largest first.

    Their roll is right to some 15 degrees. The cascade also takes a few other things for faces.
    """
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    found = _look(grey, _COARSE)
    if max(grey.shape) > _COARSE and not any(box.score >= _SURE for box in found):
        found += _look(grey, _FINE)
    if not found:
        # For faces in the dark. Not done first: on a whole photo it amplifies textures, too, and one
        # small face in six is lost.
        found = _look(cv2.equalizeHist(grey), _COARSE)
    return sorted(_strongest(found), key=lambda box: -box.side)


def find_portrait(photo: np.ndarray) -> Box | None:
    """The face on ``uint8[H, W, 3]`` if it is a portrait: upright, large and certain.

    Most photos of one person are portraits, and this takes a twentieth of the time of `find_faces`.
    """
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    found = _look(grey, _PORTRAIT, angles=(0.0,), min_filled=_MIN_FILLED)
    sure = [box for box in found if box.score >= _SURE]
    return max(_strongest(sure), key=lambda box: box.side, default=None)


def _look(
    grey: np.ndarray, longest: int, *, angles: Sequence[float] = _ANGLES, min_filled: float = 0.0
) -> list[Box]:
    """What the cascade finds on a copy of ``uint8[H, W]``, in pixels of the photo.

    Args:
      grey: the photo.
      longest: longer side of the copy.
      angles: degrees by which faces may be rotated, each within some 15.
      min_filled: share of the shorter side that a face fills at least.
    """
    side = max(grey.shape)
    scale = min(longest, max(side, _MIN_SIDE)) / side
    height, width = (max(1, round(s * scale)) for s in grey.shape)
    copy = warp.resize(grey, width, height)
    found = []
    smallest = max(_MIN_FACE, round(min_filled * min(copy.shape)))
    for box in itertools.chain.from_iterable(_sweep(copy, angle, smallest) for angle in angles):
        # Both pictures reach half a pixel beyond the centres of their outermost pixels.
        x, y = ((at + 0.5) / scale - 0.5 for at in (box.x, box.y))
        found.append(dataclasses.replace(box, x=x, y=y, side=box.side / scale))
    return found


def _sweep(grey: np.ndarray, angle: float, smallest: int) -> Iterator[Box]:
    """Faces rotated clockwise by about `angle` degrees, `smallest` pixels or more, in pixels of `grey`."""
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
    """Each face once, by its box of the best score; without boxes far below the best score of all."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda box: -box.score):
        if box.score >= _SHARE_OF_BEST * max(b.score for b in boxes) and not any(map(box.overlaps, kept)):
            kept.append(box)
    return kept


@functools.cache
def _cascade() -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / _CASCADE))

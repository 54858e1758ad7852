"""Finds the portraits on many photos of one face each, parsing a batch of photos at a time.

Most photos of one person need no detector: parsing the whole photo finds the face, and parsing the portrait
labels it. Photos on which the two disagree are left to `crop.crop_face`, which is slower and thorough.
"""

import contextlib
import dataclasses
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from emojax.avatar.faces import alignment
from emojax.avatar.faces.crop import CROP_SIZE, Labeller, crop_face, cut, squares_agree, to_photo_square
from emojax.avatar.faces.detection import Box
from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.media import warp

# Differences of two portrait squares, in sides, factors and degrees, up to which one's crop serves for the
# other. A portrait's square is itself off by 0.007 sides, a factor of 0.019 and 0.6 degrees in the median
# (`alignment`). Smaller: nearly every photo is parsed a third time. Larger: crops lie worse than a third
# parse would put them.
_CLOSE_SHIFT: Final = 0.015
_CLOSE_SCALE: Final = 0.03
_CLOSE_TURN: Final = 2.0

_BACKGROUND: Final = np.uint8(CLASSES.index("background"))


@dataclasses.dataclass(frozen=True)
class Portrait:
    """An aligned face and its labels.

    Attributes:
      pixels: ``uint8[CROP_SIZE, CROP_SIZE, 3]``.
      labels: ``uint8[CROP_SIZE, CROP_SIZE]``, indices into `CLASSES`; `UNKNOWN` beyond the photo.
    """

    pixels: np.ndarray
    labels: np.ndarray


class _View(NamedTuple):
    """A crop of a photo; `pixels` and `to_photo` as in `crop.Crop`."""

    photo: np.ndarray
    pixels: np.ndarray
    to_photo: np.ndarray


def find_portraits(
    photos: Sequence[np.ndarray], *, parser: Labeller, single: Labeller
) -> list[Portrait | None]:
    """The main face of each photo.

    Args:
      photos: each ``uint8[H, W, 3]``, of any size.
      parser: labels a batch of crops.
      single: labels the crops of the photos that need `crop_face`, one at a time.

    Returns:
      For each photo a portrait, or None where there is no face; independent of the other photos.
    """
    first, _ = _parse(photos, {i: _whole(photo) for i, photo in enumerate(photos)}, parser)
    second, portraits = _parse(photos, first, parser)
    agreed = {i: square for i, square in second.items() if squares_agree(first[i], square)}
    moved = {i: square for i, square in agreed.items() if not is_close(first[i], square)}
    views = {i: _View(photos[i], *cut(photos[i], square, CROP_SIZE)) for i, square in moved.items()}
    for i in set(range(len(photos))) - set(agreed):
        portraits.pop(i, None)
        with contextlib.suppress(UserError):
            crop = crop_face(photos[i], parser=single)
            views[i] = _View(photos[i], crop.pixels, crop.to_photo)
    # `crop_face` also returns faces that only the detector found and the parser cannot label.
    portraits |= {i: each for i, each in _labelled(views, parser).items() if _face(each) is not None}
    return [portraits.get(i) for i in range(len(photos))]


def _whole(photo: np.ndarray) -> Box:
    height, width = photo.shape[:2]
    return Box((width - 1) / 2, (height - 1) / 2, max(height, width))


def _parse(
    photos: Sequence[np.ndarray], squares: dict[int, Box], parser: Labeller
) -> tuple[dict[int, Box], dict[int, Portrait]]:
    """Of a square of each photo the portrait square of its main face, where there is one, and its labels."""
    views = {i: _View(photos[i], *cut(photos[i], square, CROP_SIZE)) for i, square in squares.items()}
    seen = _labelled(views, parser)
    inner = {i: _face(each) for i, each in seen.items()}
    return {i: to_photo_square(box, squares[i]) for i, box in inner.items() if box is not None}, seen


def _labelled(views: dict[int, _View], parser: Labeller) -> dict[int, Portrait]:
    if not views:
        return {}
    labels = parser.label_maps(np.stack([view.pixels for view in views.values()]))
    return {i: _portrait(view, each) for (i, view), each in zip(views.items(), labels, strict=True)}


def _face(seen: Portrait) -> Box | None:
    return alignment.fit_square(np.where(seen.labels == UNKNOWN, _BACKGROUND, seen.labels))


def is_close(first: Box, second: Box) -> bool:
    """Whether two portrait squares are so close that a crop of the first can serve for the second."""
    shift = abs(complex(first.x - second.x, first.y - second.y)) / first.side
    turn = (first.roll_degrees - second.roll_degrees + 180) % 360 - 180
    scale = abs(second.side / first.side - 1)
    return shift < _CLOSE_SHIFT and scale < _CLOSE_SCALE and abs(turn) < _CLOSE_TURN


def _portrait(view: _View, labels: np.ndarray) -> Portrait:
    return Portrait(view.pixels, mark_unknown(view.photo, view.to_photo, labels))


def mark_unknown(photo: np.ndarray, to_photo: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The labels of a crop, `UNKNOWN` beyond the photo.

    Args:
      photo: ``uint8[H, W, 3]``.
      to_photo: ``float64[2, 3]`` as in `crop.Crop`.
      labels: ``uint8[S, S]`` of the crop.
    """
    height, width = photo.shape[:2]
    x, y = warp.crop_positions(to_photo, len(labels))
    # The crop repeats the photo's border pixels there, which the parser takes for more hair.
    beyond = (x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5)
    return np.where(beyond, np.uint8(UNKNOWN), labels)

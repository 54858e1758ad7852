"""Portraits from many photos of one face each, with the parser looking at a batch of them at a time.

`face.crop_face` is thorough and looks at one photo; most photos that were taken of somebody need no
more than the parser's eye: one look at the whole photo says where the face is, a second one, at the
portrait, labels it. What these two do not squares_agree on is left to `crop_face`.
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

# A second look that moves the portrait by less labels the first one's crop well enough.
_STILL_SIDES: Final = 0.015
_STILL_SCALE: Final = 0.03
_STILL_DEGREES: Final = 2.0

_BACKGROUND: Final = np.uint8(CLASSES.index("background"))


@dataclasses.dataclass(frozen=True)
class Portrait:
    """A face, level and centred, and what its pixels show.

    Attributes:
      pixels: ``uint8[CROP_SIZE, CROP_SIZE, 3]``.
      labels: ``uint8[CROP_SIZE, CROP_SIZE]``, indices into `CLASSES`; `UNKNOWN` beyond the photo.
    """

    pixels: np.ndarray
    labels: np.ndarray


class _View(NamedTuple):
    """A crop of a photo; `pixels` and `to_photo` are those of `face.cut` or `face.Crop`."""

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
      For each photo a portrait, or None where there is no face. It does not depend on the others.
    """
    first, _ = _look(photos, {i: _whole(photo) for i, photo in enumerate(photos)}, parser)
    second, portraits = _look(photos, first, parser)
    agreed = {i: square for i, square in second.items() if squares_agree(first[i], square)}
    moved = {i: square for i, square in agreed.items() if not is_close(first[i], square)}
    views = {i: _View(photos[i], *cut(photos[i], square, CROP_SIZE)) for i, square in moved.items()}
    for i in set(range(len(photos))) - set(agreed):
        portraits.pop(i, None)
        with contextlib.suppress(UserError):
            crop = crop_face(photos[i], parser=single)
            views[i] = _View(photos[i], crop.pixels, crop.to_photo)
    # The cascade alone may have vouched for a face of which the parser makes out too little.
    portraits |= {i: each for i, each in _labelled(views, parser).items() if _face(each) is not None}
    return [portraits.get(i) for i in range(len(photos))]


def _whole(photo: np.ndarray) -> Box:
    height, width = photo.shape[:2]
    return Box((width - 1) / 2, (height - 1) / 2, max(height, width))


def _look(
    photos: Sequence[np.ndarray], squares: dict[int, Box], parser: Labeller
) -> tuple[dict[int, Box], dict[int, Portrait]]:
    """What is in a square of each photo, and its main face's portrait square, where there is one."""
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
    """Whether two portrait squares are so near that one's crop need not be cut anew for the other."""
    apart = abs(complex(first.x - second.x, first.y - second.y)) / first.side
    turned = (first.roll_degrees - second.roll_degrees + 180) % 360 - 180
    scaled = abs(second.side / first.side - 1)
    return apart < _STILL_SIDES and scaled < _STILL_SCALE and abs(turned) < _STILL_DEGREES


def _portrait(view: _View, labels: np.ndarray) -> Portrait:
    return Portrait(view.pixels, mark_unknown(view.photo, view.to_photo, labels))


def mark_unknown(photo: np.ndarray, to_photo: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The labels ``uint8[S, S]`` of a crop (`face.cut`), `UNKNOWN` beyond the photo that it was cut from."""
    height, width = photo.shape[:2]
    x, y = warp.crop_positions(to_photo, len(labels))
    # The crop repeats the photo's border there, and the parser takes it for more hair.
    beyond = (x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5)
    return np.where(beyond, np.uint8(UNKNOWN), labels)

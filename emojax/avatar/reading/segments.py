"""Cuts the parts of a face out of an aligned portrait, as small pictures of comparable size and shape.

The frame of a portrait, photographed or drawn, is `CROP_SIZE` pixels. A large part, such as hair, is shown
in the whole frame. A small part is shown in a window that has one size for all faces, centred on the part:
the window's box says where the part is, the picture how large it is. Left parts are mirrored to look like
right ones, so that one autoencoder serves both.
"""

import dataclasses
from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np

from emojax.avatar.faces.crop import CROP_SIZE, cut
from emojax.avatar.faces.detection import Box
from emojax.data.faces.labels import CLASSES, UNKNOWN, mirror_labels
from emojax.data.parts.shapes import LABELS, PATCH_SIZE
from emojax.media import warp


@dataclasses.dataclass(frozen=True)
class Part:
    """How a type of part is cut out. `emojax.data.parts.shapes.LABELS` says which labels it comprises.

    Attributes:
      min_area: pixels of the portrait below which it is a speck, or too hidden to learn from.
      window: side of its window in pixels of the portrait; None is the whole frame.
      mirrored: whether its pictures are mirrored.
    """

    min_area: int
    window: int | None = None
    mirrored: bool = False


# Measured on 740 portraits of CelebAMask-HQ whose IDs do not match ^[01], with their true labels. Least areas
# leave out the hundredth part or less, but 3 of 100 hats, 4 to 6 of ears, 2 of necks and 14 of the little
# that portraits show of clothes. Smaller: specks and slivers are learned from and compared. Larger: small
# parts are not compared (twice: 4 of 100 eyes, 15 to 23 of ears). Windows hold 98 of 100 parts whole.
# Smaller: large mouths and noses are cut off (98 of 100 mouths have up to 87 columns). Larger: parts are
# small in their pictures, and nearly alike.
PARTS: Final[Mapping[str, Part]] = {
    "face": Part(8000),
    "skin": Part(6000),
    "hair": Part(1000),
    "hat": Part(2000),
    "left_brow": Part(60, 84, mirrored=True),
    "right_brow": Part(60, 84),
    "left_eye": Part(50, 48, mirrored=True),
    "right_eye": Part(50, 48),
    "eyeglasses": Part(1000, 200),
    "nose": Part(600, 84),
    "mouth": Part(200, 88),
    "left_ear": Part(150, 92, mirrored=True),
    "right_ear": Part(150, 92),
    "neck": Part(800),
    "cloth": Part(800),
}
"""The types, in the order of `emojax.data.parts.builder.PARTS`."""

# Length along which a part may end at unknown pixels, in roots of its area. Smaller: parts that touch the
# border at a corner are dropped (none of 740 portraits has one that 0.125 drops and 0.25 keeps, but 2 of 100
# left ears at 0.25 and 0.5). Larger: half a part is taken for a whole one; 12 of 100 left ears end along 0.5
# or more.
_MAX_CUT: Final = 0.25

# Share of the frame, on each side, in which large parts may end at unknown pixels. Smaller: most hair is
# dropped, because crops reach beyond photos (0: 41 of 100, 0.05: 4, 0.1: none). Larger: hair cut off within
# the frame is taken for short.
_FRAME_MARGIN: Final = 0.1

# Grey of unknown pixels. The border's colour instead, repeated, would look like something.
_FILL: Final = 127

# Share of a part's pixels on either side that do not count for its centre. Smaller: what the parser strews
# beside a part moves the window (0: centres are off by 6.5 pixels or more in one of a hundred, instead of
# 5.5). Larger: the ends of brows count for nothing; up to 0.2 it made no difference.
_MAX_STRAYS: Final = 0.05


@dataclasses.dataclass(frozen=True)
class Segment:
    """A part's picture.

    Attributes:
      image: ``uint8[PATCH_SIZE, PATCH_SIZE, 3]``, everything in the window; grey where labels are unknown.
      labels: ``uint8[PATCH_SIZE, PATCH_SIZE]``, of everything in the window, or `UNKNOWN`.
      box: ``x0, y0, x1, y1`` of the window in pixels of the portrait; the centre of the first pixel is
        (0, 0). It is not mirrored, and may reach beyond the frame.
    """

    image: np.ndarray
    labels: np.ndarray
    box: tuple[float, float, float, float]


def segment(crop: np.ndarray | None, labels: np.ndarray, part: str) -> Segment | None:
    """Cuts a part out of an aligned portrait.

    Args:
      crop: ``uint8[S, S, 3]``, aligned as by `emojax.avatar.faces.crop.crop_face`, of any size; None where
        only labels are needed: the picture is grey.
      labels: ``uint8[S, S]``, indices into `CLASSES`, or `UNKNOWN`.
      part: of `PARTS`.

    Returns:
      None if the part is not visible, or is cut by the photo's border: nobody's hair is square. Near the
      frame's border, which cuts everyone's hair and clothes, the second holds for small parts only.
    """
    rule, scale = PARTS[part], len(labels) / CROP_SIZE
    mask = _IS_PART[part][labels]
    rows, columns = mask.sum(1), mask.sum(0)
    area = int(rows.sum())
    if area < rule.min_area * scale**2 or _cut_length(mask, labels, rule) > _MAX_CUT * area**0.5:
        return None
    if rule.window is None:
        square = Box((len(labels) - 1) / 2, (len(labels) - 1) / 2, len(labels))
    else:
        side = rule.window * scale
        square = Box(_centre(columns, side), _centre(rows, side), side)
    patch_labels = _crop_labels(labels, square)
    grey = np.full((PATCH_SIZE, PATCH_SIZE, 3), _FILL, np.uint8)
    patch = grey if crop is None else cut(crop, square, PATCH_SIZE)[0]
    patch[patch_labels == UNKNOWN] = _FILL
    if rule.mirrored:
        patch, patch_labels = patch[:, ::-1], mirror_labels(patch_labels)
    return Segment(patch, patch_labels, square.corners)


def zoom_segment(segment: Segment, factor: float) -> Segment:
    """The segment in a window `factor` times as small about the same centre: the part looks larger.

    What a larger window would show besides is unknown.
    """
    if factor == 1:
        return segment
    size = len(segment.labels)
    steps = (np.arange(size) + 0.5 - size / 2) / factor + size / 2
    pixels, known = warp.nearest_pixels(steps - 0.5, size)
    inside = known[:, None] & known[None, :]
    labels = np.where(inside, segment.labels[pixels[:, None], pixels[None, :]], np.uint8(UNKNOWN))
    image = np.where(inside[..., None], segment.image[pixels[:, None], pixels[None, :]], np.uint8(_FILL))
    x0, y0, x1, y1 = segment.box
    x, y, half = (x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2 / factor
    return Segment(image, labels, (x - half, y - half, x + half, y + half))


def _cut_length(mask: np.ndarray, labels: np.ndarray, rule: Part) -> int:
    """How many of the part's pixels ``bool[S, S]`` are next to unknown ones."""
    unknown = (labels == UNKNOWN).astype(np.uint8)
    is_small = rule.window is not None
    margin = 0 if is_small else round(_FRAME_MARGIN * len(labels))
    inner = slice(margin, len(labels) - margin)
    near = cv2.dilate(
        unknown, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=int(is_small)
    )
    return int(np.count_nonzero(mask[inner, inner] & (near[inner, inner] > 0)))


def _centre(counts: np.ndarray, side: float) -> float:
    """Halfway between the part's first and last column, or row, by its pixels in each; without strays."""
    median = int(np.searchsorted(np.cumsum(counts), counts.sum() / 2))
    # What a parser takes for a mouth at an eyebrow is further off than a window reaches.
    low = max(0, round(median - side / 2))
    near = np.cumsum(counts[low : round(median + side / 2) + 1])
    first, last = np.searchsorted(near, [_MAX_STRAYS * near[-1], (1 - _MAX_STRAYS) * near[-1]])
    return low + float(first + last) / 2


def _crop_labels(labels: np.ndarray, square: Box) -> np.ndarray:
    """``uint8[PATCH_SIZE, PATCH_SIZE]``, the nearest labels in an upright square; UNKNOWN beyond the map."""
    x0, y0, _, _ = square.corners
    steps = (np.arange(PATCH_SIZE) + 0.5) * (square.side / PATCH_SIZE)
    rows, row_known = warp.nearest_pixels(y0 + steps, len(labels))
    columns, column_known = warp.nearest_pixels(x0 + steps, len(labels))
    known = row_known[:, None] & column_known[None, :]
    return np.where(known, labels[rows[:, None], columns[None, :]], np.uint8(UNKNOWN))


def _is_part(part: str) -> np.ndarray:
    """``bool[256]``: which values of a label map belong to the part."""
    table = np.zeros(256, bool)
    table[[CLASSES.index(label) for label in LABELS[part]]] = True
    return table


_IS_PART: Final = {part: _is_part(part) for part in PARTS}

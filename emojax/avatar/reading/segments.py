"""The parts of a face, each as a small picture in which size and shape are comparable.

A portrait, photographed or drawn, lies in one frame of `CROP_SIZE` pixels. What is as large as the
face is shown in the whole frame. A small part is shown in a window of one size for all faces, about
the part's own middle: where it lies is told by the window's box, how large it is by the picture.
Parts of the left half are mirrored to lie as their twins on the right do, so that one autoencoder
serves both: train it on the patches of left and right together.
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
    """How a type of part is shown. `emojax.data.parts.shapes.LABELS` says what it comprises.

    Attributes:
      least_area: pixels of the portrait below which it is a speck, or too hidden to learn from.
      window: side of its window in pixels of the portrait; None shows the whole frame.
      mirrored: whether its pictures are mirrored.
    """

    least_area: int
    window: int | None = None
    mirrored: bool = False


# Windows hold 98 of 100 such parts of CelebAMask-HQ's portraits whole, with some skin around them;
# the least areas leave out the hundredth part or less.
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

_MOST_CUT: Final = 0.25
"""Length along which a part may end where nothing is known, in roots of its area: more is half a part."""

_RIM: Final = 0.1
"""Share of the frame, on each side, where that does not matter to what is shown in the whole frame."""

_NOTHING: Final = 127
"""What a picture holds where nothing is known: a border that goes on for ever would look like something."""

_NEIGHBOURS: Final = np.ones((3, 3), np.uint8)

_STRAY: Final = 0.05
"""Share of a part's pixels on either side that its middle does not heed: specks taken for it."""


@dataclasses.dataclass(frozen=True)
class Segment:
    """A part as it is learned from.

    Attributes:
      image: ``uint8[PATCH_SIZE, PATCH_SIZE, 3]``, everything in the window; grey where labels are unknown.
      labels: ``uint8[PATCH_SIZE, PATCH_SIZE]``, of everything in the window, or `UNKNOWN`.
      box: ``x0, y0, x1, y1`` of the window in pixels of the portrait, the first of which has its
        centre at (0, 0). It is not mirrored, and may reach beyond the frame.
    """

    image: np.ndarray
    labels: np.ndarray
    box: tuple[float, float, float, float]


def segment(crop: np.ndarray, labels: np.ndarray, part: str) -> Segment | None:
    """A part of a portrait.

    Args:
      crop: ``uint8[S, S, 3]``, lying as `emojax.avatar.faces.crop.crop_face` leaves it, of any size.
      labels: ``uint8[S, S]``, indices into `CLASSES`, or `UNKNOWN`.
      part: of `PARTS`.

    Returns:
      None where the part does not show, or is cut by the photo's border: nobody's hair is square.
      Near the frame's border, which cuts hair and clothes of all, this holds for small parts only.
    """
    kind, scale = PARTS[part], len(labels) / CROP_SIZE
    shown = _COMPRISED[part][labels]
    rows, columns = shown.sum(1), shown.sum(0)
    area = int(rows.sum())
    if area < kind.least_area * scale**2 or _cut_length(shown, labels, kind) > _MOST_CUT * area**0.5:
        return None
    if kind.window is None:
        square = Box((len(labels) - 1) / 2, (len(labels) - 1) / 2, len(labels))
    else:
        side = kind.window * scale
        square = Box(_middle(columns, side), _middle(rows, side), side)
    patch_labels = _nearest(labels, square)
    patch = cut(crop, square, PATCH_SIZE)[0]
    patch[patch_labels == UNKNOWN] = _NOTHING
    if kind.mirrored:
        patch, patch_labels = patch[:, ::-1], mirror_labels(patch_labels)
    return Segment(patch, patch_labels, square.corners)


def zoom_segment(found: Segment, factor: float) -> Segment:
    """The segment in a window `factor` times as small, about the same middle.

    What a larger window would show besides is unknown.
    """
    if factor == 1:
        return found
    size = len(found.labels)
    at, known = warp.nearest_pixels((np.arange(size) + 0.5 - size / 2) / factor + size / 2 - 0.5, size)
    inside = known[:, None] & known[None, :]
    labels = np.where(inside, found.labels[at[:, None], at[None, :]], np.uint8(UNKNOWN))
    image = np.where(inside[..., None], found.image[at[:, None], at[None, :]], np.uint8(_NOTHING))
    x0, y0, x1, y1 = found.box
    x, y, half = (x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2 / factor
    return Segment(image, labels, (x - half, y - half, x + half, y + half))


def _cut_length(shown: np.ndarray, labels: np.ndarray, kind: Part) -> int:
    """How many pixels of ``bool[S, S]`` lie beside unknown ones."""
    unknown = (labels == UNKNOWN).astype(np.uint8)
    small = kind.window is not None
    rim = 0 if small else round(_RIM * len(labels))
    inner = slice(rim, len(labels) - rim)
    beside = cv2.dilate(unknown, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT, borderValue=int(small))
    return int(np.count_nonzero(shown[inner, inner] & (beside[inner, inner] > 0)))


def _middle(counts: np.ndarray, side: float) -> float:
    """Halfway between the first and the last column, or row, of the part; strays are left aside."""
    median = int(np.searchsorted(np.cumsum(counts), counts.sum() / 2))
    # What passes for a mouth at an eyebrow is further off than a window reaches.
    low = max(0, round(median - side / 2))
    near = np.cumsum(counts[low : round(median + side / 2) + 1])
    first, last = np.searchsorted(near, [_STRAY * near[-1], (1 - _STRAY) * near[-1]])
    return low + float(first + last) / 2


def _nearest(labels: np.ndarray, square: Box) -> np.ndarray:
    """``uint8[PATCH_SIZE, PATCH_SIZE]`` of the labels under an upright square; UNKNOWN beyond the map."""
    x0, y0, _, _ = square.corners
    steps = (np.arange(PATCH_SIZE) + 0.5) * (square.side / PATCH_SIZE)
    (rows, row_known), (columns, column_known) = (
        warp.nearest_pixels(low + steps, len(labels)) for low in (y0, x0)
    )
    known = row_known[:, None] & column_known[None, :]
    return np.where(known, labels[rows[:, None], columns[None, :]], np.uint8(UNKNOWN))


def _comprised(part: str) -> np.ndarray:
    """``bool[256]``: which values of a label map belong to the part."""
    table = np.zeros(256, bool)
    table[[CLASSES.index(label) for label in LABELS[part]]] = True
    return table


_COMPRISED: Final = {part: _comprised(part) for part in PARTS}

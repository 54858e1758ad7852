"""A face in flat colours that the detector takes for one, and a parser that reads its colours."""

import functools

import cv2
import numpy as np

from emojax.avatar.faces.detection import Box
from emojax.data.faces.labels import CLASSES

# The detector sees how light they are. The hues are far apart, so that no border between two parts
# is blurred into the colour of a third.
COLORS = {
    "background": (150, 170, 185),
    "skin": (226, 180, 150),
    "left brow": (90, 20, 120),
    "right brow": (20, 60, 110),
    "left eye": (30, 34, 40),
    "right eye": (0, 60, 0),
    "nose": (110, 190, 170),
    "mouth": (60, 0, 200),
    "upper lip": (190, 50, 160),
    "lower lip": (200, 60, 220),
    "neck": (200, 170, 60),
    "cloth": (60, 90, 160),
    "hair": (96, 68, 52),
    "eyeglasses": (20, 110, 30),
}
SIDE = 512
"""Of the portrait, whose eyes and mouth are where those of CelebA-HQ's portraits do on average."""

# Where each part is: label, middle, half axes.
_ELLIPSES = (
    ("hair", (256, 245), (170, 205)),
    ("neck", (256, 470), (70, 90)),
    ("cloth", (256, 560), (230, 90)),
    ("skin", (256, 290), (135, 165)),
    ("left brow", (321, 212), (36, 8)),
    ("right brow", (191, 212), (36, 8)),
    ("left eye", (320, 243), (25, 11)),
    ("right eye", (192, 243), (25, 11)),
    ("nose", (256, 295), (22, 26)),
    ("upper lip", (256, 381), (42, 10)),
    ("lower lip", (256, 397), (36, 11)),
)


def portrait(*, without: tuple[str, ...] = (), sunglasses: bool = False) -> np.ndarray:
    """``uint8[512, 512, 3]``."""
    pixels = np.full((SIDE, SIDE, 3), COLORS["background"], np.uint8)
    for label, middle, axes in _ELLIPSES:
        if label not in without:
            cv2.ellipse(pixels, middle, axes, 0, 0, 360, COLORS[label], -1)
    if sunglasses:
        for x in (192, 320):
            cv2.ellipse(pixels, (x, 247), (46, 34), 0, 0, 360, COLORS["eyeglasses"], -1)
        cv2.line(pixels, (192, 240), (320, 240), COLORS["eyeglasses"], 10)
    return pixels


def on_photo(photo: np.ndarray, square: Box, picture: np.ndarray | None = None) -> np.ndarray:
    """`photo` with a portrait in `square`, smooth at any scale."""
    picture = portrait() if picture is None else picture
    height, width = photo.shape[:2]
    step = square.axis * square.side / SIDE
    corner = complex(square.x, square.y) - step * complex(SIDE - 1, SIDE - 1) / 2
    matrix = np.asarray([[step.real, -step.imag, corner.real], [step.imag, step.real, corner.imag]])
    fine = cv2.GaussianBlur(picture, (0, 0), max(0.5 / abs(step), 0.3))
    pasted = cv2.warpAffine(fine, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.ones((SIDE, SIDE), np.uint8), matrix, (width, height))[..., None]
    return np.where(inside > 0, pasted, photo)


def empty_photo(height: int = 600, width: int = 800) -> np.ndarray:
    return np.full((height, width, 3), COLORS["background"], np.uint8)


class ColorParser:
    """Labels a pixel by the nearest of `COLORS`."""

    def label_maps(self, images: np.ndarray) -> np.ndarray:
        red, green, blue = np.moveaxis(images >> 3, -1, 0)
        return _nearest_colors()[red, green, blue]


@functools.cache
def _nearest_colors() -> np.ndarray:
    """``uint8[32, 32, 32]``: the labels of colours, of which the upper five bits count."""
    grid = np.stack(np.meshgrid(*[np.arange(4, 256, 8)] * 3, indexing="ij"), -1)
    distance = np.square(grid[..., None, :] - np.asarray(list(COLORS.values()))).sum(-1)
    return np.asarray([CLASSES.index(label) for label in COLORS], np.uint8)[distance.argmin(-1)]

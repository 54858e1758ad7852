"""Drawn avatars as photos in which every label has a colour, and a parser that reads these."""

import dataclasses

import cv2
import numpy as np
import pytest

from emojax.avatar.faces import crop
from emojax.avatar.faces.detection import Box
from emojax.avatar.styles.composition import label_map
from emojax.avatar.styles.style import Style
from emojax.data.faces.labels import CLASSES

# Far apart, so that no border between two labels is blurred into the colour of a third.
_LEVELS = np.asarray([0, 95, 190])
_COLORS = np.stack(np.meshgrid(_LEVELS, _LEVELS, _LEVELS, indexing="ij"), -1).reshape(-1, 3)
CODES = _COLORS[: len(CLASSES)]

# From a byte to the nearest level, and from three levels to the label of the nearest code.
_LEVEL = np.abs(np.arange(256)[:, None] - _LEVELS).argmin(1).astype(np.uint8)
_LABEL = np.abs(_COLORS[:, None] - CODES).sum(-1).argmin(-1).astype(np.uint8)


def photo(style: Style, choice: dict[str, str], *, side: int = 612) -> np.ndarray:
    """``uint8[side, side, 3]``: the avatar's label map in the face frame, in code."""
    labels = label_map(style, choice)
    large = cv2.resize(labels, (side, side), interpolation=cv2.INTER_NEAREST)
    return CODES[large].astype(np.uint8)


@dataclasses.dataclass(frozen=True)
class ReadsCode:
    """Takes the place of a `FaceParser`."""

    batch_size: int = 1
    digest: str = "reads code"

    def label_maps(self, images: np.ndarray) -> np.ndarray:
        red, green, blue = np.moveaxis(_LEVEL[images], -1, 0)
        return _LABEL[9 * red + 3 * green + blue]


def use_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has photos of one avatar, which no detector knows, found at once; other photos show nobody."""

    def find_portrait(pixels: np.ndarray) -> Box | None:
        side = len(pixels)
        alone = pixels.shape[:2] == (side, side) and (pixels != CODES[0]).any()
        return Box((side - 1) / 2, (side - 1) / 2, side, score=1.0).moved(0, 0.05, 0.65) if alone else None

    monkeypatch.setattr(crop, "find_portrait", find_portrait)
    monkeypatch.setattr(crop, "find_faces", lambda pixels, *angles: [])

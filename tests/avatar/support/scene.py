"""Portraits of flat areas, for tests of measured colours."""

from typing import Any

import numpy as np
from avatar.support.label_maps import SIDE, blank

from emojax.avatar.reading import colors
from emojax.data.faces.labels import CLASSES
from emojax.media.color import lab_to_srgb, srgb_to_lab

Color = tuple[int, int, int]
RED, BLUE, WHITE, BLACK = (200, 40, 40), (40, 60, 200), (250, 250, 250), (10, 10, 10)


def grey(level: int) -> Color:
    return (level, level, level)


def lab_of(color: Color) -> np.ndarray:
    """CIELAB ``float64[3]``."""
    return srgb_to_lab(np.asarray(color) / 255.0)


def color_of(lab: tuple[float, float, float]) -> Color:
    """The nearest colour of 8 bits."""
    red, green, blue = np.rint(255 * lab_to_srgb(np.asarray(lab))).astype(int).tolist()
    return (red, green, blue)


class Scene:
    """A portrait of flat areas on grey, with a neck of all colours in some columns on the right: it is not
    monochrome."""

    def __init__(self, *, rest: str = "neck") -> None:
        self.pixels = np.full((SIDE, SIDE, 3), 90, np.uint8)
        self.labels = blank()
        self.beard = np.zeros((SIDE, SIDE), bool)
        self.pixels[:, -20:] = np.random.default_rng(0).integers(0, 256, (SIDE, 20, 3))
        self.labels[:, -20:] = CLASSES.index(rest)

    def add(
        self, name: str, count: int, color: Any, *, top: int = 0, left: int = 10, width: int = 40
    ) -> "Scene":
        """Labels `count` pixels, row by row from (top, left) on, and paints them."""
        rows, columns = np.divmod(np.arange(count), width)
        self.labels[top + rows, left + columns] = CLASSES.index(name)
        self.pixels[top + rows, left + columns] = color
        return self

    def measure(self) -> colors.Measured:
        return colors.measure(self.pixels, self.labels, beard=self.beard)

"""Label maps painted to the pixel, for tests of thresholds."""

import numpy as np

from emojax.data.faces.labels import CLASSES

SIDE = 306


def blank(name: str = "background", side: int = SIDE) -> np.ndarray:
    """``uint8[side, side]`` of one label."""
    return np.full((side, side), CLASSES.index(name), np.uint8)


def fill(
    labels: np.ndarray, name: str, count: int, *, top: int = 0, left: int = 0, width: int = SIDE
) -> np.ndarray:
    """A copy with exactly `count` pixels of a label, row by row from (top, left) on, `width` to a row."""
    rows, columns = np.divmod(np.arange(count), width)
    filled = labels.copy()
    filled[top + rows, left + columns] = CLASSES.index(name)
    return filled


def paint(**areas: tuple[slice, slice] | list[tuple[slice, slice]]) -> np.ndarray:
    """``uint8[306, 306]`` background with rectangles of labels; ``left_eye`` paints "left eye"."""
    labels = blank()
    for name, places in areas.items():
        for place in places if isinstance(places, list) else [places]:
            labels[place] = CLASSES.index(name.replace("_", " "))
    return labels

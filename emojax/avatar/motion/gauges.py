"""How a face moves, measured on its label map: eyes' opening and gaze, brows' height, the mouth."""

from typing import Final, NamedTuple

import numpy as np

from emojax.data.faces.labels import CLASSES

_ROWS: Final = slice(96, 288)
_COLUMNS: Final = slice(60, 246)
"""The window of the frame that holds brows, eyes and mouth of every aligned face. Smaller: raised brows and
wide mouths are cut off. Larger: slower, and stray labels of other people count."""

_MIN_EYE: Final = 20
_MIN_PART: Final = 60
"""Pixels of an eye, and of brows or a mouth, below which it is hidden. Smaller: specks are measured. Larger:
closed eyes and thin lips are not."""

_MIN_OPEN: Final = 5.5
"""Rows of an eye from which on its gaze can be seen. Smaller: lashes are taken for a pupil. Larger: narrow
eyes never look aside."""

_DARK: Final = 0.6
"""Quantile of an eye's luma below which pixels count for its pupil, the darker the more. Smaller: a lash or a
shadow is the pupil. Larger: the white of the eye counts."""

_INSIDE, _UPPER, _LOWER = (CLASSES.index(name) for name in ("mouth", "upper lip", "lower lip"))


class Gauges(NamedTuple):
    """Measures in pixels of the face frame of 306; NaN where something is hidden.

    Attributes:
      left, right: rows of either eye that are open, at its middle.
      gaze_right, gaze_down: how far the pupils are from the middle of their eyes, of the picture.
      brows: by how much the brows are higher than the eyes.
      mouth_x, mouth_y: the middle of the mouth, lips included.
      mouth_width, mouth_height: of its bounding box.
      gap: rows between the lips, at the middle.
      corners: by how much the mouth's corners are higher than its middle.
    """

    left: float
    right: float
    gaze_right: float
    gaze_down: float
    brows: float
    mouth_x: float
    mouth_y: float
    mouth_width: float
    mouth_height: float
    gap: float
    corners: float


HIDDEN: Final = Gauges(*[float("nan")] * len(Gauges._fields))


def measure(pixels: np.ndarray, labels: np.ndarray) -> Gauges:
    """Measures an aligned face.

    Args:
      pixels: ``uint8[306, 306, 3]``.
      labels: ``uint8[306, 306]``, indices into `CLASSES`, or `UNKNOWN`.
    """
    labels = labels[_ROWS, _COLUMNS]
    eyes = [_eye(pixels[_ROWS, _COLUMNS], labels, side) for side in ("left", "right")]
    shades = np.count_nonzero(labels == CLASSES.index("eyeglasses")) > 900
    opening = [0.0 if eye is None and not shades else np.nan if eye is None else eye.opening for eye in eyes]
    seen = [eye for eye in eyes if eye is not None]
    looking = [eye for eye in seen if eye.opening >= _MIN_OPEN]
    values: list[float] = [
        *opening,
        _mean([eye.right for eye in looking]),
        _mean([eye.down for eye in looking]),
        _brows(labels, [eye.y for eye in seen]),
        *_mouth(labels),
    ]
    return Gauges(*values)


class _Eye(NamedTuple):
    y: float
    opening: float
    right: float
    down: float


def _eye(pixels: np.ndarray, labels: np.ndarray, side: str) -> _Eye | None:
    rows, columns = np.nonzero(labels == CLASSES.index(f"{side} eye"))
    if len(rows) < _MIN_EYE:
        return None
    first, last = np.quantile(columns, (0.03, 0.97))
    middle = (first + last) / 2
    near = np.abs(columns - middle) <= max((last - first) / 6, 1)
    if not near.any():  # two specks, and nothing between
        return None
    opening = np.count_nonzero(near) / len(np.unique(columns[near]))
    luma = pixels[rows, columns].astype(np.float32).sum(-1)
    dark = np.maximum(np.quantile(luma, _DARK) - luma, 0) + 1e-3
    right, down = float(np.average(columns, weights=dark)), float(np.average(rows, weights=dark))
    return _Eye(float(rows.mean()), float(opening), right - float(middle), down - float(rows[near].mean()))


def _brows(labels: np.ndarray, eyes: list[float]) -> float:
    rows, _ = np.nonzero((labels == CLASSES.index("left brow")) | (labels == CLASSES.index("right brow")))
    return float(np.mean(eyes) - rows.mean()) if eyes and len(rows) >= _MIN_PART else float("nan")


def _mouth(labels: np.ndarray) -> tuple[float, ...]:
    inside = labels == _INSIDE
    rows, columns = np.nonzero(inside | (labels == _UPPER) | (labels == _LOWER))
    if len(rows) < _MIN_PART:
        return (float("nan"),) * 6
    # Quantiles, because what a parser strews beside a mouth would make it as wide as the face.
    (left, right), (top, bottom) = (np.quantile(at, (0.01, 0.99)) for at in (columns, rows))
    width = float(right - left) + 1
    near = slice(round((left + right) / 2 - width / 8), round((left + right) / 2 + width / 8) + 1)
    gap = np.count_nonzero(inside[:, near]) / max(near.stop - near.start, 1)
    return (
        float(left + right) / 2 + _COLUMNS.start,
        float(top + bottom) / 2 + _ROWS.start,
        width,
        float(bottom - top) + 1,
        float(gap),
        _corners(rows, columns),
    )


def _corners(rows: np.ndarray, columns: np.ndarray) -> float:
    """Rows by which the ends of the mouth are higher than its middle."""
    low, high = np.quantile(columns, (0.06, 0.94))
    near = np.abs(columns - (low + high) / 2) < 0.15 * (high - low)
    ends = (columns <= low) | (columns >= high)
    return float(rows[near].mean() - rows[ends].mean()) if near.any() else float("nan")


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")

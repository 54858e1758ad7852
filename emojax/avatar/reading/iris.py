"""The colour of the irises: of a ring around each pupil, in light that makes the eyes' whites look white."""

from typing import Final

import cv2
import numpy as np

from emojax.data.faces.labels import CLASSES

_MIN_EYE: Final = 120
_MIN_INNER: Final = 60

_PUPIL_SHARE: Final = 0.3

_RING: Final = (0.08, 0.2)
_WHITE_FROM: Final = 0.28

_MIN_RING: Final = 20
_MIN_WHITE: Final = 10

_MIN_CONTRAST: Final = 8.0

_RING_QUANTILES: Final = (0.4, 0.9)

_WHITE_QUANTILE: Final = 0.8
_LIT_WHITE: Final = 85.0
_MAX_BRIGHTENING: Final = 1.5


def measure_iris(lab: np.ndarray, labels: np.ndarray) -> np.ndarray | None:
    """The irises' colour; None where an iris or the white beside it cannot be seen.

    Args:
      lab: CIELAB ``float64[306, 306, 3]``.
      labels: ``uint8[306, 306]``, indices into `CLASSES`, or `UNKNOWN`.

    Returns:
      CIELAB ``float64[3]``.
    """
    rings, whites = [], []
    for name in ("left eye", "right eye"):
        mask = labels == CLASSES.index(name)
        rows, columns = np.nonzero(mask)
        if len(rows) < _MIN_EYE:
            continue
        # Without the lashes, which are labelled as the eye's first and last rows.
        inside = cv2.erode(mask.astype(np.uint8), np.ones((3, 1), np.uint8)) > 0
        rows, columns = np.nonzero(inside if np.count_nonzero(inside) > _MIN_INNER else mask)
        pixels = lab[rows, columns]
        width = float(np.ptp(columns)) + 1
        dark = pixels[:, 0] <= np.quantile(pixels[:, 0], _PUPIL_SHARE)
        pupil = np.median(columns[dark]), np.median(rows[dark])
        radius = np.hypot(columns - pupil[0], rows - pupil[1]) / width
        rings.append(pixels[(radius > _RING[0]) & (radius < _RING[1])])
        whites.append(pixels[radius > _WHITE_FROM])
    if not rings or min(map(len, rings)) < _MIN_RING or min(map(len, whites)) < _MIN_WHITE:
        return None
    ring, white = np.concatenate(rings), np.concatenate(whites)
    if np.median(white[:, 0]) - np.median(ring[:, 0]) < _MIN_CONTRAST:
        return None
    low, high = np.quantile(ring[:, 0], _RING_QUANTILES)
    color = np.median(ring[(ring[:, 0] >= low) & (ring[:, 0] <= high)], axis=0)
    # Lids and lashes shade an eye: it is brightened until its white would look white.
    factor = np.clip(
        (_LIT_WHITE + 16) / (np.quantile(white[:, 0], _WHITE_QUANTILE) + 16), 1.0, _MAX_BRIGHTENING
    )
    return brighten(color, float(factor))


def brighten(lab: np.ndarray, factor: float) -> np.ndarray:
    """A CIELAB colour ``float[3]`` in light that is the cube of `factor` times as bright."""
    black = np.array([16.0, 0.0, 0.0])  # XYZ^(1/3) is linear in L + 16, a and b
    return (lab + black) * factor - black

"""The colour of the irises: of a ring around each pupil, in light that makes the eyes' whites look white."""

from typing import Final

import cv2
import numpy as np

from emojax.data.faces.labels import CLASSES

# The figures were measured on 247 portraits of CelebAMask-HQ whose IDs do not match ^[01], with the labels of
# the parser that ships: of 224 an iris is measured. For its true colour there are no labels; ΔE is CIEDE2000
# between what is measured with a constant and with the changed one, the median unless another is named.

# Pixels of an eye, and of an eye without lashes. Smaller: closed eyes count. Larger: narrow ones do not (240:
# 109 irises), or lashes stay in (120: ΔE 1.4 in one of ten).
_MIN_EYE: Final = 120
_MIN_INNER: Final = 60

# Share of the eye's pixels, the darkest, whose middle is the pupil's. Smaller: a lash or a shadow is (0.15:
# ΔE 1.3). Larger: the shadow under the lid pulls it up (0.5: ΔE 1.3, 4.3 in one of ten).
_PUPIL_SHARE: Final = 0.3

# Distances from the pupil, in widths of the eye, between which the iris is. Inner one smaller: the pupil
# darkens it (0.04: ΔE 0.9). Larger: fewer irises (0.12: 205). Outer one smaller: fewer irises (0.16: 214, ΔE
# 2.2). Larger: white brightens it (0.28: ΔE 4.1).
_RING: Final = (0.08, 0.2)
# Distance from which on the white is. Smaller: the iris's rim counts as white (0.2: 213 irises). Larger: only
# the corners count, which are red or in shadow (0.4: ΔE 3.6 in one of ten).
_WHITE_FROM: Final = 0.28

# Pixels of each eye's ring and white. Smaller: slits count. Larger: fewer irises (ring 40: 169; white 40:
# 196).
_MIN_RING: Final = 20
_MIN_WHITE: Final = 10

# CIELAB lightness by which the white exceeds the iris. Smaller: eyes in shadow count, where both are grey (0:
# 235 irises). Larger: light irises do not (16: 199).
_MIN_CONTRAST: Final = 8.0

# Quantiles of the ring's lightness between which pixels count. Lower: lashes and the pupil's rim (0 to 0.5:
# ΔE 8.7). Higher: catchlights (0.6 to 1: ΔE 3.8).
_RING_QUANTILES: Final = (0.4, 0.9)

# Quantile of the white's lightness, the lightness it has in full light, and the most that an iris is
# brightened to make up for the difference. Quantile smaller, lightness or most larger: irises become too
# light (0.5: ΔE 5.1; 100: 5.6; most 2.5: 3.7 in one of ten). The opposite: brown and blue both are nearly
# black (0.95: 2.5; 70: 4.2; most 1: 6.2).
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

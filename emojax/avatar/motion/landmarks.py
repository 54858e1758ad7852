"""A person's own landmarks: where eyes, brows, nose and mouth are in the portrait, and how they have moved.

`faces.alignment` fits a portrait's square to any face by the means of many. Once a face is known, its own
landmarks fit better: they hardly tremble, and do not mind that eyes close or that a mouth opens.
"""

from typing import Final

import numpy as np

from emojax.data.faces.labels import CLASSES

_PARTS: Final = (
    (("left eye",), 1.0),
    (("right eye",), 1.0),
    (("nose",), 1.0),
    (("left brow",), 0.25),
    (("right brow",), 0.25),
    (("mouth", "upper lip", "lower lip"), 0.4),
)
"""Labels of each landmark and its weight. Brows and mouths move on a still face: with larger weights a
laugh moves the head, with smaller ones a face behind dark glasses has too few."""

_WEIGHTS: Final = np.asarray([weight for _, weight in _PARTS])
_TABLE: Final = np.full(256, len(_PARTS), np.uint8)
for _number, (_labels, _) in enumerate(_PARTS):
    _TABLE[[CLASSES.index(label) for label in _labels]] = _number

_WINDOW: Final = slice(72, 288)
"""Rows and columns of the frame with landmarks. Smaller: a face that has moved is cut off. Larger: slower."""

_NEAR: Final = 40.0
"""Pixels of the frame about a landmark's known place where its labels count. Smaller: a quick move is not
followed. Larger: what a parser strews elsewhere counts."""

_MIN_PIXELS: Final = 24
"""Of a landmark. Smaller: specks count. Larger: narrow eyes do not."""

_MIN_WEIGHT: Final = 1.3
"""Sum of the weights that must be visible: nose and mouth, or an eye and more. Smaller: a nose alone is a
face. Larger: who blinks is lost."""

_MAX_MISFIT: Final = 9.0
"""Root mean square distance, in pixels of the frame, of landmarks from where they should be. Smaller: a face
that turns aside is lost. Larger: any face is this one."""

_RENEWAL: Final = 0.04
"""Share by which the known places follow what is seen. Smaller: a head that turns slowly is lost. Larger: a
laugh moves the head."""


class Landmarks:
    """The places of one person's landmarks in pixels of the portrait, ``x + iy``; NaN where unknown."""

    def __init__(self) -> None:
        self.places = np.full(len(_PARTS), np.nan + 0j)

    def fit(self, labels: np.ndarray) -> tuple[complex, complex] | None:
        """Where a portrait's face is, by its labels ``uint8[306, 306]``.

        Returns:
          ``z`` and ``t``: what is at ``p`` in the person's portrait is at ``z p + t`` here. None if too few
          landmarks are visible, or they do not fit.
        """
        seen = measure(labels, self.places)
        known = ~np.isnan(seen) & ~np.isnan(self.places)
        if _WEIGHTS[known].sum() < _MIN_WEIGHT:
            return None
        w = _WEIGHTS[known] / _WEIGHTS[known].sum()
        p, q = self.places[known], seen[known]
        p_mean, q_mean = w @ p, w @ q
        # A complex factor rotates and scales in one product: least squares of q ≈ z p (Umeyama, 1991).
        z = (w * (p - p_mean).conj()) @ (q - q_mean) / max(float(w @ np.abs(p - p_mean) ** 2), 1e-9)
        misfit = np.sqrt(w @ np.abs(q - q_mean - z * (p - p_mean)) ** 2)
        if misfit > _MAX_MISFIT or abs(z) < 1e-3:
            return None
        t = q_mean - z * p_mean
        self._renew((seen - t) / z)
        return complex(z), complex(t)

    def learn(self, labels: np.ndarray, z: complex, t: complex) -> None:
        """Takes the places from labels of a face that is known to be at ``z p + t``."""
        self.places = (measure(labels, None) - t) / z

    def _renew(self, seen: np.ndarray) -> None:
        known = ~np.isnan(self.places)
        moved = self.places + _RENEWAL * (seen - self.places)
        self.places = np.where(np.isnan(seen), self.places, np.where(known, moved, seen))


def is_whole(labels: np.ndarray) -> bool:
    """Whether eyes, nose and mouth are all visible on ``uint8[306, 306]``, where a portrait has them."""
    left, right, nose, _, _, mouth = measure(labels, None)
    eyes = (left + right) / 2
    return bool(right.real < nose.real < left.real and eyes.imag < nose.imag < mouth.imag)


def measure(labels: np.ndarray, near: np.ndarray | None) -> np.ndarray:
    """The middle of each landmark on ``uint8[306, 306]``: ``complex[6]``, NaN for those that are not visible.

    Args:
      labels: of a portrait.
      near: about where they are; None, or NaN, is anywhere.
    """
    parts = _TABLE[labels[_WINDOW, _WINDOW]]
    rows, columns = np.nonzero(parts < len(_PARTS))
    which = parts[rows, columns]
    at = (columns + _WINDOW.start) + 1j * (rows + _WINDOW.start)
    if near is not None:
        apart = at - near[which]
        close = ~(np.maximum(np.abs(apart.real), np.abs(apart.imag)) > _NEAR)
        which, at = which[close], at[close]
    counts = np.bincount(which, minlength=len(_PARTS))
    sums = np.bincount(which, at.real, len(_PARTS)) + 1j * np.bincount(which, at.imag, len(_PARTS))
    return np.where(counts >= _MIN_PIXELS, sums / np.maximum(counts, 1), np.nan + 0j)

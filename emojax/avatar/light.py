"""The light on a photo: whether it has colour at all, and its cast."""

from typing import Final

import numpy as np

from emojax.data.face_parsing_source import CLASSES

_MONOCHROME: Final = 2.2
"""Root mean square of what lightness does not tell of chroma. Grey and sepia photos of CelebAMask-HQ's
people have at most 2, other photos of them at least 3.1, avatars 3.2."""

# Medians over CelebA-HQ's portraits of (a, b): what looks white in faces is a little warm.
_EYE_WHITE: Final = (5.7, 5.9)
_TEETH: Final = (5.7, 8.9)
_CAST_SHARE: Final = 0.5
_CAST_MOST: Final = 8.0
"""Share of a departure from them that is taken for the light's, and its most: some eyes are red."""


def is_monochrome(lab: np.ndarray) -> bool:
    """Whether chroma is a function of lightness in CIELAB ``float[N, 3]``: black and white, sepia, tinted."""
    if len(lab) < 1000:
        return False
    some = lab[:: max(1, len(lab) // 8000)]
    powers = (some[:, :1] / 100) ** np.arange(4)
    rest = some[:, 1:] - powers @ np.linalg.lstsq(powers, some[:, 1:], rcond=None)[0]
    return bool(np.sqrt((rest**2).sum(1).mean()) < _MONOCHROME)


def cast(lab: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """By how much (a, b) of eyes' whites and teeth exceeds what is usual, as far as that is sure.

    Args:
      lab: CIELAB ``float[S, S, 3]``.
      labels: ``uint8[S, S]`` of indices into `CLASSES`, or `UNKNOWN`.
    """
    departures = []
    for names, least, usual in (
        (("left eye", "right eye"), 120, _EYE_WHITE),
        (("mouth",), 150, _TEETH),
    ):
        pixels = lab[np.isin(labels, [CLASSES.index(name) for name in names])]
        if len(pixels) >= least:
            low, high = np.quantile(pixels[:, 0], (0.7, 0.95))
            white = np.median(pixels[(pixels[:, 0] >= low) & (pixels[:, 0] <= high)], axis=0)
            if white[0] > 35:
                departures.append(white[1:] - usual)
    if not departures:
        return (0.0, 0.0)
    departure = np.mean(departures, 0)
    size = float(np.hypot(*departure))
    taken = min(_CAST_MOST, _CAST_SHARE * size)
    a, b = departure * (taken / max(size, 1e-9))
    return (float(a), float(b))


def adapted(lab: np.ndarray, cast: tuple[float, float]) -> np.ndarray:
    """The colour when what looks like (65, a, b) of the cast is white: von Kries' rule in XYZ."""
    y, white = (lab[0] + 16) / 116, (65 + 16) / 116
    x = (y + lab[1] / 500) * white / (white + cast[0] / 500)
    z = (y - lab[2] / 200) * white / (white - cast[1] / 200)
    return np.array([lab[0], 500 * (x - y), 200 * (y - z)])

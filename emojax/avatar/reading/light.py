"""The light on a photo: whether it has colour at all, its cast and how strong it is."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from emojax.data.faces.labels import CLASSES

_MONOCHROME: Final = 2.2
"""Root mean square of what lightness does not tell of chroma. Grey and sepia photos of CelebAMask-HQ's
people have at most 2, other photos of them at least 3.1, avatars 3.2."""

# Medians over CelebA-HQ's portraits of (a, b): what looks white in faces is a little warm.
_EYE_WHITE: Final = (5.7, 5.9)
_TEETH: Final = (5.7, 8.9)
_CAST_SHARE: Final = 0.5
_CAST_MOST: Final = 8.0
"""Share of a departure from them that is taken for the light's, and its most: some eyes are red."""


_WHITE_LIGHTNESS: Final = {"eyes": 61.0, "teeth": 80.5}
_WHITE: Final = 0.9
"""Median lightness of eyes' and of teeth's white in these portraits, and the quantile that it is of all that
is labelled so."""

_EXPOSURE_SHARE: Final = 0.6
_EXPOSURE_MOST: Final = 1.15
"""How much of a darker white is taken for a dark photo's, and the most: eyes lie in shadow."""

# (L, a, b) of CelebA-HQ's faces and hair, for photos without chroma. Light hair is as likely grey as blond.
_SKIN_TONES: Final = np.array(
    [
        [8, 4, 6],
        [30, 11, 16],
        [40, 17, 21],
        [51, 17, 21.5],
        [60, 17, 20],
        [69, 15.5, 19],
        [78, 12, 16.5],
        [95, 3, 8],
    ]
)
_HAIR_TONES: Final = np.array(
    [[0, 0, 0], [8, 1.5, 2], [19, 6, 9], [30, 8, 14], [42, 7, 14], [60, 3, 8], [80, 0, 3]]
)


def estimate_exposure(lab: np.ndarray, labels: np.ndarray) -> float:
    """The factor of L + 16, 1 or more, that would make a dark photo as bright as most.

    Args:
      lab: CIELAB ``float[S, S, 3]``.
      labels: ``uint8[S, S]`` of indices into `CLASSES`, or `UNKNOWN`.
    """
    factors = []
    for what, names, least in (("eyes", ("left eye", "right eye"), 120), ("teeth", ("mouth",), 150)):
        pixels = lab[np.isin(labels, [CLASSES.index(name) for name in names])]
        if len(pixels) >= least:
            white = float(np.quantile(pixels[:, 0], _WHITE))
            factors.append((_WHITE_LIGHTNESS[what] + 16) / (white + 16))
    if not factors:
        return 1.0
    usual = float(np.exp(np.mean(np.log(factors)))) ** _EXPOSURE_SHARE
    return min(max(usual, 1.0), _EXPOSURE_MOST)


def is_monochrome(lab: np.ndarray) -> bool:
    """Whether chroma is a function of lightness in CIELAB ``float[N, 3]``: black and white, sepia, tinted."""
    if len(lab) < 1000:
        return False
    some = lab[:: max(1, len(lab) // 8000)]
    powers = (some[:, :1] / 100) ** np.arange(4)
    rest = some[:, 1:] - powers @ np.linalg.lstsq(powers, some[:, 1:], rcond=None)[0]
    return bool(np.sqrt((rest**2).sum(1).mean()) < _MONOCHROME)


def estimate_cast(lab: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
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


def remove_cast(lab: np.ndarray, cast: tuple[float, float]) -> np.ndarray:
    """The colour when what looks like (65, a, b) of the cast is white: von Kries' rule in XYZ."""
    y, white = (lab[0] + 16) / 116, (65 + 16) / 116
    x = (y + lab[1] / 500) * white / (white + cast[0] / 500)
    z = (y - lab[2] / 200) * white / (white - cast[1] / 200)
    return np.array([lab[0], 500 * (x - y), 200 * (y - z)])


def restore_hues(seen: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Colours by palette slot as people have them, off those of a photo without chroma.

    Of skin and hair lightness tells the likeliest hue, of lips and eyes nothing; all else is grey.
    """
    colors = {}
    for slot, lab in seen.items():
        if slot in ("skin", "hair", "brows", "beard"):
            tones = _SKIN_TONES if slot == "skin" else _HAIR_TONES
            hue = [np.interp(lab[0], tones[:, 0], tones[:, k]) for k in (1, 2)]
            colors[slot] = np.array([lab[0], *hue])
        elif slot not in ("lips", "iris"):
            colors[slot] = np.array([lab[0], 0.0, 0.0])
    return colors

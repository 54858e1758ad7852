"""The light on a photo: whether the photo is monochrome, its colour cast and its exposure."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from emojax.data.faces.labels import CLASSES

# Figures without a source were measured on 247 portraits of CelebAMask-HQ whose IDs do not match ^[01].

# RMS residual, in CIELAB, of chroma regressed on lightness; below this a photo counts as monochrome. Of 740
# such portraits the two monochrome ones have 1.4 and the next 3.0; grey and sepia ones of the whole set have
# up to 2. Smaller: these count as coloured. Larger: the palest coloured photos count as monochrome.
_MAX_MONOCHROME_RMS: Final = 2.2

# Pixels needed for that, and those looked at. With fewer a small face may have one colour by chance; more
# only cost time.
_MIN_PIXELS: Final = 1000
_SAMPLES: Final = 8000


# Usual values are medians over CelebA-HQ's portraits. Smaller usual lightness: fewer photos count as dark;
# larger: more. Usual chroma nearer to 0: faces are made bluer, as whites of eyes and teeth are a little warm.
# Areas: with 30 pixels closed eyes count, which changes 1 of 247 exposures; with 480, 85 of 247 portraits are
# judged by nothing, instead of 24.
class _White(NamedTuple):
    """Something that is nearly white in every face.

    Attributes:
      labels: of its pixels, and of darker ones.
      min_area: pixels of these labels from which on it is judged.
      lightness: usual L of its bright pixels, see `_EXPOSURE_QUANTILE`.
      chroma: usual (a, b) of its bright pixels, see `_CAST_QUANTILES`.
    """

    labels: tuple[str, ...]
    min_area: int
    lightness: float
    chroma: tuple[float, float]


_WHITES: Final = (
    _White(("left eye", "right eye"), 120, 61.0, (5.7, 5.9)),
    _White(("mouth",), 150, 80.5, (5.7, 8.9)),
)

# Quantile of lightness at which eyes and teeth are white. Smaller: it is that of irises and lips, and most
# photos are dark (0.7: 89 of 100, instead of 48). Larger: catchlights decide (0.98: 25 of 100).
_EXPOSURE_QUANTILE: Final = 0.9
# Power of the ratio to the usual white that is taken for the photo's exposure, and the largest factor; the
# rest is shadow on the eyes. Smaller: dark photos stay dark. Larger: dark skin is brightened like a dark
# photo. The rank correlation of skin's lightness with the Monk tone labelled by eye, -0.585 without any
# exposure, is -0.546 at a power of 0.3, -0.524 at 0.6, -0.509 at 1; -0.578 with 1.05 at most and -0.457 with
# 1.4.
_EXPOSURE_SHARE: Final = 0.6
_MAX_EXPOSURE: Final = 1.15

# Quantiles of lightness between which eyes and teeth are white. Lower: irises and gums count, and the spread
# of skins' (a, b), which a cast widens, falls less (0.4 to 0.7: from 5.8, 8.9 to 5.4, 8.0, instead of 5.0,
# 7.5). Higher, 0.9 to 1, is as good on these; catchlights have the lamp's colour, not the scene's.
_CAST_QUANTILES: Final = (0.7, 0.95)
# Lightness above which a white is believed. Smaller: eyes in deep shadow count (0: median cast 3.0, instead
# of 2.7). Larger: casts of dark photos stay (55: 2.3).
_MIN_WHITE_LIGHTNESS: Final = 35.0
# Share of the departure from the usual white that is removed, and its largest size in CIELAB. Smaller: casts
# stay (share 0.25: spread 5.3, 8.1; size 4: 5.2, 7.9). Larger: red eyes and yellow teeth tint the skin (share
# 1: 5.2, 7.3, redness more spread than at 0.5).
_CAST_SHARE: Final = 0.5
_MAX_CAST: Final = 8.0
# Lightness of the white that is made neutral. The same cast weighs more in a darker white: with 45 colours
# shift further, with 85 less.
_CAST_LIGHTNESS: Final = 65.0

# (L, a, b): medians of faces' skin and hair in CelebA-HQ, for photos without chroma; between them hues are
# interpolated. Light hair is as likely grey as blond, so its chroma is low: larger makes grey hair blond,
# smaller makes blond hair grey.
_SKIN_HUES: Final = np.array(
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
_HAIR_HUES: Final = np.array(
    [[0, 0, 0], [8, 1.5, 2], [19, 6, 9], [30, 8, 14], [42, 7, 14], [60, 3, 8], [80, 0, 3]]
)


def estimate_exposure(lab: np.ndarray, labels: np.ndarray) -> float:
    """The factor of L + 16, 1 or more, that would make a dark photo as bright as most.

    Args:
      lab: CIELAB ``float[S, S, 3]``.
      labels: ``uint8[S, S]``, indices into `CLASSES`, or `UNKNOWN`.
    """
    factors = []
    for white in _WHITES:
        pixels = _pixels(lab, labels, white)
        if len(pixels) >= white.min_area:
            lightness = float(np.quantile(pixels[:, 0], _EXPOSURE_QUANTILE))
            factors.append((white.lightness + 16) / (lightness + 16))
    if not factors:
        return 1.0
    mean = float(np.exp(np.mean(np.log(factors)))) ** _EXPOSURE_SHARE
    return min(max(mean, 1.0), _MAX_EXPOSURE)


def is_monochrome(lab: np.ndarray) -> bool:
    """Whether chroma is a function of lightness in CIELAB ``float[N, 3]``: black and white, sepia, tinted.

    (a, b) are regressed on powers of L up to the third; what counts is the RMS residual.
    """
    if len(lab) < _MIN_PIXELS:
        return False
    some = lab[:: max(1, len(lab) // _SAMPLES)]
    powers = (some[:, :1] / 100) ** np.arange(4)
    residual = some[:, 1:] - powers @ np.linalg.lstsq(powers, some[:, 1:], rcond=None)[0]
    return bool(np.sqrt((residual**2).sum(1).mean()) < _MAX_MONOCHROME_RMS)


def estimate_cast(lab: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """The colour cast (a, b): by how much eyes' whites and teeth exceed their usual (a, b), in part.

    Args:
      lab: CIELAB ``float[S, S, 3]``.
      labels: ``uint8[S, S]``, indices into `CLASSES`, or `UNKNOWN`.
    """
    departures = []
    for white in _WHITES:
        pixels = _pixels(lab, labels, white)
        if len(pixels) >= white.min_area:
            low, high = np.quantile(pixels[:, 0], _CAST_QUANTILES)
            color = np.median(pixels[(pixels[:, 0] >= low) & (pixels[:, 0] <= high)], axis=0)
            if color[0] > _MIN_WHITE_LIGHTNESS:
                departures.append(color[1:] - white.chroma)
    if not departures:
        return (0.0, 0.0)
    departure = np.mean(departures, 0)
    size = float(np.hypot(*departure))
    removed = min(_MAX_CAST, _CAST_SHARE * size)
    a, b = departure * (removed / max(size, 1e-9))
    return (float(a), float(b))


def remove_cast(lab: np.ndarray, cast: tuple[float, float]) -> np.ndarray:
    """A colour as it would be if (65, a, b) of the cast were white: von Kries' rule in XYZ.

    Args:
      lab: CIELAB ``float[3]``.
      cast: (a, b) of `estimate_cast`.

    Returns:
      CIELAB ``float64[3]``.
    """
    y, white = (lab[0] + 16) / 116, (_CAST_LIGHTNESS + 16) / 116
    x = (y + lab[1] / 500) * white / (white + cast[0] / 500)
    z = (y - lab[2] / 200) * white / (white - cast[1] / 200)
    return np.array([lab[0], 500 * (x - y), 200 * (y - z)])


def restore_hues(measured: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Likely colours of a person on a monochrome photo.

    Skin and hair get the usual hue for their lightness; lips and irises are left out; all else is grey.

    Args:
      measured: CIELAB ``float[3]`` by palette slot.
    """
    colors = {}
    for slot, lab in measured.items():
        if slot in ("skin", "hair", "brows", "beard"):
            hues = _SKIN_HUES if slot == "skin" else _HAIR_HUES
            hue = [np.interp(lab[0], hues[:, 0], hues[:, k]) for k in (1, 2)]
            colors[slot] = np.array([lab[0], *hue])
        elif slot not in ("lips", "iris"):
            colors[slot] = np.array([lab[0], 0.0, 0.0])
    return colors


def _pixels(lab: np.ndarray, labels: np.ndarray, white: _White) -> np.ndarray:
    return lab[np.isin(labels, [CLASSES.index(name) for name in white.labels])]

"""The colours of a person on a portrait, and the nearest that a style has.

A part's colour is what its well-lit pixels look like: not its shadows, not its highlights, nor where it
blends into its neighbours. The photo's cast is estimated from what is white in every face and taken back
in part: eyes and teeth are not quite white, and a warm skin must not be taken for a warm light.
"""

import dataclasses
from collections.abc import Mapping
from typing import Final, NamedTuple

import cv2
import numpy as np

from emojax.avatar.reading import facial_hair, light
from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.media.color import ciede2000, lab_to_srgb, srgb_to_lab, to_hex


class _Reading(NamedTuple):
    """How a slot is read: off which labels, from how many pixels on, and which quantiles of lightness
    are neither shadow nor highlight, nor skin that shines through."""

    labels: tuple[str, ...]
    least: int
    low: float
    high: float


_READINGS: Final[Mapping[str, _Reading]] = {
    "skin": _Reading(("skin",), 500, 0.1, 0.9),
    "hair": _Reading(("hair",), 400, 0.3, 0.9),
    "brows": _Reading(("left brow", "right brow"), 60, 0.05, 0.45),
    "lips": _Reading(("upper lip", "lower lip"), 80, 0.15, 0.85),
}

_BELOW_HAT: Final = 150
_LEAST_BELOW_HAT: Final = 120
"""Row of the frame, below the eyes, from which on hair is not in a brim's shadow, nor that brim taken for
hair; and the pixels that it takes to have a colour."""

_LEAST_BEARD: Final = 150
_LEAST_FRAME: Final = 60
_LEAST_DYED_THINGS: Final = 400
"""Pixels from which on a beard, glasses, or a hat and clothes have a colour."""

_SIDE_LIGHT: Final = 3.5
"""How far, in units of CIELAB, the lit half of a face may move its colour from the whole face's."""

_WELL_LIT: Final = 0.75
_MOST_LIT: Final = 1.1
"""Quantile of a skin's lightness that looks like its colour, where a median has half the shadows in it;
and the most that this makes the skin lighter."""

_LIT_WHITE: Final = 85.0
_MOST_BRIGHTER: Final = 1.5
"""Lightness of an eye's white in full light, and the most that an iris is made lighter to match."""


@dataclasses.dataclass(frozen=True)
class Measured:
    """Colours as they would be in neutral light.

    Attributes:
      lab: CIELAB ``float64[3]`` by palette slot; slots that do not show, or cannot be told, are missing.
      is_grey: the photo is black and white, or toned: skin and hair have their lightness from it and
        their hue from most people's, lips and eyes are missing, all else is grey.
      cast: how far (a, b) of the photo's white lay off; taken back in `lab`.
      exposure: by how many times its brightness the skin would be nearer to how people know it, in full
        light and without the shadows on it: a factor of L + 16, for `emojax.avatar.matching.colors.choose`.
        `lab` is what the photo shows.
    """

    lab: Mapping[str, np.ndarray]
    is_grey: bool
    cast: tuple[float, float]
    exposure: float = 1.0

    def as_hex(self) -> dict[str, str]:
        """``#rrggbb`` of each slot that was measured."""
        return {slot: to_hex(lab_to_srgb(lab)) for slot, lab in self.lab.items()}


def measure(crop: np.ndarray, labels: np.ndarray, *, beard: np.ndarray | None = None) -> Measured:
    """Reads the colours of an aligned portrait.

    Args:
      crop: ``uint8[306, 306, 3]``.
      labels: ``uint8[306, 306]`` of indices into `CLASSES`, or `UNKNOWN`.
      beard: ``bool[306, 306]``, skin that hair covers, as `facial_hair.find` finds it; looked for if
        it is None.
    """
    if beard is None:
        beard = facial_hair.find(crop, labels).covered
    lab = srgb_to_lab(crop / 255.0)
    found = {slot: _median(lab, _shown(labels, *r.labels) & ~beard, r) for slot, r in _READINGS.items()}
    found["skin"] = _skin(lab, _shown(labels, "skin") & ~beard)
    if (below := _below_hat(labels)) is not None:
        found["hair"] = _median(lab, below, _READINGS["hair"]._replace(least=_LEAST_BELOW_HAT))
    found["beard"] = _median(lab, beard, _Reading((), _LEAST_BEARD, 0.1, 0.5))
    found["iris"] = _iris(lab, labels)
    found["glasses"] = _frame(lab, _shown(labels, "eyeglasses"), found["skin"])
    for slot in ("hat", "cloth"):
        found[slot] = _dominant(lab, _shown(labels, slot))
    seen = {slot: color for slot, color in found.items() if color is not None}
    exposure = light.estimate_exposure(lab, labels) * _lit(
        lab, _shown(labels, "skin") & ~beard, found["skin"]
    )
    if light.is_monochrome(lab[(labels != CLASSES.index("background")) & (labels != UNKNOWN)]):
        return Measured(light.restore_hues(seen), True, (0.0, 0.0), exposure)
    cast = light.estimate_cast(lab, labels)
    adapted = {slot: light.remove_cast(color, cast) for slot, color in seen.items()}
    return Measured(adapted, False, cast, exposure)


def _shown(labels: np.ndarray, *names: str) -> np.ndarray:
    return np.isin(labels, [CLASSES.index(name) for name in names])


def _below_hat(labels: np.ndarray) -> np.ndarray | None:
    """Of a face under a hat the hair beside the cheeks; None where there is no hat, or too little hair."""
    hair = _shown(labels, "hair")
    hair[:_BELOW_HAT] = False
    worn = np.count_nonzero(_shown(labels, "hat")) >= _LEAST_DYED_THINGS
    return hair if worn and np.count_nonzero(hair) >= _LEAST_BELOW_HAT else None


def _inner(mask: np.ndarray, width: int) -> np.ndarray:
    """The mask without its border of that many pixels, or as it is where little would be left."""
    kernel = np.ones((2 * width + 1, 2 * width + 1), np.uint8)
    inner = cv2.erode(mask.astype(np.uint8), kernel, borderValue=1) > 0
    return inner if 4 * np.count_nonzero(inner) >= np.count_nonzero(mask) else mask


def _median(lab: np.ndarray, mask: np.ndarray, reading: _Reading) -> np.ndarray | None:
    if np.count_nonzero(mask) < reading.least:
        return None
    pixels = lab[_inner(mask, 2 if reading.least > 200 else 1)]
    low, high = np.quantile(pixels[:, 0], (reading.low, reading.high))
    return np.median(pixels[(pixels[:, 0] >= low) & (pixels[:, 0] <= high)], axis=0)


def _skin(lab: np.ndarray, mask: np.ndarray) -> np.ndarray | None:
    """Of a face that is lit from the side, more of the half in the light."""
    reading = _READINGS["skin"]
    whole = _median(lab, mask, reading)
    if whole is None:
        return None
    left = np.arange(mask.shape[1]) < np.median(np.nonzero(mask)[1])
    halves = [_median(lab, half, reading) for half in (mask & left, mask & ~left)]
    move = max((half for half in halves if half is not None), key=lambda half: half[0], default=whole) - whole
    return whole + move * min(1.0, _SIDE_LIGHT / max(float(np.linalg.norm(move)), 1e-9))


def _lit(lab: np.ndarray, mask: np.ndarray, skin: np.ndarray | None) -> float:
    """By how many times L + 16 of skin's well-lit part exceeds the measured colour's."""
    if skin is None:
        return 1.0
    lit = float(np.quantile(lab[mask][:, 0], _WELL_LIT))
    return min(max((lit + 16) / (float(skin[0]) + 16), 1.0), _MOST_LIT)


def _dominant(lab: np.ndarray, mask: np.ndarray) -> np.ndarray | None:
    """The commonest colour: the median of a shirt's stripes would be none of them."""
    if np.count_nonzero(mask) < _LEAST_DYED_THINGS:
        return None
    pixels = lab[_inner(mask, 3)]
    some = pixels[:: max(1, len(pixels) // 300)]
    apart = np.linalg.norm(some[:, None] - some[None], axis=-1)
    middle = some[int(np.argmax(np.exp(-((apart / 10) ** 2)).sum(1)))]
    return np.median(pixels[np.linalg.norm(pixels - middle, axis=-1) < 15], axis=0)


def _frame(lab: np.ndarray, mask: np.ndarray, skin: np.ndarray | None) -> np.ndarray | None:
    """Glasses' rims: what of their label's border is not skin. Through lenses one sees a face."""
    if np.count_nonzero(mask) < _LEAST_DYED_THINGS:
        return None
    kernel = np.ones((13, 13), np.uint8)
    rim = lab[mask & ~(cv2.erode(mask.astype(np.uint8), kernel) > 0)]
    if skin is not None:
        rim = rim[ciede2000(rim, skin) > 18]
    if len(rim) < _LEAST_FRAME:
        return None
    low, high = np.quantile(rim[:, 0], (0.1, 0.6))
    return np.median(rim[(rim[:, 0] >= low) & (rim[:, 0] <= high)], axis=0)


def _iris(lab: np.ndarray, labels: np.ndarray) -> np.ndarray | None:
    """The ring about each eye's darkest place, where both it and the white beside it are to be seen."""
    rings, whites = [], []
    for name in ("left eye", "right eye"):
        mask = _shown(labels, name)
        rows, columns = np.nonzero(mask)
        if len(rows) < 120:
            continue
        inside = cv2.erode(mask.astype(np.uint8), np.ones((3, 1), np.uint8)) > 0
        rows, columns = np.nonzero(inside if np.count_nonzero(inside) > 60 else mask)
        pixels = lab[rows, columns]
        width = float(np.ptp(columns)) + 1
        dark = pixels[:, 0] <= np.quantile(pixels[:, 0], 0.3)
        middle = np.median(columns[dark]), np.median(rows[dark])
        far = np.hypot(columns - middle[0], rows - middle[1]) / width
        rings.append(pixels[(far > 0.08) & (far < 0.2)])
        whites.append(pixels[far > 0.28])
    if not rings or min(len(ring) for ring in rings) < 20 or min(len(white) for white in whites) < 10:
        return None
    ring, white = np.concatenate(rings), np.concatenate(whites)
    if np.median(white[:, 0]) - np.median(ring[:, 0]) < 8:
        return None
    low, high = np.quantile(ring[:, 0], (0.4, 0.9))
    color = np.median(ring[(ring[:, 0] >= low) & (ring[:, 0] <= high)], axis=0)
    # Eyes lie in the shadow of lids and lashes: lit as their whites would have to be to look white.
    factor = np.clip((_LIT_WHITE + 16) / (np.quantile(white[:, 0], 0.8) + 16), 1.0, _MOST_BRIGHTER)
    return brighten(color, float(factor))


def brighten(lab: np.ndarray, factor: float) -> np.ndarray:
    """The colour in light that is the cube of `factor` times as bright."""
    black = np.array([16.0, 0.0, 0.0])  # XYZ scales so about it
    return (lab + black) * factor - black

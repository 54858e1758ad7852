"""Ears and clothes: the little that a portrait shows of them, which is more than nothing."""

from typing import Final, Literal

import cv2
import numpy as np

from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.media.color import srgb_to_lab

Ears = Literal["plain", "small", "large", "studs", "hoops"]
Clothes = Literal["crew", "v-neck", "shirt", "turtleneck", "blazer", "suit", "straps"]

_MIN_EAR: Final = 150
_SMALL_EAR: Final = 380
_LARGE_EAR: Final = 1350

_MIN_EARRING: Final = 60
_HOOP_AREA: Final = 300
_HOOP_HEIGHT: Final = 26

_BAND: Final = slice(286, 306)
_MIN_KNOWN: Final = 0.3
_MIN_CLOTH: Final = 0.06
_HIGH_CLOTH: Final = 0.6
_BARE_NECK: Final = 0.15
_BARE_SHOULDERS: Final = 0.45
_MIDDLE: Final = slice(138, 169)

_NARROW_ROWS: Final = 6
_NARROWING: Final = 0.75

_COLLAR_WIDTH: Final = 58
_MIN_COLLAR: Final = 60
_DARK: Final = 45.0
_WHITE_LIGHTNESS: Final = 68.0
_WHITE_CHROMA: Final = 16.0
_MIN_WHITE: Final = 0.3
_LIGHTER: Final = 18.0


def classify_ears(labels: np.ndarray) -> Ears:
    """How ears look on a label map ``uint8[306, 306]`` of the frame; plain if none is visible."""
    rings = (labels == CLASSES.index("earring")).astype(np.uint8)
    if (area := np.count_nonzero(rings)) >= _MIN_EARRING:
        tallest = cv2.connectedComponentsWithStats(rings)[2][1:, cv2.CC_STAT_HEIGHT].max()
        return "hoops" if area >= _HOOP_AREA or tallest >= _HOOP_HEIGHT else "studs"
    larger = max(np.count_nonzero(labels == CLASSES.index(name)) for name in ("left ear", "right ear"))
    if larger < _MIN_EAR:
        return "plain"
    return "small" if larger < _SMALL_EAR else "large" if larger > _LARGE_EAR else "plain"


def classify_clothes(crop: np.ndarray, labels: np.ndarray) -> Clothes:
    """The neckline on a portrait; crew if it cannot be seen.

    Portraits end below the chin. Where the neck is bare down to there, the neckline is low: a v-neck's, or
    straps where shoulders are bare too. What narrows a neck so high up is a collar.

    Args:
      crop: ``uint8[306, 306, 3]``, sRGB.
      labels: ``uint8[306, 306]``, indices into `CLASSES`, or `UNKNOWN`.
    """
    band = labels[_BAND]
    known = np.count_nonzero(band != UNKNOWN)
    if known < _MIN_KNOWN * band.size:
        return "crew"
    cloth = band == CLASSES.index("cloth")
    neck = np.isin(band, [CLASSES.index(name) for name in ("neck", "necklace", "skin")])
    if np.count_nonzero(cloth) < _MIN_CLOTH * known:
        bare = np.count_nonzero(neck) / known
        return "straps" if bare > _BARE_SHOULDERS else "v-neck" if bare > _BARE_NECK else "crew"
    if np.mean(cloth[:, _MIDDLE]) > _HIGH_CLOTH:
        return "turtleneck"
    if (jacket := _classify_jacket(crop[_BAND], cloth)) is not None:
        return jacket
    upper, lower = np.count_nonzero(neck[:_NARROW_ROWS]), np.count_nonzero(neck[-_NARROW_ROWS:])
    return "shirt" if upper and lower < _NARROWING * upper else "crew"


def _classify_jacket(band: np.ndarray, cloth: np.ndarray) -> Literal["suit", "blazer"] | None:
    """Something dark over something lighter: a suit if the lighter is a white collar."""
    middle = cloth.shape[1] // 2
    inner = np.zeros_like(cloth)
    inner[:, middle - _COLLAR_WIDTH : middle + _COLLAR_WIDTH] = True
    collar, jacket = cloth & inner, cloth & ~inner
    if min(np.count_nonzero(collar), np.count_nonzero(jacket)) < _MIN_COLLAR:
        return None
    lab = srgb_to_lab(band / 255.0)
    lightness, chroma = lab[..., 0], np.hypot(lab[..., 1], lab[..., 2])
    if np.mean(lightness[jacket] < _DARK) <= 0.5:
        return None
    white = (lightness > _WHITE_LIGHTNESS) & (chroma < _WHITE_CHROMA)
    if np.mean(white[collar]) > _MIN_WHITE:
        return "suit"
    return "blazer" if np.median(lightness[collar]) - np.median(lightness[jacket]) > _LIGHTER else None

"""What is to be seen of ears and clothes: little, but more than nothing, at the borders of a portrait."""

from typing import Final, Literal

import cv2
import numpy as np

from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.media.color import srgb_to_lab

Ears = Literal["plain", "small", "large", "studs", "hoops"]
Clothes = Literal["crew", "v-neck", "shirt", "turtleneck", "blazer", "suit", "straps"]

_EAR: Final = (150, 380, 1350)
"""Pixels of the larger ear from which on it shows; below the second of which it is one of the smallest
fifth of those that show, and above the third of the largest."""

_STUD: Final = 60
_HOOP_AREA: Final = 300
_HOOP_HEIGHT: Final = 26
"""Pixels of earrings that are no specks, and of such as hang down."""

_BAND: Final = slice(286, 306)
"""Rows of the frame in which clothes begin: below the chin."""

_LEAST_KNOWN: Final = 0.3
_LEAST_CLOTH: Final = 0.06
_HIGH: Final = 0.6
_LOW: Final = 0.15
_BARE: Final = 0.45
"""Shares of the band: of it that must lie on the photo; of cloth that is more than specks; of cloth that
comes up to the chin; and, where there is no cloth, of a bare neck, and of one with shoulders, which are
wider."""

_MIDDLE: Final = slice(138, 169)
_COLLAR: Final = 58
"""Columns of the frame below the chin, and how far from the middle collars lie."""

_NARROWING: Final = 0.75
"""How wide the neck is at the band's lower end, next to its upper end, between collars that meet."""

_WHITE: Final = (68.0, 16.0)
_DARK: Final = 45.0
_LIGHTER: Final = 18.0
"""Least lightness and most chroma of a white collar, most lightness of a dark jacket, and by how much what
is worn under a jacket is lighter than that, in CIELAB."""


def classify_ears(labels: np.ndarray) -> Ears:
    """How ears look on a label map ``uint8[306, 306]`` of the frame; plain where none shows."""
    rings = (labels == CLASSES.index("earring")).astype(np.uint8)
    if (area := np.count_nonzero(rings)) >= _STUD:
        tallest = cv2.connectedComponentsWithStats(rings)[2][1:, cv2.CC_STAT_HEIGHT].max()
        return "hoops" if area >= _HOOP_AREA or tallest >= _HOOP_HEIGHT else "studs"
    largest = max(np.count_nonzero(labels == CLASSES.index(name)) for name in ("left ear", "right ear"))
    shown, small, large = _EAR
    if largest < shown:
        return "plain"
    return "small" if largest < small else "large" if largest > large else "plain"


def classify_clothes(crop: np.ndarray, labels: np.ndarray) -> Clothes:
    """The neckline on a portrait ``uint8[306, 306, 3]`` and its label map; crew where it cannot be told.

    Portraits end below the chin. Where the neck is bare down to there, the neckline is low: a v-neck's, or
    straps where shoulders are bare too. What narrows a neck so high up is a collar.
    """
    band = labels[_BAND]
    known = np.count_nonzero(band != UNKNOWN)
    if known < _LEAST_KNOWN * band.size:
        return "crew"
    cloth = band == CLASSES.index("cloth")
    neck = np.isin(band, [CLASSES.index(name) for name in ("neck", "necklace", "skin")])
    if np.count_nonzero(cloth) < _LEAST_CLOTH * known:
        bare = np.count_nonzero(neck) / known
        return "straps" if bare > _BARE else "v-neck" if bare > _LOW else "crew"
    if np.mean(cloth[:, _MIDDLE]) > _HIGH:
        return "turtleneck"
    if (jacket := _jacket(crop[_BAND], cloth)) is not None:
        return jacket
    upper, lower = (np.count_nonzero(neck[rows]) for rows in (slice(0, 6), slice(-6, None)))
    return "shirt" if upper and lower < _NARROWING * upper else "crew"


def _jacket(band: np.ndarray, cloth: np.ndarray) -> Literal["suit", "blazer"] | None:
    """What is dark, with something lighter under it: a suit if that is a white collar."""
    inner = np.zeros_like(cloth)
    inner[:, cloth.shape[1] // 2 - _COLLAR : cloth.shape[1] // 2 + _COLLAR] = True
    collar, jacket = cloth & inner, cloth & ~inner
    if min(np.count_nonzero(collar), np.count_nonzero(jacket)) < _STUD:
        return None
    lab = srgb_to_lab(band / 255.0)
    lightness = lab[..., 0]
    if np.mean(lightness[jacket] < _DARK) <= 0.5:
        return None
    white = (lightness > _WHITE[0]) & (np.hypot(lab[..., 1], lab[..., 2]) < _WHITE[1])
    if np.mean(white[collar]) > 0.3:
        return "suit"
    return "blazer" if np.median(lightness[collar]) - np.median(lightness[jacket]) > _LIGHTER else None

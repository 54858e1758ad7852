"""Ears and clothes: the little that a portrait shows of them, which is more than nothing."""

from typing import Final, Literal

import cv2
import numpy as np

from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.media.color import srgb_to_lab

Ears = Literal["plain", "small", "large", "studs", "hoops"]
Clothes = Literal["crew", "v-neck", "shirt", "turtleneck", "blazer", "suit", "straps"]

# Constants are in pixels, rows and columns of the frame of 306 pixels. The figures were measured on 740
# portraits of CelebAMask-HQ whose IDs do not match ^[01], with the labels of the parser that ships; earrings
# against those labelled by eye, for clothes there is no truth.

# Pixels of the larger ear: from which on it is visible, below which it is small, above which large.
# Smaller: slivers under hair are ears (75: 58 small ones, instead of 44); fewer are small (250: 21); more are
# large (1000: 197, instead of 104). Larger: half-hidden ears are plain (300: 15 small); more are small (550:
# 82); fewer are large (1800: 38).
_MIN_EAR: Final = 150
_SMALL_EAR: Final = 380
_LARGE_EAR: Final = 1350

# Pixels of earrings. 44 of 203 wearers are missed, 38 others wear some. Smaller: more false ones (15: 66).
# Larger: studs are missed (240: 85).
_MIN_EARRING: Final = 60
# Pixels of all earrings, and rows of the tallest, from which on they hang. 33 of 135 are missed, 27 others
# hang. Smaller: studs hang (150: 42 others; 13 rows: 56). Larger: small drops are studs (600: 35 missed; 52
# rows: 34).
_HOOP_AREA: Final = 300
_HOOP_HEIGHT: Final = 26

# Rows in which clothes begin, below the chin. From 276 on, chins are in them and pass for collars (97 of 740
# necklines change); from 296 on, collars' narrowing is out of them (105 change).
_BAND: Final = slice(286, 306)
# Share of the band that is on the photo. Smaller: a corner decides (0.1: 11 change). Larger: necklines of
# tight photos are all crew (0.9: 217 change).
_MIN_KNOWN: Final = 0.3
# Share of cloth that is more than specks. Smaller: straps and low necks are crew and shirt (0.02: 51 change).
# Larger: crew and shirt are low necks (0.2: 100 change).
_MIN_CLOTH: Final = 0.06
# Share of cloth below the chin that is a turtleneck. Smaller: crew and shirt become one (0.3: 62, instead of
# 41). Larger: scarves and loose ones are missed (0.9: 13).
_HIGH_CLOTH: Final = 0.6
# Shares of bare neck above which there is a neckline at all, and straps. Smaller: hair over the neck passes
# for a v-neck (0.05: 5 change); narrow necks are shoulders (0.3: 278 straps, instead of 93). Larger: long
# hair makes a crew neck (0.3: 60 change); straps are v-necks (0.55: 15 left).
_BARE_NECK: Final = 0.15
_BARE_SHOULDERS: Final = 0.45
# Columns below the chin. With half of them, or twice as many, 3 and 7 of 740 change.
_MIDDLE: Final = slice(138, 169)

# First and last rows of the band in which the neck's width is compared. Fewer: noise narrows it (3: 139
# shirts, instead of 119). More: the two overlap in what they show (10: 93).
_NARROW_ROWS: Final = 6
# The neck's area in the last of these rows over that in the first, below which collars meet under it.
# Smaller: shirts are missed (0.6: 88). Larger: round necks are shirts (0.9: 173).
_NARROWING: Final = 0.75

# Columns on either side of the middle in which collars are. Smaller: the neck fills them (30: 15 jackets,
# instead of 55). Larger: lapels count as collars (80: 63).
_COLLAR_WIDTH: Final = 58
# Pixels of collar and of jacket. Smaller: specks are collars (15: 2 change). Larger: half-hidden ones are
# missed (240: 42 jackets, instead of 55).
_MIN_COLLAR: Final = 60
# CIELAB lightness below which a jacket is dark. Smaller: grey suits are missed (30: 41 jackets). Larger:
# light shirts with a lighter collar are suits (60: 62).
_DARK: Final = 45.0
# Lightness from which on a collar is white, chroma up to which it is, and share of such pixels. Smaller, and
# larger chroma: grey and coloured shirts make suits (lightness 55: 44, instead of 39; share 0.15: 42).
# Larger, and smaller chroma: white collars in warm or dim light are missed (80: 28; share 0.5: 28; chroma 8:
# 26).
_WHITE_LIGHTNESS: Final = 68.0
_WHITE_CHROMA: Final = 16.0
_MIN_WHITE: Final = 0.3
# Lightness by which a collar exceeds a dark jacket. Smaller: folds pass for a shirt under a blazer (9: 21
# blazers, instead of 16). Larger: grey shirts are missed (27: 12).
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

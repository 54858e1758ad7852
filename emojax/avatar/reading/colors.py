"""The colours of a person on a portrait: of skin, hair, brows, beard, lips, irises, glasses, hat and clothes.

A colour is the median of a part's well-lit pixels: without shadows, highlights and the blurred border. Half
of the photo's colour cast, as estimated from eyes' whites and teeth, is removed (`light`).
"""

import dataclasses
from collections.abc import Mapping
from typing import Final, NamedTuple

import cv2
import numpy as np

from emojax.avatar.reading import facial_hair, light
from emojax.avatar.reading.iris import measure_iris
from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.media.color import ciede2000, lab_to_srgb, srgb_to_lab, to_hex


class _Rule(NamedTuple):
    """How a slot's colour is measured.

    Attributes:
      labels: whose pixels are the part's.
      min_area: pixels below which there is no colour.
      border: pixels of the part's border that do not count: they mix with its neighbours.
      low, high: quantiles of lightness between which pixels count.
    """

    labels: tuple[str, ...]
    min_area: int
    border: int
    low: float
    high: float


# Figures were measured on 247 portraits of CelebAMask-HQ whose IDs do not match ^[01], with the labels of the
# parser that ships. ΔE is the median CIEDE2000 between what is measured with a constant and with the changed
# one; rho is Spearman's rank correlation of lightness with what was labelled by eye: skin -0.585 (Monk tone),
# hair 0.828 (colour, from black to platinum).

# Areas are for hidden parts: a fifth or eight times as much of skin, a quarter or four times of the others
# changes at most 3 of 247 slots. Smaller: a few pixels of something else have a colour. Larger: thin brows,
# lips and shorn hair have none. Borders: without one, neighbours mix in (ΔE 0.6 to 1.3); three times as wide,
# the middle of lips and brows alone counts (lips ΔE 1.5, and strong lipstick is told from none less well).
# Lower quantile smaller: shadows and, of brows, lashes darken the colour (hair from 0: ΔE 3.9). Larger:
# highlights lighten it (skin from 0.3: ΔE 2.1, rho -0.563; hair from 0.5: ΔE 3.0). Upper quantile smaller:
# the colour is a shadow's (hair to 0.7: ΔE 2.5). Larger: skin shines through brows and beards (brows to 1: ΔE
# 6.1, beards to 0.9: 6.3), glare is in skin and hair (to 1: 1.1 and 1.5).
_RULES: Final[Mapping[str, _Rule]] = {
    "skin": _Rule(("skin",), 500, 2, 0.1, 0.9),
    "hair": _Rule(("hair",), 400, 2, 0.3, 0.9),
    "brows": _Rule(("left brow", "right brow"), 60, 1, 0.05, 0.45),
    "lips": _Rule(("upper lip", "lower lip"), 80, 1, 0.15, 0.85),
}
_BEARD: Final = _Rule((), 150, 1, 0.1, 0.5)

# Row of the frame, below the eyes, from which on hair under a hat is out of the brim's shadow and is not the
# brim itself, taken for hair; and the pixels of hair that are needed there. Row smaller: brims and shadows
# count. Larger: fewer people under hats have a colour of hair (200: 12 of 16). Pixels smaller: specks of a
# collar count. Larger: 12 of 16 (480), whose rho is 0.95 instead of 0.70.
_HAT_SHADOW_ROW: Final = 150
_MIN_HAIR_BELOW_HAT: Final = 120

# Pixels of glasses, hat or clothes. Smaller: specks at the frame's corner are clothes (100: 149 have a
# colour, instead of 132). Larger: narrow shoulders are not (1600: 91). Glasses and hats: the same from 100 to
# 1600.
_MIN_WORN: Final = 400

# Border of hat and clothes that does not count. Without one, or twice as wide: ΔE 0.5.
_WORN_BORDER: Final = 3
# Share of a part inside its border below which the border counts, too. Smaller: the last few pixels of a thin
# part decide. Larger: thin brows and rims have their neighbours' colour mixed in. From 0 to 0.5 nine of ten
# brows stay as they are.
_MIN_INNER_SHARE: Final = 0.25

# CIELAB distance by which the lit half of a face may move its colour. Smaller: faces lit from one side are
# too dark (0: ΔE 1.9). Larger: a glaring cheek is the colour (7: ΔE 2.8 in one of ten). The order of skins is
# better without (rho -0.605), and worse with 7 (-0.571).
_MAX_SIDE_SHIFT: Final = 3.5

# Quantile of the skin's lightness that looks like its colour, where a median has half of the shadows in it,
# and the largest factor of L + 16 that makes up for it. Smaller: nothing is made up for (0.5). Larger:
# highlights decide, and every second face has the largest factor (0.9: 55 of 100, instead of 13), so that
# faces differ less.
_LIT_QUANTILE: Final = 0.75
_MAX_LIT: Final = 1.1

# For the most frequent colour: pixels that are compared, the width in CIELAB within which they count as
# alike, and the distance up to which pixels are averaged with it. Samples: fewer are noise (100: ΔE 0.4 in
# one of ten), more cost time with their square. Width smaller: folds of one cloth are many colours; larger:
# two colours of a pattern are one (20: ΔE 1.1 in one of ten). Distance smaller: a single shade; larger:
# stripes are mixed (30: ΔE 2.1 in one of ten).
_SAMPLES: Final = 300
_DENSITY_WIDTH: Final = 10.0
_SAME_COLOR: Final = 15.0

# Of glasses: kernel whose erosion leaves the rim, here 6 pixels wide, and pixels that it needs. Kernel
# smaller: thick rims' outlines alone (7: ΔE 1.1). Larger: eyes and brows count (25: ΔE 2.9 in one of ten).
# Pixels: from 15 to 240 the same 14 of 14 wearers have a colour; smaller, rimless glasses have a shadow's.
_RIM: Final = 13
_MIN_RIM: Final = 60
# CIEDE2000 from the skin above which a pixel is rim. Smaller: shaded skin is (9: ΔE 3.3). Larger: only the
# darkest rims are (30: 3.4).
_NOT_SKIN: Final = 18.0
# Quantiles of the rim's lightness that count. Lower: its shadow (0 to 0.3: ΔE 5.4). Higher: reflections and
# skin (0.4 to 1: 12).
_RIM_QUANTILES: Final = (0.1, 0.6)


@dataclasses.dataclass(frozen=True)
class Measured:
    """Colours as they would be in neutral light.

    Attributes:
      lab: CIELAB ``float64[3]`` by palette slot; slots that are not visible are missing.
      is_grey: the photo is monochrome: black and white, or toned. Then skin and hair have the photo's
        lightness and the usual hue for it, lips and irises are missing, and all else is grey.
      cast: the photo's colour cast (a, b) in CIELAB, which was removed from `lab`.
      exposure: factor of the skin's L + 16 that makes up for a dark photo and for shadows on the face, for
        `emojax.avatar.matching.colors.choose`. It is not applied to `lab`.
    """

    lab: Mapping[str, np.ndarray]
    is_grey: bool
    cast: tuple[float, float]
    exposure: float = 1.0

    def as_hex(self) -> dict[str, str]:
        """``#rrggbb`` of each slot that was measured."""
        return {slot: to_hex(lab_to_srgb(lab)) for slot, lab in self.lab.items()}


def measure(crop: np.ndarray, labels: np.ndarray, *, beard: np.ndarray | None = None) -> Measured:
    """Measures the colours of an aligned portrait.

    Args:
      crop: ``uint8[306, 306, 3]``, sRGB.
      labels: ``uint8[306, 306]``, indices into `CLASSES`, or `UNKNOWN`.
      beard: ``bool[306, 306]``, skin covered with hair, as of `facial_hair.find`, which is called if this
        is None.
    """
    if beard is None:
        beard = facial_hair.find(crop, labels).covered
    lab = srgb_to_lab(crop / 255.0)
    bare = _mask(labels, "skin") & ~beard
    found = {slot: _median(lab, _mask(labels, *r.labels) & ~beard, r) for slot, r in _RULES.items()}
    found["skin"] = _skin(lab, bare)
    if (below := _hair_below_hat(labels)) is not None:
        found["hair"] = _median(lab, below, _RULES["hair"]._replace(min_area=_MIN_HAIR_BELOW_HAT, border=1))
    found["beard"] = _median(lab, beard, _BEARD)
    found["iris"] = measure_iris(lab, labels)
    found["glasses"] = _rim(lab, _mask(labels, "eyeglasses"), found["skin"])
    for slot in ("hat", "cloth"):
        found[slot] = _mode(lab, _mask(labels, slot))
    seen = {slot: color for slot, color in found.items() if color is not None}
    exposure = light.estimate_exposure(lab, labels) * _lit_factor(lab, bare, found["skin"])
    if light.is_monochrome(lab[(labels != CLASSES.index("background")) & (labels != UNKNOWN)]):
        return Measured(light.restore_hues(seen), True, (0.0, 0.0), exposure)
    cast = light.estimate_cast(lab, labels)
    neutral = {slot: light.remove_cast(color, cast) for slot, color in seen.items()}
    return Measured(neutral, False, cast, exposure)


def _mask(labels: np.ndarray, *names: str) -> np.ndarray:
    return np.isin(labels, [CLASSES.index(name) for name in names])


def _hair_below_hat(labels: np.ndarray) -> np.ndarray | None:
    """The hair beside the cheeks of a face under a hat; None without a hat, or with too little such hair."""
    hair = _mask(labels, "hair")
    hair[:_HAT_SHADOW_ROW] = False
    has_hat = np.count_nonzero(_mask(labels, "hat")) >= _MIN_WORN
    return hair if has_hat and np.count_nonzero(hair) >= _MIN_HAIR_BELOW_HAT else None


def _inner(mask: np.ndarray, border: int) -> np.ndarray:
    """The mask without a border of so many pixels, or the whole mask where little would be left."""
    kernel = np.ones((2 * border + 1, 2 * border + 1), np.uint8)
    inner = cv2.erode(mask.astype(np.uint8), kernel, borderValue=1) > 0
    return inner if np.count_nonzero(inner) >= _MIN_INNER_SHARE * np.count_nonzero(mask) else mask


def _median(lab: np.ndarray, mask: np.ndarray, rule: _Rule) -> np.ndarray | None:
    if np.count_nonzero(mask) < rule.min_area:
        return None
    pixels = lab[_inner(mask, rule.border)]
    low, high = np.quantile(pixels[:, 0], (rule.low, rule.high))
    return np.median(pixels[(pixels[:, 0] >= low) & (pixels[:, 0] <= high)], axis=0)


def _skin(lab: np.ndarray, mask: np.ndarray) -> np.ndarray | None:
    """The skin's colour; of a face that is lit from one side, nearer to that of the lit half."""
    rule = _RULES["skin"]
    whole = _median(lab, mask, rule)
    if whole is None:
        return None
    left = np.arange(mask.shape[1]) < np.median(np.nonzero(mask)[1])
    halves = [_median(lab, half, rule) for half in (mask & left, mask & ~left)]
    lit = max((half for half in halves if half is not None), key=lambda half: half[0], default=whole)
    shift = lit - whole
    return whole + shift * min(1.0, _MAX_SIDE_SHIFT / max(float(np.linalg.norm(shift)), 1e-9))


def _lit_factor(lab: np.ndarray, mask: np.ndarray, skin: np.ndarray | None) -> float:
    """The factor from the L + 16 of the measured skin to that of its well-lit part."""
    if skin is None:
        return 1.0
    lit = float(np.quantile(lab[mask][:, 0], _LIT_QUANTILE))
    return min(max((lit + 16) / (float(skin[0]) + 16), 1.0), _MAX_LIT)


def _mode(lab: np.ndarray, mask: np.ndarray) -> np.ndarray | None:
    """The most frequent colour: the median of a shirt's stripes could be in none of them."""
    if np.count_nonzero(mask) < _MIN_WORN:
        return None
    pixels = lab[_inner(mask, _WORN_BORDER)]
    some = pixels[:: max(1, len(pixels) // _SAMPLES)]
    distances = np.linalg.norm(some[:, None] - some[None], axis=-1)
    mode = some[int(np.argmax(np.exp(-((distances / _DENSITY_WIDTH) ** 2)).sum(1)))]
    return np.median(pixels[np.linalg.norm(pixels - mode, axis=-1) < _SAME_COLOR], axis=0)


def _rim(lab: np.ndarray, mask: np.ndarray, skin: np.ndarray | None) -> np.ndarray | None:
    """The colour of glasses' rims: of their label's border, without skin seen through the lenses."""
    if np.count_nonzero(mask) < _MIN_WORN:
        return None
    rim = lab[mask & ~(cv2.erode(mask.astype(np.uint8), np.ones((_RIM, _RIM), np.uint8)) > 0)]
    if skin is not None:
        rim = rim[ciede2000(rim, skin) > _NOT_SKIN]
    if len(rim) < _MIN_RIM:
        return None
    low, high = np.quantile(rim[:, 0], _RIM_QUANTILES)
    return np.median(rim[(rim[:, 0] >= low) & (rim[:, 0] <= high)], axis=0)

"""Finds facial hair on an aligned portrait.

Face parsers have no label for it: they call it skin. Next to the cheeks of the same face it is darker, less
saturated, less red and of finer texture. Shadows are darker too, but smooth and as saturated as the skin
they fall on; wrinkles are coarser.
"""

import dataclasses
import itertools
from collections.abc import Mapping
from typing import Final, Literal

import cv2
import numpy as np

from emojax.avatar.reading import zones
from emojax.avatar.reading.zones import PLACES, TOP, ZONES, Layout
from emojax.data.faces.labels import CLASSES
from emojax.media.color import srgb_to_lab

Kind = Literal["none", "stubble", "moustache", "goatee", "beard"]

_SKIN: Final = CLASSES.index("skin")

# The figures were measured on 740 portraits of CelebAMask-HQ whose IDs do not match ^[01], with the labels of
# the parser that ships, against facial hair labelled by eye: 153 have some, 74 of these more than stubble. Of
# the 153, 64 are missed, of the 587 others 3 are given some. A beard on a woman is worse than a man's stubble
# missed, so all bounds lean to none.

# Weights of `_features`: darker, less red, fine detail, coarse detail. Logistic regression on 247 portraits
# labelled by eye, 28 of them with moustaches, goatees or beards. One less of the first three, or one more of
# the last below zero, misses hair (72, 74, 86 and 80). The opposite takes skin for thick hair (15, 21, 27 and
# 22, instead of 14).
_WEIGHTS: Final = np.array([3.9, 1.5, 3.5, -2.6], np.float32)
# Added to the zones' scores. Smaller: hair is missed (-5.9: 78). Larger: bare faces get some (-3.9: 7).
_BIAS: Final = -4.9
# How much each zone counts in the sum. Smaller: hair is missed (moustache 0.5: 80; chin 0.5: 72; jaw 0: 78).
# Larger: shadows count (jaw 1: 5 bare faces get some; cheeks, which are in shadow most often, 1: 6).
_ZONE_SHARES: Final = {"moustache": 1.0, "chin": 1.0, "jaw": 0.5, "cheeks": 0.0}

# Sums above which there is hair, and more than stubble. Smaller: bare faces have stubble (-2.5: 7), stubble
# is a beard (-0.5: 25 of those without thick hair, instead of 14). Larger: stubble is missed (-0.5: 78),
# beards are stubble (2.4: 46 of 74, instead of 31).
_MIN_ANY: Final = -1.5
_MIN_THICK: Final = 0.9

# Score above which a pixel is covered with hair, and the chin has a beard. 99 of 100 bare chins have less
# than 2. Smaller: bare skin takes the beard's colour. Larger: beards are moustaches (2.4: 14 false ones,
# instead of 3).
_MIN_COVERED: Final = 1.2
# Score above which the jaw has a beard, too. Of bare jaws 95 of 100 have less than 1.9, as they are often in
# shadow; full beards have 4 to 7. Smaller: goatees are beards (1.3: 24 false beards, instead of 21).
# Larger: beards are goatees (4: 24 of 37 are missed, instead of 15).
_MIN_JAW: Final = 2.6
# Score of the upper lip without which there is no hair: hardly anyone shaves there alone, and what is
# elsewhere only is a shadow, a hand or a caption. Smaller: bare faces get some (0.75: 11, instead of 3).
# Larger: stubble is missed (2.4: 92). When it was set, with `_MIN_ANY`, some twenty of 680 portraits passed
# that a stricter sum had refused, all of them men's.
_MIN_MOUSTACHE: Final = 1.5
# Share of the upper lip's score up to which the chin is bare. Smaller: moustaches are beards. Larger: beards
# are moustaches (0.9: 24 false ones, instead of 3).
_BARE_CHIN_SHARE: Final = 0.45

# Pixels of a cheek that others are compared with, and of half a zone. Both are for hidden ones: from 15 to
# 500, and from 5 to 100, one verdict of 351 changes. Smaller: a few pixels decide. Larger: turned faces have
# none.
_MIN_CHEEK: Final = 60
_MIN_ZONE: Final = 25

# Figures below: of 351 portraits, all 153 with hair among them; here 64 are missed and 1 is false. What
# erodes the skin's mask. Smaller: lips and nostrils darken zones (3: 67 missed). Larger: less of the narrow
# zones is left (9: 17 verdicts change).
_SKIN_BORDER: Final = np.ones((5, 5), np.uint8)
# Sigmas of the Gaussians, in pixels, whose differences are fine and coarse detail. Half of them: noise counts
# (5 more thick beards are missed). Twice: pores and shadows count (6 bare faces get hair).
_DETAIL_SIGMAS: Final = (0.7, 1.5, 3.0)
# Sigmas, in pixels, of the Gaussian mean of detail and of colour. Smaller: single strands and spots. Larger:
# moustaches are averaged with the skin around them (detail 8: 67 missed).
_DETAIL_NEAR: Final = 4.0
_COLOR_NEAR: Final = 2.0
# CIELAB a in which redness is measured; only its product with the weight counts.
_RED_UNIT: Final = 10.0
# Added to fine and to coarse detail, in CIELAB L, before their logarithm. Smaller: noise on smooth cheeks
# counts (a third: 57 missed, but 4 more false thick beards). Larger: soft beards are missed (three times:
# 72).
_DETAIL_FLOORS: Final = (0.3, 0.5)
# Columns from the middle of one cheek to that of the other, over which bare skin is interpolated. Half or
# twice that changes 10 and 6 verdicts.
_CHEEK_SPAN: Final = 88.0


@dataclasses.dataclass(frozen=True)
class FacialHair:
    """What was found.

    Attributes:
      covered: ``bool[306, 306]``, pixels of hair; none where `kind` is none.
      scores: by zone of `ZONES`, how much the zone differs from the cheeks as hair does: about 0 for bare
        skin, 2 to 5 for beards; NaN where it is hidden.
      kind: the tag ``kind`` of a style's drawings that fits.
    """

    covered: np.ndarray
    scores: Mapping[str, float]
    kind: Kind


def find(crop: np.ndarray, labels: np.ndarray) -> FacialHair:
    """Looks for facial hair.

    Args:
      crop: ``uint8[306, 306, 3]``, sRGB.
      labels: ``uint8[306, 306]``, indices into `CLASSES`, or `UNKNOWN`.
    """
    layout = zones.find_features(labels)
    skin = labels[TOP:] == _SKIN
    inner = cv2.erode(skin.astype(np.uint8), _SKIN_BORDER)
    features = _features(crop[TOP:], inner, layout)
    nothing = FacialHair(np.zeros(labels.shape, bool), dict.fromkeys(ZONES, np.nan), "none")
    if features is None:
        return nothing
    hairiness = features @ _WEIGHTS
    areas = zones.draw_zones(layout)
    scores = {name: _score(hairiness, areas[name] & (inner > 0), layout) for name in ZONES}
    kind = classify(scores)
    if kind == "none":
        return dataclasses.replace(nothing, scores=scores)
    lower = areas["moustache"] | areas["chin"] | areas["jaw"]
    covered = np.zeros(labels.shape, bool)
    covered[TOP:] = skin & lower & (hairiness > _MIN_COVERED)
    return FacialHair(covered, scores, kind)


def classify(scores: Mapping[str, float]) -> Kind:
    """What the scores of the zones, see `FacialHair`, come to."""
    total = sum(share * np.nan_to_num(scores[name]) for name, share in _ZONE_SHARES.items()) + _BIAS
    if total <= _MIN_ANY or scores["moustache"] < _MIN_MOUSTACHE:
        return "none"
    if total <= _MIN_THICK:
        return "stubble"
    if not scores["chin"] > max(_MIN_COVERED, _BARE_CHIN_SHARE * scores["moustache"]):
        return "moustache"
    return "beard" if scores["jaw"] > _MIN_JAW else "goatee"


def _features(crop: np.ndarray, inner: np.ndarray, layout: Layout) -> np.ndarray | None:
    """``float32[156, 306, 4]``: darker, less red, fine and coarse detail; zero on skin like the cheeks'."""
    lab = srgb_to_lab(crop / 255.0).astype(np.float32)
    blurred = [cv2.GaussianBlur(lab[..., 0], (0, 0), sigma) for sigma in _DETAIL_SIGMAS]
    details = [(a - b) ** 2 for a, b in itertools.pairwise(blurred)]
    weight = inner.astype(np.float32)
    energy = [np.sqrt(_mean_near(detail, weight, _DETAIL_NEAR)) for detail in details]
    lightness, red = (_mean_near(channel, weight, _COLOR_NEAR) for channel in (lab[..., 0], lab[..., 1]))
    seen = np.stack([lightness, red, *energy], -1)
    cheek = _bare_skin(seen, inner > 0, layout)
    if cheek is None:
        return None
    fine, coarse = _DETAIL_FLOORS
    return np.stack(
        [
            1 - (seen[..., 0] + 1) / (cheek[..., 0] + 1),
            (cheek[..., 1] - seen[..., 1]) / _RED_UNIT,
            np.log((seen[..., 2] + fine) / (cheek[..., 2] + fine)),
            np.log((seen[..., 3] + coarse) / (cheek[..., 3] + coarse)),
        ],
        -1,
    )


def _bare_skin(seen: np.ndarray, inner: np.ndarray, layout: Layout) -> np.ndarray | None:
    """``float[156, 306, C]``: values of bare skin, interpolated between both cheeks' for each column's light.

    None if no cheek is visible. With one visible cheek, its values everywhere.
    """
    masks = [inner & cheek for cheek in zones.draw_bare_cheeks(layout)]
    medians = [np.median(seen[mask], 0) for mask in masks if np.count_nonzero(mask) >= _MIN_CHEEK]
    if not medians:
        return None
    share = np.clip((PLACES[1] - layout.middle) / _CHEEK_SPAN + 0.5, 0, 1)[..., None]
    return medians[0] * (1 - share) + medians[-1] * share


def _mean_near(values: np.ndarray, weight: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian mean of the values where the weight is 1, not 0."""
    total = cv2.GaussianBlur(weight, (0, 0), sigma)
    return cv2.GaussianBlur(values * weight, (0, 0), sigma) / np.maximum(total, 1e-3)


def _score(hairiness: np.ndarray, zone: np.ndarray, layout: Layout) -> float:
    """The median of the zone's less hairy half: the other half may be in shadow."""
    columns = PLACES[1]
    halves = [zone & (columns < layout.middle), zone & (columns >= layout.middle)]
    medians = [float(np.median(hairiness[half])) for half in halves if np.count_nonzero(half) >= _MIN_ZONE]
    return min(medians, default=np.nan)

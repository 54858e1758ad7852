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

_WEIGHTS: Final = np.array([3.9, 1.5, 3.5, -2.6], np.float32)
_BIAS: Final = -4.9
_ZONE_SHARES: Final = {"moustache": 1.0, "chin": 1.0, "jaw": 0.5, "cheeks": 0.0}

_MIN_ANY: Final = -1.5
_MIN_THICK: Final = 0.9

_MIN_COVERED: Final = 1.2
_MIN_JAW: Final = 2.6
_MIN_MOUSTACHE: Final = 1.5
_BARE_CHIN_SHARE: Final = 0.45

_MIN_CHEEK: Final = 60
_MIN_ZONE: Final = 25

_SKIN_BORDER: Final = np.ones((5, 5), np.uint8)
_DETAIL_SIGMAS: Final = (0.7, 1.5, 3.0)
_DETAIL_NEAR: Final = 4.0
_COLOR_NEAR: Final = 2.0
_RED_UNIT: Final = 10.0
_DETAIL_FLOORS: Final = (0.3, 0.5)
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

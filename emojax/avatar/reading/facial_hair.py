"""Where a face is covered with hair.

Face parsers have no beard: they call it skin. What tells it from skin is seen against the cheeks of the
same face: it is darker, less coloured and less red, and its texture is finer. Shadows are darker too, but
smooth, and as coloured as the skin they fall on; wrinkles are coarser.
"""

import dataclasses
import itertools
from collections.abc import Mapping
from typing import Final, Literal

import cv2
import numpy as np

from emojax.data.faces.labels import CLASSES
from emojax.media.color import srgb_to_lab

Kind = Literal["none", "stubble", "moustache", "goatee", "beard"]

ZONES: Final = ("moustache", "chin", "jaw", "cheeks")

_SKIN: Final = CLASSES.index("skin")
_NOSE: Final = CLASSES.index("nose")
_MOUTH: Final = tuple(CLASSES.index(name) for name in ("mouth", "upper lip", "lower lip"))

# Weights of `_features`: logistic regression on 247 portraits of CelebAMask-HQ labelled by eye, 28 of
# them with moustaches, goatees or beards.
_WEIGHTS: Final = np.array([3.9, 1.5, 3.5, -2.6], np.float32)
_BIAS: Final = -4.9
_ZONE_SHARES: Final = {"moustache": 1.0, "chin": 1.0, "jaw": 0.5, "cheeks": 0.0}
"""How much each zone counts for whether there is any: cheeks lie in shadow too often."""

_ANY: Final = -1.5
_THICK: Final = 0.9
"""Sums above which there is some hair, and more than stubble."""

_COVERED: Final = 1.2
_COVERED_JAW: Final = 2.6
"""Scores above which a zone, or a pixel, is under hair; jaws lie in shadow: of shaven
ones, one in twenty has more than 1.6, and beards have about 4."""

_LEAST_MOUSTACHE: Final = 1.5
"""Hardly anyone shaves there alone; what lies elsewhere only is a shadow, a hand or a caption. A beard on a
woman is worse than a man's stubble missed: looked through by eye, with these two bounds some twenty of 680
portraits pass that would not with a sum of 0.5, and all of them are men's."""

_MOUSTACHE_ALONE: Final = 0.45
"""Share of its score up to which the chin is bare."""

_LEAST_REFERENCE: Final = 60
_LEAST_ZONE: Final = 25
"""Pixels that a cheek, or a zone, needs to be judged by, or judged."""

_TOP: Final = 150
"""First row that is looked at: above it there is nothing to find, nor to compare with."""

_PLACES: Final = np.mgrid[_TOP:306, :306]
"""Row and column of each pixel that is looked at."""


@dataclasses.dataclass(frozen=True)
class FacialHair:
    """What was found.

    Attributes:
      covered: ``bool[306, 306]``, pixels of hair; none where `kind` is.
      scores: how unlike the cheeks each of `ZONES` is in the way that hair is: about 0 for bare skin, 2
        to 5 for beards; NaN where it is hidden.
      kind: what it comes to, in the words of styles' tags.
    """

    covered: np.ndarray
    scores: Mapping[str, float]
    kind: Kind


@dataclasses.dataclass(frozen=True)
class _Layout:
    """Where a face's features lie, in pixels of the crop."""

    middle: float
    lips: tuple[float, float]
    half_width: float
    nose: float
    chin: float


def find(crop: np.ndarray, labels: np.ndarray) -> FacialHair:
    """Looks for facial hair in an aligned portrait.

    Args:
      crop: ``uint8[306, 306, 3]``.
      labels: ``uint8[306, 306]`` of indices into `CLASSES`, or `UNKNOWN`.
    """
    layout = _layout(labels)
    skin = labels[_TOP:] == _SKIN
    features = _features(crop[_TOP:], skin, layout)
    nothing = FacialHair(np.zeros(labels.shape, bool), dict.fromkeys(ZONES, np.nan), "none")
    if features is None:
        return nothing
    hairy = features @ _WEIGHTS
    inner = cv2.erode(skin.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    zones = _zones(layout)
    scores = {name: _score(hairy, zones[name] & inner, layout) for name in ZONES}
    kind = _kind(scores)
    if kind == "none":
        return dataclasses.replace(nothing, scores=scores)
    lower = zones["moustache"] | zones["chin"] | zones["jaw"]
    covered = np.zeros(labels.shape, bool)
    covered[_TOP:] = skin & lower & (hairy > _COVERED)
    return FacialHair(covered, scores, kind)


def _kind(scores: Mapping[str, float]) -> Kind:
    total = sum(share * np.nan_to_num(scores[name]) for name, share in _ZONE_SHARES.items()) + _BIAS
    if total <= _ANY or scores["moustache"] < _LEAST_MOUSTACHE:
        return "none"
    if total <= _THICK:
        return "stubble"
    if not scores["chin"] > max(_COVERED, _MOUSTACHE_ALONE * scores["moustache"]):
        return "moustache"
    return "beard" if scores["jaw"] > _COVERED_JAW else "goatee"


def _layout(labels: np.ndarray) -> _Layout:
    rows, columns = np.nonzero(np.isin(labels, _MOUTH))
    middle, lips, half_width = 153.0, (218.0, 243.0), 32.0
    if len(rows) >= 80:
        middle = float(np.median(columns))
        left, right = np.percentile(columns, (2, 98))
        top, bottom = np.percentile(rows, (2, 98))
        lips, half_width = (float(top), float(bottom)), max(20.0, float(right - left) / 2)
    nose = np.nonzero(labels == _NOSE)[0]
    below = np.nonzero(labels[:, max(0, int(middle) - 12) : int(middle) + 13] == _SKIN)[0]
    return _Layout(
        middle=middle,
        lips=lips,
        half_width=half_width,
        nose=float(np.percentile(nose, 99)) if len(nose) > 100 else 203.0,
        chin=max(lips[1] + 12.0, float(np.percentile(below, 99.5)) if len(below) > 50 else 282.0),
    )


def _zones(layout: _Layout) -> dict[str, np.ndarray]:
    rows, columns = _PLACES
    aside = abs(columns - layout.middle)
    top, bottom = layout.lips
    return {
        "moustache": (rows > layout.nose + 1) & (rows < top - 1) & (aside < 0.8 * layout.half_width),
        "chin": (rows > bottom + 5) & (rows < layout.chin - 5) & (aside < 24),
        "jaw": (rows > (top + bottom) / 2)
        & (rows < layout.chin - 8)
        & (aside > layout.half_width + 4)
        & (aside < layout.half_width + 28),
        "cheeks": (rows > layout.nose - 12) & (rows < top) & (aside > 48),
    }


def _features(crop: np.ndarray, skin: np.ndarray, layout: _Layout) -> np.ndarray | None:
    """``float32[H, 306, 4]``, zero on skin like the cheeks': darker, less red, fine and coarse detail."""
    lab = srgb_to_lab(crop / 255.0).astype(np.float32)
    blurred = [cv2.GaussianBlur(lab[..., 0], (0, 0), sigma) for sigma in (0.7, 1.5, 3.0)]
    details = [(a - b) ** 2 for a, b in itertools.pairwise(blurred)]
    inner = cv2.erode(skin.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.float32)
    energy = [np.sqrt(_mean_near(detail, inner)) for detail in details]
    light, red = (_mean_near(channel, inner, 2.0) for channel in (lab[..., 0], lab[..., 1]))
    seen = np.stack([light, red, *energy], -1)
    cheek = _cheek(seen, inner > 0, layout)
    if cheek is None:
        return None
    return np.stack(
        [
            1 - (seen[..., 0] + 1) / (cheek[..., 0] + 1),
            (cheek[..., 1] - seen[..., 1]) / 10,
            np.log((seen[..., 2] + 0.3) / (cheek[..., 2] + 0.3)),
            np.log((seen[..., 3] + 0.5) / (cheek[..., 3] + 0.5)),
        ],
        -1,
    )


def _cheek(seen: np.ndarray, inner: np.ndarray, layout: _Layout) -> np.ndarray | None:
    """``float[H, 306, C]``: bare skin's values in each column's light, between the two cheeks'."""
    rows, columns = _PLACES
    offset = columns - layout.middle
    high = inner & (rows > 165) & (rows < layout.nose + 4)
    sides = [high & (side * offset > 26) & (side * offset < 62) for side in (-1, 1)]
    medians = [np.median(seen[s], 0) if np.count_nonzero(s) >= _LEAST_REFERENCE else None for s in sides]
    left, right = (
        mine if mine is not None else other for mine, other in zip(medians, medians[::-1], strict=True)
    )
    if left is None or right is None:
        return None
    share = np.clip(offset / 88 + 0.5, 0, 1)[..., None]
    return left * (1 - share) + right * share


def _mean_near(values: np.ndarray, mask: np.ndarray, sigma: float = 4.0) -> np.ndarray:
    """Gaussian mean of the values inside the mask."""
    weight = cv2.GaussianBlur(mask, (0, 0), sigma)
    return cv2.GaussianBlur(values * mask, (0, 0), sigma) / np.maximum(weight, 1e-3)


def _score(hairy: np.ndarray, zone: np.ndarray, layout: _Layout) -> float:
    """The zone's median; of its two halves the one less hairy, which is not the one in shadow."""
    columns = _PLACES[1]
    halves = [zone & (columns < layout.middle), zone & (columns >= layout.middle)]
    medians = [float(np.median(hairy[half])) for half in halves if np.count_nonzero(half) >= _LEAST_ZONE]
    return min(medians, default=np.nan)

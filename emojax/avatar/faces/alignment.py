"""Where a label map's face would have to lie to lie as the portraits do that parsers learn from.

CelebA-HQ's portraits are levelled, scaled and centred by eyes and mouth (Karras et al., 2018,
"Progressive Growing of GANs", appendix C), and a parser is at its best on faces that lie like these.
"""

from typing import Final, NamedTuple

import cv2
import numpy as np

from emojax.avatar.faces.detection import Box
from emojax.data.faces.labels import CLASSES


class _Part(NamedTuple):
    """Labels with one mean position in the portraits, in their sides, and how much it is to be trusted."""

    labels: tuple[str, ...]
    x: float
    y: float
    weight: float

    @property
    def ids(self) -> list[int]:
        return [CLASSES.index(label) for label in self.labels]


# Means over 850 portraits of CelebAMask-HQ. Eyes and mouth, by which these are aligned, vary least.
_EYES_AND_MOUTH: Final = (
    _Part(("left eye",), 0.622, 0.478, 1.0),
    _Part(("right eye",), 0.379, 0.478, 1.0),
    _Part(("mouth", "upper lip", "lower lip"), 0.500, 0.751, 1.0),
)
_PARTS: Final = (
    *_EYES_AND_MOUTH,
    _Part(("left brow",), 0.627, 0.415, 0.3),
    _Part(("right brow",), 0.373, 0.415, 0.3),
    _Part(("eyeglasses",), 0.500, 0.478, 0.3),
    _Part(("nose",), 0.500, 0.578, 0.5),
)
_FACE: Final = np.isin(CLASSES, ["skin", *(label for part in _PARTS for label in part.labels)])
_EYE_DISTANCES: Final = 4.0
_MOUTH_DISTANCES: Final = 3.5
"""A portrait's side in distances between the eyes, and from between the eyes to the mouth: the larger
counts. (Appendix C has 3.6 for the latter, from the corners of the mouth.)"""

_MEAN_AREA: Final = 0.3
"""Of the face's region, in the portrait's."""

_FILLED: Final = (0.3, 2.0)
"""How many times that a face may fill, hands before it and open mouths included."""

LEAST_WEIGHT: Final = 1.5
"""Of the parts that make a face: both eyes, an eye and the mouth, nose and mouth, or more."""

WHOLE_FACE: Final = 3.5
"""Weight of eyes, nose and mouth."""

_MOST_MISFIT: Final = 0.05  # portrait sides; true faces lie below, but for one in a hundred

_LEAST_PART: Final = 0.001
"""Share of the face below which a part is a speck."""


def fit_square(labels: np.ndarray, *, least_weight: float = LEAST_WEIGHT) -> Box | None:
    """The square of the label map's main face, as portraits show faces.

    Found is the similarity that best takes the mean positions of the parts that show to where they
    are, so that hidden eyes or a hidden mouth cost accuracy and no more.

    Args:
      labels: ``uint8[S, S]`` of a face turned by less than 90°.
      least_weight: of the parts that must show.

    Returns:
      The square in pixels of the map, or None where what there is does not make up a face.
    """
    face = _main_region(_FACE[labels])
    area = int(face.sum())
    centres = [_centre(face & np.isin(labels, part.ids), _LEAST_PART * area) for part in _PARTS]
    seen = [(f, part) for f, part in zip(centres, _PARTS, strict=True) if f is not None]
    if sum(part.weight for _, part in seen) < least_weight:
        return None
    f = np.asarray([f for f, _ in seen])
    t = np.asarray([complex(part.x, part.y) for _, part in seen])
    w = np.asarray([part.weight for _, part in seen])
    w /= w.sum()
    here, there = w @ f, w @ t
    f, t = f - here, t - there
    # Complex numbers turn and scale in one product: least squares of f ≈ z t (Umeyama, 1991).
    z = (w * t.conj()) @ f / (w @ np.abs(t) ** 2)
    misfit = np.sqrt(w @ np.abs(f - z * t) ** 2) / abs(z)
    left, right, mouth = centres[: len(_EYES_AND_MOUTH)]
    if left is not None and right is not None and mouth is not None:
        # In a face turned aside the eyes come together but the mouth stays as far below them.
        side = max(_EYE_DISTANCES * abs(left - right), _MOUTH_DISTANCES * abs((left + right) / 2 - mouth))
        z *= side / abs(z)
    side = float(abs(z))
    filled = area / (_MEAN_AREA * side**2)
    if misfit > _MOST_MISFIT or not _FILLED[0] < filled < _FILLED[1]:
        return None
    centre = here + z * (0.5 + 0.5j - there)
    return Box(float(centre.real), float(centre.imag), side, float(np.degrees(np.angle(z))))


def _centre(part: np.ndarray, least: float) -> complex | None:
    """The middle of ``bool[S, S]`` as ``x + iy``; None below `least` pixels."""
    rows, columns = np.nonzero(part)
    # The median, because a few pixels elsewhere that pass for an eye would pull the mean there.
    return complex(np.median(columns), np.median(rows)) if len(rows) > least else None


def _main_region(mask: np.ndarray) -> np.ndarray:
    """The connected region of ``bool[S, S]`` that is largest, pixels counting less towards the border."""
    _, regions = cv2.connectedComponents(mask.astype(np.uint8))
    axis = np.linspace(-1, 1, len(mask)) ** 2
    nearness = np.exp(-2 * (axis[:, None] + axis[None, :])) * mask
    return mask & (regions == np.argmax(np.bincount(regions.ravel(), nearness.ravel())))

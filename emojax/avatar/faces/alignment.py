"""Fits the square of a CelebA-HQ portrait to the face on a label map.

CelebA-HQ's portraits are rotated, scaled and centred by eyes and mouth (Karras et al., 2018, "Progressive
Growing of GANs", appendix C). Parsers learn from these and are best on faces aligned like them.
"""

from typing import Final, NamedTuple

import cv2
import numpy as np

from emojax.avatar.faces.detection import Box
from emojax.data.faces.labels import CLASSES


class _Part(NamedTuple):
    """A landmark: labels, the mean position of their middle in portraits, in sides, and its weight."""

    labels: tuple[str, ...]
    x: float
    y: float
    weight: float

    @property
    def ids(self) -> list[int]:
        return [CLASSES.index(label) for label in self.labels]


# Mean positions over 850 portraits of CelebAMask-HQ; over the 746 whose IDs do not match ^[01], which the
# other figures are of, they are the same to 0.003 (glasses on heads left aside). Weights are by eye: of eyes
# and mouth, by which these portraits were aligned, positions have standard deviations of 0.005 to 0.017, of
# brows and nose 0.015 to 0.024. With a larger weight brows tilt the square when one is raised; with a smaller
# one faces with sunglasses have too few landmarks.
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

# A portrait's side in distances between the eyes, and in distances from between the eyes to the mouth; the
# larger counts. (Appendix C has 3.6 for the latter, from the corners of the mouth.) The median error of the
# side is 0.019. Smaller: squares are too tight (eyes 3.6: 0.058; mouth 3.1: 0.023, and 0.12 for one face in
# twenty). Larger: too wide (4.4: 0.083; 3.9: 0.055).
_EYE_DISTANCES: Final = 4.0
_MOUTH_DISTANCES: Final = 3.5

# Area of the face's region in the portrait's, on average, and how many times that a face has, hands before it
# and open mouths included. Narrower limits drop faces (0.3 to 1.3: 30 of 373 portraits, instead of 4; 0.6 to
# 2: 8). Wider ones accept two eyes in a crowd of skin, or specks of a face.
_MEAN_AREA: Final = 0.3
_FILLED: Final = (0.3, 2.0)

MIN_WEIGHT: Final = 1.5
"""Sum of the weights of the visible landmarks that make a face: both eyes, an eye and the mouth, nose and
mouth, or more."""

WHOLE_FACE: Final = 3.5
"""The weight of eyes, nose and mouth together."""

# RMS residual of the fit in sides of the portrait up to which landmarks make a face. Smaller: faces are
# dropped (0.02: 31 of 373, 0.03: 14, instead of 4). Larger: things that a parser takes for eyes and mouths
# are faces; 0.1 would accept all portraits.
_MAX_MISFIT: Final = 0.05

# Share of the face below which a landmark is a speck. Smaller: specks count. Larger: narrow eyes do not; an
# eye has about 0.007 of a face.
_MIN_PART: Final = 0.001

# How fast pixels count less towards the map's border: exp(-2 r²), r = 1 at the middle of a side. 0: a larger
# face beside the one that was asked for is taken. Larger: of a face off the middle only a part of the map
# counts.
_CENTRALITY: Final = 2.0


def fit_square(labels: np.ndarray, *, min_weight: float = MIN_WEIGHT) -> Box | None:
    """Fits a portrait's square to the main face of a label map.

    Least squares over the similarity transforms that take the landmarks' mean positions to where they are;
    a hidden landmark costs accuracy only.

    Args:
      labels: ``uint8[S, S]`` of a face that is rotated by less than 90°.
      min_weight: sum of the weights of the landmarks that must be visible.

    Returns:
      The square in pixels of the map, or None if it shows no face.
    """
    face = _main_region(_FACE[labels])
    area = int(face.sum())
    centres = [_centre(face & np.isin(labels, part.ids), _MIN_PART * area) for part in _PARTS]
    visible = [(centre, part) for centre, part in zip(centres, _PARTS, strict=True) if centre is not None]
    if sum(part.weight for _, part in visible) < min_weight:
        return None
    f = np.asarray([centre for centre, _ in visible])
    t = np.asarray([complex(part.x, part.y) for _, part in visible])
    w = np.asarray([part.weight for _, part in visible])
    w /= w.sum()
    f_mean, t_mean = w @ f, w @ t
    f, t = f - f_mean, t - t_mean
    # A complex factor rotates and scales in one product: least squares of f ≈ z t (Umeyama, 1991).
    z = (w * t.conj()) @ f / (w @ np.abs(t) ** 2)
    misfit = np.sqrt(w @ np.abs(f - z * t) ** 2) / abs(z)
    left, right, mouth = centres[: len(_EYES_AND_MOUTH)]
    if left is not None and right is not None and mouth is not None:
        # In a face turned aside the eyes come together but the mouth stays as far below them.
        side = max(_EYE_DISTANCES * abs(left - right), _MOUTH_DISTANCES * abs((left + right) / 2 - mouth))
        z *= side / abs(z)
    side = float(abs(z))
    filled = area / (_MEAN_AREA * side**2)
    if misfit > _MAX_MISFIT or not _FILLED[0] < filled < _FILLED[1]:
        return None
    centre = f_mean + z * (0.5 + 0.5j - t_mean)
    return Box(float(centre.real), float(centre.imag), side, float(np.degrees(np.angle(z))))


def _centre(part: np.ndarray, min_area: float) -> complex | None:
    """The middle of ``bool[S, S]`` as ``x + iy``; None if it has no more than `min_area` pixels."""
    rows, columns = np.nonzero(part)
    # The median, because a few pixels elsewhere that pass for an eye would pull the mean there.
    return complex(np.median(columns), np.median(rows)) if len(rows) > min_area else None


def _main_region(mask: np.ndarray) -> np.ndarray:
    """The largest connected component of ``bool[S, S]``; pixels near the border count less."""
    _, regions = cv2.connectedComponents(mask.astype(np.uint8))
    axis = np.linspace(-1, 1, len(mask)) ** 2
    centrality = np.exp(-_CENTRALITY * (axis[:, None] + axis[None, :])) * mask
    return mask & (regions == np.argmax(np.bincount(regions.ravel(), centrality.ravel())))

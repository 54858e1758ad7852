"""What a label map that somebody drew says of a face.

Avatars are judged by this, so it shares no code with what makes them, but for where the face frame lies:
a bug in both would go unseen. What counts as more than a speck is the same.
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np

from emojax.avatar.faces import alignment
from emojax.avatar.faces.crop import CROP_SIZE, cut
from emojax.avatar.faces.portraits import Portrait
from emojax.data.faces.source import CLASSES, UNKNOWN
from emojax.media.color import srgb_to_lab

LENGTHS: Final = ("none", "short", "medium", "long")
"""Of hair, shortest first."""

_GLASSES: Final = 900
_HAT: Final = 1500
_HAIR: Final = 1400
_INSIDE: Final = 40
_SKIN: Final = 500
"""Pixels of the frame from which on something is there."""

_INSIDE_SHARE: Final = 0.08
"""Share of the mouth, lips included, that the inside of an open one takes."""

_LOCK: Final = 6
"""Width of hair, in pixels, that is more than a strand."""

_ENDS: Final = {"short": 215, "medium": 285}
"""Rows of the frame, at the corners of the mouth and below the chin, above which such hair ends."""

_LEAST_CHROMA: Final = 5.0
"""Of a skin's median in CIELAB. Faces in colour have 7 and more; those with less are in black and white."""

ITA: Final[Mapping[str, float]] = {
    "very light": 55.0,
    "light": 41.0,
    "intermediate": 28.0,
    "tan": 10.0,
    "brown": -30.0,
    "dark": -math.inf,
}
"""Skin groups, and the degrees above which a skin's individual typology angle belongs to each."""


@dataclasses.dataclass(frozen=True)
class Truth:
    """What a face shows.

    Attributes:
      glasses: whether there are any.
      hat: whether there is one.
      mouth_open: whether its inside shows.
      hair_length: of `LENGTHS`: by how far down it reaches, to the mouth, to the chin, or below.
      skin, hair: median CIELAB ``float64[3]`` of their pixels; None where there are too few, or the photo
        is in black and white.
    """

    glasses: bool
    hat: bool
    mouth_open: bool
    hair_length: str
    skin: np.ndarray | None
    hair: np.ndarray | None


def portrait(photo: np.ndarray, labels: np.ndarray) -> Portrait | None:
    """The main face in the frame, as its own labels align it.

    Args:
      photo: ``uint8[S, S, 3]``.
      labels: ``uint8[S, S]``, indices into `CLASSES`, or `UNKNOWN`.

    Returns:
      What is beyond the photo is `UNKNOWN`; None if there is no face.
    """
    square = alignment.portrait(np.where(labels == UNKNOWN, np.uint8(CLASSES.index("background")), labels))
    if square is None:
        return None
    pixels, to_photo = cut(photo, square, CROP_SIZE)
    known = cv2.warpAffine(
        labels,
        to_photo,
        (CROP_SIZE, CROP_SIZE),
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=UNKNOWN,
    )
    return Portrait(pixels, known)


def read(face: Portrait) -> Truth:
    """What a true portrait shows."""
    areas = dict(zip(CLASSES, np.bincount(face.labels.ravel(), minlength=256), strict=False))
    mouth = areas["mouth"] + areas["upper lip"] + areas["lower lip"]
    skin = _median(face, "skin", _SKIN)
    colored = skin is not None and math.hypot(skin[1], skin[2]) >= _LEAST_CHROMA
    return Truth(
        glasses=bool(areas["eyeglasses"] >= _GLASSES),
        hat=bool(areas["hat"] >= _HAT),
        mouth_open=bool(areas["mouth"] >= max(_INSIDE, _INSIDE_SHARE * mouth)),
        hair_length=_hair_length(face.labels, int(areas["hair"])),
        skin=skin if colored else None,
        hair=_median(face, "hair", _HAIR) if colored else None,
    )


def typology_angle(lab: np.ndarray) -> float:
    """The individual typology angle of a skin's CIELAB ``float[3]``, in degrees: large for light skin.

    ``arctan((L - 50) / b)`` (Chardon, Cretois and Hourseau, 1991, "Skin colour typology and suntanning
    pathways"), continued where b is not positive.
    """
    return math.degrees(math.atan2(lab[0] - 50, lab[2]))


def skin_group(lab: np.ndarray) -> str:
    """Which group of `ITA` a skin's CIELAB ``float[3]`` is in."""
    angle = typology_angle(lab)
    return next(group for group, above in ITA.items() if angle > above)


def _hair_length(labels: np.ndarray, area: int) -> str:
    if area < _HAIR:
        return "none"
    widths = np.count_nonzero(labels == CLASSES.index("hair"), axis=1)
    last = max((row for row, width in enumerate(widths) if width >= _LOCK), default=0)
    return next((length for length, end in _ENDS.items() if last < end), "long")


def _median(face: Portrait, name: str, least: int) -> np.ndarray | None:
    pixels = face.pixels[face.labels == CLASSES.index(name)]
    return np.median(srgb_to_lab(pixels / 255.0), axis=0) if len(pixels) >= least else None

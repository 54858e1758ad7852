"""How far off an avatar's measured skin and hair colours are from those under a mask that people drew."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from emojax.avatar.faces.portraits import Portrait
from emojax.avatar.result import Avatar
from emojax.data.faces.labels import CLASSES
from emojax.media.color import ciede2000, srgb_to_lab

_LEAST_PIXELS: Final = 500
"""Of skin or hair, in the face frame of 306 x 306. Below it the median is that of an edge or a strand, which
takes on the colour beside it; a larger bound leaves short hair out."""

_LEAST_CHROMA: Final = 5.0
"""Of a skin's median in CIELAB. Skin photographed in colour has 7 and more; with a smaller bound toned
black-and-white photos would count, with a larger one pale skin in cold light would not."""

ITA: Final[Mapping[str, float]] = {
    "very light": 55.0,
    "light": 41.0,
    "intermediate": 28.0,
    "tan": 10.0,
    "brown": -30.0,
    "dark": -math.inf,
}
"""Skin groups, and the individual typology angle in degrees above which skin belongs to each (Chardon,
Cretois and Hourseau, 1991)."""


@dataclasses.dataclass(frozen=True)
class Difference:
    """ΔE2000 of a colour over `count` faces: mean and median, None where no face has it."""

    mean: float | None
    median: float | None
    count: int


@dataclasses.dataclass(frozen=True)
class Colors:
    """Of all faces with an avatar and a true portrait.

    Attributes:
      skin, hair: what was measured, before the palette, to the median over the mask.
      skin_by_group: the same for skin, by group of `ITA`, all of them.
    """

    skin: Difference
    hair: Difference
    skin_by_group: dict[str, Difference]


def compare(faces: Sequence[Portrait], avatars: Sequence[Avatar]) -> Colors:
    """Compares colours of N true portraits with those measured for their avatars."""
    pairs: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {"skin": [], "hair": []}
    for face, avatar in zip(faces, avatars, strict=True):
        for name, true in medians(face).items():
            if name in avatar.measured.lab:
                pairs[name].append((true, avatar.measured.lab[name]))
    by_group = {
        group: difference([pair for pair in pairs["skin"] if skin_group(pair[0]) == group]) for group in ITA
    }
    return Colors(difference(pairs["skin"]), difference(pairs["hair"]), by_group)


def medians(face: Portrait) -> dict[str, np.ndarray]:
    """Median CIELAB ``float64[3]`` of skin and hair under a true mask.

    Returns:
      Those of which there are pixels enough; neither where the photo is in black and white.
    """
    found = {}
    for name in ("skin", "hair"):
        pixels = face.pixels[face.labels == CLASSES.index(name)]
        if len(pixels) >= _LEAST_PIXELS:
            found[name] = np.median(srgb_to_lab(pixels / 255.0), axis=0)
    colored = "skin" in found and math.hypot(*found["skin"][1:]) >= _LEAST_CHROMA
    return found if colored else {}


def difference(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> Difference:
    """ΔE2000 of pairs of CIELAB ``float[3]``."""
    if not pairs:
        return Difference(None, None, 0)
    first, second = (np.stack(side) for side in zip(*pairs, strict=True))
    apart = ciede2000(first, second)
    return Difference(float(np.mean(apart)), float(np.median(apart)), len(pairs))


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

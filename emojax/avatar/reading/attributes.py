"""What a face wears and shows, as far as a style's tags can say it."""

import dataclasses
from collections.abc import Mapping
from typing import Final, Literal

import cv2
import numpy as np

from emojax.avatar.reading import facial_hair, worn
from emojax.avatar.reading.facial_hair import FacialHair
from emojax.avatar.reading.worn import Clothes, Ears
from emojax.data.faces.labels import CLASSES

Length = Literal["none", "short", "medium", "long"]

_LEAST: Final = {"eyeglasses": 900, "hat": 1500, "hair": 1400, "mouth": 40, "eyes": 40}
"""Pixels of the frame from which on a label is more than a speck."""

_OPEN: Final = 0.08
"""Share of lips and mouth that the inside of an open one makes up."""

_LOCK: Final = 6
"""Pixels in a row of the frame that make hair of it, not a single strand."""

_JAW: Final = 215
_BELOW_CHIN: Final = 285
"""Rows of the frame: hair that ends above the first is short, below the second long."""


_BELOW_EARS: Final = 200
"""Row of the frame under which no hair begins to grow."""

_HANGING: Final = 0.15
"""Share of the hair above that there is of such as hangs apart from it."""


@dataclasses.dataclass(frozen=True)
class Attributes:
    """What a portrait shows.

    Attributes:
      glasses: whether there are any.
      hat: whether there is one.
      mouth_open: whether its inside shows.
      hair_length: by how far down the hair reaches that shows: none where there is nearly none, short
        to the ears, medium to the chin, long below it.
      facial_hair: see `facial_hair.find`.
      sunglasses: whether there are glasses that no eye shows through.
      ears, clothes: see `worn`.
    """

    glasses: bool
    hat: bool
    mouth_open: bool
    hair_length: Length
    facial_hair: FacialHair
    sunglasses: bool = False
    ears: Ears = "plain"
    clothes: Clothes = "crew"

    def fits(self, part: str, tags: Mapping[str, str | bool]) -> bool:
        """Whether a variant of that part type with these tags shows the same."""
        if part == "hair":
            # A hat hides how much hair there is above the ears.
            hidden = self.hat and self.hair_length in ("none", "short")
            return tags["length"] in ("none", "short") if hidden else tags["length"] == self.hair_length
        if part == "glasses" and self.glasses and "sun" in tags:
            return tags["glasses"] is True and tags["sun"] == self.sunglasses
        worn_there = {"ears": self.ears, "clothes": self.clothes}
        if part in worn_there:
            return tags.get("look", worn_there[part]) == worn_there[part]
        own = {
            "mouth": ("open", self.mouth_open),
            "glasses": ("glasses", self.glasses),
            "hat": ("hat", self.hat),
            "facial_hair": ("kind", self.facial_hair.kind),
        }
        return part not in own or tags[own[part][0]] == own[part][1]


def read(crop: np.ndarray, labels: np.ndarray) -> Attributes:
    """Reads an aligned portrait.

    Args:
      crop: ``uint8[306, 306, 3]``.
      labels: ``uint8[306, 306]`` of indices into `CLASSES`, or `UNKNOWN`.
    """
    return Attributes(
        glasses=has_label(labels, "eyeglasses"),
        hat=has_label(labels, "hat"),
        mouth_open=is_mouth_open(labels),
        hair_length=read_hair_length(labels),
        facial_hair=facial_hair.find(crop, labels),
        sunglasses=has_label(labels, "eyeglasses") and not are_eyes_visible(labels),
        ears=worn.classify_ears(labels),
        clothes=worn.classify_clothes(crop, labels),
    )


def relabel_stray_hair(labels: np.ndarray) -> np.ndarray:
    """The label map of the frame with dark collars and scarves, which parsers take for hair, as cloth.

    Hair that hangs down is joined to what grows above the mouth, or there is much of it.
    """
    hair = (labels == CLASSES.index("hair")).astype(np.uint8)
    _, regions, stats, _ = cv2.connectedComponentsWithStats(hair)
    tops, areas = stats[:, cv2.CC_STAT_TOP], stats[:, cv2.CC_STAT_AREA]
    low = tops > _BELOW_EARS
    low[0] = False  # all that is no hair
    upper = areas[1:].sum() - areas[low].sum()
    if areas[low].sum() >= _HANGING * upper:
        return labels
    return np.where(low[regions], np.uint8(CLASSES.index("cloth")), labels)


def has_label(labels: np.ndarray, name: str) -> bool:
    """Whether a label map of the frame has more of ``eyeglasses`` or ``hat`` than specks."""
    return bool(np.count_nonzero(labels == CLASSES.index(name)) >= _LEAST[name])


def are_eyes_visible(labels: np.ndarray) -> bool:
    """Whether a label map of the frame shows an eye, be it through glasses."""
    eyes = np.isin(labels, [CLASSES.index("left eye"), CLASSES.index("right eye")])
    return bool(np.count_nonzero(eyes) >= _LEAST["eyes"])


def is_mouth_open(labels: np.ndarray) -> bool:
    """Whether a label map of the frame shows the inside of the mouth, be it teeth."""
    inside, upper, lower = (
        np.count_nonzero(labels == CLASSES.index(name)) for name in ("mouth", "upper lip", "lower lip")
    )
    return bool(inside >= _LEAST["mouth"] and inside >= _OPEN * (inside + upper + lower))


def read_hair_length(labels: np.ndarray) -> Length:
    """How long the hair is that a label map ``uint8[306, 306]`` of the frame shows."""
    hair = labels == CLASSES.index("hair")
    if np.count_nonzero(hair) < _LEAST["hair"]:
        return "none"
    rows = np.nonzero(hair.sum(1) >= _LOCK)[0]
    lowest = int(rows[-1]) if len(rows) else 0
    return "short" if lowest < _JAW else "medium" if lowest < _BELOW_CHIN else "long"

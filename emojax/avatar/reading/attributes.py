"""What a portrait shows that the tags of a style's drawings can say: glasses, hat, open mouth, hair length,
facial hair, ears and clothes.
"""

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

_MIN_AREA: Final = {"eyeglasses": 900, "hat": 1500, "hair": 1400, "mouth": 40, "eyes": 40}

_MIN_OPEN_SHARE: Final = 0.08

_MIN_HAIR_WIDTH: Final = 6

_MOUTH_ROW: Final = 215
_CHIN_ROW: Final = 285

_EARS_ROW: Final = 200
_MIN_LOW_SHARE: Final = 0.15


@dataclasses.dataclass(frozen=True)
class Attributes:
    """What a portrait shows.

    Attributes:
      glasses: whether it shows any.
      hat: whether it shows one.
      mouth_open: whether the inside of the mouth is visible.
      hair_length: by the lowest visible hair: none where there is nearly none, short if it ends above the
        mouth, medium above the chin, long below.
      facial_hair: see `facial_hair.find`.
      sunglasses: whether there are glasses and no eye is visible through them.
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
        """Whether a variant of a part type, by its tags in ``style.json``, agrees with these attributes."""
        if part == "hair":
            # A hat hides how much hair there is above the ears.
            hidden = self.hat and self.hair_length in ("none", "short")
            return tags["length"] in ("none", "short") if hidden else tags["length"] == self.hair_length
        if part == "glasses" and self.glasses and "sun" in tags:
            return tags["glasses"] is True and tags["sun"] == self.sunglasses
        looks = {"ears": self.ears, "clothes": self.clothes}
        if part in looks:
            return tags.get("look", looks[part]) == looks[part]
        own = {
            "mouth": ("open", self.mouth_open),
            "glasses": ("glasses", self.glasses),
            "hat": ("hat", self.hat),
            "facial_hair": ("kind", self.facial_hair.kind),
        }
        return part not in own or tags[own[part][0]] == own[part][1]


def read(crop: np.ndarray, labels: np.ndarray) -> Attributes:
    """Reads the attributes of an aligned portrait.

    Args:
      crop: ``uint8[306, 306, 3]``, sRGB.
      labels: ``uint8[306, 306]``, indices into `CLASSES`, or `UNKNOWN`.
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
    """Relabels dark collars and scarves, which parsers take for hair, as cloth.

    Hair that hangs down is connected to hair above the mouth, or there is much of it.

    Args:
      labels: ``uint8[306, 306]``, indices into `CLASSES`, or `UNKNOWN`.
    """
    hair = (labels == CLASSES.index("hair")).astype(np.uint8)
    _, components, stats, _ = cv2.connectedComponentsWithStats(hair)
    tops, areas = stats[:, cv2.CC_STAT_TOP], stats[:, cv2.CC_STAT_AREA]
    low = tops > _EARS_ROW
    low[0] = False  # the first component is what is not hair
    upper_area = areas[1:].sum() - areas[low].sum()
    if areas[low].sum() >= _MIN_LOW_SHARE * upper_area:
        return labels
    return np.where(low[components], np.uint8(CLASSES.index("cloth")), labels)


def has_label(labels: np.ndarray, name: str) -> bool:
    """Whether a label map of the frame has more than specks of ``eyeglasses`` or ``hat``."""
    return bool(np.count_nonzero(labels == CLASSES.index(name)) >= _MIN_AREA[name])


def are_eyes_visible(labels: np.ndarray) -> bool:
    """Whether a label map of the frame shows an eye, if only through glasses."""
    eyes = np.isin(labels, [CLASSES.index("left eye"), CLASSES.index("right eye")])
    return bool(np.count_nonzero(eyes) >= _MIN_AREA["eyes"])


def is_mouth_open(labels: np.ndarray) -> bool:
    """Whether a label map of the frame shows the inside of the mouth, teeth included."""
    inside, upper, lower = (
        np.count_nonzero(labels == CLASSES.index(name)) for name in ("mouth", "upper lip", "lower lip")
    )
    return bool(inside >= _MIN_AREA["mouth"] and inside >= _MIN_OPEN_SHARE * (inside + upper + lower))


def read_hair_length(labels: np.ndarray) -> Length:
    """How long the visible hair is on a label map ``uint8[306, 306]`` of the frame."""
    hair = labels == CLASSES.index("hair")
    if np.count_nonzero(hair) < _MIN_AREA["hair"]:
        return "none"
    rows = np.nonzero(hair.sum(1) >= _MIN_HAIR_WIDTH)[0]
    lowest = int(rows[-1]) if len(rows) else 0
    return "short" if lowest < _MOUTH_ROW else "medium" if lowest < _CHIN_ROW else "long"

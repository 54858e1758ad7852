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

# Constants are in pixels, rows and columns of the frame of 306 pixels. The figures were measured on 740
# portraits of CelebAMask-HQ whose IDs do not match ^[01], with the labels of the parser that ships, against
# the attributes labelled by eye.

# Pixels from which on something is worn or visible.
# eyeglasses: of 43 wearers none is missed and 2 bare faces get glasses, as with any value from 450 to 1350.
#   Smaller: specks are glasses (225: a third bare face). Larger: thin frames are missed (3600: 5).
# hat: of 51 wearers 12 are missed, half of them with headbands, and 1 bare head gets a hat. Smaller: down to
#   375 the same. Larger: small hats are missed (2250: 1 more, 6000: 2 more).
# hair: of 14 bald heads 2 get hair. Smaller: more do (350: 4). Larger: shorn heads are bald (2800: 16 of 237
#   with short hair, instead of 8).
# mouth: smaller, down to 10, changes nothing, as the share below decides. Larger: open mouths are missed
#   (160: 57 of 392, instead of 25).
# eyes: of 15 dark glasses 4 pass for clear ones. Smaller: more do (20: 6). Larger: clear ones pass for dark
#   (320: 15 of 28, instead of 1).
_MIN_AREA: Final = {"eyeglasses": 900, "hat": 1500, "hair": 1400, "mouth": 40, "eyes": 40}

# Share of the mouth, lips included, that the inside of an open one has. 25 of 392 open mouths are missed and
# 5 others are open. Smaller: parted lips are open (0.04: 13). Larger: smiles are missed (0.12: 53).
_MIN_OPEN_SHARE: Final = 0.08

# Pixels of hair in the lowest row of it. Smaller: a strand makes short hair medium (1: 24 of 237, instead of
# 19). Larger: the ends of medium hair are lost (24: 52 of 168 are short, instead of 43).
_MIN_HAIR_WIDTH: Final = 6

# Last rows of short and of medium hair: at the corners of the mouth, and below the chin. 78 in 100 lengths
# are as labelled. Smaller: short hair is medium (195: 46 of 237, instead of 19), medium hair long (260: 89 of
# 168, instead of 66). Larger: medium hair is short (250: 68, instead of 43), long hair medium (304: 83 of
# 316, instead of 16).
_MOUTH_ROW: Final = 215
_CHIN_ROW: Final = 285

# Row below which no hair begins to grow. Smaller: hair that is cut off by a collar or a hand becomes cloth;
# down to 100 that gains half a point of length. Larger: collars stay hair and make it long (250: 75.6 in 100
# lengths as labelled; never relabelling: 75.1).
_EARS_ROW: Final = 200

# Share of the hair above that hair below `_EARS_ROW` needs to stay hair. Smaller: collars stay hair (0.02:
# 76.7 in 100). Larger, up to 1, changes nothing on these portraits; the limit is for hair whose upper part is
# under a hat or a scarf.
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

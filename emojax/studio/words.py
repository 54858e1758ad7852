"""What the page calls things."""

from collections.abc import Mapping
from typing import Final

PARTS: Final[Mapping[str, str]] = {
    "hair": "Hair",
    "eyes": "Eyes",
    "brows": "Eyebrows",
    "mouth": "Mouth",
    "nose": "Nose",
    "head": "Face shape",
    "ears": "Ears",
    "glasses": "Glasses",
    "facial_hair": "Beard",
    "hat": "Hat",
    "clothes": "Clothes",
    "earrings": "Earrings",
    "makeup": "Make-up",
    "lines": "Lines of age",
}
"""By part type of a style, in the order in which people look for them."""

COLORS: Final[Mapping[str, str]] = {
    "skin": "Skin",
    "hair": "Hair",
    "brows": "Eyebrows",
    "beard": "Beard",
    "iris": "Eyes",
    "lips": "Lips",
    "cloth": "Clothes",
    "glasses": "Glasses",
    "hat": "Hat",
}
"""By slot that every style has."""

MOODS: Final[Mapping[str, str]] = {
    "": "As on the photo",
    "happy": "Happy",
    "laughing": "Laughing",
    "smiling": "Smiling",
    "calm": "Calm",
    "sleepy": "Sleepy",
    "surprised": "Surprised",
    "sad": "Sad",
    "angry": "Angry",
    "pouting": "Pouting",
}
"""By expression; the empty one is the photo's own."""

SLOTS: Final[Mapping[str, str]] = {"base": "Face", "eyes": "Eyes", "mouth": "Mouth", "extra": "Extra"}
"""By slot of an emoji."""


def plain(name: str) -> str:
    """An id or name in words: ``long-straight`` is "long straight"."""
    return name.replace("-", " ").replace("_", " ")

"""The attributes of faces that people label by eye, and the words for each.

One vocabulary for labels, for what is read off photos, and for the tags of a style's drawings.
"""

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "hair_length": ("bald", "buzz", "short", "medium", "long", "hidden"),
    "hair_texture": ("straight", "wavy", "curly", "coily", "unclear"),
    "hair_arrangement": (
        *(
            "loose",
            "tied_back",
            "up",
            "half_up",
            "braids",
            "slicked_back",
            "spiky",
            "locs",
            "cropped",
            "none",
        ),
    ),
    "fringe": ("none", "full", "side", "wispy"),
    "parting": ("none", "middle", "left", "right"),
    "hairline": ("normal", "high", "receding", "bald_top"),
    "hair_color": (
        *("black", "dark_brown", "brown", "light_brown", "dark_blond", "blond", "platinum", "red", "auburn"),
        *("grey", "white", "dyed", "unclear"),
    ),
    "facial_hair": ("none", "stubble", "moustache", "goatee", "van_dyke", "short_beard", "full_beard"),
    "glasses": ("none", "clear", "sun", "on_head"),
    "headwear": ("none", "cap", "beanie", "brimmed", "headband", "scarf", "other"),
    "mouth": (
        *("closed_neutral", "closed_smile", "closed_frown", "teeth_smile", "open_smile", "open_neutral"),
        *("open_wide", "pout", "grimace"),
    ),
    "brows": ("neutral", "raised", "frown", "worried"),
    "eyes": ("open", "narrow", "wide", "closed", "hidden", "wink"),
    "lipstick": ("no", "natural", "strong"),
    "eye_makeup": ("no", "some", "strong"),
    "lines": ("none", "some", "marked"),
    "earrings": ("none", "stud", "drop", "hidden"),
    "turn": ("front", "slight", "strong"),
    "monk": ("0", *map(str, range(1, 11))),
}
"""By attribute, the words that a label may be; the README of `emojax.evaluation.avatar.labels` explains them.
Left and right are sides of the picture. ``monk`` is the step of the Monk skin tone scale, 0 where the light
does not tell."""

SHOWN: Final = tuple(name for name in WORDS if name not in ("hair_color", "turn", "monk"))
"""The attributes that drawings can be tagged with: the others are colours, and the camera's doing."""

Probabilities = Mapping[str, Mapping[str, float]]
"""By attribute of `WORDS`, and by word, how likely a face shows it."""

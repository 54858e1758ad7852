"""What each drawing of avataaars shows, by the words that people label photos with; reviewed by eye."""

from collections.abc import Mapping
from typing import Any, Final


def _hair(
    length: str, texture: str, arrangement: str, fringe: str = "none", *, seen: str = "", **more: str
) -> dict[str, Any]:
    """Tags of hair; words are separated by commas, the first is what it shows most.

    `seen` is how long it looks where that is another length: hair that is worn up looks short.
    """
    words = {
        "hair_length": length.split(","),
        "hair_texture": texture.split(","),
        "hair_arrangement": arrangement.split(","),
        "fringe": fringe.split(","),
        **{name: value.split(",") for name, value in more.items()},
    }
    first, curl = words["hair_length"][0], words["hair_texture"][0]
    return {
        "length": seen or {"bald": "none", "buzz": "short"}.get(first, first),
        "texture": "none" if first == "bald" else curl,
        "fringe": words["fringe"][0] not in ("none",),
        "tags": words,
    }


def _mouth(word: str, *, is_open: bool, smile: bool) -> dict[str, Any]:
    return {"open": is_open, "smile": smile, "tags": {"mouth": word.split(",")}}


def _words(**words: str) -> dict[str, Any]:
    return {"tags": {name: value.split(",") for name, value in words.items()}}


TAGS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "hair": {
        "no_hair": _hair("bald", "unclear", "none", hairline="bald_top"),
        "sides": _hair("bald,short", "straight", "cropped,none", hairline="bald_top"),
        "buzzcut": _hair("buzz,short", "straight,coily", "cropped"),
        "short_round": _hair("short,buzz", "straight,wavy", "cropped,loose"),
        "short_flat": _hair("short", "straight", "cropped,loose"),
        "short_waved": _hair("short", "wavy", "loose,cropped"),
        "short_curly": _hair("short", "curly,wavy", "loose,cropped"),
        "quiff": _hair("short", "straight,wavy", "loose,slicked_back"),
        "pompadour": _hair("short", "straight,wavy", "slicked_back,cropped"),
        "elvis": _hair("short", "wavy,curly", "slicked_back,loose"),
        "frizzle": _hair("short", "straight,wavy", "slicked_back"),
        "caesar": _hair("short", "straight", "cropped", "full"),
        "caesar_side_part": _hair("short", "straight", "cropped", "side,full"),
        "pixie": _hair("short", "straight", "loose,cropped", "side,wispy"),
        "mowgli": _hair("short,medium", "wavy,curly", "loose", "wispy,side"),
        "shaggy_mullet": _hair("medium,short", "wavy,straight", "loose", "side,wispy"),
        "short_dreads_1": _hair("short", "coily", "locs,cropped"),
        "short_dreads_2": _hair("medium,short", "coily,curly", "locs,loose"),
        "einstein_hair": _hair("medium", "curly,coily", "loose"),
        "fro": _hair("medium,short", "coily,curly", "loose"),
        "curly": _hair("medium", "curly", "loose", "none,side"),
        "cornrows": _hair("medium", "coily", "braids,locs"),
        "braids": _hair("medium,long", "coily,curly", "up,braids", seen="short"),
        "dreadlocks": _hair("medium,long", "coily,curly", "braids,tied_back"),
        "bob": _hair("medium", "straight", "loose", "side,none"),
        "mia_wallace": _hair("medium", "straight", "loose", "full"),
        "straight_strand": _hair("long,medium", "straight", "loose", "side,wispy"),
        "wick": _hair("medium", "straight,wavy", "loose", "none,side", parting="middle"),
        "wild": _hair("medium,long", "wavy", "loose", "wispy,full"),
        "half_shaved": _hair("medium", "straight", "loose", "side"),
        "long_not_too_long": _hair("medium,long", "straight", "loose", "side,none"),
        "straight_1": _hair("long", "straight,wavy", "loose", "none,side", parting="right"),
        "straight_2": _hair("long", "straight,wavy", "loose", "none,side", parting="middle"),
        "twist_long_hair": _hair("medium,long", "coily,straight", "locs,braids"),
        "twist_long_hair_2": _hair("medium,long", "coily,straight", "locs,braids", "side"),
        "curvy": _hair("long", "wavy,curly", "loose", "full"),
        "loose_hair": _hair("long", "wavy", "loose", "wispy,full"),
        "dreads": _hair("long", "coily,curly", "locs,loose"),
        "bun": _hair("medium,long", "straight,wavy", "up,tied_back", seen="short"),
    },
    "brows": {
        "default_natural": _words(brows="neutral"),
        "flat_natural": _words(brows="neutral"),
        "default": _words(brows="neutral"),
        "raised_excited_natural": _words(brows="raised"),
        "raised_excited": _words(brows="raised"),
        "angry_natural": _words(brows="frown"),
        "frown_natural": _words(brows="frown"),
        "angry": _words(brows="frown"),
        "sad_concerned_natural": _words(brows="worried"),
        "sad_concerned": _words(brows="worried"),
        "up_down_natural": _words(brows="raised"),
    },
    "eyes": {
        "default": _words(eyes="open"),
        "squint": _words(eyes="narrow"),
        "surprised": _words(eyes="wide"),
        "closed": _words(eyes="closed"),
        "happy": _words(eyes="closed"),
        "wink": _words(eyes="wink"),
    },
    "nose": {"default": {}, "small": {}, "wide": {}},
    "mouth": {
        "serious": _mouth("closed_neutral,open_neutral", is_open=False, smile=False),
        "twinkle": _mouth("closed_smile", is_open=False, smile=True),
        "sad": _mouth("closed_frown,pout", is_open=False, smile=False),
        "smile": _mouth("teeth_smile,open_smile", is_open=True, smile=True),
        "big_smile": _mouth("teeth_smile", is_open=True, smile=True),
        "default": _mouth("open_smile", is_open=True, smile=True),
        "disbelief": _mouth("open_wide", is_open=True, smile=False),
        "grimace": _mouth("grimace", is_open=True, smile=False),
        "scream_open": _mouth("open_wide", is_open=True, smile=False),
    },
    "facial_hair": {
        "none": {"kind": "none"},
        "beard_light": {"kind": "beard", "tags": {"facial_hair": ["stubble", "short_beard"]}},
        "beard_medium": {"kind": "beard", "tags": {"facial_hair": ["short_beard"]}},
        "beard_magestic": {"kind": "beard", "tags": {"facial_hair": ["full_beard"]}},
        "moustache_fancy": {"kind": "moustache"},
        "moustache_magnum": {"kind": "moustache"},
    },
    "glasses": {
        "none": {"glasses": False},
        "prescription_02": {"glasses": True},
        "round": {"glasses": True},
        "sunglasses": {"glasses": True, "sun": True},
        "wayfarers": {"glasses": True, "sun": True},
    },
    "hat": {
        "none": {"hat": False},
        "winter_hat_1": {"hat": True, "tags": {"headwear": ["beanie"]}},
        "winter_hat_2": {"hat": True, "tags": {"headwear": ["beanie"]}},
        "winter_hat_3": {"hat": True, "tags": {"headwear": ["beanie"]}},
        "winter_hat_4": {"hat": True, "tags": {"headwear": ["beanie", "other"]}},
        "hat": {"hat": True, "tags": {"headwear": ["brimmed", "cap"]}},
        "turban": {"hat": True, "tags": {"headwear": ["scarf", "headband", "other"]}},
        "hijab": {"hat": True, "tags": {"headwear": ["scarf"]}},
    },
    "clothes": {
        "shirt_crew_neck": {"look": "crew"},
        "shirt_scoop_neck": {"look": "straps"},
        "shirt_v_neck": {"look": "v-neck"},
        "collar_sweater": {"look": "shirt"},
        "blazer_shirt": {"look": "blazer"},
        "blazer_sweater": {"look": "suit"},
        "hoodie": {"look": "hoodie"},
        "overall": {"look": "overall"},
    },
}
"""By part type and name of the drawing's file. What is not here is not taken over: jokes (vomit, hearts for
eyes), hair that hides an eye, pale glasses, which few wear, costumes, and drawings that no face calls for."""

DEFAULTS: Final[Mapping[str, str]] = {
    "head": "default",
    "ears": "default",
    "hair": "short_flat",
    "brows": "default_natural",
    "eyes": "default",
    "nose": "default",
    "mouth": "serious",
    "facial_hair": "none",
    "glasses": "none",
    "hat": "none",
    "clothes": "shirt_crew_neck",
}


def _palette(**colors: str) -> list[dict[str, Any]]:
    return [{"id": name.replace("_", "-"), "hex": color} for name, color in colors.items()]


_HAIR: Final = _palette(
    black="#2c1b18",
    brown_dark="#4a312c",
    brown="#724133",
    auburn="#a55728",
    red="#c93305",
    blonde="#b58143",
    blonde_golden="#d6b370",
    platinum="#ecdcbf",
    silver_gray="#b0a8a2",
)
_CLOTHES: Final = _palette(
    black="#262e33",
    blue_light="#65c9ff",
    blue="#5199e4",
    blue_dark="#25557c",
    gray="#929598",
    heather="#3c4f5c",
    white="#f5f5f5",
    red="#ff5c5c",
    pink="#ff488e",
    green="#a7ffc4",
    yellow="#ffffb1",
)

PALETTES: Final[Mapping[str, list[dict[str, Any]]]] = {
    "skin": [
        *_palette(
            pale="#ffdbb4",
            light="#edb98a",
            brown="#d08b5b",
            dark_brown="#ae5d29",
            black="#614335",
        ),
        {"id": "tanned", "hex": "#fd9841", "natural": False},
        {"id": "yellow", "hex": "#f8d25c", "natural": False},
    ],
    "hair": _HAIR,
    "brows": _palette(black="#000000"),
    "beard": _HAIR,
    "iris": _palette(black="#000000"),
    "lips": _palette(black="#000000"),
    "cloth": _CLOTHES,
    "glasses": _palette(black="#252c2f"),
    "hat": _CLOTHES,
}
"""The colours that the original offers."""

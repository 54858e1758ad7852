"""Shades of a colour: as they were when the styles were drawn, within sRGB, and by name."""

import pytest

from emojax.avatar.styles import shades
from emojax.media.color import parse_hex, srgb_to_oklab

NAMES = ("shade", "deep", "light", "glow", "blush", "lip", "line")
TABLE = {
    "#f3c6a5": "#d6a485 #b3856c #facdab #fed6b7 #faa78d #e1a086 #714a2e",
    "#70432e": "#60321f #4d2414 #895b45 #a47964 #7e3b2b #7c4232 #3c1502",
    "#332211": "#2a1707 #1f0e03 #503e2b #72604f #452114 #492c1e #1e0d01",
    "#3a6ea5": "#355989 #284671 #5283b8 #709ccb #616491 #51679b #032d58",
}


@pytest.mark.parametrize("color", TABLE)
def test_shades_are_as_drawn(color: str) -> None:
    assert tuple(shades.SHADES) == NAMES
    assert " ".join(shades.shade(color, name) for name in NAMES) == TABLE[color]


@pytest.mark.parametrize("color", ["#f6ede4", "#a07e56", "#292420", "#336699"])
def test_shadows_are_darker_and_lights_lighter(color: str) -> None:
    light = {name: srgb_to_oklab(parse_hex(shades.shade(color, name)))[0] for name in NAMES}
    own = srgb_to_oklab(parse_hex(color))[0]
    assert light["line"] < light["deep"] < light["shade"] < own
    if own < 0.9:
        assert own < light["light"] < light["glow"]


def test_white_and_black_stay_within_range() -> None:
    assert parse_hex(shades.shade("#ffffff", "glow")).min() > 0.98
    assert shades.shade("#000000", "deep") == "#000000"
    assert shades.shade("#000000", "shade") == "#000000"


def test_paints_are_slots_or_shades_of_slots() -> None:
    assert shades.split_paint("skin.deep") == ("skin", "deep")
    assert shades.split_paint("skin") == ("skin", None)
    assert shades.split_paint("skin.") == ("skin", None)
    colors = {"skin": "#A07E56"}
    assert shades.resolve("skin", colors) == "#a07e56"
    assert shades.resolve("skin.deep", colors) == shades.shade("#a07e56", "deep")

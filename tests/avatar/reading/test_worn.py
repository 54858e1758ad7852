"""Ears and clothes: what label maps show of them, and plain ones where nothing does."""

from typing import get_args

import numpy as np
import pytest
from avatar.support.portrait_of_avatar import portrait

from emojax.avatar.reading import attributes, worn
from emojax.avatar.styles import style
from emojax.avatar.styles.style import Style
from emojax.data.faces.labels import CLASSES, UNKNOWN

CLOTH, NECK, EAR, RING = (np.uint8(CLASSES.index(n)) for n in ("cloth", "neck", "left ear", "earring"))


@pytest.fixture(scope="module", params=["flat", "line", "sticker"])
def drawings(request: pytest.FixtureRequest) -> Style:
    return style.load(style.find(request.param))


def test_drawn_hoops_are_hoops(drawings: Style) -> None:
    for variant in ("hoops", "plain"):
        _, labels = portrait(drawings, {"ears": variant, "hair": "crop"}, {})
        assert (worn.classify_ears(labels) == "hoops") == (variant == "hoops")


def test_every_look_can_be_had(drawings: Style) -> None:
    for kind, looks in (("ears", worn.Ears), ("clothes", worn.Clothes)):
        there = {variant.tags["look"] for variant in drawings.parts[kind].variants.values()}
        assert set(get_args(looks)) <= there
        assert drawings.variant(kind).tags["look"] == get_args(looks)[0]


def _labels(**areas: tuple[slice, slice]) -> np.ndarray:
    labels = np.zeros((306, 306), np.uint8)
    for name, (rows, columns) in areas.items():
        labels[rows, columns] = CLASSES.index(name.replace("_", " "))
    return labels


def test_ears_are_told_by_their_size_and_rings() -> None:
    side = slice(240, 260)
    assert worn.classify_ears(_labels()) == "plain"
    assert worn.classify_ears(_labels(left_ear=(slice(100, 105), side))) == "plain"  # next to nothing
    assert worn.classify_ears(_labels(left_ear=(slice(100, 115), side))) == "small"
    assert worn.classify_ears(_labels(left_ear=(slice(100, 140), side))) == "plain"
    assert worn.classify_ears(_labels(right_ear=(slice(100, 180), side))) == "large"
    assert worn.classify_ears(_labels(earring=(slice(200, 210), slice(240, 248)))) == "studs"
    assert worn.classify_ears(_labels(earring=(slice(200, 240), slice(240, 248)))) == "hoops"


def test_necklines() -> None:
    grey = np.full((306, 306, 3), 110, np.uint8)
    all_of, low = slice(0, 306), slice(280, 306)
    assert worn.classify_clothes(grey, np.full((306, 306), UNKNOWN, np.uint8)) == "crew"
    assert worn.classify_clothes(grey, _labels(neck=(low, all_of))) == "straps"
    assert worn.classify_clothes(grey, _labels(neck=(low, slice(93, 213)))) == "v-neck"
    assert (
        worn.classify_clothes(grey, _labels(neck=(low, slice(93, 213)), cloth=(low, slice(60, 70))))
        == "v-neck"
    )
    assert worn.classify_clothes(grey, _labels(hair=(low, all_of))) == "crew"
    assert worn.classify_clothes(grey, _labels(cloth=(low, all_of))) == "turtleneck"
    round_neck = _labels(cloth=(low, all_of), neck=(low, slice(110, 196)))
    assert worn.classify_clothes(grey, round_neck) == "crew"
    pointed = round_neck.copy()
    for row in range(280, 306):
        gone = (row - 280) * 2
        pointed[row, 110 : 110 + gone // 2] = pointed[row, 196 - gone // 2 : 196] = CLOTH
    assert worn.classify_clothes(grey, pointed) == "shirt"
    jacket = np.full((306, 306, 3), 30, np.uint8)
    jacket[:, 95:211] = 235
    assert worn.classify_clothes(jacket, round_neck) == "suit"
    assert worn.classify_clothes(255 - jacket, round_neck) == "crew"
    jacket[:, 95:211] = 110, 130, 160
    assert worn.classify_clothes(jacket, round_neck) == "blazer"
    jacket[:] = 110, 130, 160
    assert worn.classify_clothes(jacket, round_neck) == "crew"


def test_the_avatar_wears_what_is_seen_and_else_the_default(drawings: Style) -> None:
    pixels, labels = portrait(drawings, {"ears": "hoops", "hair": "crop"}, {})
    shown = attributes.read(pixels, labels)
    fitting = [v.id for v in drawings.parts["ears"].variants.values() if shown.fits("ears", v.tags)]
    assert fitting == ["hoops"]
    assert shown.fits("ears", {})  # a style that does not say

"""Ears and clothes: what label maps show of them, and plain ones where nothing does."""

from typing import get_args

import numpy as np
import pytest
from avatar.support.label_maps import SIDE, blank, fill, paint
from avatar.support.portrait_of_avatar import portrait
from avatar.support.scene import BLACK, Color, color_of, grey

from emojax.avatar.reading import attributes, worn
from emojax.avatar.styles import style
from emojax.avatar.styles.style import Style
from emojax.data.faces.labels import CLASSES, UNKNOWN

CLOTH, NECK, EAR, RING = (np.uint8(CLASSES.index(n)) for n in ("cloth", "neck", "left ear", "earring"))


@pytest.fixture(scope="module", params=["flat", "line", "sticker"])
def drawings(request: pytest.FixtureRequest) -> Style:
    return style.load(style.find(request.param))


def test_drawn_hoops_are_hoops(drawings: Style) -> None:
    for variant in ("hoop", "none"):
        _, labels = portrait(drawings, {"earrings": variant, "hair": "crop"}, {})
        assert (worn.classify_ears(labels) == "hoops") == (variant == "hoop")


def test_every_look_can_be_had(drawings: Style) -> None:
    for kind, looks in (("ears", worn.Ears), ("clothes", worn.Clothes)):
        there = {variant.tags["look"] for variant in drawings.parts[kind].variants.values()}
        assert set(get_args(looks)) - {"studs", "hoops"} <= there  # earrings are a type of their own
        assert drawings.variant(kind).tags["look"] == get_args(looks)[0]


def test_ears_are_told_by_their_size_and_rings() -> None:
    side = slice(240, 260)
    assert worn.classify_ears(paint()) == "plain"
    assert worn.classify_ears(paint(left_ear=(slice(100, 105), side))) == "plain"  # next to nothing
    assert worn.classify_ears(paint(left_ear=(slice(100, 115), side))) == "small"
    assert worn.classify_ears(paint(left_ear=(slice(100, 140), side))) == "plain"
    assert worn.classify_ears(paint(right_ear=(slice(100, 180), side))) == "large"
    assert worn.classify_ears(paint(earring=(slice(200, 210), slice(240, 248)))) == "studs"
    assert worn.classify_ears(paint(earring=(slice(200, 240), slice(240, 248)))) == "hoops"


def test_necklines() -> None:
    grey = np.full((306, 306, 3), 110, np.uint8)
    all_of, low = slice(0, 306), slice(280, 306)
    assert worn.classify_clothes(grey, np.full((306, 306), UNKNOWN, np.uint8)) == "crew"
    assert worn.classify_clothes(grey, paint(neck=(low, all_of))) == "straps"
    assert worn.classify_clothes(grey, paint(neck=(low, slice(93, 213)))) == "v-neck"
    assert (
        worn.classify_clothes(grey, paint(neck=(low, slice(93, 213)), cloth=(low, slice(60, 70)))) == "v-neck"
    )
    assert worn.classify_clothes(grey, paint(hair=(low, all_of))) == "crew"
    assert worn.classify_clothes(grey, paint(cloth=(low, all_of))) == "turtleneck"
    round_neck = paint(cloth=(low, all_of), neck=(low, slice(110, 196)))
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
    pixels, labels = portrait(drawings, {"clothes": "turtleneck", "hair": "crop"}, {})
    shown = attributes.read(pixels, labels)
    fitting = [v.id for v in drawings.parts["clothes"].variants.values() if shown.fits("clothes", v.tags)]
    assert fitting == ["turtleneck"]
    assert shown.fits("ears", {})  # a style that does not say


@pytest.mark.parametrize(
    ("left", "right", "look"),
    [
        (149, 0, "plain"),
        (149, 149, "plain"),
        (150, 0, "small"),
        (0, 379, "small"),
        (379, 379, "small"),
        (380, 0, "plain"),
        (0, 1350, "plain"),
        (1351, 200, "large"),
    ],
)
def test_ears_are_by_the_pixels_of_the_larger(left: int, right: int, look: str) -> None:
    labels = fill(blank("skin"), "left ear", left, left=240, width=30)
    assert worn.classify_ears(fill(labels, "right ear", right, left=20, width=30)) == look


@pytest.mark.parametrize(
    ("count", "width", "look"),
    [
        (59, 10, "plain"),
        (60, 10, "studs"),
        (299, 20, "studs"),
        (300, 20, "hoops"),
        (100, 4, "studs"),  # 25 rows
        (104, 4, "hoops"),
    ],
)
def test_earrings_are_by_their_area_and_height(count: int, width: int, look: str) -> None:
    labels = fill(blank("skin"), "earring", count, top=100, left=50, width=width)
    assert worn.classify_ears(labels) == look
    if look == "studs" and width == 4:  # another one below it is not part of it
        assert worn.classify_ears(fill(labels, "earring", 20, top=126, left=50, width=4)) == "studs"


def _band(count: int, name: str, rest: str = "background") -> np.ndarray:
    """The last 20 rows have so many pixels of a label and are else of another."""
    return fill(paint(**{rest: (BAND, slice(0, SIDE))}), name, count, top=286)


BAND = slice(286, SIDE)
GREY = np.full((SIDE, SIDE, 3), 110, np.uint8)


@pytest.mark.parametrize(("known", "look"), [(1836, "straps"), (1835, "crew")])
def test_three_tenths_of_the_neckline_must_be_on_the_photo(known: int, look: str) -> None:
    labels = fill(np.full((SIDE, SIDE), UNKNOWN, np.uint8), "neck", known, top=286)
    assert worn.classify_clothes(GREY, labels) == look


@pytest.mark.parametrize("name", ["neck", "necklace", "skin"])
@pytest.mark.parametrize(
    ("count", "look"), [(918, "crew"), (919, "v-neck"), (2754, "v-neck"), (2755, "straps")]
)
def test_a_bare_neck_is_by_its_share_of_the_neckline(name: str, count: int, look: str) -> None:
    assert worn.classify_clothes(GREY, _band(count, name)) == look
    above = fill(blank(), name, 5000, top=250)
    above[BAND] = 0
    assert worn.classify_clothes(GREY, above) == "crew"


@pytest.mark.parametrize(("cloth", "look"), [(367, "straps"), (368, "crew")])
def test_specks_of_cloth_do_not_make_a_neckline(cloth: int, look: str) -> None:
    assert worn.classify_clothes(GREY, _band(cloth, "cloth", rest="neck")) == look


@pytest.mark.parametrize(
    ("rows", "columns", "look"),
    [
        (12, slice(138, 169), "crew"),  # 0.6 of the 31 columns below the chin
        (13, slice(138, 169), "turtleneck"),
        (20, slice(120, 156), "crew"),  # 18 of these columns
        (20, slice(120, 157), "turtleneck"),
        (20, slice(151, 180), "crew"),
        (20, slice(150, 180), "turtleneck"),
    ],
)
def test_cloth_up_to_the_chin_is_a_turtleneck(rows: int, columns: slice, look: str) -> None:
    labels = paint(
        neck=(BAND, slice(100, 200)), cloth=[(BAND, slice(0, 40)), (slice(286, 286 + rows), columns)]
    )
    found = worn.classify_clothes(GREY, labels)
    assert (found == "turtleneck") == (look == "turtleneck")


@pytest.mark.parametrize(("removed", "look"), [(150, "crew"), (151, "shirt")])
def test_a_collar_narrows_the_neck_to_three_quarters(removed: int, look: str) -> None:
    """Of the 600 pixels that it has in the first six of these rows, in the last six."""
    labels = paint(cloth=(BAND, slice(0, SIDE)), neck=(BAND, slice(103, 203)))
    labels[292:300] = CLOTH  # what is between does not count
    assert worn.classify_clothes(GREY, fill(labels, "cloth", removed, top=300, left=103, width=100)) == look


def test_without_a_neck_above_there_is_no_collar() -> None:
    labels = paint(cloth=(BAND, slice(0, SIDE)), hair=(BAND, slice(103, 203)))
    assert worn.classify_clothes(GREY, labels) == "crew"


def _jacket(collar: Color, jacket: Color, *, inner: int = 116, share: float = 1.0) -> str:
    """A round neckline in columns 110 to 195; what is worn within `inner` columns has the collar's colour."""
    labels = paint(cloth=(BAND, slice(0, SIDE)), neck=(BAND, slice(110, 196)))
    pixels = np.empty((SIDE, SIDE, 3), np.uint8)
    pixels[:] = jacket
    pixels[:, 153 - inner // 2 : 153 + inner // 2] = collar
    pixels[BAND][: round(20 * (1 - share)), 95:211] = BLACK
    return worn.classify_clothes(pixels, labels)


@pytest.mark.parametrize(
    ("collar", "jacket", "look"),
    [
        (color_of((68.6, 0, 0)), grey(40), "suit"),
        (color_of((67.4, 0, 0)), grey(40), "blazer"),
        (color_of((80, 0, 15.3)), grey(40), "suit"),
        (color_of((80, 0, 16.7)), grey(40), "blazer"),
        (color_of((80, -15.3, 0)), grey(40), "suit"),
        (color_of((80, -16.7, 0)), grey(40), "blazer"),
        (color_of((63, 0, 0)), color_of((44.4, 0, 0)), "blazer"),
        (color_of((63, 0, 0)), color_of((45.6, 0, 0)), "crew"),
        (color_of((90, 0, 0)), color_of((45.6, 0, 0)), "crew"),
        (color_of((38.6, 0, 0)), color_of((20, 0, 0)), "blazer"),
        (color_of((37.4, 0, 0)), color_of((20, 0, 0)), "crew"),
    ],
    ids=str,
)
def test_suits_and_blazers_are_dark_over_something_lighter(collar: Color, jacket: Color, look: str) -> None:
    assert _jacket(collar, jacket) == look


@pytest.mark.parametrize(("share", "look"), [(0.35, "suit"), (0.3, "crew")])
def test_a_suit_shows_three_tenths_of_white(share: float, look: str) -> None:
    assert _jacket((240, 240, 240), grey(40), share=share) == look


def test_the_collar_is_within_58_columns_of_the_middle() -> None:
    white, dark = (240, 240, 240), grey(40)
    # Of the 15 columns on either side of this neck 0.3 must be white: the inner five.
    assert _jacket(white, dark, inner=2 * 48) == "suit"
    assert _jacket(white, dark, inner=2 * 47) == "crew"


@pytest.mark.parametrize("part", ["collar", "jacket"])
@pytest.mark.parametrize(("count", "look"), [(60, "suit"), (59, "crew")])
def test_a_jacket_and_its_collar_need_60_pixels_each(part: str, count: int, look: str) -> None:
    few, many = (slice(286, 306), slice(97, 110)), (slice(286, 306), slice(0, 95))
    labels = paint(neck=(BAND, slice(110, 196)), cloth=few if part == "jacket" else many)
    left = 20 if part == "jacket" else 100
    if part == "jacket":
        labels[286:306, 196:209] = CLOTH
    labels = fill(labels, "cloth", count, top=286, left=left, width=3)
    pixels = np.full((SIDE, SIDE, 3), 40, np.uint8)
    pixels[:, 95:211] = 240
    assert worn.classify_clothes(pixels, labels) == look

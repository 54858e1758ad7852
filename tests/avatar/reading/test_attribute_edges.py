"""Thresholds of attributes: label maps just below and just above each."""

import numpy as np
import pytest
from avatar.support.label_maps import SIDE, blank, fill, paint

from emojax.avatar.reading import attributes, facial_hair
from emojax.avatar.reading.attributes import Attributes
from emojax.data.faces.labels import CLASSES

ALL = slice(0, SIDE)
HAIR, CLOTH = (CLASSES.index(name) for name in ("hair", "cloth"))
BARE = facial_hair.FacialHair(np.zeros((SIDE, SIDE), bool), {}, "none")


@pytest.mark.parametrize(("name", "enough"), [("eyeglasses", 900), ("hat", 1500)])
def test_specks_of_glasses_and_hats_are_none(name: str, enough: int) -> None:
    assert attributes.has_label(fill(blank(), name, enough), name)
    assert not attributes.has_label(fill(blank(), name, enough - 1), name)
    assert not attributes.has_label(fill(blank("skin"), "hair", enough), name)


@pytest.mark.parametrize(
    ("left", "right", "visible"), [(40, 0, True), (0, 40, True), (20, 20, True), (20, 19, False)]
)
def test_eyes_are_visible_from_40_pixels_on_both_together(left: int, right: int, visible: bool) -> None:
    labels = fill(fill(blank(), "left eye", left), "right eye", right, top=50)
    assert attributes.are_eyes_visible(labels) == visible


@pytest.mark.parametrize(
    ("inside", "upper", "lower", "is_open"),
    [
        (40, 0, 0, True),
        (39, 0, 0, False),
        (80, 460, 460, True),  # a share of 0.08
        (80, 461, 460, False),
        (80, 460, 461, False),
        (80, 0, 921, False),
        (0, 0, 0, False),
    ],
)
def test_a_mouth_is_open_from_a_few_pixels_and_a_share_of_the_lips_on(
    inside: int, upper: int, lower: int, is_open: bool
) -> None:
    labels = fill(fill(blank(), "mouth", inside), "upper lip", upper, top=50)
    assert attributes.is_mouth_open(fill(labels, "lower lip", lower, top=100)) == is_open


@pytest.mark.parametrize(("count", "length"), [(1399, "none"), (1400, "short")])
def test_little_hair_is_none(count: int, length: str) -> None:
    assert attributes.read_hair_length(fill(blank(), "hair", count)) == length


@pytest.mark.parametrize(
    ("last", "width", "length"),
    [
        (214, 6, "short"),
        (215, 6, "medium"),
        (284, 6, "medium"),
        (285, 6, "long"),
        (305, 6, "long"),
        (215, 5, "short"),  # a single strand
        (285, 5, "short"),
    ],
)
def test_hair_length_is_by_the_last_row_that_has_enough_of_it(last: int, width: int, length: str) -> None:
    labels = paint(hair=[(slice(0, 100), ALL), (slice(100, last + 1), slice(0, width))])
    assert attributes.read_hair_length(labels) == length


def test_hair_in_strands_alone_is_short() -> None:
    assert attributes.read_hair_length(paint(hair=(ALL, slice(100, 105)))) == "short"


@pytest.mark.parametrize(("top", "relabelled"), [(200, False), (201, True)])
def test_hair_that_begins_below_the_ears_is_cloth(top: int, relabelled: bool) -> None:
    labels = paint(
        hair=[(slice(20, 120), ALL), (slice(top, 280), slice(10, 40))], skin=(slice(130, 140), ALL)
    )
    tidied = attributes.relabel_stray_hair(labels)
    np.testing.assert_array_equal(tidied[:top], labels[:top])
    np.testing.assert_array_equal(
        tidied == CLOTH, (labels == HAIR) & (np.arange(SIDE)[:, None] >= top) & relabelled
    )
    assert tidied.dtype == np.uint8


@pytest.mark.parametrize(
    ("first", "second", "relabelled"), [(75, 74, True), (75, 75, False), (150, 0, False)]
)
def test_much_hair_below_the_ears_is_hair(first: int, second: int, relabelled: bool) -> None:
    """From 0.15 of the other hair on, here of 1000 pixels, all lower pieces together."""
    labels = fill(blank(), "hair", 1000, top=20, width=100)
    labels = fill(labels, "hair", first, top=210, width=10)
    labels = fill(labels, "hair", second, top=210, left=100, width=10)
    assert bool((attributes.relabel_stray_hair(labels) == CLOTH).any()) == relabelled


def test_what_is_not_hair_is_never_relabelled() -> None:
    labels = paint(hair=(slice(0, 250), ALL))  # all else begins below the ears
    np.testing.assert_array_equal(attributes.relabel_stray_hair(labels), labels)
    np.testing.assert_array_equal(attributes.relabel_stray_hair(blank("neck")), blank("neck"))


def _face(**changes: object) -> Attributes:
    return Attributes(
        **{"glasses": False, "hat": False, "mouth_open": False, "hair_length": "short", "facial_hair": BARE}
        | changes
    )  # type: ignore[arg-type]


@pytest.mark.parametrize("hat", [False, True])
@pytest.mark.parametrize("seen", ["none", "short", "medium", "long"])
@pytest.mark.parametrize("drawn", ["none", "short", "medium", "long"])
def test_hair_fits_by_length_which_hats_hide(hat: bool, seen: str, drawn: str) -> None:
    hidden = hat and {seen, drawn} <= {"none", "short"}
    assert _face(hat=hat, hair_length=seen).fits("hair", {"length": drawn}) == (hidden or seen == drawn)


@pytest.mark.parametrize(
    ("part", "seen", "tags", "fits"),
    [
        ("mouth", {"mouth_open": True}, {"open": True}, True),
        ("mouth", {"mouth_open": True}, {"open": False}, False),
        ("hat", {"hat": True}, {"hat": True}, True),
        ("hat", {"hat": False}, {"hat": True}, False),
        ("glasses", {"glasses": True}, {"glasses": True}, True),
        ("glasses", {"glasses": True}, {"glasses": False}, False),
        ("glasses", {"glasses": False}, {"glasses": False, "sun": True}, True),
        ("glasses", {"glasses": True, "sunglasses": True}, {"glasses": True, "sun": True}, True),
        ("glasses", {"glasses": True, "sunglasses": True}, {"glasses": True, "sun": False}, False),
        ("glasses", {"glasses": True, "sunglasses": True}, {"glasses": False, "sun": True}, False),
        ("facial_hair", {}, {"kind": "none"}, True),
        ("facial_hair", {}, {"kind": "beard"}, False),
        ("ears", {"ears": "hoops"}, {"look": "hoops"}, True),
        ("ears", {"ears": "hoops"}, {"look": "plain"}, False),
        ("ears", {"ears": "hoops"}, {}, True),
        ("clothes", {"clothes": "suit"}, {"look": "suit"}, True),
        ("clothes", {"clothes": "suit"}, {"look": "crew"}, False),
        ("nose", {}, {}, True),
    ],
)
def test_variants_fit_by_their_tags(
    part: str, seen: dict[str, object], tags: dict[str, str | bool], fits: bool
) -> None:
    assert _face(**seen).fits(part, tags) is fits


@pytest.mark.parametrize(("eyes", "dark"), [(40, False), (39, True)])
def test_glasses_are_dark_where_no_eye_is_visible(eyes: int, dark: bool) -> None:
    labels = fill(fill(blank("skin"), "eyeglasses", 900), "left eye", eyes, top=200)
    found = attributes.read(np.zeros((SIDE, SIDE, 3), np.uint8), labels)
    assert (found.glasses, found.sunglasses, found.hat) == (True, dark, False)
    bare = attributes.read(np.zeros((SIDE, SIDE, 3), np.uint8), fill(blank("skin"), "left eye", eyes))
    assert (bare.glasses, bare.sunglasses) == (False, False)
    assert (bare.ears, bare.clothes) == ("plain", "straps")

"""What portraits show: of avatars, for which it is known; and when in doubt, no beard."""

import numpy as np
import pytest
from avatar.support.portrait_of_avatar import portrait

from emojax.avatar.reading import attributes, facial_hair
from emojax.avatar.styles import composition, style
from emojax.data.faces.labels import CLASSES, UNKNOWN

LABEL = {name: index for index, name in enumerate(CLASSES)}


@pytest.fixture(scope="module")
def flat() -> style.Style:
    return style.load(style.find("flat"))


@pytest.mark.parametrize("label", [LABEL["background"], LABEL["skin"], UNKNOWN])
def test_a_map_without_a_face_is_harmless(label: int) -> None:
    found = attributes.read(np.zeros((306, 306, 3), np.uint8), np.full((306, 306), label, np.uint8))
    assert (found.glasses, found.hat, found.mouth_open) == (False, False, False)
    assert (found.hair_length, found.facial_hair.kind) == ("none", "none")


def test_the_flat_styles_tags_are_read_back(flat: style.Style) -> None:
    lengths = flat.parts["hair"].variants
    some = ("bald", "buzz", "quiff", "curly-top", "bob", "curtain", "long-straight", "long-wavy", "braids")
    agree = [
        attributes.read_hair_length(composition.label_map(flat, {"hair": name}))
        == lengths[name].tags["length"]
        for name in some
    ]
    assert all(agree), dict(zip(some, agree, strict=True))
    for name in ("neutral", "smirk", "full", "parted", "grin", "laughing", "surprised"):
        drawn = attributes.is_mouth_open(composition.label_map(flat, {"mouth": name}))
        assert drawn == flat.parts["mouth"].variants[name].tags["open"], name
    for part, label, variants in (
        ("glasses", "eyeglasses", ("none", "slim", "round", "sunglasses")),
        ("hat", "hat", ("none", "headband", "beanie", "sun-hat")),
    ):
        for name in variants:
            drawn = attributes.has_label(composition.label_map(flat, {part: name}), label)
            assert drawn == flat.parts[part].variants[name].tags[part], name


def test_specks_are_nothing() -> None:
    labels = np.full((306, 306), LABEL["skin"], np.uint8)
    for name in ("eyeglasses", "hat", "hair", "mouth"):
        labels[100:105, 100:105] = LABEL[name]
        found = attributes.read(np.zeros((306, 306, 3), np.uint8), labels)
        assert (found.glasses, found.hat, found.mouth_open, found.hair_length) == (
            False,
            False,
            False,
            "none",
        )


def test_variants_fit_by_their_tags(flat: style.Style) -> None:
    pixels, labels = portrait(flat, {"hair": "bob", "mouth": "grin", "glasses": "round"}, {})
    found = attributes.read(pixels, labels)
    fitting = {
        part: {v.id for v in kind.variants.values() if found.fits(part, v.tags)}
        for part, kind in flat.parts.items()
    }
    assert "bob" in fitting["hair"]
    assert not {"bald", "long-straight"} & fitting["hair"]
    assert "none" not in fitting["glasses"]
    assert fitting["hat"] == {"none"} == fitting["facial_hair"]
    assert "neutral" not in fitting["mouth"]
    assert fitting["nose"] == flat.parts["nose"].variants.keys()


@pytest.mark.parametrize("name", ["flat", "line", "sticker"])
def test_glasses_are_dark_where_no_eye_shows_through(name: str) -> None:
    drawn = style.load(style.find(name))
    wrong = [
        variant.id
        for variant in drawn.parts["glasses"].variants.values()
        if variant.tags["glasses"]
        and attributes.are_eyes_visible(composition.label_map(drawn, {"glasses": variant.id}))
        == variant.tags["sun"]
    ]
    assert not wrong
    clear = attributes.Attributes(True, False, False, "short", facial_hair.find(*_blank()), sunglasses=False)
    assert clear.fits("glasses", {"glasses": True, "sun": False})
    assert not clear.fits("glasses", {"glasses": True, "sun": True})
    assert clear.fits("glasses", {"glasses": True})


def _blank() -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((306, 306, 3), np.uint8), np.zeros((306, 306), np.uint8)


def test_a_dark_collar_is_no_hair() -> None:
    hair, cloth = CLASSES.index("hair"), CLASSES.index("cloth")
    labels = np.zeros((306, 306), np.uint8)
    labels[20:160, 60:240] = hair
    labels[220:292, 50:80] = hair
    tidied = attributes.relabel_stray_hair(labels)
    assert (tidied[220:292, 50:80] == cloth).all()
    assert (attributes.read_hair_length(labels), attributes.read_hair_length(tidied)) == ("long", "short")
    np.testing.assert_array_equal(attributes.relabel_stray_hair(tidied), tidied)
    joined = labels.copy()
    joined[160:220, 60:70] = hair
    tucked = labels.copy()
    tucked[200:306, 40:90] = tucked[200:306, 216:266] = hair
    for kept in (joined, tucked):
        np.testing.assert_array_equal(attributes.relabel_stray_hair(kept), kept)

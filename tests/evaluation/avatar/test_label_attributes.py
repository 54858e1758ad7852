"""Avatars are compared with labels in words that both have, and labels with each other in the same."""

from types import SimpleNamespace
from typing import Any

import pytest

from emojax.avatar.styles import style
from emojax.core.errors import UserError
from emojax.evaluation.avatar.labels import annotations, attributes
from emojax.evaluation.avatar.labels.annotations import Annotations
from emojax.evaluation.avatar.labels.attributes import ATTRIBUTES

PLAIN = {
    "hair_length": "short",
    "facial_hair": "none",
    "glasses": "none",
    "headwear": "none",
    "mouth": "closed_neutral",
    "hair_texture": "straight",
    "hair_arrangement": "loose",
    "fringe": "none",
    "brows": "neutral",
    "lipstick": "no",
    "eye_makeup": "no",
    "lines": "none",
    "earrings": "none",
}
SHOWN: dict[str, Any] = {
    "glasses": False,
    "hat": False,
    "mouth_open": False,
    "smile": False,
    "hair_length": "short",
    "facial_hair": "none",
    **{name: word for name, word in PLAIN.items() if name not in ("hair_length", "facial_hair", "glasses")},
    "eyewear": "none",
}


def _avatar(**shown: str | bool) -> Any:
    return SimpleNamespace(attributes=lambda: SHOWN | shown)


def _compare(labels: dict[str, dict[str, str]], second: Any, avatars: dict[str, Any]) -> Any:
    return attributes.compare(Annotations("l.csv", labels, second), avatars, seed=0)


@pytest.mark.parametrize(
    ("name", "column", "yes", "no"),
    [
        ("glasses", "glasses", "clear sun", "none"),
        ("hat", "headwear", "cap beanie brimmed headband scarf other", "none"),
        (
            *("mouth_open", "mouth", "teeth_smile open_smile open_neutral open_wide grimace"),
            "closed_neutral closed_smile closed_frown pout",
        ),
        (
            *("smile", "mouth", "closed_smile teeth_smile open_smile"),
            "closed_neutral closed_frown open_neutral open_wide pout grimace",
        ),
    ],
)
def test_words_of_labels_are_yes_or_no(name: str, column: str, yes: str, no: str) -> None:
    assert ATTRIBUTES[name].column == column
    words = {word: said for word, said in ATTRIBUTES[name].words.items() if said is not None}
    assert words == dict.fromkeys(yes.split(), "yes") | dict.fromkeys(no.split(), "no")


def test_every_word_of_the_labels_that_ship_has_its_place() -> None:
    found = annotations.load("celebamask", None, attributes.columns())
    for column, words in attributes.columns().items():
        assert {row[column] for row in found.first.values()} <= set(words)
    left_out = {name: [w for w, said in a.words.items() if said is None] for name, a in ATTRIBUTES.items()}
    assert {name: words for name, words in left_out.items() if words} == {
        "glasses": ["on_head"],
        "eyewear": ["on_head"],
        "hair_length": ["hidden"],
        "hair_texture": ["unclear"],
        "tied": ["braids", "slicked_back", "spiky", "locs", "cropped", "none"],
        "earrings": ["hidden"],
    }


def test_classes_are_the_words_of_the_styles_tags() -> None:
    tags = {"hair_length": ("hair", "length"), "facial_hair": ("facial_hair", "kind")}
    for name in ("flat", "line", "sticker"):
        parts = style.load(style.find(name)).parts
        for attribute, (part, tag) in tags.items():
            used = {variant.tags[tag] for variant in parts[part].variants.values()}
            assert set(ATTRIBUTES[attribute].classes) == used
    assert ATTRIBUTES["hair_length"].words["bald"] == "none"
    assert ATTRIBUTES["hair_length"].words["buzz"] == "short"
    assert ATTRIBUTES["facial_hair"].words["van_dyke"] == "goatee"
    assert ATTRIBUTES["facial_hair"].words["full_beard"] == "beard"


def test_an_avatar_is_counted_where_label_and_picture_say() -> None:
    labels = {
        "a": PLAIN | {"glasses": "sun", "mouth": "teeth_smile", "hair_length": "long"},
        "b": PLAIN | {"glasses": "on_head", "headwear": "cap", "hair_length": "hidden", "fringe": "wispy"},
        "c": PLAIN | {"facial_hair": "van_dyke"},
        "no photo": PLAIN,
    }
    avatars = {
        "a": _avatar(glasses=True, mouth_open=True, hair_length="medium"),
        "b": _avatar(hat=True),
        "c": _avatar(facial_hair="stubble", smile=True),
        "no label": _avatar(hat=True),
    }
    found = _compare(labels, None, avatars)
    assert set(found) == set(ATTRIBUTES)
    assert {name: each.avatar.faces for name, each in found.items()} == {
        **dict.fromkeys(found, 3),
        "glasses": 2,
        "eyewear": 2,
        "hair_length": 2,
    }
    assert {name: each.left_out for name, each in found.items()} == {
        **dict.fromkeys(found, 0),
        "glasses": 1,
        "eyewear": 1,
        "hair_length": 1,
    }
    assert found["fringe"].avatar.counts == [[2, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert found["mouth"].avatar.classes == ["closed", "smile", "teeth", "parted"]
    assert found["glasses"].avatar.counts == [[1, 0], [0, 1]]
    assert found["hat"].avatar.counts == [[2, 0], [0, 1]]
    assert found["mouth_open"].avatar.counts == [[2, 0], [0, 1]]
    assert found["smile"].avatar.counts == [[1, 1], [1, 0]]
    lengths = found["hair_length"].avatar
    assert lengths.classes == ["none", "short", "medium", "long"]
    assert lengths.counts == [[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]]
    assert found["facial_hair"].avatar.counts[3] == [0, 1, 0, 0, 0]
    assert found["facial_hair"].column == "facial_hair"
    assert all(each.second is None and each.at_ceiling is None for each in found.values())


def test_labels_are_compared_with_a_second_labelling_of_the_same_faces() -> None:
    labels = {
        "a": PLAIN,
        "b": PLAIN | {"facial_hair": "short_beard", "hair_length": "hidden"},
        "c": PLAIN | {"facial_hair": "stubble"},
    }
    second = {
        "b": PLAIN | {"facial_hair": "full_beard"},
        "c": PLAIN | {"facial_hair": "none", "hair_length": "hidden"},
        "nobody": PLAIN,
    }
    found = _compare(labels, second, {"a": _avatar(), "b": _avatar(facial_hair="beard")})
    beards = found["facial_hair"].second
    assert beards.faces == 2
    assert beards.counts[4][4] == 1  # short and full beards are one word of the avatar's
    assert beards.counts[1][0] == 1
    assert found["facial_hair"].avatar.faces == 2
    assert found["hair_length"].second.faces == 0


@pytest.mark.parametrize(
    ("again", "shown", "at_ceiling"),
    [("cap", True, True), ("none", True, True), ("cap", False, False), ("none", False, True)],
)
def test_nothing_above_the_labels_own_agreement_counts(again: str, shown: bool, at_ceiling: bool) -> None:
    labels = {"a": PLAIN | {"headwear": "cap"}, "b": PLAIN}
    second = {"a": PLAIN | {"headwear": again}, "b": PLAIN}
    found = _compare(labels, second, {"a": _avatar(hat=shown), "b": _avatar()})
    assert found["hat"].at_ceiling is at_ceiling


def test_labels_of_other_photos_are_refused() -> None:
    with pytest.raises(UserError, match="--labels l.csv: labels none of the 1 photos with an avatar"):
        _compare({"a": PLAIN}, None, {"b": _avatar()})

"""What variants show: their own words, and those that their required tags imply."""

import dataclasses

import numpy as np
import pytest
from avatar.support import toy_library

from emojax.avatar.matching import words
from emojax.avatar.styles import style
from emojax.data.faces.attributes import SHOWN, WORDS


@pytest.mark.parametrize("name", ["flat", "line", "sticker"])
def test_tags_imply_words_of_the_vocabulary(name: str) -> None:
    for part, listed in style.load(style.find(name)).parts.items():
        for variant in listed.variants.values():
            for attribute, shown in words.variant_words(part, variant).items():
                assert set(shown) <= set(WORDS[attribute]), variant.id


def test_required_tags_imply_words_and_own_words_replace_these() -> None:
    parts = style.load(style.find("flat")).parts
    assert words.variant_words("glasses", parts["glasses"].variants["none"]) == {
        "glasses": ["none", "on_head"]
    }
    assert words.variant_words("hair", parts["hair"].variants["bald"])["hair_length"] == ["bald"]
    tagged = dataclasses.replace(parts["hair"].variants["bald"], words={})
    for tags, fringe in (({"fringe": True}, ["full"]), ({"fringe": False}, ["none"]), ({}, ["none"])):
        some = dataclasses.replace(tagged, tags={"length": "short", **tags})
        assert words.variant_words("hair", some)["fringe"] == fringe
    assert "fringe" not in words.variant_words("hair", tagged)
    assert "none" not in words.variant_words("hat", parts["hat"].variants["beanie"])["headwear"]
    beard = parts["facial_hair"].variants["full-beard"]
    own = dataclasses.replace(beard, words={"facial_hair": ["full_beard"], "lines": ["some"]})
    assert words.variant_words("facial_hair", own) == {"facial_hair": ["full_beard"], "lines": ["some"]}


def test_arrays_have_ones_for_words_and_probabilities_at_the_same_places() -> None:
    toy = toy_library.style()
    found = words.shown(toy, ["mouth", "ears"], [["laugh"], ["plain", "hoops"]])
    assert found.shape == (2, 2, *words.as_array([{}]).shape[1:])
    mouth, rings = SHOWN.index("mouth"), SHOWN.index("earrings")
    face = words.as_array(
        [{"mouth": {"teeth_smile": 0.7}, "earrings": {"drop": 0.4}, "turn": {"front": 1.0}}]
    )
    assert (found[0, 0, mouth] * face[0, mouth]).sum() == pytest.approx(0.7 * ("teeth_smile" in _laugh(toy)))
    assert (found[1, 1, rings] * face[0, rings]).sum() == pytest.approx(0.4)
    none, hidden = (WORDS["earrings"].index(word) for word in ("none", "hidden"))
    assert found[1, 0, rings, none] == 1
    assert found[1, 0, rings, hidden] == found[1, 0, rings].sum() - 1 == pytest.approx(0.5)
    assert not found[0, 1].any()  # padding
    assert np.count_nonzero(face) == 2


def _laugh(toy: style.Style) -> list[str]:
    return list(words.variant_words("mouth", toy.variant("mouth", "laugh"))["mouth"])

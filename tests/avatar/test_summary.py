"""The document says in one word each what the drawings show and what was read off the photo."""

import pytest

from emojax.avatar import summary
from emojax.avatar.styles import style
from emojax.data.faces.attributes import SHOWN, WORDS


@pytest.fixture(scope="module")
def flat() -> style.Style:
    return style.load(style.find("flat"))


def test_every_attribute_has_a_word_and_the_first_tag_counts(flat: style.Style) -> None:
    found = summary.of_drawings(flat, {"hair": "long-wavy", "glasses": "sunglasses", "mouth": "grin"})
    assert set(found) == set(SHOWN)
    assert all(word in WORDS[name] or word == "none" for name, word in found.items())
    assert (found["hair_length"], found["hair_texture"]) == ("long", "wavy")
    assert (found["glasses"], found["mouth"]) == ("sun", "teeth_smile")
    assert (found["brows"], found["eyes"], found["facial_hair"]) == ("neutral", "open", "none")


def test_the_document_has_yes_and_no_and_fewer_lengths() -> None:
    words = {name: WORDS[name][0] for name in SHOWN}
    found = summary.as_document(
        words | {"hair_length": "buzz", "glasses": "on_head", "mouth": "closed_smile"}
    )
    assert (found["hair_length"], found["eyewear"], found["glasses"]) == ("short", "none", False)
    assert (found["smile"], found["mouth_open"], found["hat"]) == (True, False, False)
    shown = summary.as_document(words | {"headwear": "cap", "mouth": "open_wide", "glasses": "sun"})
    assert (shown["smile"], shown["mouth_open"], shown["hat"], shown["glasses"]) == (False, True, True, True)


def test_what_was_read_adds_up_over_words_that_mean_the_same() -> None:
    read = {
        "mouth": {"closed_smile": 0.3, "teeth_smile": 0.4, "open_wide": 0.2, "pout": 0.1},
        "hair_length": {"buzz": 0.3, "short": 0.3, "long": 0.4},
        "turn": {"front": 1.0},
    }
    found = summary.of_photo(read)
    assert found["smile"] == {"value": True, "probability": 0.7}
    assert found["mouth_open"] == {"value": True, "probability": 0.6}
    assert found["mouth"] == {"value": "teeth_smile", "probability": 0.4}
    assert found["hair_length"] == {"value": "short", "probability": 0.6}
    assert set(found) == {"smile", "mouth_open", "mouth", "hair_length"}
    assert summary.of_photo({}) == {}

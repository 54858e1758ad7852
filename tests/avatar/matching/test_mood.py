"""A mood replaces what mouth, brows and eyes show, and leaves the rest as it was read."""

import pytest

from emojax.avatar.matching import mood

CROSS = {
    "mouth": {"closed_frown": 0.6, "teeth_smile": 0.1, "open_neutral": 0.3},
    "brows": {"frown": 1.0},
    "eyes": {"open": 0.2, "narrow": 0.2, "closed": 0.6},
    "glasses": {"sun": 1.0},
}


def test_as_seen_is_as_read() -> None:
    assert mood.give(CROSS, "as-seen") == CROSS


@pytest.mark.parametrize("name", ["friendly", "neutral"])
def test_brows_are_level_and_eyes_open(name: str) -> None:
    given = mood.give(CROSS, name)
    assert given["brows"] == {"neutral": 1.0}
    assert given["eyes"] == pytest.approx({"open": 0.5, "narrow": 0.5})
    assert given["glasses"] == CROSS["glasses"]


def test_a_friendly_face_smiles_with_teeth_as_likely_as_its_mouth_is_open() -> None:
    assert mood.give(CROSS, "friendly")["mouth"] == pytest.approx({"closed_smile": 0.6, "teeth_smile": 0.4})


def test_a_neutral_mouth_is_closed() -> None:
    assert mood.give(CROSS, "neutral")["mouth"] == {"closed_neutral": 1.0}


def test_where_nothing_was_read_the_smile_is_closed() -> None:
    assert mood.give({}, "friendly")["mouth"] == {"closed_smile": 1.0, "teeth_smile": 0.0}
    assert "eyes" not in mood.give({}, "friendly")

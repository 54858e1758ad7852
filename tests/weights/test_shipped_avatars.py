"""The face parser and the autoencoders that ship give the avatars that they gave when they were released."""

import json

import numpy as np
import pytest
from goldens import make_demo_avatar

from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.result import Avatar
from emojax.evaluation.avatar.round_trip import round_trip

GOLDEN = json.loads(make_demo_avatar.GOLDEN.read_text())

_SIMILARITY: float = 0.02
"""Other versions of JAX and NumPy move a few pixels of the label map, and similarities by less than this."""


@pytest.fixture(scope="module")
def makers() -> dict[str, AvatarMaker]:
    return make_demo_avatar.makers()


@pytest.fixture(scope="module")
def avatars(makers: dict[str, AvatarMaker]) -> dict[str, Avatar]:
    return make_demo_avatar.avatars(makers)


@pytest.mark.parametrize("name", GOLDEN)
def test_the_demo_gets_the_stored_parts_colors_and_attributes(name: str, avatars: dict[str, Avatar]) -> None:
    found, stored = make_demo_avatar.described(avatars[name]), GOLDEN[name]
    parts, expected = found.pop("parts"), stored["parts"]
    assert {part: variant for part, (variant, _) in parts.items()} == {
        part: variant for part, (variant, _) in expected.items()
    }
    for part, (_, similarity) in expected.items():
        assert parts[part][1] == pytest.approx(similarity, abs=_SIMILARITY), part
    assert found == {key: value for key, value in stored.items() if key != "parts"}


def test_every_style_that_ships_is_stored(makers: dict[str, AvatarMaker]) -> None:
    assert set(GOLDEN) == set(makers)
    assert all(set(GOLDEN[name]["parts"]) == set(maker.style.parts) for name, maker in makers.items())


def test_parts_of_drawn_people_are_found_again(makers: dict[str, AvatarMaker]) -> None:
    """Ten people in flat, as drawn and half-way corrupted. Measured: 0.984 and 0.855 of 62 parts."""
    found = round_trip(makers["flat"], count=10, seed=0, severities=(0.0, 0.5))
    assert sum(found.counts.values()) > 50
    drawn, corrupted = found.overall
    assert drawn is not None
    assert corrupted is not None
    assert drawn >= 0.93
    assert corrupted >= 0.78
    assert np.isclose(found.absent["hat"][0], 1.0)

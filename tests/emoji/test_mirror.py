"""An expression mirror: what was read off a face decides which parts its emoji has."""

import functools
import re

import numpy as np
import pytest

from emojax import weights
from emojax.data.faces.attributes import WORDS
from emojax.data.openmoji.parts.part_set import PartSet
from emojax.emoji import mirror, parts
from emojax.emoji.parts import PartEmojiGenerator


@functools.cache
def generator() -> PartEmojiGenerator:
    return parts.load(weights.shipped("parts"))


def part_set() -> PartSet:
    return generator().part_set


def read(**words: str) -> dict[str, dict[str, float]]:
    """A face that surely shows these words."""
    return {name: {each: float(each == word) for each in WORDS[name]} for name, word in words.items()}


def names(**words: str) -> dict[str, str]:
    found = mirror.choose(part_set(), read(**words))
    return {slot: part_set().parts[number].name for slot, number in found.parts.items()}


@pytest.mark.parametrize(
    ("mouth", "expected"),
    [("closed_smile", "smile"), ("closed_frown", "frown"), ("grimace", "grimace"), ("pout", "kiss")],
)
def test_the_mouth_is_the_faces(mouth: str, expected: str) -> None:
    assert names(mouth=mouth, eyes="open")["mouth"] == expected


def test_glasses_are_worn() -> None:
    assert names(mouth="closed_smile", glasses="clear")["eyes"] == "glasses"
    assert names(mouth="closed_smile", glasses="sun")["eyes"] == "sunglasses"
    assert names(mouth="closed_smile", glasses="on_head", eyes="open")["eyes"] == "ovals"


def test_brows_come_with_eyes_where_they_are_sure() -> None:
    assert names(brows="frown", eyes="open", mouth="closed_frown")["eyes"] == "angry"
    unsure = read(eyes="open", mouth="closed_frown") | {
        "brows": {"frown": 0.5, "neutral": 0.4, "raised": 0.1}
    }
    chosen = mirror.choose(part_set(), unsure)
    assert part_set().parts[chosen.parts["eyes"]].name == "ovals"


def test_a_wink_stays_a_wink_whatever_the_brows() -> None:
    assert names(brows="frown", eyes="wink", mouth="closed_smile")["eyes"] == "wink"


def test_a_hat_is_worn_and_a_scarf_is_not() -> None:
    assert names(headwear="brimmed", mouth="closed_smile")["extra"] == "cowboy hat"
    assert "extra" not in names(headwear="scarf", mouth="closed_smile")
    assert "extra" not in names(headwear="none", mouth="closed_smile")


@pytest.mark.parametrize("mouth", WORDS["mouth"])
@pytest.mark.parametrize("eyes", WORDS["eyes"])
def test_every_face_has_parts_that_go_together(mouth: str, eyes: str) -> None:
    for glasses in WORDS["glasses"]:
        found = mirror.choose(part_set(), read(mouth=mouth, eyes=eyes, glasses=glasses, headwear="cap"))
        numbers = list(found.parts.values())
        assert {"base", "eyes", "mouth"} <= found.parts.keys()
        assert part_set().fits[np.ix_(numbers, numbers)].all()


def test_nothing_read_is_a_smile() -> None:
    assert names() == {"eyes": "ovals", "mouth": "smile", "base": "yellow"}


def test_the_net_draws_what_was_chosen() -> None:
    found = mirror.choose(part_set(), read(mouth="closed_smile", eyes="open"))
    drawn = mirror.samples(generator(), found)
    assert sorted(np.flatnonzero(drawn.classes[0])) == sorted(found.parts.values())
    (document,) = parts.vectors(part_set(), drawn)
    moved = re.findall(r'transform="matrix\(([^)]*)\)', document)
    # Each part is where OpenMoji has it.
    assert all([float(n) for n in each.split()] == [1, 0, 0, 1, 0, 0] for each in moved)
    picture = mirror.picture(generator(), found, size=100, background=None)
    assert picture.shape == (100, 100, 4)
    assert (picture[0, 0, 3], picture[50, 50, 3]) == (0, 255)
    assert mirror.picture(generator(), found, size=64, background="#ff0000")[0, 0].tolist() == [
        255,
        0,
        0,
        255,
    ]

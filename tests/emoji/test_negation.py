"""What a description denies is not drawn."""

import numpy as np
import pytest

from emojax import weights
from emojax.emoji import reading
from emojax.emoji.negation import denied, take_away


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("crying face without tears", [["tears"]]),
        ("a face with no mouth and no hat", [["mouth"], ["hat"]]),
        ("without a party hat with hearts", [["a", "party", "hat"]]),
        ("happy face", []),
        ("no", []),
        ("no one two three four five", [["one", "two", "three", "four"]]),
    ],
)
def test_a_negation_reaches_to_the_next_link(text: str, expected: list[list[str]]) -> None:
    assert denied(text.split()) == expected


def _slot(answer: int, count: int = 4) -> np.ndarray:
    shares = np.full(count, 0.1, np.float32)
    shares[answer] = 0.7
    return shares


def test_only_what_a_denied_phrase_says_is_taken_away() -> None:
    told = (_slot(0), _slot(1), _slot(2))
    found = take_away(told, [(_slot(3), _slot(1), _slot(0))], kept=[frozenset()] * 3)
    assert [int(shares.argmax()) for shares in found] == [0, 3, 2]
    assert found[1][-1] == 1.0
    assert found[0] is told[0]


def test_that_something_is_missing_stays_and_nothing_stays_nothing() -> None:
    told = (_slot(1), _slot(3))
    found = take_away(told, [(_slot(1), _slot(3))], kept=[frozenset({1}), frozenset()])
    assert [shares.tolist() for shares in found] == [shares.tolist() for shares in told]


@pytest.mark.parametrize(
    ("text", "slot", "says"),
    [
        ("crying face without tears", "tears", False),
        ("crying face with tears", "tears", True),
        ("cool face without sunglasses", "eyes", False),
        ("angel without a halo", "head", False),
        ("face without a mouth", "mouth", True),  # that there is none
    ],
)
def test_what_ships_draws_nothing_that_is_denied(text: str, slot: str, says: bool) -> None:
    reader = reading.load(weights.shipped("text"))
    (found,) = reader.read([text])
    assert found.says(reader.slots.index(slot)) == says

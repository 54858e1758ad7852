"""Expressions do not waver, and change soon when they change."""

import itertools

import numpy as np
import pytest

from emojax.avatar.motion.states import Steady, Switch


def wavering(count: int, share: float, *, seed: int = 0) -> np.ndarray:
    """Probabilities of two words that are about as likely."""
    first = np.clip(share + 0.08 * np.random.default_rng(seed).standard_normal(count), 0.01, 0.99)
    return np.stack([first, 1 - first], -1)


def changes(words: list[int]) -> int:
    return sum(a != b for a, b in itertools.pairwise(words))


def test_two_words_that_are_as_likely_do_not_alternate() -> None:
    rows = wavering(300, 0.5)
    steady, raw = Steady(), Steady(memory=0.0, margin=0.0)
    assert changes([steady(row) for row in rows]) == 0
    assert changes([raw(row) for row in rows]) > 50


@pytest.mark.parametrize("sure", [0.8, 0.95])
def test_a_clear_change_shows_within_three_frames(sure: float) -> None:
    steady = Steady()
    before, after = np.asarray([sure, 1 - sure]), np.asarray([1 - sure, sure])
    assert {steady(before) for _ in range(20)} == {0}
    shown = [steady(after) for _ in range(6)]
    assert shown.index(1) < 3
    assert set(shown[3:]) == {1}


def test_one_odd_frame_changes_nothing() -> None:
    steady = Steady()
    for _ in range(5):
        steady(np.asarray([0.75, 0.25]))
    assert steady(np.asarray([0.2, 0.8])) == 0
    assert steady(np.asarray([0.75, 0.25])) == 0


def test_a_switch_needs_more_to_go_back() -> None:
    switch = Switch(low=0.5, high=0.7)
    assert [switch(v) for v in (1.0, 0.6, 0.5, 0.6, 0.69, 0.7, 0.6)] == [
        False,
        False,
        True,
        True,
        True,
        False,
        False,
    ]
    assert not switch(float("nan"))
    switch(0.1)
    assert switch(float("nan"))

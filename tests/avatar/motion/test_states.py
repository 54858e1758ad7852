"""Expressions do not waver, and change soon when they change."""

import itertools

import numpy as np
import pytest

from emojax.avatar.motion.states import Latest, Switch, steady


def wavering(count: int, share: float, *, seed: int = 0) -> np.ndarray:
    """Probabilities of two words that are about as likely."""
    first = np.clip(share + 0.08 * np.random.default_rng(seed).standard_normal(count), 0.01, 0.99)
    return np.stack([first, 1 - first], -1)


def changes(words: list[int]) -> int:
    return sum(a != b for a, b in itertools.pairwise(words))


def test_two_words_that_are_as_likely_do_not_alternate() -> None:
    rows = [*wavering(300, 0.5)]
    assert changes(steady(rows)) <= 1
    assert changes(steady(rows, change=0.0)) > 50


@pytest.mark.parametrize("sure", [0.75, 0.95])
def test_a_clear_change_shows_in_its_first_frame(sure: float) -> None:
    before, after = np.asarray([sure, 1 - sure]), np.asarray([1 - sure, sure])
    assert steady([before] * 20 + [after] * 20) == [0] * 20 + [1] * 20


def test_a_clear_expression_of_a_few_frames_is_drawn() -> None:
    before, after = np.asarray([0.95, 0.05]), np.asarray([0.05, 0.95])
    assert steady([before] * 20 + [after] * 3 + [before] * 20) == [0] * 20 + [1] * 3 + [0] * 20
    assert steady([before] * 20 + [after] * 2 + [before] * 20) == [0] * 42


def test_one_odd_frame_changes_nothing() -> None:
    usual, odd = np.asarray([0.75, 0.25]), np.asarray([0.15, 0.85])
    assert steady([usual] * 5 + [odd] + [usual] * 5) == [0] * 11
    assert steady([usual] * 5 + [odd] + [usual] * 5, change=0.0)[5] == 1


def test_without_a_cost_each_frame_has_its_likeliest_word() -> None:
    rows = np.random.default_rng(0).dirichlet(np.ones(6), 50)
    assert steady([*rows], change=0.0) == rows.argmax(1).tolist()
    assert steady([]) == []


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


def test_the_latest_word_is_the_last_of_the_likeliest_sequence() -> None:
    rng = np.random.default_rng(0)
    rows = rng.dirichlet(np.full(4, 0.3), 60)
    latest = Latest()
    for n, row in enumerate(rows):
        assert latest(row) == steady(list(rows[: n + 1]))[-1]


def test_the_latest_word_stays_exact_for_hours() -> None:
    latest = Latest()
    for _ in range(50_000):
        latest(np.asarray([0.05, 0.95]))
    assert np.abs(latest._score).max() < 100

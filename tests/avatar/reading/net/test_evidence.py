"""Rare words count for more, but whether there is anything at all has a balance of its own."""

import numpy as np
import pytest

from emojax.avatar.reading.net.evidence import evidence, probabilities

FREQUENCIES = np.asarray([0.9, 0.08, 0.02])
LOGITS = np.asarray([0.3, 0.5, 0.1])


def _log_odds(words: np.ndarray, first: int, second: int) -> float:
    return float(np.log(words[first] / words[second]))


def _nothing_or_any(words: np.ndarray) -> float:
    return float(np.log(words[0] / words[1:].sum()))


def test_training_weights_are_taken_back() -> None:
    found = probabilities(LOGITS, FREQUENCIES, weighted=0.5)
    assert found.sum() == pytest.approx(1)
    assert _log_odds(found, 0, 2) == pytest.approx(0.2 + 0.5 * np.log(45))


def test_balance_makes_words_more_alike() -> None:
    found = evidence(LOGITS, FREQUENCIES, weighted=0.5, balance=1.0, presence=None)
    assert _log_odds(found, 0, 2) == pytest.approx(0.2 - 0.5 * np.log(45))
    same = evidence(LOGITS, FREQUENCIES, weighted=0.5, balance=0.0, presence=None)
    np.testing.assert_allclose(same, probabilities(LOGITS, FREQUENCIES, weighted=0.5))


@pytest.mark.parametrize("presence", [0.0, 0.5, 1.0])
def test_whether_there_is_anything_goes_by_presence_and_what_it_is_by_balance(presence: float) -> None:
    found = evidence(LOGITS, FREQUENCIES, weighted=0.5, balance=1.0, presence=presence)
    likely = probabilities(LOGITS, FREQUENCIES, weighted=0.5)
    assert found.sum() == pytest.approx(1)
    assert _nothing_or_any(found) == pytest.approx(_nothing_or_any(likely) - presence * np.log(9))
    assert _log_odds(found, 1, 2) == pytest.approx(0.4 - 0.5 * np.log(4))


def test_many_faces_are_read_as_each_alone_and_certainty_stays_finite() -> None:
    logits = np.asarray([[0.0, 1.0, 2.0], [900.0, 0.0, 0.0], [-900.0, 0.0, 0.0], [0.0, -900.0, -900.0]])
    options = {"weighted": 0.5, "balance": 1.0, "presence": 0.5}
    found = evidence(logits, FREQUENCIES, **options)
    assert np.isfinite(found).all()
    assert found[:, 0].argmax() in (1, 3)
    for row, alone in zip(found, logits, strict=True):
        np.testing.assert_allclose(row, evidence(alone, FREQUENCIES, **options))

"""The loss weights rare words, spreads labels over their scale, and scores are balanced."""

import jax.numpy as jnp
import numpy as np
import pytest

from emojax.data.faces.attributes import WORDS
from emojax.training.attributes import losses
from emojax.training.attributes.losses import SLICES

TOTAL = sum(map(len, WORDS.values()))
UNIFORM = np.concatenate([np.full(len(words), 1 / len(words), np.float32) for words in WORDS.values()])


def _words(**chosen: str) -> np.ndarray:
    return np.asarray([[WORDS[a].index(chosen.get(a, WORDS[a][0])) for a in WORDS]], np.int32)


def test_frequencies_sum_to_one_and_none_is_zero() -> None:
    found = losses.frequencies(np.repeat(_words(lines="some"), 50, axis=0))
    for own in SLICES.values():
        assert found[own].sum() == pytest.approx(1, abs=1e-6)
    assert found[SLICES["lines"]].tolist() == pytest.approx([3 / 56, 50 / 56, 3 / 56], abs=1e-6)


def test_a_rare_word_weighs_as_its_exponent_says() -> None:
    frequencies = UNIFORM.copy()
    frequencies[SLICES["brows"]] = [0.64, 0.12, 0.12, 0.12]
    level = losses.loss(jnp.zeros((1, TOTAL)), _words(), jnp.asarray(frequencies), weighted=0, smoothing=0)
    assert level == pytest.approx(sum(np.log(len(words)) for words in WORDS.values()), rel=1e-5)
    rare, common = (
        losses.loss(jnp.zeros((1, TOTAL)), words, jnp.asarray(frequencies), weighted=0.5, smoothing=0)
        for words in (_words(brows="frown"), _words(brows="neutral"))
    )
    weights = frequencies[SLICES["brows"]] ** -0.5 / (frequencies[SLICES["brows"]] ** 0.5).sum()
    assert rare - common == pytest.approx((weights[2] - weights[0]) * np.log(4), rel=1e-4)


def test_smoothing_gives_neighbours_on_a_scale_a_share_and_others_none() -> None:
    frequencies = jnp.asarray(UNIFORM)

    def slope(word: str, other: str, attribute: str) -> float:
        logits = np.zeros((1, TOTAL), np.float32)
        logits[0, SLICES[attribute]][WORDS[attribute].index(other)] = 1e-2
        changed = losses.loss(
            jnp.asarray(logits), _words(**{attribute: word}), frequencies, weighted=0, smoothing=0.2
        )
        plain = losses.loss(
            jnp.zeros((1, TOTAL)), _words(**{attribute: word}), frequencies, weighted=0, smoothing=0.2
        )
        # The slope of a cross-entropy at equal logits is 1 / K less the target.
        return float(changed - plain) / 1e-2 - 1 / len(WORDS[attribute])

    assert slope("none", "some", "lines") == pytest.approx(-0.1, abs=5e-3)
    assert slope("none", "marked", "lines") == pytest.approx(0, abs=5e-3)
    assert slope("neutral", "raised", "brows") == pytest.approx(0, abs=5e-3)


def test_balanced_accuracy_is_the_mean_over_words() -> None:
    words = np.concatenate([_words(), _words(), _words(lines="some")])
    scores = losses.balanced_accuracies(np.zeros((3, TOTAL)), words)
    assert scores["lines"] == 0.5
    assert scores["glasses"] == 1.0

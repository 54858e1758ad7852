"""The classifier two-sample test: chance where nothing differs, certain where all does."""

import numpy as np
import pytest

from emojax.core.errors import UserError
from emojax.evaluation.emoji_parts.two_sample import two_sample_accuracy

DRAWS = np.random.default_rng(0)


def _normal(count: int, shift: float = 0.0, size: int = 24) -> np.ndarray:
    return DRAWS.normal(shift, 1.0, (count, size))


def test_samples_of_one_distribution_cannot_be_told_apart() -> None:
    accuracies = [two_sample_accuracy(_normal(400), _normal(400), seed=i) for i in range(5)]
    assert 0.45 < np.mean(accuracies) < 0.55


def test_the_further_apart_the_higher() -> None:
    real = _normal(400)
    near, far = (two_sample_accuracy(real, _normal(400, shift), seed=0) for shift in (0.1, 0.3))
    assert 0.52 < near < far
    assert two_sample_accuracy(real, _normal(400, 3.0), seed=0) == 1.0


def test_what_is_learned_by_heart_does_not_count() -> None:
    """With more features than samples any labels can be learned; it is tested on others."""
    accuracies = [two_sample_accuracy(_normal(60, size=500), _normal(60, size=500), seed=i) for i in range(8)]
    assert 0.4 < np.mean(accuracies) < 0.6


def test_scales_of_features_do_not_count() -> None:
    real, fake = _normal(200), _normal(200, 0.3)
    scales = np.logspace(-3, 3, 24)
    plain, scaled = (two_sample_accuracy(real * s, fake * s, seed=0) for s in (1.0, scales))
    assert plain == pytest.approx(scaled, abs=0.01)


def test_pairs_of_the_larger_set_are_left_out_and_few_are_refused() -> None:
    assert two_sample_accuracy(_normal(50), _normal(400, 3.0), seed=0) > 0.95
    with pytest.raises(UserError, match="two-sample test"):
        two_sample_accuracy(_normal(39), _normal(400), seed=0)
    with pytest.raises(UserError, match="two-sample test"):
        two_sample_accuracy(_normal(50), _normal(50, size=23), seed=0)

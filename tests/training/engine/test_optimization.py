"""Schedules and moving averages, at the steps where they change."""

import jax.numpy as jnp
import ml_collections
import numpy as np
import pytest

from emojax.training.engine.optimization import ema, warmup_cosine, warmup_decay


def test_the_rate_rises_to_its_peak_and_falls_to_a_thousandth() -> None:
    settings = ml_collections.FrozenConfigDict({"learning_rate": 2e-3, "warmup": 0.1})
    rate = warmup_cosine(settings, 200)
    assert float(rate(0)) == pytest.approx(2e-3 / 25, rel=1e-5)
    assert float(rate(10)) == pytest.approx((2e-3 / 25 + 2e-3) / 2, rel=1e-5)
    assert float(rate(20)) == pytest.approx(2e-3, rel=1e-5)
    assert float(rate(110)) == pytest.approx((2e-3 + 2e-6) / 2, rel=1e-4)  # half of the cosine
    assert float(rate(200)) == pytest.approx(2e-6, rel=1e-3)


def test_the_average_is_weighted_by_its_decay() -> None:
    found = ema({"x": jnp.asarray([1.0, 0.0])}, {"x": jnp.asarray([0.0, 10.0])}, 0.9)
    np.testing.assert_allclose(found["x"], [0.9, 1.0], rtol=1e-6)


@pytest.mark.parametrize(
    ("step", "expected"), [(0, 0.1), (1, 2 / 11), (80, 0.9), (81, 0.9), (79, 80 / 89), (10_000, 0.9)]
)
def test_the_decay_warms_up_to_its_setting(step: int, expected: float) -> None:
    assert float(warmup_decay(0.9, jnp.asarray(step))) == pytest.approx(expected, rel=1e-6)

"""The adversarial losses are the textbook's, and stable."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emojax.training.engine.losses import discriminator_loss, generator_loss


def test_equal_the_definition_in_float64() -> None:
    real, fake = np.random.default_rng(0).normal(size=(2, 50))
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    expected = -np.log(sigmoid(real)).mean() - np.log(1 - sigmoid(fake)).mean()
    np.testing.assert_allclose(discriminator_loss(jnp.asarray(real), jnp.asarray(fake)), expected, rtol=1e-6)
    np.testing.assert_allclose(generator_loss(jnp.asarray(fake)), -np.log(sigmoid(fake)).mean(), rtol=1e-6)


@pytest.mark.parametrize("logit", [-100.0, 100.0])
def test_stable_far_out(logit: float) -> None:
    x = jnp.full(4, logit)
    for loss in (lambda x: discriminator_loss(x, x), generator_loss):
        value, gradient = jax.value_and_grad(loss)(x)
        assert jnp.isfinite(value)
        assert jnp.isfinite(gradient).all()
    assert discriminator_loss(x, x) == pytest.approx(100.0)
    # Where the discriminator is surest the generator must still be told where to go.
    assert jnp.abs(jax.grad(generator_loss)(jnp.full(4, -100.0))).min() == pytest.approx(0.25)

"""The adversarial losses equal their definitions, and are numerically stable."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emojax.training.gan.losses import LOSSES, bce, hinge


def test_bce_equals_the_definition_in_float64() -> None:
    logits = np.random.default_rng(0).normal(size=50)
    probability = 1 / (1 + np.exp(-logits))
    real, fake = -np.log(probability).mean(), -np.log(1 - probability).mean()
    np.testing.assert_allclose(bce(jnp.asarray(logits), "real"), real, rtol=1e-6)
    np.testing.assert_allclose(bce(jnp.asarray(logits), "fake"), fake, rtol=1e-6)
    np.testing.assert_allclose(bce(jnp.asarray(logits), "generator"), real, rtol=1e-6)


def test_smoothed_targets_are_those_of_the_paper() -> None:
    logits, s = np.random.default_rng(1).normal(size=50), 0.1
    log_p, log_not_p = -np.log1p(np.exp(-logits)), -np.log1p(np.exp(logits))
    real, fake = -((1 - s) * log_p + s * log_not_p).mean(), -(s * log_p + (1 - s) * log_not_p).mean()
    np.testing.assert_allclose(bce(jnp.asarray(logits), "real", smoothing=s), real, rtol=1e-6)
    np.testing.assert_allclose(bce(jnp.asarray(logits), "fake", smoothing=s), fake, rtol=1e-6)
    # The gradient vanishes where the discriminator is as sure as its target.
    aim = jnp.full(4, np.log((1 - s) / s))
    np.testing.assert_allclose(jax.grad(lambda x: bce(x, "real", smoothing=s))(aim), 0.0, atol=1e-7)
    # The generator aims at certainty all the same.
    np.testing.assert_allclose(bce(jnp.asarray(logits), "generator", smoothing=s), -log_p.mean(), rtol=1e-6)


def test_hinge_has_its_margins_at_one() -> None:
    logits = jnp.asarray([-3.0, -1.0, 0.0, 1.0, 3.0])
    assert float(hinge(logits, "real")) == pytest.approx((4 + 2 + 1) / 5)
    assert float(hinge(logits, "fake")) == pytest.approx((1 + 2 + 4) / 5)
    assert float(hinge(logits + 1, "generator")) == pytest.approx(-1.0)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("role", ["real", "fake", "generator"])
@pytest.mark.parametrize("logit", [-100.0, 100.0])
def test_every_loss_is_finite_for_large_logits(name: str, role, logit: float) -> None:  # type: ignore[no-untyped-def]
    value, gradient = jax.value_and_grad(lambda x: LOSSES[name](x, role))(jnp.full(4, logit))
    assert jnp.isfinite(value)
    assert jnp.isfinite(gradient).all()


@pytest.mark.parametrize("name", LOSSES)
def test_the_generators_gradient_does_not_vanish_where_the_discriminator_is_confident(name: str) -> None:
    gradient = jax.grad(lambda x: LOSSES[name](x, "generator"))(jnp.full(4, -100.0))
    assert float(gradient.max()) == pytest.approx(-0.25)

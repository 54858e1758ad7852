"""The probability of augmentation is steered to the target, and by its own rate."""

import jax.numpy as jnp
import pytest

from emojax.training.gan import adaptive


def test_a_run_starts_at_the_probability_of_the_configuration() -> None:
    strength = adaptive.start(0.5)
    assert (float(strength.probability), float(strength.sign)) == (0.5, 0.0)


@pytest.mark.parametrize(("sign", "moved"), [(0.3999, -0.01), (0.4001, 0.01)])
def test_the_probability_goes_one_step_towards_the_target(sign: float, moved: float) -> None:
    """The mean of signs just below and just above the target; its decay is 0.9."""
    before = adaptive.Strength(jnp.float32(0.5), jnp.float32(sign))
    after = adaptive.update(before, jnp.float32(sign), target=0.4, step=0.01)
    assert float(after.probability) == pytest.approx(0.5 + moved, abs=1e-6)
    assert float(after.sign) == pytest.approx(sign, abs=1e-6)
    after = adaptive.update(before, jnp.float32(sign + 0.2), target=0.4, step=0.01)
    assert float(after.sign) == pytest.approx(sign + 0.02, abs=1e-6)


@pytest.mark.parametrize(("probability", "real_sign", "end"), [(0.995, 1.0, 1.0), (0.005, 0.0, 0.0)])
def test_the_probability_stays_in_its_range(probability: float, real_sign: float, end: float) -> None:
    strength = adaptive.Strength(jnp.float32(probability), jnp.float32(real_sign))
    assert float(adaptive.update(strength, jnp.float32(real_sign), target=0.5, step=0.01).probability) == end


def test_a_confident_discriminator_raises_it_and_a_fooled_one_lowers_it() -> None:
    strength = adaptive.start(0.5)
    for _ in range(50):
        strength = adaptive.update(strength, jnp.float32(1.0), target=0.6, step=0.01)
    # The mean of signs starts at 0 and needs 9 steps to pass the target; until then the probability falls.
    assert float(strength.probability) == pytest.approx(0.5 - 8 * 0.01 + 42 * 0.01, abs=0.011)
    for _ in range(300):
        strength = adaptive.update(strength, jnp.float32(0.2), target=0.6, step=0.01)
    assert float(strength.probability) == 0.0
    assert float(strength.sign) == pytest.approx(0.2, abs=1e-3)

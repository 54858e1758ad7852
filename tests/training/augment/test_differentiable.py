"""Augmentation leaves alone what it shall, changes what it says, and lets gradients through."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emojax.training.augment import differentiable
from emojax.training.augment.differentiable import Augmentation
from emojax.training.gan import adaptive

S = 16
ALL = Augmentation(scale=0.2, rotation=10.0)
NOTHING = Augmentation(colour=0.0, translation=0.0, cutout=0.0)


@pytest.fixture(scope="module")
def images() -> jax.Array:
    return jax.random.uniform(jax.random.key(3), (6, S, S, 3), minval=-1)


def _with(**changes: float) -> Augmentation:
    return Augmentation(**{**vars(NOTHING), **changes})


@pytest.mark.parametrize("augmentation", [ALL, Augmentation()])
def test_at_strength_0_images_are_as_they_were(augmentation: Augmentation, images: jax.Array) -> None:
    draws = differentiable.draw(jax.random.key(0), 6)
    same = jax.jit(differentiable.apply, static_argnums=0)(augmentation, images, draws, 0.0)
    np.testing.assert_allclose(same, images, atol=2e-6)
    changed = jax.jit(differentiable.apply, static_argnums=0)(augmentation, images, draws, 1.0)
    assert (jnp.abs(changed - images).mean((1, 2, 3)) > 0.05).all()


def test_strength_is_the_share_of_images_that_are_changed() -> None:
    many = jnp.ones((2000, 2, 2, 3))
    draws = differentiable.draw(jax.random.key(0), 2000)
    changed = differentiable.apply(_with(colour=1.0), many, {**draws, "contrast": jnp.ones((2000, 2))}, 0.3)
    # Of a white picture only brightness shows.
    assert float((changed != many).any((1, 2, 3)).mean()) == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize(
    "augmentation",
    [_with(colour=1.0), _with(translation=0.125), _with(scale=0.2, rotation=10.0), _with(cutout=0.5)],
    ids=["colour", "translation", "affine", "cutout"],
)
def test_gradients_are_those_of_finite_differences(augmentation: Augmentation, images: jax.Array) -> None:
    """Along a direction; all changes are linear in the image or almost."""
    with jax.enable_x64(True):
        wide = jnp.asarray(images, jnp.float64)
        draws = jax.tree.map(lambda x: jnp.asarray(x, jnp.float64), differentiable.draw(jax.random.key(1), 6))
        weight, direction = jax.random.normal(jax.random.key(2), (2, *wide.shape), jnp.float64)

        @jax.jit
        def seen(x: jax.Array) -> jax.Array:
            return jnp.vdot(differentiable.apply(augmentation, x, draws, 1.0), weight)

        slope = jnp.vdot(jax.jit(jax.grad(seen))(wide), direction)
        step = 1e-6
        measured = (seen(wide + step * direction) - seen(wide - step * direction)) / (2 * step)
        assert abs(slope) > 1e-3
        np.testing.assert_allclose(slope, measured, rtol=1e-6)


def test_translation_moves_by_whole_pixels_and_repeats_the_edge(images: jax.Array) -> None:
    # Numbers of 0 and just under 1 are the farthest to either side: two pixels of sixteen.
    numbers = jnp.tile(jnp.asarray([0.0, 0.0, 1.0 - 1e-6, 0.5, 0.5]), (6, 1))
    draws = differentiable.draw(jax.random.key(0), 6) | {"affine": numbers}
    moved = differentiable.apply(_with(translation=0.125), images, draws, 1.0)
    np.testing.assert_array_equal(moved[:, :-2, 2:], images[:, 2:, :-2])
    np.testing.assert_array_equal(moved[:, -1, 2:], images[:, -1, :-2])


def test_turning_by_the_general_way_equals_the_quick_one_where_nothing_turns(images: jax.Array) -> None:
    draws = differentiable.draw(jax.random.key(5), 6)
    straight = draws["affine"].at[:, 4].set(0.5)
    draws = draws | {"affine": straight}
    quick = differentiable.apply(_with(translation=0.2, scale=0.3), images, draws, 1.0)
    general = differentiable.apply(_with(translation=0.2, scale=0.3, rotation=5.0), images, draws, 1.0)
    np.testing.assert_allclose(general, quick, atol=1e-4)


def test_cutout_hides_a_square_of_at_most_the_share(images: jax.Array) -> None:
    bright = images + 2.0
    hidden = (
        differentiable.apply(_with(cutout=0.5), bright, differentiable.draw(jax.random.key(0), 6), 1.0) == 0
    )
    sizes = hidden.all(-1).sum((1, 2))
    assert (sizes <= (S // 2) ** 2).all()
    assert (sizes >= (S // 4) ** 2).all()
    kept = jnp.where(hidden, 0.0, bright)
    np.testing.assert_array_equal(kept, jnp.where(hidden, 0.0, bright))


def test_draws_differ_between_images_and_changes() -> None:
    draws = differentiable.draw(jax.random.key(0), 50)
    numbers = jnp.concatenate([x.reshape(-1) for x in draws.values()])
    assert len(jnp.unique(numbers)) == numbers.size


def test_strength_follows_the_discriminators_confidence() -> None:
    strength = adaptive.start(0.5)
    for _ in range(50):
        strength = adaptive.update(strength, jnp.float32(1.0), target=0.6, step=0.01)
    # Its mean of signs needs a few steps to pass the target; until then strength goes down.
    assert 0.7 < float(strength.probability) < 1.0
    for _ in range(300):
        strength = adaptive.update(strength, jnp.float32(0.2), target=0.6, step=0.01)
    assert float(strength.probability) == 0.0
    assert float(strength.sign) == pytest.approx(0.2, abs=1e-3)

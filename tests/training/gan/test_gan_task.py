"""Properties of the GAN's state, step and samples."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from training.support.small_gan import small_config, small_images, small_task

from emojax.core import rng
from emojax.core.errors import UserError
from emojax.training import tasks
from emojax.training.gan.losses import bce


@pytest.fixture(scope="module")
def trained():  # type: ignore[no-untyped-def]
    task, key = small_task(), rng.root(0)
    state = jax.jit(task.init)(key)
    batch = jax.jit(task.batch)(small_images(), state.step, key)
    return task, state, batch, *jax.jit(task.step)(state, batch)


def test_the_step_has_the_published_order(trained) -> None:  # type: ignore[no-untyped-def]
    """The generator's loss is of the images that trained the discriminator, by the updated discriminator."""
    task, state, batch, after, metrics = trained
    g, d = task.generator(), task.discriminator()

    def fakes_of(params):  # type: ignore[no-untyped-def]
        variables = {"params": params, "batch_stats": state.generator.batch_stats}
        return g.apply(variables, batch["latents"], train=True, mutable=["batch_stats"])[0]

    def logits_of(params, images):  # type: ignore[no-untyped-def]
        variables = {"params": params, "batch_stats": state.discriminator.batch_stats}
        return d.apply(variables, images, train=True, mutable=["batch_stats"])[0]

    def d_loss(params):  # type: ignore[no-untyped-def]
        fakes = jax.lax.stop_gradient(fakes_of(state.generator.params))
        return bce(logits_of(params, batch["images"]), "real") + bce(logits_of(params, fakes), "fake")

    def g_loss(params):  # type: ignore[no-untyped-def]
        return bce(logits_of(after.discriminator.params, fakes_of(params)), "generator")

    d_value, d_grads = jax.jit(jax.value_and_grad(d_loss))(state.discriminator.params)
    g_value, g_grads = jax.jit(jax.value_and_grad(g_loss))(state.generator.params)
    np.testing.assert_allclose(metrics["d_loss"], d_value, rtol=1e-5)
    np.testing.assert_allclose(metrics["g_loss"], g_value, rtol=1e-5)
    np.testing.assert_allclose(metrics["d_grad_norm"], optax.tree.norm(d_grads), rtol=1e-4)
    np.testing.assert_allclose(metrics["g_grad_norm"], optax.tree.norm(g_grads), rtol=1e-4)


def test_adam_is_configured_as_published(trained) -> None:  # type: ignore[no-untyped-def]
    """Adam's first update is the learning rate times the gradient's sign, where that is not tiny."""
    task, state, _, after, _ = trained
    for name, rate in (("generator", 1.5e-4), ("discriminator", 1.05e-4)):
        before, now = getattr(state, name).params, getattr(after, name).params
        moved = jnp.abs(now["conv_1"]["kernel"] - before["conv_1"]["kernel"])
        assert jnp.median(moved) == pytest.approx(rate, rel=1e-3)
        assert task.config[f"{name}_optimizer"].b1 == 0.4
        assert task.config[f"{name}_optimizer"].b2 == 0.999


def test_the_average_is_exponential(trained) -> None:  # type: ignore[no-untyped-def]
    task, state, _, after, _ = trained
    decay = task.config.average_decay
    expected = jax.tree.map(lambda a, g: decay * a + (1 - decay) * g, state.average, after.generator.params)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-8), after.average, expected)
    assert int(after.step) == 1


def test_running_statistics_move_towards_the_batch(trained) -> None:  # type: ignore[no-untyped-def]
    _, state, _, after, _ = trained
    for name in ("generator", "discriminator"):
        before, now = getattr(state, name).batch_stats, getattr(after, name).batch_stats
        assert all(
            not np.array_equal(a, b)
            for a, b in zip(jax.tree.leaves(before), jax.tree.leaves(now), strict=True)
        )


def test_averaged_statistics_are_those_of_the_averaged_generator(trained) -> None:  # type: ignore[no-untyped-def]
    task, _, _, state, _ = trained
    variables = jax.jit(task.averaged_variables)(state, rng.root(0))
    model = task.generator()
    latents = jax.random.normal(jax.random.key(9), (512, 8))
    draw = jax.jit(functools.partial(model.apply, train=False))
    fixed = draw(variables, latents)
    batchwise = jax.jit(functools.partial(model.apply, train=True, mutable=["batch_stats"]))(
        variables, latents
    )[0]
    # Both normalise by the average's own statistics, up to sampling error; the running
    # statistics after one step are still far from them.
    running = draw({**variables, "batch_stats": state.generator.batch_stats}, latents)
    error = jnp.abs(fixed - batchwise).mean()
    assert error < 0.2 * jnp.abs(running - batchwise).mean()


def test_samples_always_have_the_same_latents(trained) -> None:  # type: ignore[no-untyped-def]
    task, _, _, state, _ = trained
    a, b = (task.samples(state, rng.root(0), 4) for _ in range(2))
    np.testing.assert_array_equal(a, b)
    assert a.shape == (4, 16, 16, 3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"batch_size": 0}, "config.batch_size is 0"),
        ({"data": {"size": 8}}, "config.data.size is 8"),
        ({"epochs": -1}, "config.epochs is -1"),
        ({"dtype": "int8"}, "config.dtype is 'int8'"),
        ({"dtype": "float64"}, "JAX_ENABLE_X64=1"),
        ({"model": {"generator_widths": (32, 16, 8)}}, "32 px images, but config.data.size is 16"),
    ],
)
def test_invalid_configurations_are_refused(changes, words) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UserError, match=words):
        tasks.make_task(small_config(**changes))

"""The step of the best recipes equals one written out by hand: losses, weights, statistics, average."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from training.support.small_gan import small_images, small_task

from emojax.core import rng
from emojax.training.augment import differentiable
from emojax.training.gan.state import AugmentedGanState
from emojax.training.gan.task import GanTask

R1_WEIGHT, R1_EVERY, LIKENESS, SIDE = 3.0, 4, 20.0, 8
TARGET, ADAPT_IMAGES, STEPS_BEFORE, SIGN_BEFORE = 0.3, 160, 3, 0.4


class _Case(NamedTuple):
    task: GanTask
    before: AugmentedGanState
    batch: dict[str, Any]
    after: AugmentedGanState
    metrics: dict[str, jax.Array]


@pytest.fixture(scope="module")
def case() -> _Case:
    task = small_task(
        model={"num_classes": 20, "embedding_size": 6, "projection": True, "skips": False},
        loss={
            "r1_weight": R1_WEIGHT,
            "r1_every": R1_EVERY,
            "likeness_weight": LIKENESS,
            "likeness_side": SIDE,
        },
        augmentation={"strength": 0.6, "target": TARGET, "adapt_images": ADAPT_IMAGES},
        average_decay=0.9,
        average_warmup=True,
    )
    state = jax.jit(task.init)(rng.root(4))
    average = jax.tree.map(lambda x: x + 0.5, state.average)
    memory = state.augmentation.replace(sign=jnp.float32(SIGN_BEFORE))
    state = state.replace(step=jnp.int32(STEPS_BEFORE), average=average, augmentation=memory)
    batch = jax.jit(task.batch)(small_images(), state.step, rng.root(4))
    return _Case(task, state, batch, *jax.jit(task.step)(state, batch))


def _augmented(case: _Case, images: jax.Array, use: int) -> jax.Array:
    settings = case.task.config.augmentation
    changes = differentiable.Augmentation(
        settings.colour, settings.translation, settings.scale, settings.rotation, settings.cutout
    )
    return differentiable.apply(changes, images, case.batch["draws"][use], 0.6)


def _discriminate(case: _Case, params: Any, stats: Any, images: jax.Array, train: bool = True) -> Any:
    variables = {"params": params, "batch_stats": stats}
    return case.task.discriminator().apply(
        variables, images, case.batch["classes"][: len(images)], train=train, mutable=["batch_stats"]
    )


def _fakes(case: _Case, params: Any) -> Any:
    variables = {"params": params, "batch_stats": case.before.generator.batch_stats}
    inputs = case.batch["latents"], case.batch["classes"]
    return case.task.generator().apply(variables, *inputs, train=True, mutable=["batch_stats"])


def _discriminator_loss(case: _Case, params: Any) -> jax.Array:
    stats, images = case.before.discriminator.batch_stats, case.batch["images"]
    fakes, _ = _fakes(case, case.before.generator.params)
    reals = _augmented(case, images, 0)
    real, updates = _discriminate(case, params, stats, reals)
    fake, _ = _discriminate(case, params, updates["batch_stats"], _augmented(case, fakes, 1))

    def logit(image: jax.Array, label: jax.Array) -> jax.Array:
        variables = {"params": params, "batch_stats": stats}
        found = case.task.discriminator().apply(variables, image[None], label[None], train=False)
        return found[0]

    # One image in four stands for all: the mean over these is the penalty of the whole batch.
    gradients = jax.vmap(jax.grad(logit))(reals[::R1_EVERY], case.batch["classes"][::R1_EVERY])
    penalty = jnp.square(gradients).sum((1, 2, 3)).mean()
    adversarial = -jax.nn.log_sigmoid(real).mean() - jax.nn.log_sigmoid(-fake).mean()
    return adversarial + R1_WEIGHT / 2 * penalty


def _generator_loss(case: _Case, params: Any) -> jax.Array:
    fakes, _ = _fakes(case, params)
    logits, _ = _discriminate(
        case, case.after.discriminator.params, _stats_after_two(case), _augmented(case, fakes, 2)
    )
    difference = (fakes - case.batch["images"]).reshape(-1, SIDE, 16 // SIDE, SIDE, 16 // SIDE, 3)
    likeness = jnp.abs(difference.mean((2, 4))).mean()
    return -jax.nn.log_sigmoid(logits).mean() + LIKENESS * likeness


def _stats_after_two(case: _Case) -> Any:
    """The discriminator's running statistics after the real and then the generated images."""
    d = case.before.discriminator
    fakes, _ = _fakes(case, case.before.generator.params)
    _, first = _discriminate(case, d.params, d.batch_stats, _augmented(case, case.batch["images"], 0))
    _, second = _discriminate(case, d.params, first["batch_stats"], _augmented(case, fakes, 1))
    return second["batch_stats"]


def _equal(got: Any, expected: Any, rtol: float = 2e-3) -> None:
    def close(path: Any, a: jax.Array, b: jax.Array) -> None:
        scale = float(jnp.abs(b).max())
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * scale, err_msg=jax.tree_util.keystr(path))

    jax.tree_util.tree_map_with_path(close, got, expected)


@pytest.mark.parametrize("name", ["discriminator", "generator"])
def test_each_net_takes_adams_step_down_its_own_loss(case: _Case, name: str) -> None:
    loss = {"discriminator": _discriminator_loss, "generator": _generator_loss}[name]
    before, after = getattr(case.before, name), getattr(case.after, name)
    gradient = jax.jit(jax.grad(lambda params: loss(case, params)))(before.params)
    optimizer = case.task.config[f"{name}_optimizer"]
    # Adam's first moment is the gradient times a known factor, which its own step hides.
    moments = jax.tree.map(lambda x: x / (1 - optimizer.b1), after.opt_state[0].mu)
    _equal(moments, gradient)
    adam = optax.adam(optimizer.learning_rate, optimizer.b1, optimizer.b2)
    first_moment = jax.tree.map(lambda x: x / (1 - optimizer.b1), after.opt_state[0].mu)
    updates, _ = adam.update(first_moment, adam.init(before.params))
    _equal(after.params, optax.apply_updates(before.params, updates), rtol=1e-5)


def test_the_discriminators_statistics_are_updated_by_three_batches(case: _Case) -> None:
    fakes, updates = _fakes(case, case.before.generator.params)
    _, expected = _discriminate(
        case, case.after.discriminator.params, _stats_after_two(case), _augmented(case, fakes, 2)
    )
    _equal(case.after.discriminator.batch_stats, expected["batch_stats"])
    _equal(case.after.generator.batch_stats, updates["batch_stats"])


def test_the_average_is_in_its_warm_up(case: _Case) -> None:
    decay = (1 + STEPS_BEFORE) / (10 + STEPS_BEFORE)
    expected = jax.tree.map(
        lambda old, new: decay * old + (1 - decay) * new, case.before.average, case.after.generator.params
    )
    _equal(case.after.average, expected, rtol=1e-5)


def test_augmentation_is_steered_by_the_signs_of_real_logits(case: _Case) -> None:
    real, _ = _discriminate(
        case,
        case.before.discriminator.params,
        case.before.discriminator.batch_stats,
        _augmented(case, case.batch["images"], 0),
    )
    mean = float(jnp.sign(real).mean())
    assert abs(mean) > 0.1  # else this would not notice how much of it counts
    sign = 0.9 * SIGN_BEFORE + 0.1 * mean
    assert float(case.after.augmentation.sign) == pytest.approx(sign, abs=1e-6)
    step = 16 / ADAPT_IMAGES * np.sign(sign - TARGET)
    assert float(case.after.augmentation.probability) == pytest.approx(0.6 + step, abs=1e-6)


def test_metrics_are_the_parts_of_the_losses(case: _Case) -> None:
    m = {name: float(value) for name, value in case.metrics.items()}
    d = float(jax.jit(lambda: _discriminator_loss(case, case.before.discriminator.params))())
    g = float(jax.jit(lambda: _generator_loss(case, case.before.generator.params))())
    assert m["d_loss"] + R1_WEIGHT / 2 * m["r1"] == pytest.approx(d, rel=1e-3)
    assert m["g_loss"] + LIKENESS * m["likeness"] == pytest.approx(g, rel=1e-3)
    assert m["augmentation"] == pytest.approx(0.6)
    assert int(case.after.step) == STEPS_BEFORE + 1

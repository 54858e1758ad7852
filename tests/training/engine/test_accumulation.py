"""A step that takes its batch in micro-batches is the step of the whole batch, in less memory."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from training.support.small_tasks import CASES, agree, step

from emojax.core.errors import UserError
from emojax.training import tasks
from emojax.training.devices import parallel
from emojax.training.engine import loop
from emojax.training.engine.accumulation import accumulate, vjp


@pytest.mark.parametrize("name", ["gan", "emoji_parts", "attributes", "text", "naming", "exemplar"])
def test_micro_batches_take_the_step_of_the_whole_batch(name: str) -> None:
    agree(step(name, 4)[:2], step(name, 1)[:2])


def test_micro_batches_of_autoencoders_have_the_gradient_of_the_whole_batch() -> None:
    """Their convolutions are float32 whatever the input is; Adam's first step would only show the signs."""
    found, expected = (step("reconstruction", count) for count in (4, 1))
    agree(found.state.network.opt_state, expected.state.network.opt_state, 2e-5)
    agree(found.metrics, expected.metrics, 2e-5)


@pytest.mark.parametrize("mode", ["pmap", "mesh"])
def test_micro_batches_of_several_devices_take_that_step_too(mode: str) -> None:
    """The R1 penalty is on every fourth image of the batch: on none of some micro-batches' shares."""
    agree(step("gan", 4, mode, 2)[:2], step("gan", 1)[:2])


@pytest.mark.parametrize("name", ["gan", "emoji_parts", "reconstruction"])
def test_micro_batches_take_less_memory(name: str) -> None:
    assert step(name, 4).memory < 0.75 * step(name, 1).memory


def test_means_are_averaged_and_gradients_by_examples_keep_their_place() -> None:
    x = jnp.arange(12.0).reshape(6, 2)

    def function(part: jax.Array, index: Any) -> tuple[Any, jax.Array]:
        value, gradient = jax.value_and_grad(lambda part: jnp.mean(jnp.sum(part**2, 1)))(part)
        return {"value": value, "index": jnp.asarray(index, jnp.float32)}, gradient

    expected, gradient = function(x, 0)
    found, joined = jax.jit(lambda x: accumulate(function, x, 3))(x)
    assert found["value"] == expected["value"]
    assert found["index"] == 1.0
    np.testing.assert_allclose(joined, gradient, rtol=1e-6)
    # Of micro-batch 0 are examples 0 and 3.
    first = accumulate(lambda part, index: (jnp.where(index == 0, part, 0.0), None), x, 3)[0]
    np.testing.assert_allclose(3 * first, x[jnp.asarray([0, 3])], rtol=1e-6)


def test_the_gradient_of_results_in_parts_is_that_of_all() -> None:
    x, cotangents = jnp.arange(12.0).reshape(6, 2), jnp.arange(6.0)

    def function(w: jax.Array, x: jax.Array) -> jax.Array:
        return jnp.sin(x @ w)

    for count in (1, 2, 3):
        results, pull = vjp(function, jnp.ones(2), x, count)
        expected, all_at_once = jax.vjp(lambda w: function(w, x), jnp.ones(2))
        np.testing.assert_allclose(results, expected, rtol=1e-6)
        np.testing.assert_allclose(pull(cotangents), all_at_once(cotangents)[0], rtol=1e-5)


@pytest.mark.parametrize("name", ["published gan", "segmentation"])
def test_nets_whose_batch_norms_need_the_whole_batch_are_refused(name: str) -> None:
    _, config, _ = CASES[name]()
    config.dtype, config.run.accumulate = "float32", 4
    with pytest.raises(UserError, match=r"config.run.accumulate is 4: the .*'?s batch norms need the whole"):
        tasks.make_task(config)
    config.run.accumulate = 1
    tasks.make_task(config)


def test_batches_that_cannot_be_split_are_refused(tmp_path: Path) -> None:
    message = r"config.batch_size is 16, which 4 devices, each with config.run.accumulate=8, do not.*32, such"
    with pytest.raises(UserError, match=message):
        parallel.make_plan("pmap", 16, jax.devices()[:4], micro_batches=8)
    _, config, _ = CASES["text"]()
    config.run.update(accumulate=3, parallel="jit")
    with pytest.raises(UserError, match="each with config.run.accumulate=3"):
        loop.train(tasks.make_task(config), tmp_path)
    config.run = {**config.run, "accumulate": 2.0}
    with pytest.raises(UserError, match=r"config.run.accumulate is 2.0"):
        tasks.make_task(config)

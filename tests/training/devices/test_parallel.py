"""One device, eight under pmap and eight on a mesh give the same run; see ``test_processes.py``, too."""

import functools
import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from training.support.small_gan import small_images, small_task

from emojax.core import rng
from emojax.core.errors import UserError
from emojax.training.devices import parallel


@functools.cache
def _start(dtype: str) -> Any:
    """The first state, on no device."""
    return jax.tree.map(np.asarray, jax.jit(small_task(dtype=dtype).init)(rng.root(0)))


@functools.cache
def _compiled(mode: str, dtype: str = "float32", length: int = 1) -> tuple[parallel.Plan, parallel.Steps]:
    """A plan and its steps, compiled once for all tests."""
    task = small_task(dtype=dtype)
    plan = parallel.make_plan(mode, task.config.batch_size)
    batch = functools.partial(task.batch, key=rng.root(0))
    return plan, parallel.compile_steps(plan, batch, task.step, length)


def _run(mode: str, steps: int, dtype: str = "float32", length: int = 1):  # type: ignore[no-untyped-def]
    plan, compiled = _compiled(mode, dtype, length)
    state = parallel.place(plan, _start(dtype))
    dataset = parallel.place(plan, small_images())
    rows = []
    for _ in range(steps // length):
        state, metrics = compiled(state, dataset)
        rows.append(jax.tree.map(np.asarray, metrics))
    columns = {k: np.concatenate([row[k] for row in rows]) for k in rows[0]}
    return jax.tree.map(np.asarray, parallel.one_copy(plan, state)), columns


def _distance(a, b) -> float:  # type: ignore[no-untyped-def]
    pairs = zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    return max(float(np.linalg.norm(x - y) / max(np.linalg.norm(y), 1e-12)) for x, y in pairs)


def test_float32_agrees_for_two_steps() -> None:
    one, _ = _run("jit", 2)
    for mode in ("pmap", "mesh"):
        eight, _ = _run(mode, 2)
        assert _distance(eight.generator.params, one.generator.params) < 1e-5, mode
        assert _distance(eight.discriminator.params, one.discriminator.params) < 1e-5, mode


def test_several_steps_per_call_change_nothing() -> None:
    with jax.enable_x64(True):
        one, metrics = _run("jit", 4, "float64")
        for mode in ("jit", "pmap"):
            two_by_two, rows = _run(mode, 4, "float64", length=2)
            assert _distance(two_by_two, one) < 1e-12
            np.testing.assert_allclose(rows["g_loss"], metrics["g_loss"], rtol=1e-12)


def test_automatic_mode_is_pmap_on_several_devices() -> None:
    assert parallel.make_plan("auto", 16).mode == "pmap"
    assert parallel.make_plan("auto", 16, jax.devices()[:1]).mode == "jit"
    assert parallel.make_plan("jit", 3).mesh.size == 1


def test_invalid_plans_are_refused() -> None:
    with pytest.raises(UserError, match=r"config.batch_size is 12, which 8 devices do not divide.*16"):
        parallel.make_plan("pmap", 12)
    with pytest.raises(UserError, match=r"config.run.parallel is 'tpu'"):
        parallel.make_plan("tpu", 16)


def test_the_state_is_donated_and_replicated_on_every_device() -> None:
    plan, steps = _compiled("pmap")
    state = parallel.initialize(plan, small_task().init, rng.root(0))
    dataset = parallel.place(plan, small_images())
    after, metrics = steps(state, dataset)
    assert all(x.is_deleted() for x in jax.tree.leaves(state.generator.params))
    kernel = after.generator.params["conv_0"]["kernel"]
    copies = [np.asarray(shard.data) for shard in kernel.addressable_shards]
    assert len(copies) == 8
    assert all(np.array_equal(copies[0], copy) for copy in copies)
    assert metrics["d_loss"].shape == (1,)
    assert jnp.isfinite(metrics["d_loss"]).all()


@pytest.mark.parametrize("mode", ["jit", "pmap", "mesh"])
def test_no_step_but_the_first_compiles_or_moves_anything_between_host_and_device(mode: str) -> None:
    plan, steps = _compiled(mode)
    state = parallel.place(plan, _start("float32"))
    dataset = parallel.place(plan, small_images())
    state, _ = jax.block_until_ready(steps(state, dataset))
    compiled: list[str] = []
    jax.monitoring.register_event_duration_secs_listener(lambda name, *_, **__: compiled.append(name))
    try:
        with jax.transfer_guard("disallow"):
            for _ in range(3):
                state, metrics = jax.block_until_ready(steps(state, dataset))
    finally:
        jax.monitoring.clear_event_listeners()
    assert not [name for name in compiled if "compile" in name]
    assert int(parallel.one_copy(plan, state.step)) == 4
    assert metrics["d_loss"].shape == (1,)


@pytest.mark.parametrize("mode", ["pmap", "mesh"])
def test_devices_talk_once_for_each_network_and_twice_for_each_batch_norm(mode: str) -> None:
    """The gradients of a network are one message, metrics go along; batch statistics are two, there and back.

    The generator's two batch norms run once, the discriminator's one on real and on generated images, and on
    generated ones again after the update.
    """
    plan, steps = _compiled(mode)
    state = parallel.place(plan, _start("float32"))
    dataset = parallel.place(plan, small_images())
    program = steps.lower(state, dataset).compile().as_text()
    calls = re.findall(
        r"= (.*?) (all-reduce|all-gather|all-to-all|collective-permute|reduce-scatter)[-a-z]*\(", program
    )
    assert {kind for _, kind in calls} == {"all-reduce"}
    sizes = sorted(arrays.count("f32[") for arrays, _ in calls)
    assert len(sizes) <= 2 + 2 * (2 + 3)
    assert sizes[-1] >= len(jax.tree.leaves(state.generator.params))

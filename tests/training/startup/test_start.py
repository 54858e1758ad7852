"""A run begins the same whether its state and its steps are made side by side or one after the other."""

import functools
from pathlib import Path

import jax
import numpy as np
import pytest
from training.support.small_gan import small_images, small_task

from emojax.core import rng
from emojax.training.engine import parallel
from emojax.training.engine.checkpoints import Checkpoints
from emojax.training.startup import start


@pytest.mark.parametrize("mode", ["jit", "mesh", "pmap"])
def test_beginning_side_by_side_changes_no_bit(mode: str, tmp_path: Path) -> None:
    task, key = small_task(), rng.root(0)
    plan = parallel.make_plan(mode, task.config.batch_size)
    dataset = parallel.place(plan, small_images())
    steps = parallel.compile_steps(plan, functools.partial(task.batch, key=key), task.step, 1)
    saved = Checkpoints(tmp_path)
    state, ready = start.prepare(plan, task.init, key, saved, steps, dataset)
    expected = parallel.initialize(plan, task.init, key)
    for _ in range(2):  # the second takes what the first gives
        _same(state, expected)
        (state, metrics), (expected, row) = ready(state, dataset), steps(expected, dataset)
        _same(metrics, row)
    saved.save(2, state)
    saved.wait()
    restored, _ = start.prepare(plan, task.init, key, saved, steps, dataset)
    saved.close()
    _same(restored, expected)


def _same(a, b) -> None:  # type: ignore[no-untyped-def]
    assert jax.tree.structure(a) == jax.tree.structure(b)
    for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        assert x.sharding.device_set == y.sharding.device_set
        np.testing.assert_array_equal(np.asarray(x), np.asarray(y))

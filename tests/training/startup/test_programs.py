"""What is kept of a program does as the program does, and is not taken for another."""

import functools
import shutil
from pathlib import Path

import jax
import numpy as np
import pytest
from training.support.small_gan import small_images, small_task

from emojax.core import rng
from emojax.training.engine import parallel
from emojax.training.engine.checkpoints import Checkpoints
from emojax.training.startup import programs, start
from emojax.training.startup.programs import Kept


def _refuse(*args):  # type: ignore[no-untyped-def]
    raise AssertionError("it was traced")


def _begin(folder: Path, kept: Kept | None, *, traced: bool, **changes):  # type: ignore[no-untyped-def]
    """State and metrics after two steps; unless `traced`, code that is traced fails."""
    task, key = small_task(**changes), rng.root(0)
    plan = parallel.make_plan("jit", task.config.batch_size)
    dataset = parallel.place(plan, small_images())
    init, step = (task.init, task.step) if traced else (_refuse, _refuse)
    steps = parallel.compile_steps(plan, functools.partial(task.batch, key=key), step, 1)
    saved = Checkpoints(folder)
    state, ready = start.prepare(plan, init, key, saved, steps, dataset, kept)
    for _ in range(2):
        given = state
        state, metrics = ready(state, dataset)
    assert all(x.is_deleted() for x in jax.tree.leaves(given)), "the state is not donated"
    saved.close()
    return state, metrics


@pytest.mark.parametrize("adaptive", [False, True])
def test_what_is_kept_takes_the_same_steps(adaptive: bool, tmp_path: Path) -> None:
    changes = {"augmentation": {"target": 0.6}} if adaptive else {}
    kept = Kept(tmp_path / "programs", "0")
    expected = _begin(tmp_path, None, traced=True, **changes)
    first = _begin(tmp_path, kept, traced=True, **changes)
    second = _begin(tmp_path, kept, traced=False, **changes)
    for found in (first, second):
        assert jax.tree.structure(found) == jax.tree.structure(expected)
        jax.tree.map(np.testing.assert_array_equal, found, expected)


def test_what_is_damaged_or_another_s_is_not_used(tmp_path: Path) -> None:
    def program(kept: Kept, factor: float) -> float:
        made = kept.jit("double", jax.jit(lambda x: factor * x), np.float32(3.0))
        return float(made(np.float32(3.0)))

    kept = Kept(tmp_path, "0")
    assert [program(kept, 2.0), program(kept, 5.0)] == [6.0, 6.0]
    assert program(Kept(tmp_path, "1"), 5.0) == 15.0
    (path,) = tmp_path.glob("double-0")
    for damaged in (path.read_bytes()[:-1], b"", bytes(40)):
        path.write_bytes(damaged)
        assert program(kept, 5.0) == 15.0


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = Kept(tmp_path / "file" / "programs", "0")
    assert kept.jit("next", jax.jit(lambda x: x + 1), 1)(1) == 2


def test_the_digest_follows_code_settings_and_facts(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    package = tmp_path / "emojax"
    shutil.copytree(Path(programs.emojax.__file__).parent / "models", package / "models")
    monkeypatch.setattr(programs.emojax, "__file__", str(package / "__init__.py"))

    def digest(**facts: int) -> str:
        return programs.digest({"length": 1} | facts)

    before = digest()
    assert digest() == before
    assert digest(length=2) != before
    jax.config.update("jax_default_matmul_precision", "highest")
    try:
        assert digest() != before
    finally:
        jax.config.update("jax_default_matmul_precision", None)
    monkeypatch.setenv("FLAX_PROFILE", "false")
    assert digest() != before
    monkeypatch.delenv("FLAX_PROFILE")
    assert digest() == before
    source = package / "models" / "layers.py"
    source.write_text(source.read_text().replace("0.02", "0.03"))
    assert digest() != before

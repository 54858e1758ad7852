"""A resumed run has the pictures of an uninterrupted one."""

from pathlib import Path
from typing import Any

import pytest
from training.support.small_gan import small_task

from emojax.core import rng
from emojax.training.devices import parallel
from emojax.training.engine import loop
from emojax.training.engine.checkpoints import Checkpoints


def _kept(workdir: Path, steps: list[int], *, resumed: int, total: int, **run: Any) -> list[int]:
    task = small_task(run={"parallel": "jit", **run})
    plan = parallel.make_plan("jit", task.config.batch_size)
    (workdir / "samples").mkdir(exist_ok=True)
    for step in steps:
        (workdir / "samples" / f"{step:08d}.png").write_bytes(b"")
    running = loop._Loop(task, plan, rng.root(0), Checkpoints(workdir), workdir, total)
    running._drop_samples(resumed)
    kept = sorted(int(path.stem) for path in (workdir / "samples").iterdir())
    for path in (workdir / "samples").iterdir():
        path.unlink()
    return kept


@pytest.mark.parametrize("resumed", [20, 45])
def test_pictures_that_are_made_again_or_of_a_shorter_run_go(tmp_path: Path, resumed: int) -> None:
    run = {"sample_every": 20, "steps_per_call": 1}
    expected = {20: [20], 45: [20, 40]}[resumed]
    assert _kept(tmp_path, [20, 40, 45], resumed=resumed, total=60, **run) == expected


def test_the_last_picture_of_a_run_that_is_done_stays(tmp_path: Path) -> None:
    run = {"sample_every": 20, "steps_per_call": 1}
    assert _kept(tmp_path, [20, 40, 45], resumed=45, total=45, **run) == [20, 40, 45]


def test_pictures_of_validations_and_of_several_steps_a_call_count(tmp_path: Path) -> None:
    run = {"sample_every": 0, "validate_every": 15, "steps_per_call": 10}
    assert _kept(tmp_path, [20, 30], resumed=30, total=60, **run) == [20, 30]
    assert _kept(tmp_path, [20, 30], resumed=20, total=60, **run) == [20]
    assert _kept(tmp_path, [20, 25], resumed=25, total=60, **run) == [20]

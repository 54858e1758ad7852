"""Two processes with two devices each are one run: with one process' numbers, one end, one resumption."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest
from training.support import one_process
from training.support.small_gan import small_task

from emojax.core import rng
from emojax.core.errors import UserError
from emojax.training.devices import parallel, processes
from emojax.training.engine import checkpoints

PROGRAM = Path(one_process.__file__)
_SECONDS = 600  # on a machine that has much else to do
_DEVICE = jax.sharding.SingleDeviceSharding(jax.devices()[0])


class Pair:
    """Two processes of one job, started at once."""

    def __init__(self, actions: str, folder: Path, **run: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "run.json").write_text(json.dumps(run))
        with socket.socket() as free:
            free.bind(("localhost", 0))
            coordinator = f"localhost:{free.getsockname()[1]}"
        flags = os.environ["XLA_FLAGS"].replace("device_count=8", "device_count=2")
        self.running = [
            subprocess.Popen(
                [sys.executable, PROGRAM, actions, coordinator, "2", str(index), folder],
                env=os.environ | {"XLA_FLAGS": flags},
                stderr=subprocess.PIPE,
                text=True,
            )
            for index in range(2)
        ]

    def end(self) -> tuple[list[int], list[list[str]]]:
        """Exit codes, and what was written to standard error but for notes of libraries."""
        errors = [process.communicate(timeout=_SECONDS)[1] for process in self.running]
        lines = [[line for line in e.splitlines() if line.startswith("emojax: ")] for e in errors]
        return [process.returncode for process in self.running], lines

    def wait_for(self, path: Path) -> None:
        until = time.monotonic() + _SECONDS
        while not path.exists():
            assert all(process.poll() is None for process in self.running)
            assert time.monotonic() < until
            time.sleep(0.05)


def _distance(a: Any, b: Any) -> float:
    pairs = zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    return max(float(np.linalg.norm(x - y) / max(np.linalg.norm(y), 1e-12)) for x, y in pairs)


def _newest(workdir: Path) -> Any:
    """The newest checkpoint, on one device."""
    like = checkpoints.placed_like(jax.eval_shape(small_task(dtype="float64").init, rng.root(0)), _DEVICE)
    saved = checkpoints.Checkpoints(workdir, read_only=True)
    state = jax.tree.map(np.asarray, saved.restore(like))
    saved.close()
    return state


class Ended(NamedTuple):
    """What a pair has left: files in a folder, exit codes, and lines on standard error."""

    folder: Path
    codes: list[int]
    lines: list[list[str]]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """One pair for several properties, since each takes seconds to start: the last action ends it."""
    folder = tmp_path_factory.mktemp("pair")
    pair = Pair("steps,lacks_data,train", folder, steps=100_000, mode="pmap", nan_in=1)
    return Ended(folder, *pair.end())


def test_two_processes_take_the_steps_of_one(ended: Ended, tmp_path: Path) -> None:
    """In both modes, and with parameters sharded over the processes' devices."""
    with jax.enable_x64(True):
        one_process.steps(tmp_path / "alone", devices=jax.devices()[:1])
    alone = list(np.load(tmp_path / "alone" / "jit.npz").values())
    for name in ("pmap", "mesh", "sharded"):
        two = list(np.load(ended.folder / f"{name}.npz").values())
        assert _distance(two, alone) < 1e-9, name


@pytest.mark.usefixtures("shared_cache")
def test_a_signal_to_one_process_stops_both_and_fewer_resume(tmp_path: Path) -> None:
    """SIGTERM saves in both; a kill loses what was after the last save; one process goes on from there."""
    made = tmp_path / "run" / "checkpoints"
    pair = Pair("train", tmp_path, steps=100_000, mode="mesh")
    pair.wait_for(made / "5")
    pair.running[1].send_signal(signal.SIGTERM)
    codes, lines = pair.end()
    assert codes == [143, 143]
    stopped = max(int(path.name) for path in made.iterdir())
    assert all(
        line == [f"emojax: SIGTERM: stopped at step {stopped}; the same command resumes"] for line in lines
    )

    pair = Pair("train", tmp_path, steps=100_000, mode="pmap")
    pair.wait_for(made / str((stopped // 5 + 2) * 5))
    pair.running[1].kill()
    pair.running[0].kill()  # as the cluster does; by itself it would end when the other is found missing
    pair.end()
    killed = max(int(path.name) for path in made.iterdir() if path.name.isdecimal())
    assert killed > stopped

    with jax.enable_x64(True):
        one_process.run(tmp_path / "run", steps=killed + 3, mode="jit")
        one_process.run(tmp_path / "whole", steps=killed + 3, mode="jit")
        assert _distance(_newest(tmp_path / "run"), _newest(tmp_path / "whole")) < 1e-9
    rows = [
        [json.loads(line) for line in (tmp_path / name / "metrics.jsonl").read_text().splitlines()]
        for name in ("run", "whole")
    ]
    scores = [[row["step"] for row in each if "val_kid" in row] for each in rows]
    assert scores[0] == scores[1]
    assert [path.name for path in (tmp_path / "run/best/checkpoints").iterdir()] == [str(scores[0][-1])]


def test_a_fault_in_one_process_stops_both_with_one_line(ended: Ended) -> None:
    """What is not finite ends both as programs; what one process finds missing, both raise."""
    assert ended.codes == [2, 2]
    assert ended.lines[0] == ended.lines[1]
    assert len(ended.lines[0]) == 1
    assert "became nan at step 6: the last good checkpoint is step 5" in ended.lines[0][0]
    errors = [(ended.folder / f"error-{index}.txt").read_text() for index in range(2)]
    assert errors == ["process 1 has stopped: --data_dir is missing", "--data_dir is missing"]


def test_one_process_decides_alone() -> None:
    assert processes.decide(lambda: [1, "a"]) == [1, "a"]
    assert processes.together(lambda: 3) == 3
    assert processes.is_first()
    assert not processes.several()
    assert not processes.preempted(1)


def test_a_long_answer_is_cut_and_not_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between processes, messages have one size."""
    from jax.experimental import multihost_utils

    monkeypatch.setattr(multihost_utils, "process_allgather", lambda x: np.stack([x, x]))
    monkeypatch.setattr(processes, "several", lambda: True)

    def fails() -> None:
        raise UserError("ä" * 100_000)

    with pytest.raises(UserError, match="^ä{500,1000}"):
        processes.decide(fails)
    assert processes.decide(lambda: {"score": 0.25}) == {"score": 0.25}
    with pytest.raises(UserError, match="^ä{500,1000}"):
        processes.together(fails)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"coordinator": "localhost:1"}, "--num_processes is missing"),
        ({"coordinator": "localhost:1", "num_processes": 2}, "--process_id is missing"),
        ({"coordinator": "localhost:1", "num_processes": 2, "process_id": 2}, "from 0 to 1"),
        ({"coordinator": "localhost:1", "num_processes": 2, "process_id": -1}, "from 0 to 1"),
        ({}, "no job to join"),
    ],
)
def test_jobs_that_cannot_be_joined_are_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        processes.join(**given)


def test_parameters_are_sharded_where_they_can_be_divided() -> None:
    plan = parallel.make_plan("auto", 16, model_parallel=4)
    assert (plan.mode, plan.shares) == ("mesh", 2)
    tree = {"kernel": np.zeros((3, 3, 2, 8)), "odd": np.zeros((4, 6)), "bias": np.zeros(8)}
    specs = {name: sharding.spec for name, sharding in plan.shardings(tree).items()}
    spec = jax.sharding.PartitionSpec
    assert specs == {"kernel": spec(None, None, None, "model"), "odd": spec(), "bias": spec()}
    placed = parallel.place(plan, tree, plan.shardings(tree))
    assert placed["kernel"].addressable_data(0).shape == (3, 3, 2, 2)
    assert parallel.one_copy(plan, placed)["kernel"].shape == (3, 3, 2, 8)
    for mode, parts, says in (
        ("mesh", 3, "does not divide"),
        ("pmap", 2, "'mesh' alone"),
        ("mesh", 0, "divide"),
    ):
        with pytest.raises(UserError, match=says):
            parallel.make_plan(mode, 16, model_parallel=parts)

"""Programs take turns in worker processes; every call is kept, and a failure is reported."""

import functools
import os
from collections.abc import Iterator

import pytest

from emojax.benchmark import load, timing
from emojax.benchmark.timing import Program, Summary, Turn, WorkerError
from emojax.benchmark.workers import Group, Worker
from emojax.core.errors import UserError


def test_summary_is_median_and_quartiles() -> None:
    assert timing.summarize([5.0, 1.0, 100.0, 2.0, 3.0]) == Summary(3.0, 2.0, 5.0)


def test_everyone_goes_first_equally_often() -> None:
    names = ["a", "b", "c"]
    orders = [timing.rotated(names, number) for number in range(6)]
    assert all(sorted(order) == names for order in orders)
    assert [order[0] for order in orders] == [*names, *names]
    assert orders[1] == ["b", "c", "a"]


def test_rounds_alternate_and_keep_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "_PAUSE_SECONDS", 0.0)
    log = []

    def turn(name: str, calls: int) -> Turn:
        log.append(name)
        return Turn([float(len(log))] * calls, {}, 0.0)

    turns = {name: functools.partial(turn, name) for name in "ab"}
    found = timing.alternate(turns, rounds=3, calls=2)
    assert log == ["a", "b", "b", "a", "a", "b"]
    assert found.milliseconds == {
        "a": [[1.0, 1.0], [4.0, 4.0], [5.0, 5.0]],
        "b": [[2.0, 2.0], [3.0, 3.0], [6.0, 6.0]],
    }
    assert len(found.others) == 3


def _counting() -> Program:
    calls: list[int] = []
    return Program(lambda: calls.append(os.getpid()), 4, {"calls": calls})


def _where() -> Program:
    cores, flag = load.cores(), os.environ.get("EMOJAX_TEST_FLAG")
    return Program(lambda: {"stage": 2.5}, 1, {"cores": cores, "flag": flag})


def _refusing() -> Program:
    raise UserError("config.batch_size is 3")


def _failing() -> Program:
    raise RuntimeError("no such kernel\nand more")


def _dying() -> Program:
    os._exit(3)


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    found = Worker(
        {"counting": _counting, "where": _where, "refusing": _refusing, "failing": _failing, "dying": _dying}
    )
    yield found
    found.close()


def test_worker_builds_once_in_another_process_and_does_not_count_its_first_call(worker: Worker) -> None:
    first, second = worker.run("counting", 3), worker.run("counting", 2)
    assert [len(r.milliseconds) for r in (first, second)] == [3, 2]
    assert all(ms >= 0 for ms in first.milliseconds)
    assert len(first.facts["calls"]) == 4
    assert len(second.facts["calls"]) == 7
    assert set(second.facts["calls"]).isdisjoint({os.getpid()})
    assert 1 < second.peak_memory_mb < 100_000


def test_worker_goes_on_after_a_failure_and_says_when_it_died(worker: Worker) -> None:
    with pytest.raises(UserError, match=r"^config.batch_size is 3$"):
        worker.run("refusing", 1)
    with pytest.raises(WorkerError) as failure:
        worker.run("failing", 1)
    assert str(failure.value) == "RuntimeError: no such kernel"
    assert "_failing" in failure.value.__notes__[0]
    assert worker.run("counting", 1).milliseconds
    for _ in range(2):  # died in the call, and dead before it
        with pytest.raises(WorkerError, match="exit code 3"):
            worker.run("dying", 1)


def test_worker_runs_on_the_cores_and_with_the_variables_it_is_given() -> None:
    before, core = load.cores(), load.cores()[-1]
    pinned = Worker({"where": _where}, cores=[core], environment={"EMOJAX_TEST_FLAG": "set"})
    turn = pinned.run("where", 2)
    pinned.close()
    assert turn.facts["cores"] == [core]
    assert turn.facts["flag"] == "set"
    assert turn.stages == [{"stage": 2.5}, {"stage": 2.5}]
    assert load.cores() == before
    assert "EMOJAX_TEST_FLAG" not in os.environ


class _Member:
    """A worker that is not there."""

    def __init__(self, milliseconds: list[float], log: list[str]) -> None:
        self._turn, self._log = Turn(milliseconds, {}, 10.0), log

    def send(self, name: str, calls: int, profile: object) -> None:
        self._log.append(f"send {name} {calls}")

    def receive(self) -> Turn:
        self._log.append("receive")
        return self._turn


def test_processes_of_a_job_start_together_and_the_slowest_counts() -> None:
    log: list[str] = []
    group = Group([_Member([1.0, 5.0], log), _Member([2.0, 4.0], log)])  # type: ignore[list-item]
    turn = group.run("step", 2)
    assert log == ["send step 2", "send step 2", "receive", "receive"]
    assert turn.milliseconds == [2.0, 5.0]
    assert turn.peak_memory_mb == 20.0

"""Programs take turns in worker processes; every call is kept, and a failure is reported."""

import functools
import os
from collections.abc import Iterator

import pytest

from emojax.benchmark import timing
from emojax.benchmark.timing import Program, Summary, Turn, Worker, WorkerError
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
    samples = timing.alternate(turns, rounds=3, calls=2)
    assert log == ["a", "b", "b", "a", "a", "b"]
    assert samples == {"a": [1.0, 1.0, 4.0, 4.0, 5.0, 5.0], "b": [2.0, 2.0, 3.0, 3.0, 6.0, 6.0]}


def _counting() -> Program:
    calls: list[int] = []
    return Program(lambda: calls.append(os.getpid()), 4, {"calls": calls})


def _refusing() -> Program:
    raise UserError("config.batch_size is 3")


def _failing() -> Program:
    raise RuntimeError("no such kernel\nand more")


def _dying() -> Program:
    os._exit(3)


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    found = Worker({"counting": _counting, "refusing": _refusing, "failing": _failing, "dying": _dying})
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
        worker.prepare("refusing")
    with pytest.raises(WorkerError) as failure:
        worker.prepare("failing")
    assert str(failure.value) == "RuntimeError: no such kernel"
    assert "_failing" in failure.value.__notes__[0]
    assert worker.run("counting", 1).milliseconds
    for _ in range(2):  # died in the call, and dead before it
        with pytest.raises(WorkerError, match="exit code 3"):
            worker.prepare("dying")

"""Other processes' CPU time is what all have used less what the benchmark has."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emojax.benchmark import load
from emojax.benchmark.load import Clock


def proc(folder: Path, stat: str, processes: dict[int, tuple[int, tuple[int, int, int, int]]]) -> Path:
    folder.mkdir()
    (folder / "stat").write_text(stat)
    for pid, (parent, (user, system, waited_user, waited_system)) in processes.items():
        (folder / str(pid)).mkdir()
        rest = f"S {parent} 1 1 0 -1 0 0 0 0 0 {user} {system} {waited_user} {waited_system} 15 -5"
        (folder / str(pid) / "stat").write_text(f"{pid} (a) b (c) {rest}")
    return folder


def test_watched_cores_busy_time_and_the_family_s_are_read(tmp_path: Path) -> None:
    me, ticks = os.getpid(), os.sysconf("SC_CLK_TCK")
    # user nice system idle iowait irq softirq steal guest guest_nice
    stat = "cpu 999 0 0 0 0 0 0 0 0 0\ncpu0 10 2 3 500 40 1 1 4 9 9\ncpu1 7 0 0 9 9 0 0 0 0 0\nintr 5\n"
    child, grandchild, stranger = me + 1, me + 2, me + 3
    processes = {
        stranger: (1, (1000, 0, 0, 0)),
        grandchild: (child, (3, 1, 0, 0)),
        child: (me, (2, 0, 5, 1)),
        me: (1, (1, 1, 0, 0)),
    }
    found = load.read([0], proc(tmp_path / "proc", stat, processes))
    assert found is not None
    assert found.busy * ticks == pytest.approx(10 + 2 + 3 + 1 + 1 + 4)
    assert found.own * ticks == pytest.approx((1 + 1) + (2 + 5 + 1) + (3 + 1))


def test_others_are_what_is_left() -> None:
    before = Clock(time=10.0, busy=100.0, own=50.0)
    assert load.others(before, Clock(time=14.0, busy=107.0, own=55.0)) == pytest.approx(0.5)
    assert load.others(before, Clock(time=14.0, busy=103.0, own=54.0)) == 0.0
    assert load.others(None, before) is None


def test_a_system_without_counters_is_unknown(tmp_path: Path) -> None:
    assert load.read([0], tmp_path / "missing") is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's counters")
def test_the_work_of_our_own_children_is_not_other_load() -> None:
    before = load.read(load.cores())
    child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        until = time.monotonic() + 20
        while (now := load.read(load.cores())) is not None and before is not None:
            if now.own - before.own > 0.2 or time.monotonic() > until:
                break
            time.sleep(0.02)
    finally:
        child.kill()
        child.wait()
    after = load.read(load.cores())
    assert before is not None
    assert after is not None
    # It is counted while it runs, and once more by its parent after it has ended.
    assert after.own - before.own > 0.2

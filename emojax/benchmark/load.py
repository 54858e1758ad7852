"""How much other processes compute while a benchmark runs, from Linux's counters of CPU time.

A load average before the run says nothing about the run. Here the CPU time of all processes during an
interval is read, and that of the benchmark's own processes is subtracted.
"""

import os
import time
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")
_IDLE = (3, 4)
"""Fields of a line of /proc/stat that are no work: idle, and waiting for a disk."""
_GUEST = (8, 9)
"""Fields that are part of others already: virtual machines' time, which is also user time."""


class Clock(NamedTuple):
    """Counters at one moment.

    Attributes:
      time: seconds, of a monotonic clock.
      busy: seconds of CPU time of all processes on the watched cores, with time that a hypervisor took.
      own: seconds of CPU time of this process and its descendants, those that have ended included.
    """

    time: float
    busy: float
    own: float


def cores() -> list[int]:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def read(watched: Collection[int], proc: Path = _PROC) -> Clock | None:
    """The counters now, or None where the system has no such files.

    Args:
      watched: numbers of the cores whose load counts.
      proc: where the system's counters are.
    """
    try:
        ticks = os.sysconf("SC_CLK_TCK")
        busy = _busy_ticks((proc / "stat").read_text(encoding="utf-8"), watched)
        own = _own_ticks(proc, os.getpid())
    except (OSError, ValueError, AttributeError):
        return None
    return Clock(time.perf_counter(), busy / ticks, own / ticks)


def others(before: Clock | None, after: Clock | None) -> float | None:
    """Cores that other processes used between two moments, on average; None if a counter is missing."""
    if before is None or after is None or after.time <= before.time:
        return None
    used = (after.busy - before.busy) - (after.own - before.own)
    return max(0.0, used / (after.time - before.time))


def _busy_ticks(stat: str, watched: Collection[int]) -> int:
    total = 0
    names = {f"cpu{number}" for number in watched}
    for line in stat.splitlines():
        name, *fields = line.split()
        if name in names:
            total += sum(int(f) for i, f in enumerate(fields) if i not in (*_IDLE, *_GUEST))
    return total


def _own_ticks(proc: Path, root: int) -> int:
    """CPU time of a process and its descendants, with what their ended children have used."""
    parents, ticks = {}, {}
    for folder in proc.iterdir():
        if folder.name.isdigit():
            try:
                # The name, in parentheses, may contain anything.
                fields = (
                    (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
                )
            except OSError:  # it has ended
                continue
            # Fields 4 and 14 to 17 of proc(5): parent; user and system time, its own and its children's.
            parents[int(folder.name)] = int(fields[1])
            ticks[int(folder.name)] = sum(map(int, fields[11:15]))
    family = {root}
    while grown := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= grown
    return sum(ticks.get(pid, 0) for pid in family)

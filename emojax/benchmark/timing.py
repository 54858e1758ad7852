"""Programs take turns, round after round.

The order rotates from round to round, so that a change of the machine's speed during the benchmark affects
all programs alike.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from emojax.benchmark import load

_PAUSE_SECONDS = 0.05
"""Pause between turns. OpenMP's threads spin for some milliseconds after the last task: with a shorter
pause they slow the next program down; a longer one only makes the benchmark longer."""


class Program(NamedTuple):
    """A program to time.

    Attributes:
      call: takes `steps` steps and returns when the device has finished them. It may return milliseconds by
        name of a stage, where the program consists of some.
      steps: steps per call.
      facts: a step's ``images`` and arithmetic ``gflop`` (10⁹ operations), the name of the ``device`` and
        the number of ``devices`` used; see `workloads.devices.compile_program` for more.
      device_memory_mb: highest use of an accelerator's memory so far, if it can be asked for.
    """

    call: Callable[[], object]
    steps: int
    facts: dict[str, Any]
    device_memory_mb: Callable[[], float] | None = None


Build = Callable[[], Program]
"""Makes a program inside a worker. It is sent there by pickle, so it must be importable by name."""


class Turn(NamedTuple):
    """Measurements of one turn.

    Attributes:
      milliseconds: per step, for each call.
      facts: of the program.
      peak_memory_mb: highest resident set size of the worker so far.
      stages: milliseconds by name of a stage, for each call that returned them.
    """

    milliseconds: list[float]
    facts: dict[str, Any]
    peak_memory_mb: float
    stages: Sequence[Mapping[str, float]] = ()


class Rounds(NamedTuple):
    """What was measured in all rounds.

    Attributes:
      milliseconds: per step, by program, round and call.
      stages: by program; of all rounds.
      others: cores that other processes used during each round; None where that could not be read.
    """

    milliseconds: dict[str, list[list[float]]]
    stages: dict[str, list[Mapping[str, float]]]
    others: list[float | None]


class Summary(NamedTuple):
    """Median and quartiles."""

    median: float
    q25: float
    q75: float


class WorkerError(Exception):
    """A program could not be built or run; the traceback, if there is one, is attached as a note."""


def rotated(names: Sequence[str], number: int) -> list[str]:
    """The order in round `number`: each name comes first once in ``len(names)`` rounds."""
    cut = number % len(names)
    return [*names[cut:], *names[:cut]]


def alternate(
    turns: Mapping[str, Callable[[int], Turn]], *, rounds: int, calls: int, watched: Collection[int] = ()
) -> Rounds:
    """Gives every program one turn in each round.

    Args:
      turns: ``calls -> turn`` by program.
      rounds: how many.
      calls: of a program in a turn.
      watched: the cores whose other load is measured, all that this process may use if empty.
    """
    found = Rounds({name: [] for name in turns}, {name: [] for name in turns}, [])
    watched = watched or load.cores()
    for number in range(rounds):
        before = load.read(watched)
        for name in rotated(list(turns), number):
            turn = turns[name](calls)
            found.milliseconds[name].append(turn.milliseconds)
            found.stages[name].extend(turn.stages)
            time.sleep(_PAUSE_SECONDS)
        found.others.append(load.others(before, load.read(watched)))
    return found


def summarize(samples: Sequence[float]) -> Summary:
    """Median and quartiles of at least one sample."""
    q25, median, q75 = np.percentile(samples, [25, 50, 75])
    return Summary(float(median), float(q25), float(q75))

"""Times programs in worker processes, one at a time.

In one process the thread pools of two frameworks slow each other down several times over, because idle
threads of one spin on the cores that the other computes on. So each framework has a worker process, and
while one works the others block in a read. The order rotates from round to round, so that a change of the
machine's speed during the benchmark affects all programs alike.
"""

import contextlib
import multiprocessing
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import numpy as np

from emojax.core.errors import UserError

_PAUSE_SECONDS = 0.05
"""Pause between turns. OpenMP's threads spin for some milliseconds after the last task: with a shorter
pause they slow the next program down; a longer one only makes the benchmark longer."""

_WARM_UP_CALLS = 5
"""Calls of a program before any is measured. Programs are compiled and algorithms chosen in the first calls:
with too few warm-up calls that time is part of the figures; more only make the benchmark longer."""

_GRACE_SECONDS = 3.0
"""How long a worker may take to end by itself before it is killed."""


class Program(NamedTuple):
    """A program to time.

    Attributes:
      call: takes `steps` steps and returns when the device has finished them.
      steps: steps per call.
      facts: a step's ``images`` and arithmetic ``gflop`` (10⁹ operations), the name of the ``device`` and
        the number of ``devices`` used.
    """

    call: Callable[[], object]
    steps: int
    facts: dict[str, Any]


Build = Callable[[], Program]
"""Makes a program inside a worker. It is sent there by pickle, so it must be importable by name."""


class Turn(NamedTuple):
    """Measurements of one turn.

    Attributes:
      milliseconds: per step, for each call.
      facts: of the program.
      peak_memory_mb: highest resident set size of the worker so far.
    """

    milliseconds: list[float]
    facts: dict[str, Any]
    peak_memory_mb: float


class Summary(NamedTuple):
    """Median and quartiles."""

    median: float
    q25: float
    q75: float


class WorkerError(Exception):
    """A program could not be built or run; the traceback, if there is one, is attached as a note."""


class Worker:
    """A new process that builds each program when it is first requested, and runs it on request."""

    def __init__(self, programs: Mapping[str, Build]) -> None:
        # Spawned, not forked: a fork copies none of the threads of JAX and PyTorch.
        context = multiprocessing.get_context("spawn")
        self._pipe, child_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(child_end, dict(programs)))
        self._process.start()
        child_end.close()

    def prepare(self, name: str) -> Turn:
        """Builds and warms up a program; errors as in `run`."""
        return self.run(name, _WARM_UP_CALLS)

    def run(self, name: str, calls: int) -> Turn:
        """Calls a program `calls` times.

        Raises:
          UserError: the program's settings are wrong.
          WorkerError: the program failed, or its process ended.
        """
        try:
            self._pipe.send((name, calls))
            reply = self._pipe.recv()
        except (EOFError, OSError) as error:
            self._process.join(_GRACE_SECONDS)
            code = self._process.exitcode
            hint = ", perhaps because memory ran out" if code == -signal.SIGKILL else ""
            raise WorkerError(f"its process ended with exit code {code}{hint}") from error
        if isinstance(reply, Exception):
            raise reply
        return reply

    def close(self) -> None:
        """Ends the process, which stops when the pipe is closed."""
        self._pipe.close()
        self._process.join(_GRACE_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _serve(pipe: Connection, programs: dict[str, Build]) -> None:
    # Ctrl-C is sent to the whole process group; the parent handles it and ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    built: dict[str, Program] = {}
    with contextlib.suppress(EOFError, OSError):
        while True:
            name, calls = pipe.recv()
            pipe.send(_take_turn(built, programs, name, calls))


def _take_turn(
    built: dict[str, Program], programs: dict[str, Build], name: str, calls: int
) -> Turn | Exception:
    try:
        if name not in built:
            built[name] = programs[name]()
        program = built[name]
        program.call()  # not measured: it wakes threads and fills caches after the other programs' turns
        milliseconds = []
        for _ in range(calls):
            start = time.perf_counter()
            program.call()
            milliseconds.append(1e3 * (time.perf_counter() - start) / program.steps)
        return Turn(milliseconds, program.facts, _peak_memory_mb())
    except (UserError, WorkerError) as error:
        return error
    except Exception as error:  # of any type that a framework raises; not all can be pickled
        failure = WorkerError(f"{type(error).__name__}: {' '.join(str(error).strip().splitlines()[:1])}")
        failure.add_note(traceback.format_exc())
        return failure


def _peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)  # macOS counts bytes, others kilobytes


def rotated(names: Sequence[str], number: int) -> list[str]:
    """The order in round `number`: each name comes first once in ``len(names)`` rounds."""
    cut = number % len(names)
    return [*names[cut:], *names[:cut]]


def alternate(
    turns: Mapping[str, Callable[[int], Turn]], *, rounds: int, calls: int
) -> dict[str, list[float]]:
    """Milliseconds per step of every call, by program.

    Args:
      turns: ``calls -> turn`` by program.
      rounds: in each, every program has one turn.
      calls: of a program in a turn.
    """
    samples: dict[str, list[float]] = {name: [] for name in turns}
    for number in range(rounds):
        for name in rotated(list(turns), number):
            samples[name] += turns[name](calls).milliseconds
            time.sleep(_PAUSE_SECONDS)
    return samples


def summarize(samples: Sequence[float]) -> Summary:
    """Median and quartiles of at least one sample."""
    q25, median, q75 = np.percentile(samples, [25, 50, 75])
    return Summary(float(median), float(q25), float(q75))


def matrix_program() -> Program:
    """Large square float32 matrix products, at the precision that JAX uses for convolutions by default."""
    import jax

    size, products = (2048, 1) if jax.default_backend() == "cpu" else (8192, 10)
    # Scaled so that repeated products neither overflow nor vanish.
    a = jax.random.normal(jax.random.key(0), (size, size)) / size**0.5

    @jax.jit
    def multiply(a: jax.Array, x: jax.Array) -> jax.Array:
        for _ in range(products):
            x = a @ x
        return x

    def call() -> None:
        jax.block_until_ready(multiply(a, a))

    return Program(call, products, {"gflop": 2 * size**3 / 1e9})

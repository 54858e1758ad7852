"""Times programs against each other so that none disturbs another.

In one process the thread pools of two frameworks slow each other down several times
over: one's idle threads spin on the cores that the other computes on. So programs live
in worker processes and take turns: one works while the others sleep in a blocking read.
Turns go round in an order that rotates, so that a machine that drifts, by its clock or
by what else it does, drifts for all alike.
"""

import contextlib
import multiprocessing
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from emojax.core.errors import UserError

_PAUSE_SECONDS = 0.05
"""Left between turns: OpenMP's threads spin for some milliseconds before they sleep."""

_WARM_UP_CALLS = 5
_GRACE_SECONDS = 3.0
_STARTS = 3


class Program(NamedTuple):
    """Something to time.

    Attributes:
      call: does `steps` steps and returns when they are done, on the device too.
      steps: how many.
      facts: what is worth knowing about it: of a step, its ``images`` and its arithmetic ``gflop``, in
        10⁹ operations; the ``device`` it runs on, and how many ``devices``.
    """

    call: Callable[[], object]
    steps: int
    facts: dict[str, Any]


Build = Callable[[], Program]
"""Makes a program inside a worker. It is pickled on its way there, so it must be importable by name."""


class Turn(NamedTuple):
    """One turn: milliseconds per step of each call, and the highest memory use (RSS) so far, in MB."""

    milliseconds: list[float]
    facts: dict[str, Any]
    peak_memory_mb: float


class Summary(NamedTuple):
    """Median and quartiles."""

    median: float
    q25: float
    q75: float


class WorkerError(Exception):
    """A program could not be built or run; its traceback, if it had one, is a note."""


class Worker:
    """A fresh process that builds programs when first asked for and runs them on request."""

    def __init__(self, programs: Mapping[str, Build]) -> None:
        # Spawned, not forked: JAX and PyTorch both lose their threads in a fork.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, dict(programs)))
        self._process.start()
        theirs.close()

    def prepare(self, name: str) -> Turn:
        """Builds and warms up a program; errors as in `run`."""
        return self.run(name, _WARM_UP_CALLS)

    def run(self, name: str, calls: int) -> Turn:
        """Calls a program `calls` times.

        Raises:
          UserError: the program refused its settings.
          WorkerError: it failed, or its process died.
        """
        try:
            self._pipe.send((name, calls))
            reply = self._pipe.recv()
        except (EOFError, OSError) as error:
            self._process.join(_GRACE_SECONDS)
            code = self._process.exitcode
            hint = ", perhaps for want of memory" if code == -signal.SIGKILL else ""
            raise WorkerError(f"its process ended with exit code {code}{hint}") from error
        if isinstance(reply, Exception):
            raise reply
        return reply

    def close(self) -> None:
        """Ends the process: closing the pipe tells it to."""
        self._pipe.close()
        self._process.join(_GRACE_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _serve(pipe: Connection, programs: dict[str, Build]) -> None:
    # Ctrl-C reaches the whole process group; it is the parent that ends us.
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
        program.call()  # not counted: it wakes threads and fills caches that the others' turns emptied
        milliseconds = []
        for _ in range(calls):
            start = time.perf_counter()
            program.call()
            milliseconds.append(1e3 * (time.perf_counter() - start) / program.steps)
        return Turn(milliseconds, program.facts, _peak_memory_mb())
    except (UserError, WorkerError) as error:
        return error
    except Exception as error:  # whatever a framework raises; some of it cannot be pickled
        failure = WorkerError(f"{type(error).__name__}: {' '.join(str(error).strip().splitlines()[:1])}")
        failure.add_note(traceback.format_exc())
        return failure


def _peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)  # bytes there, kilobytes elsewhere


def rotated(names: Sequence[str], number: int) -> list[str]:
    """The order of round `number`: every name goes first once in ``len(names)`` rounds."""
    cut = number % len(names)
    return [*names[cut:], *names[:cut]]


def alternate(
    turns: Mapping[str, Callable[[int], Turn]], *, rounds: int, calls: int
) -> dict[str, list[float]]:
    """Milliseconds per step of all calls: `rounds` rounds in which each has one turn of `calls` calls.

    Args:
      turns: by name, ``calls -> turn``.
      rounds: each starts with another name.
      calls: of the program in a turn.
    """
    samples: dict[str, list[float]] = {name: [] for name in turns}
    for number in range(rounds):
        for name in rotated(list(turns), number):
            samples[name] += turns[name](calls).milliseconds
            time.sleep(_PAUSE_SECONDS)
    return samples


def summarize(samples: Sequence[float]) -> Summary:
    """Median and quartiles of `samples`, which must not be empty."""
    q25, median, q75 = np.percentile(samples, [25, 50, 75])
    return Summary(float(median), float(q25), float(q75))


def matrix_program() -> Program:
    """Large square float32 products at JAX's default precision, the one its convolutions have."""
    import jax

    size, products = (2048, 1) if jax.default_backend() == "cpu" else (8192, 10)
    # Scaled so that products of products stay around one.
    a = jax.random.normal(jax.random.key(0), (size, size)) / size**0.5

    @jax.jit
    def multiply(a: jax.Array, x: jax.Array) -> jax.Array:
        for _ in range(products):
            x = a @ x
        return x

    def call() -> None:
        jax.block_until_ready(multiply(a, a))

    return Program(call, products, {"gflop": 2 * size**3 / 1e9})


def start_seconds(make_command: Callable[[Path], tuple[list[str], Path]]) -> float:
    """From starting a program to its first step's metrics on disk, with compiled programs cached.

    The median of a few starts; a first one, not counted, fills a cache of its own.

    Args:
      make_command: given a folder to work in, a command and the file it writes after its first step.

    Raises:
      WorkerError: the command failed.
    """
    with tempfile.TemporaryDirectory(prefix="emojax-benchmark-") as folder:
        environment = {"EMOJAX_CACHE": str(Path(folder) / "cache")}
        seconds = []
        for _ in range(1 + _STARTS):
            command, written = make_command(Path(folder))
            seconds.append(seconds_until_written(command, written, environment))
        return statistics.median(seconds[1:])


def seconds_until_written(command: list[str], path: Path, environment: Mapping[str, str]) -> float:
    """Starts `command` and kills it when `path` holds something; how long that took.

    Args:
      command: program and arguments; it runs in the folder that holds the package.
      path: a file that does not exist yet.
      environment: added to this process's.

    Raises:
      WorkerError: the command ended first; with the last line that it wrote to stderr.
    """
    log = path.parent.with_suffix(".log")
    with log.open("wb") as stderr:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=Path(__file__).parents[2],
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
        try:
            while not (path.exists() and path.stat().st_size):
                if process.poll() is not None:
                    last = (log.read_text(errors="replace").strip().splitlines() or ["no message"])[-1]
                    raise WorkerError(f"exit code {process.returncode} ({last})")
                time.sleep(0.005)
            return time.perf_counter() - start
        finally:
            process.kill()
            process.wait()

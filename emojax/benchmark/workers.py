"""Worker processes, in which programs run.

In one process the thread pools of two frameworks slow each other down several times over, because idle
threads of one spin on the cores that the other computes on. So each framework has a worker process, and
while one works the others block in a read.
"""

import contextlib
import multiprocessing
import os
import resource
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from emojax.benchmark import load
from emojax.benchmark.timing import Build, Program, Turn, WorkerError
from emojax.core.errors import UserError

WARM_UP_CALLS = 5
"""Calls of a program before any is measured. Programs are compiled and algorithms chosen in the first calls:
with too few warm-up calls that time is part of the figures; more only make the benchmark longer."""

_GRACE_SECONDS = 3.0
"""How long a worker may take to end by itself before it is killed."""


class Worker:
    """A new process that builds each program when it is first requested, and runs it on request."""

    def __init__(
        self,
        programs: Mapping[str, Build],
        *,
        cores: Collection[int] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Starts the process.

        Args:
          programs: what it can build, by name.
          cores: the only cores that it may run on; all of this process's if empty.
          environment: variables to add to this process's.
        """
        # Spawned, not forked: a fork copies none of the threads of JAX and PyTorch.
        context = multiprocessing.get_context("spawn")
        self._pipe, child_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(child_end, dict(programs)))
        # Inherited, because libraries start their threads and read variables when they are imported.
        with _on_cores(cores), _with_variables(environment or {}):
            self._process.start()
        child_end.close()

    def run(self, name: str, calls: int, profile: Path | None = None) -> Turn:
        """Calls a program `calls` times.

        Args:
          name: of the program.
          calls: that are measured.
          profile: a folder that gets a profile of JAX; then times are longer.

        Raises:
          UserError: the program's settings are wrong.
          WorkerError: the program failed, or its process ended.
        """
        self.send(name, calls, profile)
        return self.receive()

    def send(self, name: str, calls: int, profile: Path | None = None) -> None:
        """The first half of `run`, which does not wait."""
        # An ended process is reported by `receive`.
        with contextlib.suppress(OSError):
            self._pipe.send((name, calls, profile))

    def receive(self) -> Turn:
        """The second half of `run`."""
        try:
            reply = self._pipe.recv()
        except (EOFError, OSError) as error:
            self._process.join(_GRACE_SECONDS)
            code = self._process.exitcode
            hint = ", perhaps because memory ran out" if code == -signal.SIGKILL else ""
            raise WorkerError(f"its process ended with exit code {code}{hint}") from error
        if isinstance(reply, Exception):
            raise reply
        return reply

    def release(self) -> None:
        """Lets the process end, without waiting for it."""
        self._pipe.close()

    def close(self) -> None:
        """Ends the process, which stops when the pipe is closed."""
        self.release()
        self._process.join(_GRACE_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


class Group:
    """Several workers that are the processes of one job, which take the same steps together."""

    def __init__(self, members: Sequence[Worker]) -> None:
        self._members = members

    def run(self, name: str, calls: int, profile: Path | None = None) -> Turn:
        """As `Worker.run`; a call takes as long as it does in the slowest process, memory is the sum."""
        for member in self._members:
            member.send(name, calls, profile)
        turns = [member.receive() for member in self._members]
        slowest = [max(each) for each in zip(*(turn.milliseconds for turn in turns), strict=True)]
        memory = sum(turn.peak_memory_mb for turn in turns)
        return Turn(slowest, turns[0].facts, memory, turns[0].stages)

    def close(self) -> None:
        """Ends all processes. They leave their job together: one that waits for the others is not killed."""
        for member in self._members:
            member.release()
        for member in self._members:
            member.close()


def free_address() -> str:
    """``HOST:PORT`` on this host, a port that no one listens on."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return f"localhost:{free.getsockname()[1]}"


@contextlib.contextmanager
def _on_cores(cores: Collection[int]) -> Iterator[None]:
    before = load.cores()
    can = cores and hasattr(os, "sched_setaffinity")
    if can:
        os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        if can:
            os.sched_setaffinity(0, before)


@contextlib.contextmanager
def _with_variables(environment: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _serve(pipe: Connection, programs: dict[str, Build]) -> None:
    # Ctrl-C is sent to the whole process group; the parent handles it and ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    built: dict[str, Program] = {}
    with contextlib.suppress(EOFError, OSError):
        while True:
            name, calls, profile = pipe.recv()
            pipe.send(_take_turn(built, programs, name, calls, profile))


def _take_turn(
    built: dict[str, Program], programs: dict[str, Build], name: str, calls: int, profile: Path | None
) -> Turn | Exception:
    try:
        if name not in built:
            built[name] = programs[name]()
        program = built[name]
        # Not measured: it wakes threads and fills caches after the other programs' turns. Of a peer, the
        # first of all calls compiles.
        first_call = 1e-3 * _timed(program.call)[0]
        with _profiled(profile):
            timed = [_timed(program.call) for _ in range(calls)]
        milliseconds = [ms / program.steps for ms, _ in timed]
        stages = [found for _, found in timed if isinstance(found, Mapping)]
        facts = program.facts
        facts.setdefault("first_call_seconds", first_call)
        if program.device_memory_mb is not None:
            facts["device_memory_mb"] = program.device_memory_mb()
        return Turn(milliseconds, facts, _peak_memory_mb(), stages)
    except (UserError, WorkerError) as error:
        return error
    except Exception as error:  # of any type that a framework raises; not all can be pickled
        failure = WorkerError(f"{type(error).__name__}: {' '.join(str(error).strip().splitlines()[:1])}")
        failure.add_note(traceback.format_exc())
        return failure


def _timed(call: Callable[[], object]) -> tuple[float, object]:
    start = time.perf_counter()
    found = call()
    return 1e3 * (time.perf_counter() - start), found


@contextlib.contextmanager
def _profiled(folder: Path | None) -> Iterator[None]:
    if folder is None:
        yield
        return
    import jax

    with jax.profiler.trace(str(folder)):
        yield


def _peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)  # macOS counts bytes, others kilobytes

"""Runs cases one after the other, and says what a reader did wrong."""

import collections
import contextlib
import dataclasses
import faulthandler
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import absl.logging

from emojax.core import runtime
from emojax.core.errors import UserError

SECONDS = 20.0
MEMORY = 1_500_000_000
"""Bytes by which one case may raise the memory of this process; with the libraries it stays below 2 GB."""


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
      make: writes a case to a path, which becomes a file or a folder.
      read: reads it as a program does; may write to the folder ``out`` beside it only. Returns whatever must
        not be silently wrong, or nothing; raises `AssertionError` where it is.
    """

    make: Callable[[random.Random, Path], None]
    read: Callable[[Path], Any]


@dataclasses.dataclass(frozen=True)
class Failure:
    """A case that was not handled: kind and number make it again."""

    kind: str
    number: int
    reason: str


@dataclasses.dataclass
class Report:
    """How many cases of each kind were read and refused, and those that failed."""

    read: collections.Counter[str]
    refused: collections.Counter[str]
    failures: list[Failure]


class TooLongError(Exception):
    """A case took more than `SECONDS`."""


def run(kinds: Mapping[str, Kind], count: int, seed: int, *, keep: Path | None = None) -> Report:
    """Runs `count` cases, kinds in turn.

    Args:
      kinds: by name.
      count: of cases.
      seed: of all cases; a case depends on it, its kind and its number alone.
      keep: a folder to which failing files are copied.
    """
    report = Report(collections.Counter(), collections.Counter(), [])
    names = list(kinds)
    with _as_in_programs(), tempfile.TemporaryDirectory(prefix="emojax-fuzz-") as folder:
        for index in range(count):
            name, number = names[index % len(names)], index // len(names)
            place = Path(folder) / f"{name}-{number}"
            place.mkdir()
            outcome, reason = attempt(kinds[name], random.Random(f"{seed} {name} {number}"), place / "case")
            if reason:
                report.failures.append(Failure(name, number, reason))
                if keep is not None:
                    with contextlib.suppress(shutil.Error):  # pipes are not copied
                        shutil.copytree(place, keep / place.name, symlinks=True, dirs_exist_ok=True)
            else:
                (report.read if outcome == "read" else report.refused)[name] += 1
            shutil.rmtree(place, ignore_errors=True)
    return report


def attempt(kind: Kind, rng: random.Random, path: Path) -> tuple[str, str | None]:
    """Makes and reads one case; returns "read" or "refused", and what went wrong, if anything."""
    kind.make(rng, path)
    before = _files(path.parent)
    memory, start = _memory(), time.monotonic()
    outcome, reason = "read", None
    with _noise(path.parent) as noise, _alarm():
        try:
            kind.read(path)
        except UserError as error:
            outcome = "refused"
            if len(str(error)) > 2_000:
                reason = f"an error of {len(str(error)):,} characters"
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    if not reason and time.monotonic() - start > SECONDS:
        reason = f"took {time.monotonic() - start:.0f} s"
    if not reason and _memory() - memory > MEMORY:
        reason = f"took {(_memory() - memory) / 1e9:.1f} GB"
    if not reason and noise:
        reason = f"printed {noise[0][:200]!r}"
    changed = {name for name in before ^ _files(path.parent) if name != "out" and not name.startswith("out/")}
    if not reason and changed:
        reason = f"wrote or removed {sorted(changed)[:3]}"
    return outcome, reason


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@contextlib.contextmanager
def _as_in_programs() -> Iterator[None]:
    """Libraries are silenced as `runtime.run_program` does it."""
    before = sys.excepthook, sys.unraisablehook, threading.excepthook, absl.logging.get_verbosity()
    runtime.silence_threads()
    absl.logging.set_verbosity(absl.logging.FATAL)
    try:
        yield
    finally:
        sys.excepthook, sys.unraisablehook, threading.excepthook, verbosity = before
        absl.logging.set_verbosity(verbosity)


@contextlib.contextmanager
def _noise(folder: Path) -> Iterator[list[str]]:
    """What the block prints on standard error, by Python or by a library, as a list of one text or none."""
    found: list[str] = []
    with tempfile.TemporaryFile() as file:
        saved = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            yield found
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            file.seek(0)
            if text := file.read().decode(errors="replace"):
                found.append(text)


@contextlib.contextmanager
def _alarm() -> Iterator[None]:
    """Interrupts Python code after `SECONDS`, and ends the process where a library does not return at all."""

    def ring(*_: object) -> None:
        raise TooLongError(f"over {SECONDS:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    faulthandler.dump_traceback_later(6 * SECONDS, exit=True)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        faulthandler.cancel_dump_traceback_later()

"""What can be benchmarked, and a report of everything that ran beside why the rest did not."""

import dataclasses
import functools
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from emojax.benchmark import gan, parser, report
from emojax.benchmark.timing import (
    Build,
    Program,
    Turn,
    Worker,
    WorkerError,
    alternate,
    matrix_program,
    summarize,
)

_CALLS_PER_TURN = 10
_MATRIX = "matrix product"

Ours = Callable[[dict[str, Any]], Program]
"""``config -> program``. Like all that makes programs it is pickled: importable by name."""


@dataclasses.dataclass(frozen=True)
class Workload:
    """One thing to benchmark.

    Attributes:
      config: the file of ``configs/`` that says what runs, with its variant if it has any: ``file:variant``.
      ours: our programs. The first one runs everywhere; the others, which do the same in another
        way over several devices, where there are several.
      peers: ``(config, variant, platform=, steps=, keep_memory=) -> Program`` by framework. They do
        what the first of `ours` does.
      peer_variants: the variants of each peer.
      also: our programs that do something else, to be timed beside but compared with nobody.
      batch_size: what ``config.batch_size`` is here; None leaves what the file says.
      start: ``(config file, batch size, folder) -> (command, the file it writes after a step)``;
        None where no command starts with this.
    """

    config: str
    ours: Mapping[str, Ours]
    peers: Mapping[str, Callable[..., Program]]
    peer_variants: Mapping[str, tuple[str, ...]]
    also: Mapping[str, Ours] = dataclasses.field(default_factory=dict)
    batch_size: int | None = None
    start: Callable[[Path, int, Path], tuple[list[str], Path]] | None = None


_TORCH = ("eager", "channels_last", "compile")
_GAN = Workload(
    config="dcgan",
    ours={
        "emojax": functools.partial(gan.emojax_program, mode="auto"),
        "emojax_jit": functools.partial(gan.emojax_program, mode="jit"),
        "emojax_mesh": functools.partial(gan.emojax_program, mode="mesh"),
    },
    peers={"torch": gan.torch_program},
    peer_variants={"torch": _TORCH},
    start=gan.start_command,
)

WORKLOADS = {
    "gan": _GAN,
    "cgan": dataclasses.replace(_GAN, config="cdcgan"),
    "parser": Workload(
        config="bisenet:refine",
        ours={"emojax": parser.emojax_program},
        peers={"torch": parser.torch_program},
        peer_variants={"torch": (*_TORCH, "frozen")},
        also={
            "emojax_labels": functools.partial(parser.labels_program, faces=1),
            "emojax_labels_batch8": functools.partial(parser.labels_program, faces=8),
        },
        batch_size=1,
    ),
}


def measure(
    name: str, config: dict[str, Any], *, peer: str | None, rounds: int, calls: int = _CALLS_PER_TURN
) -> dict[str, Any]:
    """Times a workload and its peers.

    Args:
      name: a key of `WORKLOADS`.
      config: what to run, as nested dicts.
      peer: a framework of the workload's peers, if any.
      rounds: how many turns everyone gets.
      calls: calls in a turn.

    Returns:
      ``machine``, ``rows``, ``ratios`` and ``skipped``: why a peer's variant is missing.

    Raises:
      UserError: the configuration does not suit the devices.
      WorkerError: emojax itself failed.
    """
    workload = WORKLOADS[name]
    first, *others = workload.ours
    machine = report.machine()
    ready: dict[str, Turn] = {}
    skipped: dict[str, str] = {}
    with ExitStack() as stack:
        programs: dict[str, Build] = {
            variant: functools.partial(make, config)
            for variant, make in {**workload.ours, **workload.also}.items()
        }
        # One process for all that is ours: a TPU lets no second one in.
        ours = stack.enter_context(closing(Worker(programs | {_MATRIX: matrix_program})))
        turns = {}
        for variant in (first, *others, *workload.also, _MATRIX):
            if variant not in others or ready[first].facts["devices_present"] > 1:
                ready[variant] = _prepare(ours, variant)
                turns[variant] = functools.partial(ours.run, variant)
        builds = _peer_programs(workload, config, peer, ready[first].facts, skipped) if peer else {}
        for variant, build in builds.items():
            theirs = stack.enter_context(closing(Worker({variant: build})))
            try:
                ready[variant] = _prepare(theirs, variant)
                turns[variant] = functools.partial(theirs.run, variant)
            except WorkerError as error:
                skipped[variant] = str(error)
        say(f"timing {len(turns)} programs in {rounds} rounds")
        samples = alternate(turns, rounds=rounds, calls=calls)
    summaries = {variant: summarize(values) for variant, values in samples.items()}
    matrix = summaries.pop(_MATRIX)
    machine["device"] = ready[first].facts["device"]
    machine["matrix_gflops"] = 1e3 * ready[_MATRIX].facts["gflop"] / matrix.median
    rows = [
        report.row(
            name,
            variant,
            summary,
            images=ready[variant].facts["images"],
            gflop=ready[variant].facts["gflop"],
            peak_gflops=machine["matrix_gflops"] * ready[variant].facts["devices"],
            peak_memory_mb=ready[variant].peak_memory_mb,
        )
        for variant, summary in summaries.items()
    ]
    alike = {variant: s.median for variant, s in summaries.items() if variant not in workload.also}
    return {"machine": machine, "rows": rows, "ratios": report.ratios(alike), "skipped": skipped}


def _peer_programs(
    workload: Workload, config: dict[str, Any], peer: str, facts: dict[str, Any], skipped: dict[str, str]
) -> dict[str, Build]:
    # The allocator matters where the host's memory is what a step allocates.
    keep = (False, True) if facts["platform"] == "cpu" and sys.platform == "linux" else (False,)
    compiler = os.environ.get("CXX", "clang++" if sys.platform == "darwin" else "g++")
    programs: dict[str, Build] = {}
    for variant in workload.peer_variants[peer]:
        for keep_memory in keep:
            name = f"{peer}_{variant}" + "_kept_memory" * keep_memory
            if variant in ("compile", "frozen") and shutil.which(compiler) is None:
                skipped[name] = f"torch.compile needs a C++ compiler, and there is no {compiler}"
                continue
            programs[name] = functools.partial(
                workload.peers[peer],
                config,
                variant,
                platform=facts["platform"],
                steps=facts["steps_per_call"],
                keep_memory=keep_memory,
            )
    return programs


def _prepare(worker: Worker, variant: str) -> Turn:
    say(f"preparing {variant}")
    return worker.prepare(variant)


def say(message: str) -> None:
    """What is going on, to stderr: stdout is for figures."""
    print(message, file=sys.stderr, flush=True)

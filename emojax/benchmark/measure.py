"""The workloads, and a report of what was measured and why the rest was skipped."""

import dataclasses
import functools
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from emojax.benchmark import gan, parser, report, start
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

MakeProgram = Callable[[dict[str, Any]], Program]
"""``config -> program``. It is sent to a worker by pickle, so it must be importable by name."""


@dataclasses.dataclass(frozen=True)
class Workload:
    """What is measured under one name.

    Attributes:
      config: the recipe that is run, ``NAME`` or ``NAME:VARIANT``.
      programs: emojax's programs for it. The first is always measured; the others do the same on several
        devices, and are measured where there are several.
      peers: ``(config, variant, platform=, steps=, keep_memory=) -> Program`` by framework, which does
        the same as the first program.
      peer_variants: the variants of each peer.
      uncompared: emojax's programs that do something else; they are measured, but not compared.
      batch_size: replaces ``config.batch_size``, unless None.
      start: ``(config file, batch size, folder) -> (command, the file that it writes after a step)``;
        None if the start of a program is not measured.
    """

    config: str
    programs: Mapping[str, MakeProgram]
    peers: Mapping[str, Callable[..., Program]]
    peer_variants: Mapping[str, tuple[str, ...]]
    uncompared: Mapping[str, MakeProgram] = dataclasses.field(default_factory=dict)
    batch_size: int | None = None
    start: Callable[[Path, int, Path], tuple[list[str], Path]] | None = None


_TORCH = ("eager", "channels_last", "compile")
_GAN = Workload(
    config="dcgan",
    programs={
        "emojax": functools.partial(gan.emojax_program, mode="auto"),
        "emojax_jit": functools.partial(gan.emojax_program, mode="jit"),
        "emojax_mesh": functools.partial(gan.emojax_program, mode="mesh"),
    },
    peers={"torch": gan.torch_program},
    peer_variants={"torch": _TORCH},
    start=start.training_command,
)

WORKLOADS = {
    "gan": _GAN,
    "cgan": dataclasses.replace(_GAN, config="cdcgan"),
    "parser": Workload(
        config="bisenet:refine",
        programs={"emojax": parser.emojax_program},
        peers={"torch": parser.torch_program},
        peer_variants={"torch": (*_TORCH, "frozen")},
        uncompared={
            "emojax_labels": functools.partial(parser.labels_program, faces=1),
            "emojax_labels_batch8": functools.partial(parser.labels_program, faces=8),
        },
        batch_size=1,
    ),
}


def measure(
    name: str, config: dict[str, Any], *, peer: str | None, rounds: int, calls: int = _CALLS_PER_TURN
) -> dict[str, Any]:
    """Measures a workload.

    Args:
      name: a key of `WORKLOADS`.
      config: what to run, as nested dicts.
      peer: one of the workload's peers, to be measured too.
      rounds: turns of each program.
      calls: calls in a turn.

    Returns:
      ``machine``, ``rows``, ``ratios``, and ``skipped``: the reason by variant of the peer that is missing.

    Raises:
      UserError: the configuration does not suit the devices.
      WorkerError: one of emojax's programs failed.
    """
    workload = WORKLOADS[name]
    first, *on_several_devices = workload.programs
    machine = report.machine()
    ready: dict[str, Turn] = {}
    skipped: dict[str, str] = {}
    with ExitStack() as stack:
        programs: dict[str, Build] = {
            variant: functools.partial(make, config)
            for variant, make in {**workload.programs, **workload.uncompared}.items()
        }
        # One process for all of emojax's programs: only one process at a time can use a TPU.
        worker = stack.enter_context(closing(Worker(programs | {_MATRIX: matrix_program})))
        turns = {}
        for variant in (first, *on_several_devices, *workload.uncompared, _MATRIX):
            if variant not in on_several_devices or ready[first].facts["devices_present"] > 1:
                ready[variant] = _prepare(worker, variant)
                turns[variant] = functools.partial(worker.run, variant)
        builds = _peer_programs(workload, config, peer, ready[first].facts, skipped) if peer else {}
        for variant, build in builds.items():
            peer_worker = stack.enter_context(closing(Worker({variant: build})))
            try:
                ready[variant] = _prepare(peer_worker, variant)
                turns[variant] = functools.partial(peer_worker.run, variant)
            except WorkerError as error:
                skipped[variant] = str(error)
        log(f"timing {len(turns)} programs in {rounds} rounds")
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
    comparable = {v: summary.median for v, summary in summaries.items() if v not in workload.uncompared}
    return {"machine": machine, "rows": rows, "ratios": report.ratios(comparable), "skipped": skipped}


def _peer_programs(
    workload: Workload, config: dict[str, Any], peer: str, facts: dict[str, Any], skipped: dict[str, str]
) -> dict[str, Build]:
    # The allocator's settings matter only where a step allocates host memory.
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
    log(f"preparing {variant}")
    return worker.prepare(variant)


def log(message: str) -> None:
    """Prints progress to stderr; stdout has the figures."""
    print(message, file=sys.stderr, flush=True)

"""How fast emojax is on this machine, next to others if asked.

python -m emojax.benchmark                          the GAN's training step
python -m emojax.benchmark --peer torch             the same beside PyTorch's
python -m emojax.benchmark --peer torch --json benchmark.json

Every program has a process of its own and they take turns (`emojax.benchmark_timing`);
figures are medians and quartiles over all calls of all rounds. "of matrix" compares a
step's published arithmetic per second with a large float32 matrix product's, timed in
turn with the rest: it says how much of the machine is used, wherever it runs. On CPU it
can pass 1, since emojax needs fewer products than counted (`benchmark_gan.gflop`).
PyTorch runs as it comes and, on Linux, also with the allocator settings that emojax
gives itself (``_kept_memory``), so that its best is its best.
"""

import argparse
import dataclasses
import functools
import importlib.util
import json
import os
import runpy
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from emojax import benchmark_gan, benchmark_report
from emojax.benchmark_timing import (
    Build,
    Program,
    Report,
    Worker,
    WorkerError,
    alternate,
    matrix_program,
    start_seconds,
    summarize,
)
from emojax.errors import UserError
from emojax.files import replacing
from emojax.runtime import OneLineParser, run_program

_CALLS_PER_TURN = 10
_MATRIX = "matrix product"


@dataclasses.dataclass(frozen=True)
class Workload:
    """One thing to benchmark.

    Attributes:
      config: the file of ``configs/`` that says what runs.
      program: ``(config, mode) -> Program``, this project's.
      peers: ``(config, variant, platform=, steps=, keep_memory=) -> Program`` by framework.
      peer_variants: the variants of each peer.
      gflop: ``config ->`` arithmetic of a step, in 10⁹ operations.
      start: ``(config file, batch size, folder) -> (command, the file it writes after a step)``.
    """

    config: str
    program: Callable[[dict[str, Any], str], Program]
    peers: Mapping[str, Callable[..., Program]]
    peer_variants: Mapping[str, tuple[str, ...]]
    gflop: Callable[[Mapping[str, Any]], float]
    start: Callable[[Path, int, Path], tuple[list[str], Path]]


WORKLOADS = {
    "gan": Workload(
        config="dcgan",
        program=benchmark_gan.emojax_program,
        peers={"torch": benchmark_gan.torch_program},
        peer_variants={"torch": ("eager", "channels_last", "compile")},
        gflop=benchmark_gan.gflop,
        start=benchmark_gan.start_command,
    )
}
PEERS = {"torch": "pip install torch"}
"""Frameworks to compare with, and how to get them."""


def measure(
    name: str, config: dict[str, Any], *, peer: str | None, rounds: int, calls: int = _CALLS_PER_TURN
) -> dict[str, Any]:
    """Times a workload and its peers.

    Args:
      name: a key of `WORKLOADS`.
      config: what to run, as nested dicts.
      peer: a key of `PEERS`, if any.
      rounds: how many turns everyone gets.
      calls: calls in a turn.

    Returns:
      ``machine``, ``rows``, ``ratios`` and ``skipped``: why a peer's variant is missing.

    Raises:
      UserError: the configuration does not suit the devices.
      WorkerError: emojax itself failed.
    """
    workload = WORKLOADS[name]
    machine = benchmark_report.machine()
    ready: dict[str, Report] = {}
    skipped: dict[str, str] = {}
    with ExitStack() as stack:
        # One process for all that is ours: a TPU lets no second one in.
        ours = stack.enter_context(closing(Worker(_our_programs(workload, config))))
        turns = {}
        for variant in ("emojax", "emojax_jit", "emojax_mesh", _MATRIX):
            # With several devices one alone, and the other way to split a batch, are rows too.
            if variant in ("emojax", _MATRIX) or ready["emojax"].facts["devices_present"] > 1:
                ready[variant] = _prepare(ours, variant)
                turns[variant] = functools.partial(ours.run, variant)
        builds = _peer_programs(workload, config, peer, ready["emojax"].facts, skipped) if peer else {}
        for variant, build in builds.items():
            theirs = stack.enter_context(closing(Worker({variant: build})))
            try:
                ready[variant] = _prepare(theirs, variant)
                turns[variant] = functools.partial(theirs.run, variant)
            except WorkerError as error:
                skipped[variant] = str(error)
        _say(f"timing {len(turns)} programs in {rounds} rounds")
        samples = alternate(turns, rounds=rounds, calls=calls)
    summaries = {variant: summarize(values) for variant, values in samples.items()}
    matrix = summaries.pop(_MATRIX)
    machine["device"] = ready["emojax"].facts["device"]
    machine["matrix_gflops"] = 1e3 * ready[_MATRIX].facts["gflop"] / matrix.median
    rows = [
        benchmark_report.row(
            name,
            variant,
            summary,
            images=config["batch_size"],
            gflop=workload.gflop(config),
            peak_gflops=machine["matrix_gflops"] * ready[variant].facts["devices"],
            peak_memory_mb=ready[variant].peak_memory_mb,
        )
        for variant, summary in summaries.items()
    ]
    ratios = benchmark_report.ratios({variant: summary.median for variant, summary in summaries.items()})
    return {"machine": machine, "rows": rows, "ratios": ratios, "skipped": skipped}


def _our_programs(workload: Workload, config: dict[str, Any]) -> dict[str, Build]:
    modes = {"emojax": "auto", "emojax_jit": "jit", "emojax_mesh": "mesh"}
    programs: dict[str, Build] = {v: functools.partial(workload.program, config, m) for v, m in modes.items()}
    return programs | {_MATRIX: matrix_program}


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
            if variant == "compile" and shutil.which(compiler) is None:
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


def _prepare(worker: Worker, variant: str) -> Report:
    _say(f"preparing {variant}")
    return worker.prepare(variant)


def main(argv: list[str] | None = None) -> None:
    """Parses flags, measures and prints.

    Raises:
      UserError: a flag is wrong, or what it asks for is not installed.
    """
    args = _parser().parse_args(argv)
    if args.peer and importlib.util.find_spec(args.peer) is None:
        raise UserError(f"--peer {args.peer} is not installed: {PEERS[args.peer]}")
    if args.json and args.json.is_dir():
        raise UserError(f"--json {args.json} is a folder: name a file")
    workload = WORKLOADS[args.what]
    config_file, config = _load_config(workload.config)
    config["batch_size"] = args.batch_size or config["batch_size"]
    warning = benchmark_report.busy()
    if warning:
        _say(warning)
    report = measure(args.what, config, peer=args.peer, rounds=args.rounds)
    _say("timing the start")
    try:
        start = functools.partial(workload.start, config_file, config["batch_size"])
        report["rows"][0]["start_seconds"] = start_seconds(start)
    except WorkerError as error:
        report["skipped"]["start_seconds"] = str(error)
    print(benchmark_report.table(report))
    if args.json:
        with replacing(args.json) as temporary:
            temporary.write_text(json.dumps(report, indent=2) + "\n")


def _load_config(name: str) -> tuple[Path, dict[str, Any]]:
    path = Path(__file__).parents[1] / "configs" / f"{name}.py"
    if not path.is_file():
        raise UserError(f"{path}: there is no such file; run the benchmark from a checkout of emojax")
    return path, runpy.run_path(str(path))["get_config"]().to_dict()


def _parser() -> OneLineParser:
    parser = OneLineParser(
        prog="python -m emojax.benchmark",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", nargs="?", choices=sorted(WORKLOADS), default="gan", help="what to time")
    parser.add_argument("--peer", choices=sorted(PEERS), help="time this framework's programs too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    parser.add_argument("--rounds", type=_whole(1_000), default=7, metavar="N", help="turns for everyone")
    parser.add_argument("--batch_size", type=_whole(65_536), metavar="B", help="instead of the published one")
    return parser


def _whole(high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= high):
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to {high}")
        return int(text)

    return parse


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    run_program(main)

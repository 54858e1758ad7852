"""How fast emojax is on this machine, next to others if asked.

python -m emojax.benchmark                          the GAN's training step
python -m emojax.benchmark --peer torch             the same beside PyTorch's
python -m emojax.benchmark cgan --peer torch        the conditional GAN's training step, at 128 px
python -m emojax.benchmark parser --peer torch      the face parser's net, and crops to label maps
python -m emojax.benchmark --peer torch --json benchmark.json

Every program has a process of its own and they take turns (`emojax.benchmark.timing`);
figures are medians and quartiles over all calls of all rounds. "of matrix" compares a
step's published arithmetic per second with a large float32 matrix product's, timed in
turn with the rest: it says how much of the machine is used, wherever it runs. On CPU it
can pass 1, since emojax needs fewer products than counted (`emojax.benchmark.gan.gflop`).
PyTorch runs as it comes and, on Linux, also with the allocator settings that emojax
gives itself (``_kept_memory``), so that its best is its best.
"""

import argparse
import functools
import importlib.util
import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emojax.benchmark import report
from emojax.benchmark.measure import WORKLOADS, measure, say
from emojax.benchmark.timing import WorkerError, start_seconds
from emojax.core.errors import UserError
from emojax.core.files import replacing
from emojax.core.runtime import OneLineParser, run_program

PEERS = {"torch": "pip install torch"}
"""Frameworks to compare with, and how to get them."""


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
    config["batch_size"] = args.batch_size or workload.batch_size or config["batch_size"]
    warning = report.busy()
    if warning:
        say(warning)
    figures = measure(args.what, config, peer=args.peer, rounds=args.rounds)
    if workload.start:
        say("timing the start")
        try:
            start = functools.partial(workload.start, config_file, config["batch_size"])
            figures["rows"][0]["start_seconds"] = start_seconds(start)
        except WorkerError as error:
            figures["skipped"]["start_seconds"] = str(error)
    print(report.table(figures))
    if args.json:
        with replacing(args.json) as temporary:
            temporary.write_text(json.dumps(figures, indent=2) + "\n")


def _load_config(name: str) -> tuple[Path, dict[str, Any]]:
    file, *variant = name.split(":")
    path = Path(__file__).parents[2] / "configs" / f"{file}.py"
    if not path.is_file():
        raise UserError(f"{path}: there is no such file; run the benchmark from a checkout of emojax")
    return path, runpy.run_path(str(path))["get_config"](*variant).to_dict()


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


if __name__ == "__main__":
    run_program(main)

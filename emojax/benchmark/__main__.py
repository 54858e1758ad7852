"""Measures how fast emojax is on this machine, beside the same nets in PyTorch if asked.

python -m emojax.benchmark                          the GAN's training step
python -m emojax.benchmark --peer torch             the same beside PyTorch's
python -m emojax.benchmark cgan --peer torch        the conditional GAN's training step, at 128 px
python -m emojax.benchmark parser --peer torch      the face parser's net, and crops to label maps
python -m emojax.benchmark --peer torch --json benchmark.json

Programs run in worker processes, one at a time, in an order that rotates from round to round
(`emojax.benchmark.timing`). Figures are medians and quartiles over all calls of all rounds. "of matrix"
is the step's arithmetic per second over that of a large float32 matrix product measured in the same
rounds: the share of the machine's peak that is used. On CPU it can exceed 1, because emojax computes
convolutions with fewer multiplications than are counted (`emojax.benchmark.gan.gflop`). PyTorch runs with
its default settings and, on Linux, also with the allocator settings that emojax uses (``_kept_memory``).
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
from emojax.benchmark.measure import WORKLOADS, log, measure
from emojax.benchmark.start import start_seconds
from emojax.benchmark.timing import WorkerError
from emojax.core import recipes
from emojax.core.errors import UserError
from emojax.core.files import replacing
from emojax.core.runtime import OneLineParser, local_path, run_program

PEERS = {"torch": "pip install torch"}
"""Frameworks to compare with, and the command that installs each."""


def main(argv: list[str] | None = None) -> None:
    """Parses flags, measures, prints the table and writes ``--json``.

    Raises:
      UserError: a flag is wrong, or ``--peer`` names a framework that is not installed.
    """
    args = _parser().parse_args(argv)
    if args.peer and importlib.util.find_spec(args.peer) is None:
        raise UserError(f"--peer {args.peer}: it is not installed, {PEERS[args.peer]}")
    if args.json and args.json.is_dir():
        raise UserError(f"--json {args.json} is a folder: name a file")
    workload = WORKLOADS[args.what]
    config_file, config = _load_config(workload.config)
    config["batch_size"] = args.batch_size or workload.batch_size or config["batch_size"]
    warning = report.busy()
    if warning:
        log(warning)
    figures = measure(args.what, config, peer=args.peer, rounds=args.rounds)
    if workload.start:
        log("timing the start")
        try:
            start = functools.partial(workload.start, config_file, config["batch_size"])
            figures["rows"][0]["start_seconds"] = start_seconds(start)
        except WorkerError as error:
            figures["skipped"]["start_seconds"] = str(error)
    print(report.table(figures))
    if args.json:
        with replacing(args.json) as temporary:
            temporary.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _load_config(name: str) -> tuple[Path, dict[str, Any]]:
    """The file of a recipe that ships, ``NAME`` or ``NAME:VARIANT``, and its fields as nested dicts."""
    recipes.make_importable()
    path, *variant = recipes.find(name).split(":")
    return Path(path), runpy.run_path(path)["get_config"](*variant).to_dict()


def _parser() -> OneLineParser:
    parser = OneLineParser(
        prog="python -m emojax.benchmark",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", nargs="?", choices=sorted(WORKLOADS), default="gan", help="what to measure")
    parser.add_argument("--peer", choices=sorted(PEERS), help="measure this framework too")
    parser.add_argument(
        "--json", type=local_path, metavar="FILE", help="write the figures to this file as well"
    )
    parser.add_argument("--rounds", type=_whole(1_000), default=7, metavar="N", help="turns of each program")
    parser.add_argument("--batch_size", type=_whole(65_536), metavar="B", help="instead of the recipe's")
    return parser


def _whole(high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= high):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {high}")
        return int(text)

    return parse


if __name__ == "__main__":
    run_program(main)

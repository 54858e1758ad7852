"""Measures how fast emojax is on this machine, beside the same in PyTorch if asked.

python -m emojax.benchmark                          the GAN's training step
python -m emojax.benchmark gan --peer torch         the same beside PyTorch's
python -m emojax.benchmark cgan --peer torch        the conditional GAN's training step, at 128 px
python -m emojax.benchmark parser --peer torch      the face parser's net, and crops to label maps
python -m emojax.benchmark autoencoder --peer torch the training step of the face parts' autoencoders
python -m emojax.benchmark parts --peer torch       the training step of the generator of faces from parts
python -m emojax.benchmark match                    1,000 faces against 10,000 variants, beside NumPy
python -m emojax.benchmark selfie                   a photo to an SVG, stage by stage
python -m emojax.benchmark data                     sampling, reading and drawing the GAN's images
python -m emojax.benchmark startup                  imports, and first results with cold and warm caches
python -m emojax.benchmark scaling --devices 8      the GAN's step over batch sizes and devices
emojax/benchmark/gpu.sh OUT                         all of it on a GPU, in less than eight minutes

Programs run in worker processes, one at a time, in an order that rotates from round to round. All is measured
twice, on all cores and with every thread pinned to one, because threads of two programs that wait for each
other are what other load disturbs most. Figures are medians and quartiles over all calls of the rounds that
count: those in which other processes used little of the cores (`emojax.benchmark.agreement`). A ratio is the
median of the rounds' ratios; where rounds disagree there is none, and the reason instead.

"of matrix" is the step's arithmetic per second over that of a large float32 matrix product measured in the
same rounds, "of memory" its memory traffic, as the compiler counts it, over the bandwidth measured
likewise; "bound" is the one of both that takes longer at the machine's rates. "of matrix" can exceed 1 on
CPU, because emojax computes convolutions with fewer multiplications than are counted
(`workloads.gan.gflop`). PyTorch runs with its default settings and, on Linux, also with the allocator
settings that emojax uses (``_kept_memory``).
"""

import argparse
import importlib.util
from typing import Any

from emojax.benchmark import pages, report
from emojax.benchmark.measure import CONDITIONS, Options, measure
from emojax.benchmark.recipes import load_recipe
from emojax.benchmark.workloads.table import WORKLOADS, Workload
from emojax.core.errors import UserError
from emojax.core.runtime import OneLineParser, local_path, run_program, whole_number

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
    if args.profile and args.profile.is_file():
        raise UserError(f"--profile {args.profile} is a file: name a folder")
    config = configuration(WORKLOADS[args.what], args.batch_size)
    conditions = CONDITIONS if args.cores == "both" else (f"{args.cores}_core{'s' * (args.cores == 'all')}",)
    options = Options(
        peer=args.peer,
        rounds=args.rounds,
        conditions=conditions,
        devices=args.devices,
        processes=args.processes,
        profile=args.profile,
    )
    found = measure(args.what, config, options)
    print(pages.text(found))
    if args.json:
        report.write(found, args.json)


def configuration(workload: Workload, batch_size: int | None = None) -> dict[str, Any]:
    """What the workload's programs run: its settings, or the fields of its recipe as nested dicts.

    Args:
      workload: of `WORKLOADS`.
      batch_size: instead of the recipe's.

    Raises:
      UserError: a batch size is given and the workload has no batches.
    """
    if not isinstance(workload.config, str):
        if batch_size is not None:
            raise UserError("--batch_size: what is measured here has no batch; leave it out")
        return dict(workload.config)
    config = load_recipe(workload.config)
    return config | {"batch_size": batch_size or workload.batch_size or config["batch_size"]}


def _parser() -> OneLineParser:
    parser = OneLineParser(
        prog="python -m emojax.benchmark",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    count = whole_number(1, 4_096)
    parser.add_argument("what", nargs="?", choices=sorted(WORKLOADS), default="gan", help="what to measure")
    parser.add_argument("--peer", choices=sorted(PEERS), help="measure this framework too")
    parser.add_argument("--json", type=local_path, metavar="FILE", help="write the figures to this file, too")
    parser.add_argument(
        "--rounds", type=whole_number(1, 1_000), default=7, metavar="N", help="turns of each program"
    )
    parser.add_argument(
        "--batch_size", type=whole_number(1, 65_536), metavar="B", help="instead of the recipe's"
    )
    parser.add_argument(
        "--cores", choices=("both", "all", "one"), default="both", help="of the host; both by default"
    )
    parser.add_argument(
        "--devices", type=count, metavar="N", help="on CPU, make N devices of it; all there are by default"
    )
    parser.add_argument(
        "--processes", type=count, default=1, metavar="N", help="share the devices among N processes"
    )
    parser.add_argument("--profile", type=local_path, metavar="DIR", help="write a profile of JAX here")
    return parser


if __name__ == "__main__":
    run_program(main)

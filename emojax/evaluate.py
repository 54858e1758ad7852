"""Judges what emojax has learned.

python -m emojax.evaluate parser FACES [--weights FILE] [--validation REGEX] [--out DIR]
"""

import argparse
import functools
import json
from pathlib import Path

import jax
import numpy as np

from emojax import grids, image, weights
from emojax.errors import UserError
from emojax.evaluation import parser_report
from emojax.evaluation.segmentation import labeller
from emojax.runtime import OneLineParser, run_program
from emojax.weights import face_parser

_WORST = 10


def main(argv: list[str] | None = None) -> None:
    """Parses flags, prints a report and writes it where ``--out`` says.

    Raises:
      UserError: a flag or a file is wrong.
    """
    args = _parser().parse_args(argv)
    args.run(args)


def _parser() -> OneLineParser:
    parser = OneLineParser(
        prog="python -m emojax.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whats = parser.add_subparsers(title="what is judged", required=True, metavar="WHAT")
    faces = whats.add_parser("parser", help="the face parser: F1 of each class, and the worst faces")
    faces.add_argument("faces", type=Path, help="folder with CelebAMask-HQ, or images/ and masks/")
    faces.add_argument("--weights", type=Path, metavar="FILE", help="a face parser's; those installed")
    faces.add_argument("--validation", metavar="REGEX", default="", help="names to score, such as ^[01]; all")
    faces.add_argument("--size", type=int, metavar="N", help="side of the net's input; as trained")
    faces.add_argument(
        "--mirror",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="average with the mirrored photo, as infer.py does",
    )
    faces.add_argument("--out", type=Path, metavar="DIR", help="gets parser.md, parser.json and worst.png")
    faces.set_defaults(run=_judge_parser)
    return parser


def _judge_parser(args: argparse.Namespace) -> None:
    if args.out and args.out.exists() and not args.out.is_dir():
        raise UserError(f"--out {args.out} is a file: give a folder")
    if args.size is not None and (args.size % 32 or not 32 <= args.size <= 512):
        raise UserError(f"--size {args.size}: give a multiple of 32, up to 512")
    model, variables, trained = face_parser.load(args.weights or weights.shipped("bisenet"))
    labels = labeller(model, size=args.size or trained, mirror=args.mirror)
    predict = functools.partial(labels, jax.device_put(variables))
    found = parser_report.report(predict, args.faces, validation=args.validation, worst=_WORST)
    table = parser_report.markdown(found.views)
    print(table)
    print("worst: " + ", ".join(f"{face.name} ({face.mean_f1:.2f})" for face in found.worst))
    if args.out:
        with image.writing(args.out / "parser.md") as temporary:
            temporary.write_text(table + "\n")
        with image.writing(args.out / "parser.json") as temporary:
            temporary.write_text(json.dumps(parser_report.as_json(found), indent=2) + "\n")
        pictures = np.concatenate([face.pictures for face in found.worst])
        image.save_png(args.out / "worst.png", grids.grid(pictures, columns=6))


if __name__ == "__main__":
    run_program(main)

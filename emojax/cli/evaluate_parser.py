"""``python -m emojax.evaluate parser``: scores a face parser."""

import argparse
import dataclasses
import json
from typing import Any

from emojax.core import paths
from emojax.core.errors import UserError
from emojax.core.runtime import local_path

_WORST = 10
_BATCH = 8
_FILES = ("parser.md", "parser.json", "worst.png")


def add_parser(subcommands: Any) -> None:
    """Adds the subcommand to those of ``python -m emojax.evaluate``."""
    flags = subcommands.add_parser(
        "parser", help="the face parser: F1 of each class, and the faces with the lowest"
    )
    flags.add_argument("faces", type=local_path, help="folder with CelebAMask-HQ, or images/ and masks/")
    flags.add_argument("--weights", type=local_path, metavar="FILE", help="of a face parser; those installed")
    flags.add_argument(
        "--validation", metavar="REGEX", default="", help="photos to score by name, such as ^[01]; all"
    )
    flags.add_argument("--size", type=int, metavar="N", help="side of the net's input; as trained")
    flags.add_argument(
        "--mirror",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="average with the mirrored photo, as infer.py does",
    )
    flags.add_argument(
        "--out", type=local_path, metavar="DIR", help="gets parser.md, parser.json and worst.png"
    )
    flags.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    if args.out and args.out.exists() and not args.out.is_dir():
        raise UserError(f"--out {args.out} is a file: give a folder")
    if args.size is not None and (args.size % 32 or not 32 <= args.size <= 512):
        raise UserError(f"--size {args.size}: give a multiple of 32, up to 512")
    if args.out:
        written = {f"--out {args.out}/{name}": args.out / name for name in _FILES}
        paths.refuse_replacing(written, [args.faces, args.weights])
    import numpy as np

    from emojax.avatar.faces.parser import FaceParser
    from emojax.evaluation.parser import report as parser_report
    from emojax.media import grids, image

    parser = FaceParser.load(args.weights, mirror=args.mirror, batch_size=_BATCH)
    parser = dataclasses.replace(parser, size=args.size or parser.size)
    found = parser_report.report(parser.label_maps, args.faces, validation=args.validation, worst=_WORST)
    table = parser_report.markdown(found.views)
    print(table)
    print("worst: " + ", ".join(f"{face.name} ({face.mean_f1:.2f})" for face in found.worst))
    if args.out:
        with image.writing(args.out / "parser.md") as temporary:
            temporary.write_text(table + "\n", encoding="utf-8")
        with image.writing(args.out / "parser.json") as temporary:
            temporary.write_text(json.dumps(parser_report.as_json(found), indent=2) + "\n", encoding="utf-8")
        pictures = np.concatenate([face.pictures for face in found.worst])
        image.save_png(args.out / "worst.png", grids.grid(pictures, columns=6))

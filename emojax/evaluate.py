"""Judges what emojax has learned.

python -m emojax.evaluate parser FACES [--weights FILE] [--validation REGEX] [--out DIR]
python -m emojax.evaluate avatar --photos DIR [--masks DIR] [--style NAME|DIR] [--out DIR]
"""

import argparse
import contextlib
import dataclasses
import json
from pathlib import Path

import numpy as np

from emojax import grids, image
from emojax.avatar import style
from emojax.avatar.celeb_parts import positive
from emojax.avatar.extractor import Autoencoders
from emojax.avatar.library import Extractor
from emojax.avatar.parser import FaceParser
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.resnet_extractor import ResNet50
from emojax.errors import UserError
from emojax.evaluation import avatar_faces, avatar_markdown, avatar_report, avatar_report_files, parser_report
from emojax.runtime import OneLineParser, run_program

_WORST = 10
_BATCH = 8
_EXTRACTORS = ("autoencoder", "resnet50")


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
    avatars = whats.add_parser("avatar", help="avatars: like their faces, steady, various, quick?")
    avatars.add_argument("--photos", type=Path, metavar="DIR", required=True, help="folder of portraits")
    avatars.add_argument("--masks", type=Path, metavar="DIR", help="their true label maps: NAME.png of each")
    avatars.add_argument(
        "--style", metavar="NAME|DIR", default="flat", help="installed, or a folder's (flat)"
    )
    avatars.add_argument("--extractor", choices=_EXTRACTORS, help="judge this one alone; all there are")
    avatars.add_argument(
        "--resnet50_weights", type=Path, metavar="FILE", help="converted by python -m emojax.ports resnet50"
    )
    avatars.add_argument("--segmentation_weights", type=Path, metavar="FILE", help="another face parser's")
    avatars.add_argument(
        "--validation", metavar="REGEX", default="", help="names to take, such as ^[01]; all"
    )
    avatars.add_argument("--count", type=positive, metavar="N", help="photos, the first by name; all")
    avatars.add_argument(
        "--drawn", type=positive, metavar="N", default=500, help="random avatars of the round trip (500)"
    )
    avatars.add_argument("--seed", type=int, metavar="S", default=0, help="others for another seed (0)")
    avatars.add_argument("--out", type=Path, metavar="DIR", help="gets avatar.md, avatar.json and pictures")
    avatars.set_defaults(run=_judge_avatars)
    return parser


def _judge_parser(args: argparse.Namespace) -> None:
    if args.out and args.out.exists() and not args.out.is_dir():
        raise UserError(f"--out {args.out} is a file: give a folder")
    if args.size is not None and (args.size % 32 or not 32 <= args.size <= 512):
        raise UserError(f"--size {args.size}: give a multiple of 32, up to 512")
    parser = FaceParser.load(args.weights, mirror=args.mirror, batch_size=_BATCH)
    parser = dataclasses.replace(parser, size=args.size or parser.size)
    found = parser_report.report(parser.label_maps, args.faces, validation=args.validation, worst=_WORST)
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


def _judge_avatars(args: argparse.Namespace) -> None:
    if args.seed < 0:
        raise UserError(f"--seed is {args.seed}: give a whole number from 0 on")
    if args.extractor == "resnet50" and args.resnet50_weights is None:
        raise UserError("--extractor resnet50 needs --resnet50_weights FILE; give both")
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(avatar_report_files.writing(args.out)) if args.out else None
        drawings = style.load(style.find(args.style))
        parser = FaceParser.load(args.segmentation_weights)
        extractors = {name: _extractor(name, args) for name in _EXTRACTORS}
        masks = args.masks is not None
        faces = avatar_faces.load(args.photos, args.masks, validation=args.validation, count=args.count)
        avatar_report.check(faces, masks=masks)
        judged: dict[str, avatar_report.Judged] = {}
        columns: dict[str, avatar_report.Figures | str] = {}
        for name, extractor in extractors.items():
            if isinstance(extractor, str):
                columns[name] = extractor
                continue
            maker = AvatarMaker.load(drawings, extractor, parser)
            judged[name] = avatar_report.judge(maker, faces, masks=masks, drawn=args.drawn, seed=args.seed)
            columns[name] = judged[name].figures
        text = avatar_markdown.markdown(columns)
        print(text)
        if folder:
            document = {name: found.figures.as_json() for name, found in judged.items()}
            avatar_report_files.write(folder, text, document, judged)


def _extractor(name: str, args: argparse.Namespace) -> Extractor | str:
    """What `name` stands for, or why its column stays empty."""
    if args.extractor not in (None, name):
        return "not asked for."
    if name == "autoencoder":
        return Autoencoders.load()
    if args.resnet50_weights is None:
        return "its weights are missing; give `--resnet50_weights`."
    return ResNet50.load(args.resnet50_weights)


if __name__ == "__main__":
    run_program(main)

"""``python -m emojax.evaluate approaches``: what each step that avatars are made by is worth."""

import argparse
from pathlib import Path
from typing import Any

from emojax.errors import UserError
from emojax.runtime import positive


def add_parser(whats: Any) -> None:
    """Adds the subcommand to those of ``python -m emojax.evaluate``."""
    flags = whats.add_parser("approaches", help="avatars: made in other ways, step by step")
    flags.add_argument("--photos", type=Path, metavar="DIR", required=True, help="folder of portraits")
    flags.add_argument(
        "--masks", type=Path, metavar="DIR", required=True, help="their true label maps: NAME.png of each"
    )
    flags.add_argument("--style", metavar="NAME|DIR", default="flat", help="installed, or a folder's (flat)")
    flags.add_argument("--only", metavar="NAME,...", help="these approaches; all")
    flags.add_argument("--segmentation_weights", type=Path, metavar="FILE", help="another face parser's")
    flags.add_argument("--validation", metavar="REGEX", default="", help="names to take, such as ^[01]; all")
    flags.add_argument(
        "--drawn", type=positive, metavar="N", default=200, help="random avatars of the round trip (200)"
    )
    flags.add_argument("--seed", type=int, metavar="S", default=0, help="others for another seed (0)")
    flags.add_argument("--out", type=Path, metavar="FILE", help="gets the table")
    flags.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    if args.seed < 0:
        raise UserError(f"--seed is {args.seed}: give a whole number from 0 on")
    from emojax import image
    from emojax.avatar import style
    from emojax.avatar.extractor import Autoencoders
    from emojax.avatar.parser import FaceParser
    from emojax.avatar.pipeline import AvatarMaker
    from emojax.evaluation import avatar_approaches, avatar_faces, avatar_report

    names = args.only.split(",") if args.only else list(avatar_approaches.ENTRIES)
    if strange := [name for name in names if name not in avatar_approaches.ENTRIES]:
        raise UserError(f"--only {strange[0]!r}: is none of {', '.join(avatar_approaches.ENTRIES)}")
    drawings = style.load(style.find(args.style))
    maker = AvatarMaker.load(drawings, Autoencoders.load(), FaceParser.load(args.segmentation_weights))
    faces = avatar_faces.load(args.photos, args.masks, validation=args.validation)
    avatar_report.check(faces, masks=True)
    rows = []
    for row in avatar_approaches.compare(maker, faces, names, drawn=args.drawn, seed=args.seed):
        rows.append(row)
        print(" | ".join(avatar_approaches.cells(row)), flush=True)
    text = avatar_approaches.table(rows)
    print(text)
    if args.out:
        with image.writing(args.out) as temporary:
            temporary.write_text(text + "\n")

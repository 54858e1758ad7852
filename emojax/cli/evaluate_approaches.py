"""``python -m emojax.evaluate approaches``: what each step that avatars are made by is worth."""

import argparse
from pathlib import Path
from typing import Any

from emojax.core.errors import UserError
from emojax.core.runtime import positive


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
    from emojax.avatar.extractors.autoencoder import Autoencoders
    from emojax.avatar.faces.parser import FaceParser
    from emojax.avatar.pipeline import AvatarMaker
    from emojax.avatar.styles import style
    from emojax.evaluation.avatar import approaches, report
    from emojax.evaluation.avatar import faces as avatar_faces
    from emojax.media import image

    names = args.only.split(",") if args.only else list(approaches.ENTRIES)
    if strange := [name for name in names if name not in approaches.ENTRIES]:
        raise UserError(f"--only {strange[0]!r}: is none of {', '.join(approaches.ENTRIES)}")
    drawings = style.load(style.find(args.style))
    maker = AvatarMaker.load(drawings, Autoencoders.load(), FaceParser.load(args.segmentation_weights))
    faces = avatar_faces.load(args.photos, args.masks, validation=args.validation)
    report.check(faces, masks=True)
    rows = []
    for row in approaches.compare(maker, faces, names, drawn=args.drawn, seed=args.seed):
        rows.append(row)
        print(" | ".join(approaches.cells(row)), flush=True)
    text = approaches.table(rows)
    print(text)
    if args.out:
        with image.writing(args.out) as temporary:
            temporary.write_text(text + "\n")

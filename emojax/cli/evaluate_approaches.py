"""``python -m emojax.evaluate approaches``: what each step that avatars are made by contributes."""

import argparse
import dataclasses
import json
from typing import Any

from emojax.cli.evaluate_avatar import add_face_flags, inputs, read_faces
from emojax.core import paths
from emojax.core.errors import UserError
from emojax.core.runtime import local_path, positive


def add_parser(whats: Any) -> None:
    """Adds the subcommand to those of ``python -m emojax.evaluate``."""
    flags = whats.add_parser("approaches", help="avatars: made in other ways, step by step")
    add_face_flags(flags, masks_required=True)
    flags.add_argument("--only", metavar="NAME,...", help="these approaches; all")
    flags.add_argument(
        "--drawn", type=positive, metavar="N", default=200, help="random avatars of the round trip (200)"
    )
    flags.add_argument(
        "--out", type=local_path, metavar="FILE", help="gets the table, or as .json the figures"
    )
    flags.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from emojax.avatar.extractors.autoencoder import Autoencoders
    from emojax.avatar.faces.parser import FaceParser
    from emojax.avatar.pipeline import AvatarMaker
    from emojax.avatar.styles import style
    from emojax.evaluation.avatar import approaches
    from emojax.evaluation.avatar.pages import tables
    from emojax.media import image

    names = args.only.split(",") if args.only else list(approaches.ENTRIES)
    if strange := [name for name in names if name not in approaches.ENTRIES]:
        raise UserError(f"--only {strange[0]!r}: is none of {', '.join(approaches.ENTRIES)}")
    if args.out:
        paths.refuse_replacing({f"--out {args.out}": args.out}, inputs(args))
    drawings = style.load(style.find(args.style))
    faces, truth = read_faces(args)
    maker = AvatarMaker.load(drawings, Autoencoders.load(), FaceParser.load(args.segmentation_weights))
    prepared = approaches.prepare(maker, faces, truth, seed=args.seed)
    rows = []
    for row in approaches.compare(prepared, names, drawn=args.drawn, seed=args.seed):
        rows.append(row)
        print(" | ".join(tables.approach_cells(row)), flush=True)
    found = approaches.ablation(prepared, rows)
    text = tables.approaches([found])
    print(text)
    if args.out:
        as_json = args.out.suffix == ".json"
        with image.writing(args.out) as temporary:
            temporary.write_text(
                f"{json.dumps(dataclasses.asdict(found), indent=2) if as_json else text}\n", encoding="utf-8"
            )

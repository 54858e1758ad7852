"""``python -m emojax.evaluate avatar``: how good avatars are."""

import argparse
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emojax.avatar.matching.approach import STEPS, Approach
from emojax.core.errors import UserError
from emojax.core.runtime import positive

if TYPE_CHECKING:
    from emojax.avatar.matching.library import Extractor

_EXTRACTORS = ("autoencoder", "resnet50")


def add_parser(whats: Any) -> None:
    """Adds the subcommand to those of ``python -m emojax.evaluate``."""
    flags = whats.add_parser("avatar", help="avatars: like their faces, steady, various, quick?")
    flags.add_argument("--photos", type=Path, metavar="DIR", required=True, help="folder of portraits")
    flags.add_argument("--masks", type=Path, metavar="DIR", help="their true label maps: NAME.png of each")
    flags.add_argument("--style", metavar="NAME|DIR", default="flat", help="installed, or a folder's (flat)")
    flags.add_argument("--extractor", choices=_EXTRACTORS, help="judge this one alone; all there are")
    flags.add_argument(
        "--resnet50_weights", type=Path, metavar="FILE", help="converted by python -m emojax.ports resnet50"
    )
    flags.add_argument("--segmentation_weights", type=Path, metavar="FILE", help="another face parser's")
    flags.add_argument("--validation", metavar="REGEX", default="", help="names to take, such as ^[01]; all")
    flags.add_argument(
        "--without", type=_steps, metavar="STEP,...", default=[], help=f"leave away of {', '.join(STEPS)}"
    )
    flags.add_argument("--count", type=positive, metavar="N", help="photos, the first by name; all")
    flags.add_argument(
        "--drawn", type=positive, metavar="N", default=500, help="random avatars of the round trip (500)"
    )
    flags.add_argument("--seed", type=int, metavar="S", default=0, help="others for another seed (0)")
    flags.add_argument("--out", type=Path, metavar="DIR", help="gets avatar.md, avatar.json and pictures")
    flags.set_defaults(run=_run)


def _steps(text: str) -> list[str]:
    steps = text.split(",")
    if strange := [step for step in steps if step not in STEPS]:
        raise argparse.ArgumentTypeError(f"{strange[0]!r} is none of {', '.join(STEPS)}")
    return steps


def _run(args: argparse.Namespace) -> None:
    if args.seed < 0:
        raise UserError(f"--seed is {args.seed}: give a whole number from 0 on")
    if args.extractor == "resnet50" and args.resnet50_weights is None:
        raise UserError("--extractor resnet50 needs --resnet50_weights FILE; give both")
    from emojax.avatar.faces.parser import FaceParser
    from emojax.avatar.pipeline import AvatarMaker
    from emojax.avatar.styles import style
    from emojax.evaluation.avatar import faces as avatar_faces
    from emojax.evaluation.avatar import files, report
    from emojax.evaluation.avatar import markdown as avatar_markdown

    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(files.writing(args.out)) if args.out else None
        drawings = style.load(style.find(args.style))
        parser = FaceParser.load(args.segmentation_weights)
        extractors = {name: _extractor(name, args) for name in _EXTRACTORS}
        masks = args.masks is not None
        faces = avatar_faces.load(args.photos, args.masks, validation=args.validation, count=args.count)
        report.check(faces, masks=masks)
        judged: dict[str, report.Judged] = {}
        columns: dict[str, report.Figures | str] = {}
        for name, extractor in extractors.items():
            if isinstance(extractor, str):
                columns[name] = extractor
                continue
            maker = AvatarMaker.load(drawings, extractor, parser, Approach.without(args.without))
            judged[name] = report.judge(maker, faces, masks=masks, drawn=args.drawn, seed=args.seed)
            columns[name] = judged[name].figures
        text = avatar_markdown.markdown(columns)
        print(text)
        if folder:
            document = {name: found.figures.as_json() for name, found in judged.items()}
            files.write(folder, text, document, judged)


def _extractor(name: str, args: argparse.Namespace) -> "Extractor | str":
    """What `name` stands for, or why its column stays empty."""
    from emojax.avatar.extractors.autoencoder import Autoencoders
    from emojax.avatar.extractors.resnet import ResNet50

    if args.extractor not in (None, name):
        return "not asked for."
    if name == "autoencoder":
        return Autoencoders.load()
    if args.resnet50_weights is None:
        return "its weights are missing; give `--resnet50_weights`."
    return ResNet50.load(args.resnet50_weights)

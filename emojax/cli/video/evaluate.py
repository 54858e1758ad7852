"""``python -m emojax.evaluate video``: is an avatar's motion that of the face?"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from emojax.core import paths
from emojax.core.errors import UserError
from emojax.core.runtime import local_path, name_or_path


def add_parser(whats: Any) -> None:
    """Adds the subcommand to those of ``python -m emojax.evaluate``."""
    flags = whats.add_parser("video", help="clips of known truth: is an avatar's motion that of the face?")
    flags.add_argument(
        "clip",
        type=local_path,
        nargs="?",
        metavar="CLIP",
        help="a clip; without one, scripted clips are made",
    )
    flags.add_argument(
        "--truth", type=local_path, metavar="FILE", help="what the clip shows, see docs/video.md"
    )
    flags.add_argument(
        "--style",
        type=name_or_path,
        metavar="NAME|DIR",
        default="flat",
        help="installed, or a folder's (flat)",
    )
    flags.add_argument("--resnet50_weights", type=local_path, metavar="FILE", help="else it is not trained")
    flags.add_argument(
        "--make", type=local_path, metavar="DIR", help="only write the scripted clips and their truth there"
    )
    flags.add_argument("--out", type=local_path, metavar="JSON", help="file for the figures")
    flags.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    if (args.clip is None) != (args.truth is None):
        raise UserError("CLIP and --truth FILE go together; give both, or neither for the scripted clips")
    if args.make is not None and args.clip is not None:
        raise UserError("--make writes the scripted clips; leave CLIP and --truth out")
    if args.out is not None:
        paths.refuse_replacing({f"--out {args.out}": args.out}, [args.clip, args.truth])
    if args.make is not None:
        _make(args)
        return
    from emojax.media import image

    document = _judge_scripts(args) if args.clip is None else _judge_clip(args)
    if args.out is not None:
        with image.writing(args.out) as temporary:
            temporary.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _make(args: argparse.Namespace) -> None:
    from fractions import Fraction

    from emojax.avatar.styles import style
    from emojax.evaluation.video import script, staging
    from emojax.media import encoding, image

    drawings = style.load(style.find(args.style))
    for name, make in script.SCRIPTS.items():
        instants = make()
        frames = staging.stage(drawings, instants)
        encoding.write_clip(args.make / f"{name}.mp4", frames, fps=Fraction(script.FPS))
        truth = script.as_document(instants, staging.squares(drawings, instants))
        with image.writing(args.make / f"{name}.json") as temporary:
            temporary.write_text(json.dumps(truth) + "\n", encoding="utf-8")
        print(f"{args.make / name}.mp4: {len(instants)} frames")


def _judge_clip(args: argparse.Namespace) -> dict[str, Any]:
    import dataclasses

    from emojax.avatar.extractors import table
    from emojax.avatar.faces.parser import FaceParser
    from emojax.avatar.motion.film import MAX_SIDE, shoot
    from emojax.avatar.motion.output.prefetching import prefetched
    from emojax.avatar.pipeline import AvatarMaker
    from emojax.avatar.styles import style
    from emojax.evaluation.video import judging, report
    from emojax.media import clips

    truth = judging.load_truth(args.truth)
    clip = clips.inspect(args.clip)
    drawings = style.load(style.find(args.style))
    maker = AvatarMaker.load(drawings, table.load(table.DEFAULT), FaceParser.load())
    film = shoot(prefetched(clip.frames(max_side=MAX_SIDE)), maker, fps=clip.fps)
    judged = judging.judge(film, truth)
    print(report.judgement_table(judged))
    return dataclasses.asdict(judged)


def _judge_scripts(args: argparse.Namespace) -> dict[str, Any]:
    from emojax.avatar.extractors import table
    from emojax.avatar.extractors.resnet import ResNet50
    from emojax.avatar.faces.parser import FaceParser
    from emojax.avatar.pipeline import AvatarMaker
    from emojax.avatar.styles import style
    from emojax.evaluation.video import report

    drawings, parser = style.load(style.find(args.style)), FaceParser.load()
    given: Path | None = args.resnet50_weights
    resnet = ResNet50.random(0) if given is None else ResNet50.load(given)
    extractors = (table.load(table.DEFAULT), resnet)
    makers = [AvatarMaker.load(drawings, extractor, parser) for extractor in extractors]
    document = report.judge_scripts(makers, on_clip=lambda name: print(name, file=sys.stderr, flush=True))
    print(report.table(document), report.extractors_table(document), sep="\n\n")
    return document

"""``python -m emojax.evaluate avatar``, ``attributes`` and ``people``: how good avatars are."""

import argparse
import contextlib
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emojax.avatar.extractors.table import DEFAULT, EXTRACTORS, load
from emojax.avatar.matching.approach import STEPS, Approach
from emojax.core import paths
from emojax.core.errors import UserError
from emojax.core.runtime import any_seed, local_path, name_or_path, positive

if TYPE_CHECKING:
    from emojax.avatar.extractors.table import Extractor
    from emojax.evaluation.avatar.faces import Face
    from emojax.evaluation.avatar.report import Truth


def add_parser(whats: Any) -> None:
    """Adds the subcommands to those of ``python -m emojax.evaluate``."""
    _add_attributes(whats)
    _add_people(whats)
    flags = whats.add_parser("avatar", help="avatars: like their faces, steady, varied, quick?")
    add_face_flags(flags, masks_required=False)
    flags.add_argument(
        "--extractor", choices=list(EXTRACTORS), help="judge this one alone; all but the baselines"
    )
    flags.add_argument(
        "--resnet50_weights",
        type=local_path,
        metavar="FILE",
        help="converted by python -m emojax.ports resnet50",
    )
    flags.add_argument(
        "--without", type=_steps, metavar="STEP,...", default=[], help=f"leave out of {', '.join(STEPS)}"
    )
    flags.add_argument("--count", type=positive, metavar="N", help="photos, the first by name; all")
    flags.add_argument(
        "--drawn", type=positive, metavar="N", default=500, help="random avatars of the round trip (500)"
    )
    flags.add_argument(
        "--out", type=local_path, metavar="DIR", help="gets avatar.md, avatar.json and pictures"
    )
    flags.set_defaults(run=_run)


def _add_attributes(whats: Any) -> None:
    flags = whats.add_parser("attributes", help="attributes read off photos: as people label them?")
    flags.add_argument("photos", type=local_path, help="folder of portraits")
    flags.add_argument(
        "--labels",
        metavar="CSV|celebamask",
        required=True,
        help="their attributes, labelled by eye: column id, and words as in labels/README.md",
    )
    _add_label_flags(flags)
    flags.add_argument("--weights", type=local_path, metavar="FILE", help="of an attribute net")
    flags.add_argument("--segmentation_weights", type=local_path, metavar="FILE", help="of a face parser")
    flags.add_argument("--out", type=local_path, metavar="JSON", help="file for the figures")
    flags.set_defaults(run=_read)


def _add_people(whats: Any) -> None:
    flags = whats.add_parser("people", help="avatars: do two photos of one person get the same?")
    flags.add_argument(
        "people", type=local_path, metavar="FOLDER", help="with a folder of photos of each person"
    )
    _add_style_flags(flags)
    flags.add_argument("--out", type=local_path, metavar="JSON", help="file for the figures")
    flags.set_defaults(run=_judge_people)


def _add_style_flags(flags: argparse.ArgumentParser) -> None:
    flags.add_argument(
        "--style",
        type=name_or_path,
        metavar="NAME|DIR",
        default="flat",
        help="installed, or a folder's (flat)",
    )
    flags.add_argument("--segmentation_weights", type=local_path, metavar="FILE", help="of a face parser")


def _add_label_flags(flags: argparse.ArgumentParser) -> None:
    flags.add_argument(
        "--second_labels",
        type=local_path,
        metavar="CSV",
        help="a second labelling, to compare with",
    )
    flags.add_argument(
        "--validation",
        metavar="REGEX",
        help="names to take (all; of celebamask ^[01], on which nothing is fitted)",
    )


def add_face_flags(flags: argparse.ArgumentParser, *, masks_required: bool) -> None:
    """Adds what all evaluations of avatars share: photos, what they are compared with, style and seed."""
    flags.add_argument("--photos", type=local_path, metavar="DIR", required=True, help="folder of portraits")
    flags.add_argument(
        "--masks",
        type=local_path,
        metavar="DIR",
        required=masks_required,
        help="their true label maps: NAME.png of each",
    )
    flags.add_argument(
        "--labels",
        type=name_or_path,
        metavar="CSV|celebamask",
        help="their attributes, labelled by eye: column id, and words as in labels/README.md; celebamask: "
        "those that come with emojax",
    )
    _add_label_flags(flags)
    _add_style_flags(flags)
    flags.add_argument("--seed", type=any_seed, metavar="S", default=0, help="others for another seed (0)")


def inputs(args: argparse.Namespace) -> list[Path | None]:
    """What the flags say to read."""
    named = [Path(text) if text and Path(text).exists() else None for text in (args.labels, args.style)]
    return [args.photos, args.masks, args.second_labels, args.segmentation_weights, *named]


def read_faces(args: argparse.Namespace, *, count: int | None = None) -> "tuple[list[Face], Truth]":
    """What the flags of `add_face_flags` name.

    Raises:
      UserError: a flag or a file is wrong, or the photos do not suffice.
    """
    from emojax.evaluation.avatar import faces as avatar_faces
    from emojax.evaluation.avatar import report
    from emojax.evaluation.avatar.labels import annotations, attributes

    if args.second_labels is not None and args.labels is None:
        raise UserError("--second_labels is compared with --labels; give both")
    validation = args.validation
    if validation is None:
        validation = annotations.HELD_OUT if args.labels == annotations.BUILT_IN else ""
    labels = None
    if args.labels is not None:
        labels = annotations.load(args.labels, args.second_labels, attributes.columns())
        annotations.check_photos(labels, avatar_faces.names(args.photos), validation)
    faces = avatar_faces.load(args.photos, args.masks, validation=validation, count=count)
    report.check(faces, masks=args.masks is not None)
    return faces, report.Truth(validation, args.masks is not None, labels)


def _steps(text: str) -> list[str]:
    steps = text.split(",")
    if strange := [step for step in steps if step not in STEPS]:
        raise argparse.ArgumentTypeError(f"{strange[0]!r} is none of {', '.join(STEPS)}")
    return steps


def _run(args: argparse.Namespace) -> None:
    if args.extractor == "resnet50" and args.resnet50_weights is None:
        raise UserError("--extractor resnet50 needs --resnet50_weights FILE; give both")
    from emojax.avatar.faces.parser import FaceParser
    from emojax.avatar.pipeline import AvatarMaker
    from emojax.avatar.styles import style
    from emojax.evaluation.avatar import report
    from emojax.evaluation.avatar.pages import files
    from emojax.evaluation.avatar.pages import markdown as avatar_markdown

    if args.out:
        paths.refuse_replacing({f"--out {args.out}": args.out}, inputs(args))
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(files.writing(args.out)) if args.out else None
        drawings = style.load(style.find(args.style))
        parser = FaceParser.load(args.segmentation_weights)
        names = [name for name, entry in EXTRACTORS.items() if name == args.extractor or not entry.baseline]
        extractors = {name: _extractor(name, args) for name in names}
        faces, truth = read_faces(args, count=args.count)
        judged: dict[str, report.Judged] = {}
        columns: dict[str, report.Figures | str] = {}
        for name, extractor in extractors.items():
            if isinstance(extractor, str):
                columns[name] = extractor
                continue
            maker = AvatarMaker.load(drawings, extractor, parser, Approach.without(args.without))
            judged[name] = report.judge(maker, faces, truth, drawn=args.drawn, seed=args.seed)
            columns[name] = judged[name].figures
        text = avatar_markdown.markdown(columns)
        print(text)
        if folder:
            document = {name: found.figures.as_json() for name, found in judged.items()}
            files.write(folder, text, document, judged)


def _read(args: argparse.Namespace) -> None:
    from emojax.avatar.faces.parser import FaceParser
    from emojax.avatar.reading.net.shown import Reader
    from emojax.evaluation.avatar import faces as avatar_faces
    from emojax.evaluation.avatar import reading
    from emojax.evaluation.avatar.labels import annotations, attributes
    from emojax.evaluation.avatar.pages import tables
    from emojax.media import image

    validation = args.validation
    if validation is None:
        validation = annotations.HELD_OUT if args.labels == annotations.BUILT_IN else ""
    labels = annotations.load(args.labels, args.second_labels, attributes.columns())
    annotations.check_photos(labels, avatar_faces.names(args.photos), validation)
    faces = avatar_faces.load(args.photos, None, validation=validation)
    parser, reader = FaceParser.load(args.segmentation_weights), Reader.load(args.weights)
    found = reading.judge(faces, labels, parser, reader)
    print(tables.agreement(found))
    for name, compared in found.items():
        print(f"\n{tables.TITLES[name]}\n\n{tables.confusion(compared)}")
    if args.out:
        document = {name: dataclasses.asdict(compared) for name, compared in found.items()}
        with image.writing(args.out) as temporary:
            temporary.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _judge_people(args: argparse.Namespace) -> None:
    from emojax.avatar.faces.parser import FaceParser
    from emojax.avatar.pipeline import AvatarMaker
    from emojax.avatar.styles import style
    from emojax.evaluation.avatar import people
    from emojax.evaluation.avatar.pages import people as pages
    from emojax.media import image

    if args.out:
        paths.refuse_replacing({f"--out {args.out}": args.out}, [args.people, args.segmentation_weights])
    drawings = style.load(style.find(args.style))
    photos = people.load(args.people)
    parser = FaceParser.load(args.segmentation_weights)
    found = people.judge(AvatarMaker.load(drawings, load(DEFAULT), parser), photos)
    print(pages.markdown(found))
    if args.out:
        with image.writing(args.out) as temporary:
            temporary.write_text(json.dumps(dataclasses.asdict(found), indent=1) + "\n", encoding="utf-8")


def _extractor(name: str, args: argparse.Namespace) -> "Extractor | str":
    """The extractor of that name, or why its column stays empty."""
    if args.extractor not in (None, name):
        return "not asked for."
    if not EXTRACTORS[name].needs_weights:
        return load(name)
    if args.resnet50_weights is None:
        return "its weights are missing; give `--resnet50_weights`."
    return load(name, args.resnet50_weights)

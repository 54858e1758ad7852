"""``infer.py --selfie``: flags, and what they do."""

import argparse
import sys
from pathlib import Path
from typing import Final

from emojax.avatar.extractors import table as extractors
from emojax.avatar.matching.mood import MOODS
from emojax.cli.flags import Mode, flag
from emojax.core import paths
from emojax.core.errors import UserError
from emojax.core.runtime import local_path, name_or_path, whole_number

_SELFIE: Final = "--selfie"

FLAGS: Final = (
    flag(
        "--style",
        _SELFIE,
        type=name_or_path,
        default="flat",
        metavar="NAME|DIR",
        help="an installed style, or a folder's",
    ),
    flag(
        "--extractor",
        _SELFIE,
        default=extractors.DEFAULT,
        choices=list(extractors.EXTRACTORS),
        help="what turns parts into the vectors that are compared",
    ),
    flag(
        "--resnet50_weights",
        _SELFIE,
        type=local_path,
        metavar="FILE",
        help="converted by python -m emojax.ports resnet50",
    ),
    flag(
        "--size",
        _SELFIE,
        default=512,
        type=whole_number(16, 4096),
        metavar="N",
        help="side of PNGs, in pixels",
    ),
    flag("--background", _SELFIE, metavar="#RRGGBB", help="background colour; transparent by default"),
    flag(
        "--exact_colors",
        _SELFIE,
        default=False,
        action="store_true",
        help="use the photo's colours instead of the style's nearest",
    ),
    flag(
        "--set",
        _SELFIE,
        default=(),
        metavar="PART=ID",
        action="append",
        dest="overrides",
        help="choose a part yourself, such as hair=bob or glasses=none; may be repeated",
    ),
    flag(
        "--mood",
        _SELFIE,
        default="as-seen",
        choices=list(MOODS),
        help="give the avatar another mood than the photo's: friendly smiles, neutral does not",
    ),
    flag(
        "--explain", _SELFIE, type=local_path, metavar="PNG", help="also draw the steps from photo to avatar"
    ),
)


def main(args: argparse.Namespace) -> None:
    """Writes the avatar of a photo, or of each photo of a folder.

    Raises:
      UserError: a flag or a file is wrong; nothing half-written is left.
      SystemExit: 1, where some photos of a folder gave no avatar.
    """
    # As in infer.py, what a mode needs is imported where it begins.
    from emojax.avatar import demo, files, photo_folder
    from emojax.avatar.faces.parser import FaceParser
    from emojax.avatar.pipeline import AvatarMaker
    from emojax.avatar.styles import style
    from emojax.media import image
    from emojax.media.color import parse_hex

    many = args.selfie.is_dir()
    out = args.out or Path("avatars" if many else "avatar.svg")
    if not many and str(out) != "-":
        if out.is_dir():
            out = out / f"{args.selfie.stem}.svg"
        if out.suffix.lower() not in files.SUFFIXES:
            raise UserError(f"--out {out}: give a name that ends in .svg, .png or .json, or - for JSON")
    if many and args.explain:
        raise UserError("--explain is for one photo: give one, not a folder")
    if many and args.face:
        raise UserError(f"--face {args.face} is for one photo: give one, not a folder")
    if args.explain and args.explain.suffix.lower() != ".png":
        raise UserError(f"--explain {args.explain}: is written as PNG; give a name that ends in .png")
    if (args.extractor == "resnet50") != (args.resnet50_weights is not None):
        raise UserError("--extractor resnet50 and --resnet50_weights FILE go together; give both or neither")
    if args.background is not None:
        parse_hex(args.background, "--background")
    overrides = dict(_override(text) for text in args.overrides)
    is_demo = str(args.selfie) == "demo" and not args.selfie.exists()
    source = demo.PORTRAIT if is_demo else args.selfie
    folder = style.find(args.style)
    read = [folder, args.segmentation_weights, args.resnet50_weights]
    photos = photo_folder.plan(args.selfie, out, read) if many else {}
    if not many:
        outputs = {f"--out {out}": out} if str(out) != "-" else {}
        if args.explain:
            outputs[f"--explain {args.explain}"] = args.explain
        paths.refuse_replacing(outputs, [source, *read])
    photo = None if many else image.read_photo(source)
    chosen = style.load(folder)
    for part, variant in overrides.items():
        chosen.variant(part, variant)
    extractor = extractors.load(args.extractor, args.resnet50_weights)
    maker = AvatarMaker.load(chosen, extractor, FaceParser.load(args.segmentation_weights))
    if photo is None:
        settings = photo_folder.Settings(args.size, args.background, args.exact_colors, overrides, args.mood)
        made, failed = photo_folder.make(maker, photos, out, settings)
        print(f"{out}: {made} avatars")
        if failed:
            sys.exit(1)
        return
    try:
        avatar = files.one(
            maker,
            photo,
            face=args.face,
            exact_colors=args.exact_colors,
            overrides=overrides,
            mood=args.mood,
        )
    except UserError as error:
        raise UserError(f"{args.selfie}: {error}") from error
    if str(out) == "-":
        sys.stdout.write(files.as_text(avatar, ascii_only=True))
    else:
        files.write(avatar, out, size=args.size, background=args.background)
        print(f"{out}: avatar in the style {chosen.name}")
    if args.explain:
        from emojax.avatar import explain

        image.save_png(args.explain, explain.picture(avatar, photo))


def _override(text: str) -> tuple[str, str]:
    part, separator, variant = text.partition("=")
    if not (part and separator and variant):
        raise UserError(f"--set {text}: write PART=ID, such as hair=bob")
    return part, variant


MODES: Final = (
    Mode(
        _SELFIE,
        main,
        {
            "metavar": "PHOTO|DIR",
            "type": local_path,
            "help": "make an avatar of a face; `demo` takes a portrait that is installed with emojax",
        },
    ),
)

"""``infer.py --selfie``: flags, and what they do."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emojax.avatar.extractors import table as extractors
from emojax.avatar.matching.mood import MOODS
from emojax.cli.flags import Mode, flag
from emojax.cli.selfies import as_emoji, options
from emojax.core import paths
from emojax.core.errors import UserError
from emojax.core.runtime import local_path, name_or_path, whole_number

if TYPE_CHECKING:
    import numpy as np

    from emojax.avatar.photo_folder import Settings
    from emojax.avatar.pipeline import AvatarMaker
    from emojax.avatar.result import Avatar

_SELFIE: Final = "--selfie"
_BOTH: Final = (_SELFIE, "--video")
_DRAWN: Final = (*_BOTH, "--webcam")

EVERY_FACE: Final = "all"
"""The value of ``--face`` that is no number."""

FLAGS: Final = (
    flag(
        "--style",
        *_DRAWN,
        type=name_or_path,
        default="flat",
        metavar="NAME|DIR",
        help="an installed style, or a folder's",
    ),
    flag(
        "--extractor",
        *_BOTH,
        default=extractors.DEFAULT,
        metavar="NAME[,NAME]",
        help="what turns parts into the vectors that are compared, of "
        f"{', '.join(extractors.EXTRACTORS)}; several for --plot_embeddings",
    ),
    flag(
        "--resnet50_weights",
        *_BOTH,
        type=local_path,
        metavar="FILE",
        help="converted by python -m emojax.ports resnet50",
    ),
    flag(
        "--size",
        *_DRAWN,
        default=512,
        type=whole_number(16, 4096),
        metavar="N",
        help="side of PNGs, in pixels",
    ),
    flag(
        "--background",
        *_DRAWN,
        metavar="#RRGGBB",
        help="background colour; by default transparent where the format knows that",
    ),
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
        "--as",
        _SELFIE,
        default="avatar",
        choices=("avatar", "emoji"),
        dest="drawn_as",
        help="emoji draws one of OpenMoji's kind with the expression, glasses and hat of the photo",
    ),
    flag(
        "--explain", _SELFIE, type=local_path, metavar="PNG", help="also draw the steps from photo to avatar"
    ),
)


def face(text: str) -> int | str:
    """A type for argparse: the number of a face, or `EVERY_FACE`."""
    return text if text == EVERY_FACE else whole_number(0, 999)(text)


def main(args: argparse.Namespace) -> None:
    """Writes an avatar of a photo, of several of one person, of each face of a photo, or of each photo.

    Raises:
      UserError: a flag or a file is wrong; nothing half-written is left.
      SystemExit: 1, where some photos gave no avatar.
    """
    # As in infer.py, what a mode needs is imported where it begins.
    from emojax.avatar import photo_folder
    from emojax.avatar.faces.parser import FaceParser
    from emojax.avatar.pipeline import AvatarMaker
    from emojax.avatar.styles import style
    from emojax.media import image
    from emojax.media.color import parse_hex

    many = args.selfie[0].is_dir()
    _check(args, many)
    out = _out(args, many)
    if args.background is not None:
        parse_hex(args.background, "--background")
    overrides = dict(_override(text) for text in args.overrides)
    every = args.face == EVERY_FACE
    folder = style.find(args.style)
    if options.is_options(out):
        options.require(folder)
    read = [folder, args.segmentation_weights, args.resnet50_weights]
    named = photo_folder.plan(args.selfie[0], out, read, every_face=every) if many else {}
    if not many:
        outputs = {f"--out {out}": out} if str(out) != "-" else {}
        if args.explain:
            outputs[f"--explain {args.explain}"] = args.explain
        paths.refuse_replacing(outputs, [*map(_source, args.selfie), *read])
    photos = [] if many else [image.read_photo(_source(path)) for path in args.selfie]
    chosen = style.load(folder)
    for part, variant in overrides.items():
        chosen.variant(part, variant)
    extractor = extractors.load(args.extractor, args.resnet50_weights)
    maker = AvatarMaker.load(chosen, extractor, FaceParser.load(args.segmentation_weights))
    settings = photo_folder.Settings(
        args.size, args.background, args.exact_colors, overrides, args.mood, every
    )
    if many:
        made, failed = photo_folder.make(maker, named, out, settings)
        print(f"{out}: {made} avatars")
    else:
        avatars, errors = _avatars(args, maker, photos, settings)
        failed = len(errors)
        _write(args, avatars, out, read)
        for error in errors:
            print(f"emojax: {error}", file=sys.stderr)
    if args.explain:
        from emojax.avatar import explain

        image.save_png(args.explain, explain.picture(avatars[0], photos[0]))
    if failed:
        sys.exit(1)


def _check(args: argparse.Namespace, many: bool) -> None:
    """Refuses flags that contradict one another."""
    several = len(args.selfie) > 1
    if args.drawn_as == "emoji":
        as_emoji.check(args, many)
    for path in args.selfie if several else ():
        if path.is_dir():
            raise UserError(
                f"--selfie {path}: is a folder, whose photos get an avatar each; for one avatar of several "
                "photos of one person name each photo with --selfie"
            )
    if args.explain and (many or several or args.face == EVERY_FACE):
        what = "a folder" if many else "several photos" if several else f"--face {EVERY_FACE}"
        raise UserError(f"--explain is for one face of one photo, not for {what}: leave it out")
    if (many and args.face not in (0, EVERY_FACE)) or (several and args.face != 0):
        raise UserError(f"--face {args.face} is for one photo: give one, or leave --face out")
    if args.explain and args.explain.suffix.lower() != ".png":
        raise UserError(f"--explain {args.explain}: is written as PNG; give a name that ends in .png")
    compared = extractors.names(args.extractor)
    if len(compared) > 1:
        raise UserError("--extractor: several are compared in a clip, with --video; name one")
    if (args.extractor == "resnet50") != (args.resnet50_weights is not None):
        raise UserError("--extractor resnet50 and --resnet50_weights FILE go together; give both or neither")


def _out(args: argparse.Namespace, many: bool) -> Path:
    """Where to write: a folder for a folder, else a file or ``-``."""
    from emojax.avatar import files

    out: Path = args.out or Path("avatars" if many else f"{args.drawn_as}.svg")
    if not many and str(out) != "-":
        if out.is_dir():
            out = out / f"{args.selfie[0].stem}.svg"
        if args.drawn_as == "emoji":
            as_emoji.check_name(out)
        elif out.suffix.lower() not in files.SUFFIXES:
            raise UserError(f"--out {out}: give a name that ends in .svg, .png or .json, or - for JSON")
    return out


def _source(path: Path) -> Path:
    from emojax.avatar import demo

    return demo.PORTRAIT if str(path) == "demo" and not path.exists() else path


def _avatars(
    args: argparse.Namespace, maker: "AvatarMaker", photos: list["np.ndarray"], settings: "Settings"
) -> tuple[list["Avatar"], list[str]]:
    """The avatars of one photo or of one person, and an error for each photo that is left out."""
    from emojax.avatar import files

    try:
        if len(photos) > 1:
            avatar, errors = maker.make_together(photos, **settings.wanted)
            pairs = zip(args.selfie, errors, strict=True)
            return [avatar], [f"{path}: {error}" for path, error in pairs if error is not None]
        if settings.every_face:
            return maker.make_all(photos[0], **settings.wanted), []
        return [files.one(maker, photos[0], face=args.face, **settings.wanted)], []
    except UserError as error:
        raise UserError(f"{', '.join(map(str, args.selfie))}: {error}") from error


def _write(args: argparse.Namespace, avatars: list["Avatar"], out: Path, read: list[Path | None]) -> None:
    """Writes the avatars of a photo: to `out`, or with ``--face all`` to files with the faces' numbers."""
    from emojax.avatar import files, photo_folder
    from emojax.avatar.styles import style

    every = args.face == EVERY_FACE
    if str(out) == "-":
        sys.stdout.write(files.as_text(avatars if every else avatars[0], ascii_only=True))
        return
    targets = photo_folder.numbered(out, len(avatars)) if every else [out]
    if every:
        outputs = {f"--out {path}": path for path in targets}
        paths.refuse_replacing(outputs, [*map(_source, args.selfie), *read])
    for avatar, path in zip(avatars, targets, strict=True):
        if args.drawn_as == "emoji":
            print(as_emoji.write(avatar, path, size=args.size, background=args.background))
        elif options.is_options(path):
            print(options.write(avatar, style.find(args.style), path))
        else:
            files.write(avatar, path, size=args.size, background=args.background)
            print(f"{path}: avatar in the style {avatar.style.name}")


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
            "action": "append",
            "help": "make an avatar of a face; `demo` takes a portrait that is installed with emojax. Given "
            "several times: one avatar of several photos of one person. A folder: an avatar of each photo, "
            "of whoever is on it",
        },
    ),
)

"""Makes avatars of faces and new emoji, and labels the parts of faces.

python infer.py --selfie me.jpg --style flat --out me.svg
python infer.py --generate 64 --out emoji/
python infer.py --generate 8 --label "kissing heart"
python infer.py --interpolate "heart eyes" "rolling eyes" --out morph.gif
python infer.py --segment selfie.jpg --crop --out labels.png
"""

import argparse
import sys
from pathlib import Path

from emojax.cli import draw, selfie
from emojax.core.errors import UserError
from emojax.core.runtime import OneLineParser, run_program

# What a mode needs is imported where it begins: a misspelt flag should not take seconds to be told,
# and drawing emoji needs no OpenCV.


def _parser() -> OneLineParser:
    parser = OneLineParser(
        prog="infer.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    mode = parser.add_mutually_exclusive_group()
    draw.add_modes(mode, _whole)
    mode.add_argument(
        "--selfie",
        metavar="PHOTO|DIR",
        type=Path,
        help="make an avatar of a face; `demo` takes a portrait that is installed with emojax",
    )
    mode.add_argument(
        "--segment",
        metavar="PHOTO|DIR",
        type=Path,
        help="label hair, skin, eyes and 15 other parts of a face, as an 8-bit PNG of values 0 to 18",
    )
    parser.add_argument(
        "--out",
        type=Path,
        help="folder for --generate; .gif, .mp4 or .png for --interpolate; .png or folder for --segment; "
        ".svg, .png, .json, folder or - (JSON to the terminal) for --selfie",
    )
    draw.add_flags(parser, _whole)
    parser.add_argument("--crop", action="store_true", help="find the face first and label its crop")
    parser.add_argument(
        "--face", metavar="N", type=_whole(0, 999), default=0, help="which face of a photo; 0 is the largest"
    )
    parser.add_argument(
        "--segmentation_weights",
        metavar="FILE",
        type=Path,
        help="a face parser of your own training, or converted by python -m emojax.ports bisenet",
    )
    selfie.add_flags(parser, _whole)
    return parser


def _whole(low: int, high: int):  # type: ignore[no-untyped-def]
    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{number} is not between {low} and {high}")
        return number

    return parse


def main(argv: list[str] | None = None) -> None:
    """Parses flags and does what they say.

    Raises:
      UserError: a flag or a file is wrong; nothing half-written is left.
    """
    parser = _parser()
    args = parser.parse_args(argv)
    if args.label == ["list"]:
        draw.list_labels(args)
        return
    modes = {
        "generate": draw.generate,
        "interpolate": draw.interpolate,
        "selfie": selfie.main,
        "segment": _segment,
    }
    chosen = [run for name, run in modes.items() if getattr(args, name) is not None]
    if not chosen:
        parser.error(f"one of the arguments --{', --'.join(modes)} is required")
    draw.check(args)
    chosen[0](args)


def _segment(args: argparse.Namespace) -> None:
    if args.face and not args.crop:
        raise UserError(f"--face {args.face} needs --crop: without it the whole photo is labelled")
    from emojax.avatar.faces import files
    from emojax.avatar.faces.parser import FaceParser

    pairs = files.plan(args.segment, args.out)
    parser = FaceParser.load(args.segmentation_weights)
    options = {"crop": args.crop, "face": args.face}
    if not args.segment.is_dir():
        files.segment(*pairs[0], parser, **options)
        print(f"{pairs[0][1]}: label map")
        return
    failed = files.segment_all(pairs, parser, **options)
    print(f"{pairs[0][1].parent}: {len(pairs) - failed} label maps")
    if failed:
        sys.exit(1)


def run() -> None:
    """Entry point of ``infer.py`` and ``emojax-infer``."""
    run_program(main)


if __name__ == "__main__":
    run()

"""Makes avatars of faces and new emoji, and labels the parts of faces.

python infer.py --selfie me.jpg --style flat --out me.svg
python infer.py --selfie group.jpg --face all
python infer.py --selfie me1.jpg --selfie me2.jpg --selfie me3.jpg
python infer.py --generate 64 --out emoji/
python infer.py --generate 8 --label "kissing heart"
python infer.py --interpolate "heart eyes" "rolling eyes" --out morph.gif
python infer.py --segment selfie.jpg --crop --out labels.png
python infer.py --video demo --style flat --out avatar.mp4
python infer.py --webcam --style sticker
"""

import argparse
import sys
from typing import Final

from emojax.cli import draw, selfie
from emojax.cli.flags import Flag, Mode, flag, parse
from emojax.cli.video import follow, webcam
from emojax.core import paths
from emojax.core.errors import UserError
from emojax.core.runtime import OneLineParser, local_path, run_program

# What a mode needs is imported where it begins: an error in the flags comes at once, and drawing emoji
# needs no OpenCV.


def segment(args: argparse.Namespace) -> None:
    """Writes the label map of a photo, or of each photo of a folder.

    Raises:
      UserError: a flag or a file is wrong; nothing half-written is left.
      SystemExit: 1, where some photos of a folder could not be labelled.
    """
    if args.face == selfie.EVERY_FACE:
        raise UserError(
            "--face all belongs to --selfie; --segment labels one face, or without --crop the photo"
        )
    if args.face and not args.crop:
        raise UserError(f"--face {args.face} needs --crop: without it the whole photo is labelled")
    from emojax.avatar.faces import files
    from emojax.avatar.faces.parser import FaceParser

    pairs = files.plan(args.segment, args.out)
    paths.refuse_replacing(
        {f"--out {target}": target for _, target in pairs},
        [*(photo for photo, _ in pairs), args.segmentation_weights],
    )
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


MODES: Final[tuple[Mode, ...]] = (
    *draw.MODES,
    *selfie.MODES,
    *follow.MODES,
    *webcam.MODES,
    Mode(
        "--segment",
        segment,
        {
            "metavar": "PHOTO|DIR",
            "type": local_path,
            "help": "label hair, skin, eyes and 15 other parts of a face: an 8-bit PNG of values 0 to 18",
        },
    ),
)

FLAGS: Final[tuple[Flag, ...]] = (
    flag(
        "--out",
        *("--generate", "--interpolate", "--selfie", "--segment", "--video"),
        type=local_path,
        help="folder for --generate; .gif, .mp4 or .png for --interpolate; .png or folder for --segment; "
        ".svg, .png, .json, folder or - (JSON on standard output) for --selfie; .mp4, .gif, .webp or "
        "folder for --video",
    ),
    *draw.FLAGS,
    flag(
        "--face",
        *("--selfie", "--segment", "--video"),
        default=0,
        metavar="N|all",
        type=selfie.face,
        help="which face of a photo, or of a clip: 0 is the main one, and the others follow by size. With "
        "--selfie and --video also all: an avatar of every face, in files with its number, such as "
        "avatar-0.svg",
    ),
    flag(
        "--segmentation_weights",
        *("--selfie", "--segment", "--video", "--webcam"),
        metavar="FILE",
        type=local_path,
        help="a face parser of your own training, or converted by python -m emojax.ports bisenet",
    ),
    flag(
        "--crop",
        "--segment",
        default=False,
        action="store_true",
        help="find the face and label the crop around it",
    ),
    *selfie.FLAGS,
    *follow.FLAGS,
)


def main(argv: list[str] | None = None) -> None:
    """Parses flags and runs the chosen mode.

    Raises:
      UserError: a flag or a file is wrong; nothing half-written is left.
    """
    parser = OneLineParser(
        prog="infer.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    mode, args = parse(parser, MODES, FLAGS, argv)
    from emojax.core import rng

    # What is drawn for a seed must not depend on the environment of the machine.
    with rng.standard_settings():
        mode.run(args)


def run() -> None:
    """Entry point of ``infer.py`` and ``emojax-infer``."""
    run_program(main)


if __name__ == "__main__":
    run()

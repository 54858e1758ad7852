"""Makes avatars of faces and new emoji, and labels the parts of faces.

python infer.py --selfie me.jpg --style flat --out me.svg
python infer.py --generate 64 --out emoji/
python infer.py --interpolate 3 17 --out morph.gif
python infer.py --segment selfie.jpg --crop --out labels.png
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from emojax.cli import selfie
from emojax.errors import UserError
from emojax.runtime import OneLineParser, run_program

# What a mode needs is imported where it begins: a misspelt flag should not take seconds to be told,
# and drawing emoji needs no OpenCV.
if TYPE_CHECKING:
    import numpy as np

    from emojax.generate import EmojiGenerator

_MAX_IMAGES = 10_000
_MAX_SEED = 2**32 - 1  # as emojax.generate.MAX_SEED


def _parser() -> OneLineParser:
    parser = OneLineParser(
        prog="infer.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--generate", metavar="N", type=_whole(1, _MAX_IMAGES), help="draw N new emoji")
    mode.add_argument(
        "--interpolate",
        nargs=2,
        metavar=("FROM", "TO"),
        type=_whole(0, _MAX_SEED),
        help="morph between two emoji, by their numbers under --generate with the same --seed",
    )
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
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--workdir", type=Path, metavar="DIR", help="draw from a training run's checkpoint")
    source.add_argument(
        "--weights", metavar="NAME|FILE", default="dcgan", help="installed weights, or a safetensors file"
    )
    parser.add_argument(
        "--out",
        type=Path,
        help="folder for --generate; .gif, .mp4 or .png for --interpolate; .png or folder for --segment; "
        ".svg, .png, .json, folder or - (JSON to the terminal) for --selfie",
    )
    parser.add_argument("--seed", type=_whole(0, _MAX_SEED), default=0, help="another seed, other emoji")
    parser.add_argument(
        "--average",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="use the generator's moving average, or what its last step left",
    )
    parser.add_argument("--upscale", metavar="K", type=_whole(1, 16), default=1, help="enlarge K times")
    parser.add_argument("--transparent", action="store_true", help="replace the black background by none")
    parser.add_argument("--frames", type=_whole(2, 600), default=24, help="frames of an interpolation")
    parser.add_argument("--fps", type=_whole(1, 60), default=12, help="frames per second")
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
    args = _parser().parse_args(argv)
    if args.generate is not None:
        _generate(args)
    elif args.segment is not None:
        _segment(args)
    elif args.selfie is not None:
        selfie.main(args)
    else:
        _interpolate(args)


def _generate(args: argparse.Namespace) -> None:
    from emojax import grids, image

    out = args.out or Path("emoji")
    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out} is a file: --generate needs a folder")
    generator = _load(args)
    pictures = _finish(generator.draw(generator.latents(args.seed, range(args.generate))), args)
    for number, picture in enumerate(pictures):
        image.save_png(out / f"{number:04d}.png", picture)
    image.save_png(out / "grid.png", grids.grid(pictures))
    print(f"{out}: {len(pictures)} emoji and grid.png")


def _interpolate(args: argparse.Namespace) -> None:
    import numpy as np

    from emojax import generate, video

    out = args.out or Path("morph.gif")
    generator = _load(args)
    start, end = generator.latents(args.seed, args.interpolate)
    # Eased ends: a morph that starts and stops at full speed looks cut off.
    t = (1 - np.cos(np.linspace(0, np.pi, args.frames))) / 2
    frames = _finish(generator.draw(generate.slerp(start, end, t)), args)
    video.save_animation(out, frames, fps=args.fps)
    print(f"{out}: {len(frames)} frames")


def _segment(args: argparse.Namespace) -> None:
    if args.face and not args.crop:
        raise UserError(f"--face {args.face} needs --crop: without it the whole photo is labelled")
    from emojax.avatar import segment_files
    from emojax.avatar.parser import FaceParser

    pairs = segment_files.plan(args.segment, args.out)
    parser = FaceParser.load(args.segmentation_weights)
    options = {"crop": args.crop, "face": args.face}
    if not args.segment.is_dir():
        segment_files.segment(*pairs[0], parser, **options)
        print(f"{pairs[0][1]}: label map")
        return
    failed = segment_files.segment_all(pairs, parser, **options)
    print(f"{pairs[0][1].parent}: {len(pairs) - failed} label maps")
    if failed:
        sys.exit(1)


def _load(args: argparse.Namespace) -> "EmojiGenerator":
    from emojax import generate, weights

    if args.workdir is not None:
        if not args.workdir.is_dir():
            raise UserError(f"--workdir {args.workdir} is no folder: give that of a training run")
        return generate.load(args.workdir, average=args.average)
    path = Path(args.weights)
    return generate.load(path if path.is_file() else weights.shipped(args.weights), average=args.average)


def _finish(images: "np.ndarray", args: argparse.Namespace) -> "np.ndarray":
    from emojax import grids

    if args.transparent:
        images = grids.remove_background(images)
    return grids.upscale(images, args.upscale)


def run() -> None:
    """Entry point of ``infer.py`` and ``emojax-infer``."""
    run_program(main)


if __name__ == "__main__":
    run()

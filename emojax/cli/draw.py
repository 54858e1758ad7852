"""What ``infer.py`` does with generators: draw emoji, list their labels, morph between them."""

import argparse
import io
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emojax.core.errors import UserError

# As in infer.py, what a mode needs is imported where it begins.
if TYPE_CHECKING:
    import numpy as np

    from emojax.data.openmoji.labels import LabelTable
    from emojax.emoji.generate import EmojiGenerator
    from emojax.emoji.morph import Places

PLAIN_WEIGHTS: Final = "dcgan_best"
"""Installed weights that draw where no label is asked for."""

LABELLED_WEIGHTS: Final = "cdcgan_best"
"""Installed weights that draw what a label asks for."""

MAX_SEED: Final = 2**32 - 1  # as emojax.emoji.generate.MAX_SEED
_MAX_IMAGES: Final = 10_000
_SHEET_SIDE: Final = 8

Whole = Callable[[int, int], Callable[[str], int]]


def add_modes(mode: argparse._MutuallyExclusiveGroup, whole: Whole) -> None:
    """The modes that draw."""
    mode.add_argument("--generate", metavar="N", type=whole(1, _MAX_IMAGES), help="draw N new emoji")
    mode.add_argument(
        "--interpolate",
        nargs="+",
        metavar="EMOJI",
        help="morph from one emoji to another; with --grid between four. An emoji is a label, or, where "
        "the weights have none, a number under --generate with the same --seed",
    )


def add_flags(parser: argparse.ArgumentParser, whole: Whole) -> None:
    """The flags of the modes that draw."""
    parser.add_argument(
        "--label",
        metavar="TEXT",
        action="append",
        help="what to draw: a shortcode, a name, code points or the emoji itself; repeat it to draw several "
        "in turn. `list` shows them",
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--workdir", type=Path, metavar="DIR", help="draw from a training run's checkpoint")
    source.add_argument(
        "--weights",
        metavar="NAME|FILE",
        help=f"installed weights, or a safetensors file; {PLAIN_WEIGHTS} by default, and {LABELLED_WEIGHTS} "
        "for labels",
    )
    parser.add_argument("--seed", type=whole(0, MAX_SEED), default=0, help="another seed, other emoji")
    parser.add_argument(
        "--average",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="use the generator's moving average, or what its last step left",
    )
    parser.add_argument("--upscale", metavar="K", type=whole(1, 16), default=1, help="enlarge K times")
    parser.add_argument("--transparent", action="store_true", help="replace the black background by none")
    parser.add_argument("--frames", type=whole(2, 600), default=24, help="frames of an interpolation")
    parser.add_argument("--fps", type=whole(1, 60), default=12, help="frames per second")
    parser.add_argument(
        "--grid",
        metavar="SIDE",
        nargs="?",
        const=_SHEET_SIDE,
        type=whole(2, 32),
        help="interpolate between four emoji, the corners: upper left, upper right, lower left, lower right",
    )


def check(args: argparse.Namespace) -> None:
    """Raises `UserError` for flags of these modes that the chosen one does not have."""
    if args.label is not None and args.generate is None:
        hint = "; name labels in --interpolate itself" if args.interpolate else ""
        raise UserError(f"--label {_short(args.label[0])} goes with --generate, or is `list`{hint}")
    if args.grid is not None and args.interpolate is None:
        raise UserError(f"--grid {args.grid} goes with --interpolate; --generate always writes a grid.png")


def list_labels(args: argparse.Namespace) -> None:
    """Prints the labels there are."""
    generator, source = _load(args, LABELLED_WEIGHTS)
    _say(_labels_of(generator, "--label list", source).table())


def generate(args: argparse.Namespace) -> None:
    """Draws numbered pictures and a sheet of them."""
    from emojax.media import grids, image

    out = args.out or Path("emoji")
    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out} is a file: --generate needs a folder")
    generator, source = _load(args, LABELLED_WEIGHTS if args.label else PLAIN_WEIGHTS)
    latents, classes, what = generator.latents(args.seed, range(args.generate)), None, "emoji"
    if args.label:
        labels = _labels_of(generator, f"--label {_short(args.label[0])}", source)
        wanted = [_find(labels, text, "--label") for text in args.label]
        what += f" of {', '.join(str(labels.labels[i]) for i in wanted)}"
    elif generator.labels is not None:
        wanted = [*range(len(generator.labels))]
    if generator.labels is not None:
        classes = generator.one_hot([wanted[i % len(wanted)] for i in range(args.generate)])
    pictures = _finish(generator.draw(latents, classes), args)
    for number, picture in enumerate(pictures):
        image.save_png(out / f"{number:04d}.png", picture)
    image.save_png(out / "grid.png", grids.grid(pictures))
    _say(f"{out}: {len(pictures)} {what} and grid.png")


def interpolate(args: argparse.Namespace) -> None:
    """Writes the morph between two emoji, or a sheet of those between four."""
    given, corners = len(args.interpolate), args.grid is not None
    if given != (4 if corners else 2):
        expected = "4 arguments with --grid" if corners else "2 arguments, or 4 with --grid"
        raise UserError(f"argument --interpolate: expected {expected}; there are {given}")
    out = args.out or Path("morph.png" if corners else "morph.gif")
    if corners and out.suffix.lower() != ".png":
        raise UserError(f"--out {out}: with --grid there is one picture, which must end in .png")
    numbers = [_number(text) for text in args.interpolate]
    generator, source = _load(args, LABELLED_WEIGHTS if None in numbers else PLAIN_WEIGHTS)

    from emojax.emoji import morph
    from emojax.media import grids, image, video

    places = _places(generator, args, numbers, source)
    if corners:
        sheet = _finish(morph.sheet(generator, places, args.grid), args)
        image.save_png(out, grids.grid(sheet, columns=args.grid))
        _say(f"{out}: {args.grid} x {args.grid} emoji")
    else:
        frames = _finish(morph.line(generator, places, args.frames), args)
        video.save_animation(out, frames, fps=args.fps)
        _say(f"{out}: {len(frames)} frames")


def _places(
    generator: "EmojiGenerator", args: argparse.Namespace, numbers: list[int | None], source: str
) -> "Places":
    """What to go between.

    With labels, the latents are those of the first pictures under ``--generate``: the ends are then what
    that draws of these labels.
    """
    from emojax.emoji.morph import Places

    texts = args.interpolate
    if generator.labels is None:
        known = [number for number in numbers if number is not None]
        if len(known) < len(numbers):
            raise UserError(
                f"--interpolate {_short(texts[numbers.index(None)])}: {source} has no labels; name emoji by "
                f"their numbers under --generate, or take --weights {LABELLED_WEIGHTS}"
            )
        return Places(generator.latents(args.seed, known))
    found = [
        _find(
            generator.labels,
            text,
            "--interpolate" if number is None else f"--interpolate: {source} draws by label, not by number",
        )
        for text, number in zip(texts, numbers, strict=True)
    ]
    return Places(generator.latents(args.seed, range(len(found))), generator.one_hot(found))


def _number(text: str) -> int | None:
    """`text` as the number of an emoji, None if it is a name.

    Raises:
      UserError: it is a number out of range.
    """
    if not re.fullmatch(r"-?[0-9]+", text):
        return None
    if len(text) > len(str(MAX_SEED)) or not 0 <= int(text) <= MAX_SEED:
        raise UserError(f"argument --interpolate: {_short(text)} is not between 0 and {MAX_SEED}")
    return int(text)


def _find(labels: "LabelTable", text: str, flag: str) -> int:
    try:
        return labels.find(text)
    except UserError as error:
        raise UserError(f"{flag}: {error}") from error


def _labels_of(generator: "EmojiGenerator", asked: str, source: str) -> "LabelTable":
    if generator.labels is None:
        raise UserError(f"{asked}: {source} has no labels; --weights {LABELLED_WEIGHTS} has")
    return generator.labels


def _load(args: argparse.Namespace, default: str) -> tuple["EmojiGenerator", str]:
    """The generator that flags ask for, and what errors call it."""
    from emojax import weights
    from emojax.emoji import generate

    if args.workdir is not None:
        if not args.workdir.is_dir():
            raise UserError(f"--workdir {args.workdir} is no folder: give that of a training run")
        return generate.load(args.workdir, average=args.average), f"--workdir {args.workdir}"
    name = args.weights if args.weights is not None else default
    path = Path(name)
    source = path if path.is_file() else weights.shipped(name)
    return generate.load(source, average=args.average), f"--weights {name}"


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _say(text: str) -> None:
    # A terminal that lacks emoji gets their code points, and we no exception.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    print(text)


def _finish(images: "np.ndarray", args: argparse.Namespace) -> "np.ndarray":
    from emojax.media import grids

    if args.transparent:
        images = grids.remove_background(images)
    return grids.upscale(images, args.upscale)

"""``infer.py --generate``, ``--interpolate`` and ``--label list``: flags, and what they do."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emojax.cli import draw_parts
from emojax.cli.flags import Mode, flag
from emojax.cli.generators import (
    DEFAULT_WEIGHTS,
    find,
    generator_files,
    labels_of,
    load,
    postprocess,
    short,
)
from emojax.cli.prompts import draw as draw_prompts
from emojax.core import paths
from emojax.core.errors import UserError
from emojax.core.runtime import MAX_SEED, any_seed, local_path, name_or_path, whole_number

# As in infer.py, what a mode needs is imported where it begins.
if TYPE_CHECKING:
    import numpy as np

    from emojax.emoji.generate import EmojiGenerator
    from emojax.emoji.morph import LatentPoints

_MAX_IMAGES: Final = 10_000
_GRID_SIDE: Final = 8

_BOTH: Final = ("--generate", "--interpolate")
_LISTS: Final = ("--label list", *(f"--{slot} list" for slot in draw_parts.SLOTS))
_ALL: Final = (*_BOTH, *_LISTS)

FLAGS: Final = (
    flag(
        "--label",
        *("--generate", "--label list"),
        metavar="TEXT",
        action="append",
        help="what to draw: a shortcode, a name, code points or the emoji itself; repeat it to draw several "
        "in turn. `list` alone prints all labels",
    ),
    flag(
        "--workdir",
        *_ALL,
        type=local_path,
        metavar="DIR",
        help="take the generator from a training run's checkpoint",
    ),
    flag(
        "--weights",
        *_ALL,
        type=name_or_path,
        metavar="NAME|FILE",
        help=f"installed weights, or a safetensors file ({DEFAULT_WEIGHTS})",
    ),
    flag("--seed", *_BOTH, default=0, type=any_seed, help="of the random latents"),
    flag(
        "--average",
        *_BOTH,
        default=True,
        action=argparse.BooleanOptionalAction,
        help="use the moving average of the generator's weights, or those of the last step",
    ),
    flag("--upscale", *_BOTH, default=1, metavar="K", type=whole_number(1, 16), help="enlarge K times"),
    flag(
        "--transparent",
        *_BOTH,
        default=False,
        action="store_true",
        help="make the black background transparent",
    ),
    flag("--frames", "--interpolate", default=24, type=whole_number(2, 600), help="of the animation"),
    flag("--fps", "--interpolate", default=12, type=whole_number(1, 60), help="frames per second"),
    flag(
        "--grid",
        "--interpolate",
        metavar="SIDE",
        nargs="?",
        const=_GRID_SIDE,
        type=whole_number(2, 32),
        help="interpolate between four emoji, the corners: upper left, upper right, lower left, lower right",
    ),
    *draw_parts.FLAGS,
    *draw_prompts.FLAGS,
)


def list_labels(args: argparse.Namespace) -> None:
    """Prints a table of the labels that the weights know.

    Raises:
      UserError: the weights cannot be read or have no labels.
    """
    generator, source = load(args)
    print(labels_of(generator, "--label list", source).table())


def list_parts(args: argparse.Namespace) -> None:
    """Prints the parts that the given one of the flags for parts may name.

    Raises:
      UserError: the weights cannot be read or know no parts.
    """
    generator, source = load(args)
    slot = draw_parts.wanted(args)[0]
    print(draw_parts.table(draw_parts.as_parted(generator, source, f"--{slot} list"), slot))


def generate(args: argparse.Namespace) -> None:
    """Writes numbered images and a grid of them.

    Raises:
      UserError: a flag is wrong, or weights cannot be read; nothing half-written is left.
    """
    from emojax.emoji import numbered
    from emojax.emoji.parts import PartEmojiGenerator, vectors

    out = args.out or Path("emoji")
    as_svg = args.format == "svg" or out.suffix.lower() == ".svg"
    if out.exists() and not out.is_dir() and out.suffix.lower() != ".svg":
        raise UserError(f"--out {out} is a file: --generate needs a folder, or with one emoji a .svg")
    draw_prompts.check(args)
    generator, source = load(args)
    asked = next((f"--{slot}" for slot in draw_parts.wanted(args)), "SVG" if as_svg else None)
    asked = "--prompt" if args.prompt else asked
    drawn: draw_prompts.Drawn | None = None
    further: Sequence[Sequence[int]] | None = None
    if isinstance(generator, PartEmojiGenerator) or asked:
        parted = draw_parts.as_parted(generator, source, str(asked))
        if args.prompt:
            drawn = draw_prompts.sample(parted, args)
            samples, further, description = drawn.samples, drawn.further, "emoji"
            inputs = [*generator_files(args), *draw_prompts.files(args).values()]
            paths.refuse_replacing({f"--out {out}": draw_prompts.target(out)}, inputs)
        else:
            samples, description = draw_parts.sample(parted, args)
        if as_svg:
            print(draw_parts.write_svg(vectors(parted.part_set, samples, further), args, out))
        else:
            images = generator.draw(samples.latents, samples.classes)
    else:
        images, description = _by_label(generator, source, args)
    if not as_svg:
        numbered.write_pictures(out, postprocess(images, args), generator_files(args))
        print(f"{out}: {len(images)} {description} and grid.png")
    if drawn is not None:
        draw_prompts.write(drawn.understood, draw_prompts.target(out))


def _by_label(generator: "EmojiGenerator", source: str, args: argparse.Namespace) -> tuple["np.ndarray", str]:
    """Images of a generator that knows labels or nothing, and what they are called."""
    latents, classes, description = generator.latents(args.seed, range(args.generate)), None, "emoji"
    if args.label:
        labels = labels_of(generator, f"--label {short(args.label[0])}", source)
        indices = [find(labels, text, "--label") for text in args.label]
        description += f" of {', '.join(str(labels.labels[i]) for i in indices)}"
    elif generator.labels is not None:
        indices = [*range(len(generator.labels))]
    if generator.labels is not None:
        classes = generator.one_hot([indices[i % len(indices)] for i in range(args.generate)])
    return generator.draw(latents, classes), description


def interpolate(args: argparse.Namespace) -> None:
    """Writes the morph between two emoji, or a grid of those between four; where these are descriptions, JSON
    beside it says what was understood.

    Raises:
      UserError: a flag is wrong, or weights cannot be read; nothing half-written is left.
    """
    given, as_grid = len(args.interpolate), args.grid is not None
    if given != (4 if as_grid else 2):
        expected = "4 arguments with --grid" if as_grid else "2 arguments, or 4 with --grid"
        raise UserError(f"argument --interpolate: expected {expected}; there are {given}")
    out = args.out or Path("morph.png" if as_grid else "morph.gif")
    paths.refuse_replacing({f"--out {out}": out}, generator_files(args))
    if as_grid and out.suffix.lower() != ".png":
        raise UserError(f"--out {out}: --grid writes one image, whose name must end in .png")
    numbers = [_number(text) for text in args.interpolate]
    generator, source = load(args)

    from emojax.emoji import morph
    from emojax.media import grids, image, video

    endpoints, understood = _endpoints(generator, args, numbers, source)
    beside = out.with_suffix(".json")
    if understood:
        inputs = [*generator_files(args), *draw_prompts.files(args).values()]
        paths.refuse_replacing({f"--out {out}": beside}, inputs)
    if as_grid:
        images = postprocess(morph.grid(generator, endpoints, args.grid), args)
        image.save_png(out, grids.grid(images, columns=args.grid))
        print(f"{out}: {args.grid} x {args.grid} emoji")
    else:
        frames = postprocess(morph.line(generator, endpoints, args.frames), args)
        video.save_animation(out, frames, fps=args.fps)
        print(f"{out}: {len(frames)} frames")
    if understood:
        draw_prompts.write(understood, beside)


def _endpoints(
    generator: "EmojiGenerator", args: argparse.Namespace, numbers: list[int | None], source: str
) -> tuple["LatentPoints", list[dict[str, Any]]]:
    """What to interpolate between, and what was understood of descriptions among it.

    With labels, latent i is that of image i of ``--generate``, so that the morph begins and ends with what
    ``--generate`` draws for these labels.
    """
    from emojax.emoji.morph import LatentPoints
    from emojax.emoji.parts import PartEmojiGenerator

    texts = args.interpolate
    for name in draw_prompts.files(args):
        draw_parts.as_parted(generator, source, name)
    if isinstance(generator, PartEmojiGenerator):
        samples, understood = draw_prompts.endpoints(generator, args, numbers)
        return LatentPoints(samples.latents, samples.classes), understood
    if generator.labels is None:
        known = [number for number in numbers if number is not None]
        if len(known) < len(numbers):
            raise UserError(
                f"--interpolate {short(texts[numbers.index(None)])}: {source} has no labels; give the "
                f"numbers of emoji in --generate, or --weights {DEFAULT_WEIGHTS}"
            )
        return LatentPoints(generator.latents(args.seed, known)), []
    found = [
        find(
            generator.labels,
            text,
            "--interpolate" if number is None else f"--interpolate: {source} draws by label, not by number",
        )
        for text, number in zip(texts, numbers, strict=True)
    ]
    return LatentPoints(generator.latents(args.seed, range(len(found))), generator.one_hot(found)), []


def _number(text: str) -> int | None:
    """`text` as the number of an emoji, None if it is a name.

    Raises:
      UserError: it is a number out of range.
    """
    if not re.fullmatch(r"-?[0-9]+", text):
        return None
    if len(text) > len(str(MAX_SEED)) or not 0 <= int(text) <= MAX_SEED:
        raise UserError(f"argument --interpolate: {short(text)} is not between 0 and {MAX_SEED}")
    return int(text)


MODES: Final = (
    Mode(
        "--generate",
        generate,
        {"metavar": "N", "type": whole_number(1, _MAX_IMAGES), "help": "draw N new emoji"},
    ),
    Mode(
        "--interpolate",
        interpolate,
        {
            "nargs": "+",
            "metavar": "EMOJI",
            "help": "morph from one emoji to another; with --grid between four. An emoji is a label or, for "
            "weights without labels, its number in --generate with the same --seed",
        },
    ),
    Mode("--label list", list_labels),
    *(Mode(f"--{slot} list", list_parts) for slot in draw_parts.SLOTS),
)

"""What the modes of ``infer.py`` that draw emoji share: weights, labels, and how images are finished."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emojax.core.errors import UserError

# As in infer.py, what a mode needs is imported where it begins.
if TYPE_CHECKING:
    import numpy as np

    from emojax.data.openmoji.labels import LabelTable
    from emojax.emoji.generate import EmojiGenerator

DEFAULT_WEIGHTS: Final = "parts"
"""What is drawn with where neither weights nor a run are given. They know labels and parts."""


def find(labels: "LabelTable", text: str, flag: str) -> int:
    """The label that `text` means; `flag` begins the error where there is none."""
    try:
        return labels.find(text)
    except UserError as error:
        raise UserError(f"{flag}: {error}") from error


def labels_of(generator: "EmojiGenerator", asked: str, source: str) -> "LabelTable":
    """The generator's labels; a `UserError` that names the flag `asked` where it has none."""
    if generator.labels is None:
        raise UserError(f"{asked}: {source} has no labels; --weights {DEFAULT_WEIGHTS} has")
    return generator.labels


def load(args: argparse.Namespace) -> tuple["EmojiGenerator", str]:
    """The generator that the flags name, and its name for error messages."""
    from emojax import weights
    from emojax.emoji import loading

    if args.workdir is not None and args.weights is not None:
        raise UserError("--workdir and --weights both name a generator: leave one of them out")
    if args.workdir is not None:
        if not args.workdir.is_dir():
            raise UserError(f"--workdir {args.workdir} is not a folder: give that of a training run")
        return loading.load(args.workdir, average=args.average), f"--workdir {args.workdir}"
    name = args.weights if args.weights is not None else DEFAULT_WEIGHTS
    path = Path(name)
    source = path if path.is_file() else weights.shipped(name)
    return loading.load(source, average=args.average), f"--weights {name}"


def generator_files(args: argparse.Namespace) -> list[Path]:
    """What the flags name of a generator, and must not be replaced by what it draws."""
    return [path for path in (args.workdir, args.weights and Path(args.weights)) if path and path.exists()]


def short(text: str) -> str:
    """`text` quoted, at most 40 characters of it."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


def postprocess(images: "np.ndarray", args: argparse.Namespace) -> "np.ndarray":
    """Images ``uint8[N, S, S, C]`` after ``--transparent`` and ``--upscale``."""
    from emojax.media import grids

    if args.transparent:
        images = grids.remove_background(images)
    return grids.upscale(images, args.upscale)

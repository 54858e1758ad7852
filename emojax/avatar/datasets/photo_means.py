"""Measures what photographed parts have in common as vectors, and stores it with the autoencoders.

python -m emojax.avatar.datasets.celeb_parts FACES --out parts
python -m emojax.avatar.datasets.photo_means parts autoencoder.safetensors

Matching takes half of it away, see `emojax.avatar.matching.library`. Without it photos are compared
all the same, but the few variants that are most like photos altogether win more often than they should.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import jax
import numpy as np

from emojax import weights
from emojax.avatar.extractors.autoencoder import Autoencoders
from emojax.avatar.reading.segments import PARTS, Segment, zoom_segment
from emojax.core.errors import UserError
from emojax.core.runtime import OneLineParser, run_program
from emojax.data.parts import builder, shapes
from emojax.weights.autoencoder import PHOTO_MEANS, PHOTO_ZOOMS

ZOOMS: Final = (0.6, 0.75, 0.9, 1.05, 1.2, 1.4, 1.65, 1.9, 2.2, 2.5)
"""How large parts are shown; styles' sizes lie between. What is shown in the whole frame is not enlarged."""

_MOST: Final = 2000
"""Parts of a kind that are looked at; the first ones of many."""


def measure(extractor: Autoencoders, source: Path) -> np.ndarray:
    """The means of the parts in a folder of ``python -m emojax.avatar.datasets.celeb_parts``.

    Returns:
      ``float32[T, Z, D]`` in the orders of ``extractor.parts`` and `ZOOMS`.

    Raises:
      UserError: the folder lacks a kind of part.
    """
    means = []
    for kind in extractor.parts:
        seen = [(part, each) for part in shapes.SOURCES[kind] for each in _segments(source, part)]
        if not seen:
            raise UserError(f"{source} has no {kind}: make parts of more photos")
        means.append([_mean(extractor, seen, factor) for factor in ZOOMS])
    return np.asarray(means, np.float32)


def _segments(source: Path, part: str) -> list[Segment]:
    found = builder.load(source, part)
    pairs = zip(found.images[:_MOST], found.masks[:_MOST], strict=True)
    return [Segment(image, mask, (0.0, 0.0, 1.0, 1.0)) for image, mask in pairs]


def _mean(extractor: Autoencoders, seen: Sequence[tuple[str, Segment]], factor: float) -> np.ndarray:
    vectors = []
    for part in dict(seen):
        factor = factor if PARTS[part].window else 1.0
        vectors.append(
            extractor.embed(part, [zoom_segment(each, factor) for name, each in seen if name == part])
        )
    mean: np.ndarray = np.concatenate(vectors).mean(0)
    return mean


def main(argv: list[str] | None = None) -> None:
    """Parses flags and does what they say.

    Raises:
      UserError: a flag or a file is wrong.
    """
    flags = OneLineParser(
        prog="python -m emojax.avatar.datasets.photo_means",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    flags.add_argument("parts", type=Path, help="the --out of python -m emojax.avatar.datasets.celeb_parts")
    flags.add_argument("weights", type=Path, help="autoencoders of python -m emojax.training.export; changed")
    args = flags.parse_args(argv)
    extractor = Autoencoders.load(args.weights)
    means = measure(extractor, args.parts)
    metadata = weights.read_metadata(args.weights) | {PHOTO_ZOOMS: json.dumps(ZOOMS)}
    variables = {**jax.tree.map(np.asarray, extractor.variables), PHOTO_MEANS: means}
    weights.save(args.weights, variables, metadata=metadata, half=True)
    print(f"{args.weights}: means of {len(extractor.parts)} kinds of parts at {len(ZOOMS)} sizes")


if __name__ == "__main__":
    run_program(main)

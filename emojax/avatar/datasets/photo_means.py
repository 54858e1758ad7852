"""Measures the mean vectors of photographed parts, and stores them with the autoencoders.

python -m emojax.avatar.datasets.celeb_parts FACES --out parts
python -m emojax.avatar.datasets.photo_means parts autoencoder.safetensors

Matching subtracts half of them, see `emojax.avatar.matching.library`. Without them it works, but the few
variants that are nearest to photos in general are chosen too often.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import jax
import numpy as np

from emojax import weights
from emojax.avatar.extractors.autoencoder import Autoencoders
from emojax.avatar.reading.segments import PARTS, Segment, zoom_segment
from emojax.core.errors import UserError
from emojax.core.extras import importing
from emojax.core.runtime import OneLineParser, local_path, run_program
from emojax.weights.autoencoder import PHOTO_MEANS, PHOTO_ZOOMS

with importing(__name__):
    from emojax.data.parts import builder, shapes

ZOOMS: Final = (0.6, 0.75, 0.9, 1.05, 1.2, 1.4, 1.65, 1.9, 2.2, 2.5)
"""Magnifications at which means are measured. Styles' sizes must lie between the first and the last, beyond
which means are not extrapolated; wider steps make interpolated means less exact, narrower ones only make
the file larger. Parts that are shown in the whole frame are not magnified."""

_MAX_PARTS: Final = 2000
"""Parts of a type that are measured, the first ones. Fewer, means are noisier (their standard error is the
vectors' deviation over the root of this); more, only slower."""


def measure(extractor: Autoencoders, source: Path) -> np.ndarray:
    """The mean vectors of the parts in a folder of ``python -m emojax.avatar.datasets.celeb_parts``.

    Returns:
      ``float32[T, Z, D]`` in the orders of ``extractor.parts`` and `ZOOMS`.

    Raises:
      UserError: the folder lacks a part.
    """
    means = []
    for shape in extractor.parts:
        found = {part: _segments(source, part) for part in shapes.PARTS_OF_TYPE[shape]}
        if not any(found.values()):
            raise UserError(f"{source} has no {shape}: make parts of more photos")
        means.append([_mean(extractor, found, zoom) for zoom in ZOOMS])
    return np.asarray(means, np.float32)


def _segments(source: Path, part: str) -> list[Segment]:
    found = builder.load(source, part)
    pairs = zip(found.images[:_MAX_PARTS], found.masks[:_MAX_PARTS], strict=True)
    return [Segment(image, mask, (0.0, 0.0, 1.0, 1.0)) for image, mask in pairs]


def _mean(extractor: Autoencoders, found: Mapping[str, Sequence[Segment]], zoom: float) -> np.ndarray:
    vectors = []
    for part, segments in found.items():
        if segments:
            factor = zoom if PARTS[part].window else 1.0
            vectors.append(extractor.embed(part, [zoom_segment(each, factor) for each in segments]))
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
    flags.add_argument(
        "parts", type=local_path, help="the --out of python -m emojax.avatar.datasets.celeb_parts"
    )
    flags.add_argument(
        "weights", type=local_path, help="autoencoders of python -m emojax.training.export; changed"
    )
    args = flags.parse_args(argv)
    extractor = Autoencoders.load(args.weights)
    means = measure(extractor, args.parts)
    metadata = weights.read_metadata(args.weights) | {PHOTO_ZOOMS: json.dumps(ZOOMS)}
    variables = {**jax.tree.map(np.asarray, extractor.variables), PHOTO_MEANS: means}
    weights.save(args.weights, variables, metadata=metadata, half=True)
    print(f"{args.weights}: means of {len(extractor.parts)} parts at {len(ZOOMS)} sizes")


if __name__ == "__main__":
    run_program(main)

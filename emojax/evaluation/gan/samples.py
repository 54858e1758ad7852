"""The samples that a GAN report evaluates: drawn by a generator, or read from a folder."""

import dataclasses
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from emojax.core.errors import UserError
from emojax.data.openmoji.labels import LabelTable
from emojax.media import image

MOST: Final = 10_000
"""Samples of a report at most, which bounds its memory."""

_SIDES: Final = (16, 512)
_GRID: Final = "grid.png"  # which infer.py --generate writes beside the pictures


@dataclasses.dataclass(frozen=True)
class Samples:
    """Pictures to be evaluated.

    Attributes:
      name: in the report.
      images: ``uint8[N, S, S, 3]``.
      requested: of a conditional generator, the hexcode of the emoji that each was asked to be; else None.
    """

    name: str
    images: np.ndarray
    requested: tuple[str, ...] | None = None


class Generator(Protocol):
    """The part of `emojax.emoji.generate.EmojiGenerator` that draws samples."""

    @property
    def labels(self) -> LabelTable | None: ...

    def latents(self, seed: int, indices: Sequence[int]) -> np.ndarray: ...

    def one_hot(self, labels: Sequence[int]) -> np.ndarray: ...

    def draw(self, latents: np.ndarray, classes: np.ndarray | None = None) -> np.ndarray: ...


def side(generator: Generator) -> int:
    """Side in pixels of the pictures that a generator draws."""
    classes = None if generator.labels is None else generator.one_hot([0])
    return generator.draw(generator.latents(0, [0]), classes).shape[1]


def draw(generator: Generator, *, name: str, count: int, seed: int, among: Collection[str]) -> Samples:
    """The first pictures of a seed, those that ``infer.py --generate`` draws.

    Args:
      generator: draws them. A conditional one is asked for its labels in turn.
      name: of the samples.
      count: number of pictures, 1 to `MOST`.
      seed: of the latents.
      among: hexcodes of the emoji that samples will be compared with: no other label is asked for.

    Raises:
      UserError: `count` is out of range, or the generator has a label of none of these emoji.
    """
    if not 0 < count <= MOST:
        raise UserError(f"--count is {count}: give 1 to {MOST:,} samples")
    latents = generator.latents(seed, range(count))
    if generator.labels is None:
        return Samples(name, generator.draw(latents))
    known = [number for number, label in enumerate(generator.labels.labels) if label.hexcode in among]
    if not known:
        raise UserError(f"{name}: has no label among the emoji of --reference: name those it was trained on")
    turn = [known[i % len(known)] for i in range(count)]
    requested = tuple(generator.labels.labels[i].hexcode for i in turn)
    return Samples(name, generator.draw(latents, generator.one_hot(turn)), requested)


def read_folder(folder: Path, *, name: str, count: int | None = None) -> Samples:
    """Reads a folder's PNG files, but the ``grid.png`` that ``infer.py --generate`` adds.

    Args:
      folder: with square pictures of one size, 16 to 512 pixels.
      name: of the samples.
      count: number of pictures, the first by file name; all if left out.

    Raises:
      UserError: the folder has too few or too many pictures, or one cannot be read or is of another size.
    """
    if not folder.is_dir():
        raise UserError(f"--samples {folder}: no such folder")
    files = sorted(path for path in folder.glob("*.png") if path.name != _GRID)
    if not files:
        raise UserError(f"--samples {folder}: holds no PNG files")
    if count is not None and len(files) < count:
        raise UserError(f"--samples {folder}: holds {len(files):,} PNG files, and --count asks for {count:,}")
    if len(files[:count]) > MOST:
        raise UserError(f"--samples {folder}: holds more than {MOST:,} PNG files; give --count")
    pictures = [image.read_photo(files[0])]
    height, width = pictures[0].shape[:2]
    if height != width or not _SIDES[0] <= height <= _SIDES[1]:
        raise UserError(
            f"{files[0]}: is {width}x{height}; samples are squares of {_SIDES[0]} to {_SIDES[1]} pixels"
        )
    for path in files[1:count]:
        picture = image.read_photo(path)
        if picture.shape != pictures[0].shape:
            raise UserError(
                f"{path}: is {picture.shape[1]}x{picture.shape[0]}, but {files[0].name} is "
                f"{width}x{height}; samples are of one size"
            )
        pictures.append(picture)
    return Samples(name, np.stack(pictures))

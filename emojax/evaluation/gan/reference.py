"""Real emoji that samples are compared with: the training set, and some emoji outside of it.

Samples are copies if they are nearer to the training set than *new* emoji by the same artists. How near these
are is known from two sources:

* each reference emoji and the nearest of all others (leave-one-out), one distance for each emoji; and
* OpenMoji's round faces outside of the published work's 108 smileys: four extras that Unicode lacks, and one
  that came with Unicode 17. The rest of the set ``faces``, cats, monkeys, ghosts and robots, cannot be used:
  they are far from every smiley, so that any sample would look like a copy beside them.
"""

import dataclasses
from pathlib import Path
from typing import Final

import numpy as np

from emojax.data.openmoji import emoji
from emojax.data.openmoji import metadata as openmoji_metadata
from emojax.data.openmoji import source as openmoji_source
from emojax.media.svg import rasterize

_HELD_OUT: Final = ("1FAEA", "E280", "E281", "E282", "E283")
"""Distorted, exhausted, incredulous and dejected face; annoyed face with tongue."""


@dataclasses.dataclass(frozen=True)
class Reference:
    """Real emoji of one size.

    Attributes:
      name: of the subset of OpenMoji.
      images: ``uint8[M, S, S, 3]``.
      hexcodes: of each.
      held_out: other emoji of the same style, ``uint8[H, S, S, 3]``; H may be 0.
      held_out_hexcodes: of each of these.
      version: OpenMoji's.
      digest: of the drawings, as of `emojax.data.openmoji.source.Source`.
    """

    name: str
    images: np.ndarray
    hexcodes: tuple[str, ...]
    held_out: np.ndarray
    held_out_hexcodes: tuple[str, ...]
    version: str
    digest: str


def load(name: str, *, size: int, openmoji_dir: Path | None = None) -> Reference:
    """Renders a subset of OpenMoji, and the emoji held out from it, on black.

    Args:
      name: of the subset.
      size: side of the pictures in pixels.
      openmoji_dir: folder of OpenMoji; downloaded or cached if left out.

    Raises:
      UserError: there is no such subset, or OpenMoji cannot be read; as of `emojax.data.openmoji.emoji.load`.
    """
    found = emoji.load(name, size=size, openmoji_dir=openmoji_dir)
    source = openmoji_source.locate(openmoji_dir)
    entries = {entry.hexcode: entry for entry in openmoji_metadata.read_metadata(source.metadata)}
    held_out = [
        entries[hexcode]
        for hexcode in _HELD_OUT
        if hexcode in entries and hexcode not in found.hexcodes and source.drawing(entries[hexcode]).is_file()
    ]
    drawings = [
        rasterize(source.drawing(entry).read_bytes(), size=size, name=str(source.drawing(entry)))
        for entry in held_out
    ]
    return Reference(
        name=name,
        images=found.images,
        hexcodes=found.hexcodes,
        held_out=np.stack(drawings) if drawings else np.zeros((0, size, size, 3), np.uint8),
        held_out_hexcodes=tuple(entry.hexcode for entry in held_out),
        version=found.version,
        digest=found.digest,
    )

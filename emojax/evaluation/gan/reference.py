"""Real emoji that samples are compared with: those that were learned from, and some that were not.

Whether samples are copies can only be told by how near to the training set *new* emoji of the same
artists come. Two sources say so, and neither is in the training set that it is measured against:

* each reference emoji with respect to all the others (leave-one-out), which gives as many distances
  as there are emoji; and
* OpenMoji's round faces outside the 108 smileys of the published work: four extras that Unicode
  lacks, and one that came with Unicode 17. Cats, monkeys, ghosts and robots, the rest of the set
  ``faces``, are no use: they are far from every smiley, and next to them anything would look copied.
"""

import dataclasses
from pathlib import Path
from typing import Final

import numpy as np

from emojax.data.openmoji import emoji
from emojax.data.openmoji import metadata as openmoji_metadata
from emojax.data.openmoji import source as openmoji_source
from emojax.media.svg import rasterize

_NEVER_LEARNED: Final = ("1FAEA", "E280", "E281", "E282", "E283")
"""Distorted, exhausted, incredulous and dejected face; annoyed face with tongue."""


@dataclasses.dataclass(frozen=True)
class Reference:
    """Real emoji of one size.

    Attributes:
      name: of the subset of OpenMoji.
      images: ``uint8[M, S, S, 3]``.
      hexcodes, annotations: of each.
      held_out: ``uint8[H, S, S, 3]``, of the same kind but not among `images`; H may be 0.
      held_out_hexcodes: theirs.
      version: OpenMoji's.
      digest: of the drawings, see `openmoji_source.Source`.
    """

    name: str
    images: np.ndarray
    hexcodes: tuple[str, ...]
    annotations: tuple[str, ...]
    held_out: np.ndarray
    held_out_hexcodes: tuple[str, ...]
    version: str
    digest: str


def load(name: str, *, size: int, openmoji_dir: Path | None = None) -> Reference:
    """Reads a subset of OpenMoji at the samples' size, on black.

    Raises:
      UserError: as `emoji.load`.
    """
    found = emoji.load(name, size=size, openmoji_dir=openmoji_dir)
    source = openmoji_source.locate(openmoji_dir)
    entries = {entry.hexcode: entry for entry in openmoji_metadata.read_metadata(source.metadata)}
    unseen = [
        entries[hexcode]
        for hexcode in _NEVER_LEARNED
        if hexcode in entries and hexcode not in found.hexcodes and source.drawing(entries[hexcode]).is_file()
    ]
    drawings = [
        rasterize(source.drawing(entry).read_bytes(), size=size, name=str(source.drawing(entry)))
        for entry in unseen
    ]
    return Reference(
        name=name,
        images=found.images,
        hexcodes=found.hexcodes,
        annotations=found.annotations,
        held_out=np.stack(drawings) if drawings else np.zeros((0, size, size, 3), np.uint8),
        held_out_hexcodes=tuple(entry.hexcode for entry in unseen),
        version=found.version,
        digest=found.digest,
    )

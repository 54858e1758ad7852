"""Subsets of OpenMoji in memory, and their names."""

import dataclasses
from typing import Final

import numpy as np

from emojax.core.errors import UserError
from emojax.data.openmoji.metadata import check_subset
from emojax.media.svg import parse_color

RELEASE: Final = "1.0.0"
"""Version of the prepared images; a new one makes caches of the old one unused."""

_MIN_SIZE, _MAX_SIZE = 8, 512  # pixels


@dataclasses.dataclass(frozen=True)
class EmojiSet:
    """A subset in memory, in the order of the labels, which is Unicode's.

    Attributes:
      images: ``uint8[N, size, size, 3]``, RGB.
      labels: ``int32[N]``, 0 to N - 1.
      hexcodes, emoji, annotations, tags, groups, subgroups: as in `metadata.Emoji`.
      shortcodes: unique names of the labels, such as ``kissing_heart``.
      version: OpenMoji's version, or "custom".
      digest: SHA-256 of the drawings and their metadata, see `source.Source`.
    """

    images: np.ndarray
    labels: np.ndarray
    hexcodes: tuple[str, ...]
    emoji: tuple[str, ...]
    annotations: tuple[str, ...]
    shortcodes: tuple[str, ...]
    tags: tuple[tuple[str, ...], ...]
    groups: tuple[str, ...]
    subgroups: tuple[str, ...]
    version: str
    digest: str


def set_name(subset: str, size: int, background: str) -> str:
    """The name of a subset with that size and background, such as ``smileys_64``.

    Raises:
      UserError: the subset, the size or the colour is not a valid one, see `emoji.load`.
    """
    check_subset(subset)
    if not _MIN_SIZE <= size <= _MAX_SIZE:
        raise UserError(f"image size {size} is out of range: choose {_MIN_SIZE} to {_MAX_SIZE} pixels")
    color = parse_color(background).lstrip("#")
    return f"{subset}_{size}" + ("" if color == "000000" else f"_{color}")

"""How varied avatars are: how often each drawing is chosen."""

import collections
import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from emojax.avatar.matching.choosing import Part
from emojax.avatar.styles.style import Style


@dataclasses.dataclass(frozen=True)
class Variety:
    """Of one part type.

    Attributes:
      counts: avatars by variant, the most frequent first; variants that no avatar has are left out.
      available: variants that the style has.
      share: of the avatars that have the most frequent variant.
      entropy: of the choice, in bits; log2 of `available` at most.
      compared: avatars whose variant was chosen by similarity, not because there was nothing to compare.
      compared_share: of these, the share that has the most frequent variant among them; None if there are
        none.
    """

    counts: dict[str, int]
    available: int
    share: float
    entropy: float
    compared: int
    compared_share: float | None


def variety(style: Style, choices: Sequence[Mapping[str, Part]]) -> dict[str, Variety]:
    """Of every part type of the style, over the parts of at least one avatar."""
    return {
        name: _variety([parts[name] for parts in choices], len(part_type.variants))
        for name, part_type in style.parts.items()
    }


def most_frequent(found: Mapping[str, Variety], avatars: int) -> tuple[str, float] | None:
    """Of the part types compared in at least half of so many avatars, the largest `compared_share`.

    Returns:
      The part type and its share; None if no part type is compared so often.
    """
    shares = {
        name: each.compared_share
        for name, each in found.items()
        if each.compared_share is not None and 2 * each.compared >= avatars
    }
    return max(shares.items(), key=lambda item: item[1], default=None)


def _variety(parts: Sequence[Part], available: int) -> Variety:
    counts = collections.Counter(part.id for part in parts)
    compared = collections.Counter(part.id for part in parts if part.similarity is not None)
    shares = np.asarray(list(counts.values())) / len(parts)
    return Variety(
        counts=dict(counts.most_common()),
        available=available,
        share=float(shares.max()),
        entropy=float(0.0 - (shares * np.log2(shares)).sum()),
        compared=compared.total(),
        compared_share=max(compared.values()) / compared.total() if compared else None,
    )

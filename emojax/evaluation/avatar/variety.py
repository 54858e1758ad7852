"""How various avatars are: how often each drawing is chosen."""

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
      counts: avatars that have each variant, the most frequent first; those that none has are left out.
      available: variants that the style has.
      share: of the avatars that have the most frequent.
      entropy: of the choice, in bits; log2 of `available` at most.
      compared: avatars whose variant was chosen by likeness, and not for want of anything to compare.
      compared_share: of these, the share that has the most frequent of them; None if there are none.
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
        kind: _variety([each[kind] for each in choices], len(part.variants))
        for kind, part in style.parts.items()
    }


def _variety(parts: Sequence[Part], available: int) -> Variety:
    counts = collections.Counter(part.id for part in parts)
    compared = collections.Counter(part.id for part in parts if part.similarity is not None)
    shares = np.asarray(list(counts.values())) / len(parts)
    return Variety(
        counts=dict(counts.most_common()),
        available=available,
        share=float(shares.max()),
        entropy=abs(float(-(shares * np.log2(shares)).sum())),
        compared=compared.total(),
        compared_share=max(compared.values()) / compared.total() if compared else None,
    )

"""Descriptions that say what is not there: "crying face without tears"."""

from collections.abc import Sequence
from typing import Final

import numpy as np

_NEGATIONS: Final = frozenset("without no not minus lacking ohne kein keine sans sin".split())
LINKS: Final = _NEGATIONS | frozenset(
    "and but with plus on in wearing having showing und mit et avec y con".split()
)
"""Words after which a description goes on to something else."""

_MOST: Final = 4
"""Words after a negation that it reaches. Fewer: "without a red party hat" keeps its hat. More: it reaches
what comes next without "and"."""


def denied(words: Sequence[str]) -> list[list[str]]:
    """What the words of a text deny: of each negation the words that it is about."""
    found = []
    for i, word in enumerate(words):
        if word in _NEGATIONS:
            about: list[str] = []
            for other in words[i + 1 : i + 1 + _MOST]:
                if other in LINKS:
                    break
                about.append(other)
            if about:
                found.append(about)
    return found


def take_away(
    told: Sequence[np.ndarray], denials: Sequence[Sequence[np.ndarray]], *, kept: Sequence[frozenset[int]]
) -> tuple[np.ndarray, ...]:
    """What a text says without what it denies.

    Args:
      told: for each slot ``float32[answers]``, how likely each answer is; the last is that nothing is said.
      denials: the same of each phrase that is denied, read by itself.
      kept: for each slot the answers that are themselves that something is missing; they stay.

    Returns:
      As `told`. Where the likeliest answer is one that a denied phrase gives, nothing is said.
    """
    found = []
    for slot, shares in enumerate(told):
        best = int(shares.argmax())
        says = best != len(shares) - 1 and best not in kept[slot]
        if says and any(int(denial[slot].argmax()) == best for denial in denials):
            shares = np.eye(len(shares), dtype=shares.dtype)[-1]
        found.append(shares)
    return tuple(found)

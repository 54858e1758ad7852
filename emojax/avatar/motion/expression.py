"""What expression each look shows: what the net reads, and what has changed since the face was at rest.

The net reads one picture as it would a photo of somebody unknown. In a clip the same face is seen at rest,
too, so that brows a little higher or corners of the mouth a little further up tell more than they do on a
photo."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from emojax.avatar.motion.gauges import Gauges
from emojax.avatar.motion.sight import EXPRESSION, Shown
from emojax.data.faces.attributes import WORDS

_OPEN: Final = ("teeth_smile", "open_smile", "open_neutral", "open_wide", "grimace")
_SMILES: Final = ("closed_smile", "teeth_smile", "open_smile")

_GAP: Final = 2.5
"""Rows between the lips at which a mouth is as likely open as closed. Smaller: parted lips are open. Larger:
quiet speech is drawn with a closed mouth."""

_SMILE: Final = 1.2
_RAISED: Final = 4.0
"""Rows by which corners of the mouth and brows must rise from where they usually are in the scene to speak
for a smile and for raised brows. Smaller: noise smiles, and who nods looks surprised. Larger: only broad
smiles are drawn."""

_SMILE_WIDTH: Final = 0.5
_WIDTH: Final = 0.8
"""Rows of a further rise, of corners and of brows or between lips, that add a nat. Smaller: a row more
decides. Larger: they say little."""

_GAP_MOST: Final = 2.5
_MOST: Final = 8.0
"""Nats by which lips apart, and what has risen, can speak for a word. Smaller: the net alone decides, which
takes raised brows of one face for another's usual ones. Larger: a single odd look decides."""

_LEAST: Final = 1e-3
"""Probability that the net gives a word at least. Smaller: what it excludes can never be drawn."""

_AWAY: Final = [WORDS["eyes"].index(word) for word in ("closed", "hidden", "wink")]
"""Words of eyes that are left to the lids: these move in less time than a word needs."""


def evidence(
    shown: Sequence[Shown], gauges: np.ndarray, *, usual: Gauges | None = None
) -> dict[str, list[np.ndarray | None]]:
    """By attribute how likely each word is in each look; None where the face was not found.

    Args:
      shown: of each of S looks what the net has read; empty where the face was not found.
      gauges: ``float[S, G]``, `Gauges` of each.
      usual: of the face, NaN where unknown; None takes the medians of these looks.
    """
    at = {name: gauges[:, column] for column, name in enumerate(Gauges._fields)}
    gap = np.clip((np.nan_to_num(at["gap"]) - _GAP) / _WIDTH, -_GAP_MOST, _GAP_MOST)
    corners = _median(at["corners"]) if usual is None else usual.corners
    brows = _median(at["brows"]) if usual is None else usual.brows
    smile = _risen(at["corners"] - corners, _SMILE, _SMILE_WIDTH)
    raised = _risen(at["brows"] - brows, _RAISED, _WIDTH)
    found: dict[str, list[np.ndarray | None]] = {}
    for name in EXPRESSION:
        if any(name in each for each in shown):
            weights = _weights(name, gap, smile, raised)
            found[name] = [
                _posterior(name, each[name], own) if name in each else None
                for each, own in zip(shown, weights, strict=True)
            ]
    return found


def _risen(rise: np.ndarray, least: float, width: float) -> np.ndarray:
    """Nats that speak for a rise above what is usual; nothing speaks against one, nor for one unseen."""
    return np.clip((np.nan_to_num(rise) - least) / width, 0.0, _MOST)


def _median(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _weights(name: str, gap: np.ndarray, smile: np.ndarray, raised: np.ndarray) -> np.ndarray:
    """``float[S, W]``: nats added to each word."""
    words = WORDS[name]
    if name == "mouth":
        open_ = np.asarray([1.0 if word in _OPEN else -1.0 for word in words])
        smiles = np.asarray([float(word in _SMILES) for word in words])
        return gap[:, None] * open_ / 2 + smile[:, None] * smiles
    if name == "brows":
        return raised[:, None] * np.asarray([float(word == "raised") for word in words])
    return np.zeros((len(gap), len(words)))


def _posterior(name: str, probabilities: np.ndarray, nats: np.ndarray) -> np.ndarray:
    own = np.maximum(probabilities, _LEAST) * np.exp(nats)
    if name == "eyes":
        own[_AWAY] = 0.0
    return own / own.sum()

"""What expression a face has from frame to frame: it changes when frames agree on it, not when one wavers."""

from collections.abc import Sequence
from typing import Final

import numpy as np

CHANGE: Final = 3.0
"""Nats that a change of expression costs. Smaller: words that are about as likely alternate. Larger: a smile
of a few frames is never drawn. With it a word that is clearly ahead from some frame on shows from that frame
on, and a single frame that says otherwise changes nothing."""

_LEAST: Final = 0.02
"""Probability below which a word counts as this unlikely. Smaller: one frame that is sure, of a face half
hidden, outweighs ten. Larger: short expressions are missed."""


def steady(probabilities: Sequence[np.ndarray], *, change: float = CHANGE) -> list[int]:
    """The likeliest sequence of words, where each change has a cost (Viterbi, 1967).

    Args:
      probabilities: of each frame those of the words, ``float[W]``.
      change: cost in nats; 0 takes each frame's likeliest word.

    Returns:
      For each frame the index of a word.
    """
    if not len(probabilities):
        return []
    log = np.log(np.maximum(np.stack(probabilities), _LEAST))
    score = log[0]
    came = np.zeros(log.shape, np.intp)
    for n in range(1, len(log)):
        best = int(np.argmax(score))
        stays = score >= score[best] - change
        came[n] = np.where(stays, np.arange(len(score)), best)
        score = np.where(stays, score, score[best] - change) + log[n]
    path = [int(np.argmax(score))]
    for n in range(len(log) - 1, 0, -1):
        path.append(int(came[n][path[-1]]))
    return path[::-1]


class Latest:
    """The word of the newest frame: the last of what `steady` gives for all frames until then."""

    def __init__(self, *, change: float = CHANGE) -> None:
        """
        Args:
          change: cost in nats, as of `steady`.
        """
        self._change = change
        self._score: np.ndarray | None = None

    def __call__(self, probabilities: np.ndarray) -> int:
        """The index of a word, after the next frame's probabilities ``float[W]``."""
        log = np.log(np.maximum(probabilities, _LEAST))
        if self._score is None:
            self._score = log
        else:
            # Less the best, lest the scores of hours outgrow their precision.
            score = self._score - self._score.max()
            self._score = np.maximum(score, -self._change) + log
        return int(np.argmax(self._score))


class Switch:
    """Whether a value is low, such as an eye's opening when it blinks; two limits keep it from wavering."""

    def __init__(self, *, low: float, high: float) -> None:
        """
        Args:
          low: at or below it is on.
          high: from it on it is off.
        """
        self._low, self._high = low, high
        self.on = False

    def __call__(self, value: float) -> bool:
        """The state after the next value; NaN changes nothing."""
        if value <= self._low:
            self.on = True
        elif value >= self._high:
            self.on = False
        return self.on

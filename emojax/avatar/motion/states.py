"""What expression a face has from frame to frame: it changes when frames agree on it, not when one wavers."""

from typing import Final

import numpy as np

MEMORY: Final = 0.5
"""Share of the evidence of the frames before that counts in the next. Smaller: a single frame can change the
expression. Larger: a change shows later; with 0.5 a clear one shows in the second frame."""

MARGIN: Final = 0.9
"""Nats of evidence by which another word must be ahead. Smaller: words that are about as likely alternate
(without, 2 in 100 still frames may change). Larger: faint smiles are never drawn."""

_LEAST: Final = 0.02
"""Probability below which a word counts as this unlikely. Smaller: one frame that is sure, of a face half
hidden, outweighs ten. Larger: changes show later."""


class Steady:
    """One attribute's word from frame to frame, with hysteresis.

    Attributes:
      word: index of the present word; None before the first frame.
    """

    def __init__(self, *, memory: float = MEMORY, margin: float = MARGIN) -> None:
        self._memory, self._margin = memory, margin
        self._evidence: np.ndarray | None = None
        self.word: int | None = None

    def __call__(self, probabilities: np.ndarray) -> int:
        """The word after the next frame.

        Args:
          probabilities: ``float[W]`` of the words in it.
        """
        log = np.log(np.maximum(probabilities, _LEAST))
        if self._evidence is None:
            self._evidence = log
        self._evidence = self._memory * self._evidence + (1 - self._memory) * log
        best = int(np.argmax(self._evidence))
        if self.word is None or self._evidence[best] - self._evidence[self.word] > self._margin:
            self.word = best
        return self.word


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

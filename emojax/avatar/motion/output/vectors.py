"""What extractors make of a face from frame to frame: vectors, what they tell, and how much they tremble."""

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from emojax.avatar.extractors.table import Extractor
from emojax.avatar.matching.library import Library
from emojax.avatar.motion.sight import EXPRESSION
from emojax.avatar.motion.watching import View
from emojax.avatar.reading.segments import Segment
from emojax.data.faces.labels import CLASSES
from emojax.media.color import srgb_to_lab

_BATCH: Final = 4
"""Frames that are embedded at once, which is the autoencoders' smallest batch. More: padding, or memory."""

_AROUND: Final = 8
"""Frames before and after a change of expression whose mean vectors are compared. Fewer: jitter counts as
signal. More: changes that follow soon are mixed."""

_SETTLE: Final = 2
"""Frames right at a change that count for neither side: a smile takes time."""


@dataclasses.dataclass
class Track:
    """One extractor's vectors of a clip, in memory as half floats.

    Attributes:
      extractor: what made them.
      library: the style's vectors of that extractor.
      rows: of each frame ``float16[P, D]``, zeros for parts that are hidden.
    """

    extractor: Extractor
    library: Library
    rows: list[np.ndarray] = dataclasses.field(default_factory=list)
    _waiting: list[dict[str, Segment] | None] = dataclasses.field(default_factory=list)

    def add(self, view: View | None) -> None:
        """Takes the next frame's face; None where none was found."""
        self._waiting.append(None if view is None else view.segments())
        if len(self._waiting) == _BATCH:
            self.flush()

    def flush(self) -> None:
        """Embeds what waits for its batch to be full."""
        seen = [each for each in self._waiting if each is not None]
        shape = (len(self.library.types), self.library.embeddings.shape[-1])
        found = iter(self.library.embed(self.extractor, seen) if seen else np.zeros((0, *shape), np.float32))
        empty = np.zeros(shape, np.float16)
        self.rows += [empty if each is None else next(found).astype(np.float16) for each in self._waiting]
        self._waiting = []

    def vectors(self) -> np.ndarray:
        """``float32[T, P, D]`` of length 1, or 0 for parts that are hidden."""
        return unit(np.stack(self.rows).astype(np.float32))

    def drawn(self, choices: Sequence[Mapping[str, str]]) -> np.ndarray:
        """``float32[T, P, D]``: the vectors of the avatar's parts, zeros for parts without."""
        known = unit(self.library.embeddings)
        found = np.zeros((len(choices), len(self.library.types), known.shape[-1]), np.float32)
        at = [{name: v for v, name in enumerate(ids)} for ids in self.library.variants]
        for n, choice in enumerate(choices):
            for t, part in enumerate(self.library.types):
                index = at[t].get(choice.get(part, ""))
                if index is not None:
                    found[n, t] = known[t, index]
        return found


@dataclasses.dataclass(frozen=True)
class Verdict:
    """How an extractor's vectors of one part type behave.

    Attributes:
      jitter: median distance, 1 - cosine, of one frame to the next while the expression stays; None if no
        two such frames show the part.
      signal: mean distance across changes of the part's own expression; None if there was none.
      ratio: signal by jitter.
      flips: how often the nearest drawing changes, per 100 such frames.
    """

    jitter: float | None
    signal: float | None
    ratio: float | None
    flips: float | None


def judge(track: Track, words: Sequence[Mapping[str, str]]) -> dict[str, Verdict]:
    """Measures one extractor, by part type.

    Args:
      track: of the clip.
      words: by attribute of `EXPRESSION`, what each frame shows.
    """
    vectors = track.vectors()
    nearest = np.argmax(
        np.where(
            track.library.present[None],
            np.einsum("tpd,pvd->tpv", vectors, unit(track.library.embeddings)),
            -np.inf,
        ),
        -1,
    )
    still = np.asarray([a == b for a, b in itertools.pairwise(words)], bool)
    found = {}
    for t, part in enumerate(track.library.types):
        own = vectors[:, t]
        seen = np.asarray(own.any(1))
        pairs = still & seen[1:] & seen[:-1]
        steps = 1 - (own[1:] * own[:-1]).sum(1)[pairs]
        jitter = float(np.median(steps)) if len(steps) else None
        flips = float(100 * np.mean((nearest[1:, t] != nearest[:-1, t])[pairs])) if pairs.any() else None
        signal = _signal(own, seen, [each.get(part) for each in words]) if part in EXPRESSION else None
        ratio = None if signal is None or not jitter else signal / jitter
        found[part] = Verdict(jitter, signal, ratio, flips)
    return found


def _signal(own: np.ndarray, seen: np.ndarray, words: Sequence[str | None]) -> float | None:
    changes = [n for n in range(1, len(words)) if words[n] != words[n - 1]]
    distances = []
    for n, change in enumerate(changes):
        start = max(change - _AROUND, changes[n - 1] if n else 0)
        end = min(change + _AROUND, changes[n + 1] if n + 1 < len(changes) else len(words))
        sides = [slice(start, max(change - _SETTLE, start + 1)), slice(min(change + _SETTLE, end - 1), end)]
        means = [own[side][seen[side]].mean(0) for side in sides if seen[side].any()]
        if len(means) == 2:
            first, second = unit(np.stack(means))
            distances.append(1 - float(first @ second))
    return float(np.mean(distances)) if distances else None


def skin_lab(view: View) -> np.ndarray | None:
    """The median colour of the skin, CIELAB ``float64[3]``; None where hardly any shows."""
    skin = view.crop.pixels[view.labels == CLASSES.index("skin")]
    return srgb_to_lab(np.median(skin, axis=0) / 255.0) if len(skin) > 500 else None


def unit(vectors: np.ndarray) -> np.ndarray:
    """``float[..., D]`` scaled to length 1; zeros stay zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: np.ndarray = vectors / np.where(lengths > 0, lengths, 1.0)
    return scaled

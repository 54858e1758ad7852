"""The loss of many attributes at once, and how well they are read."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Final

import jax
import jax.numpy as jnp
import numpy as np

from emojax.data.faces.attributes import WORDS

_LEAST_COUNT: Final = 3.0
"""Faces that a word counts as having at least. Smaller: a word of one face has so much weight that its photo
is learned by heart. Larger: rare words are read less often than they are shown."""

_ORDERED: Final[Mapping[str, tuple[str, ...]]] = {
    "hair_length": ("bald", "buzz", "short", "medium", "long"),
    "hair_texture": ("straight", "wavy", "curly", "coily"),
    "facial_hair": ("none", "stubble", "van_dyke", "short_beard", "full_beard"),
    "lipstick": WORDS["lipstick"],
    "eye_makeup": WORDS["eye_makeup"],
    "lines": WORDS["lines"],
    "turn": WORDS["turn"],
    "monk": WORDS["monk"][1:],
}
"""Words that are steps of a scale, on which labels are often one step off."""


def _slices() -> Iterator[tuple[str, slice]]:
    start = 0
    for name, words in WORDS.items():
        yield name, slice(start, start + len(words))
        start += len(words)


SLICES: Final = dict(_slices())
"""By attribute, where its words' logits are."""


def frequencies(words: np.ndarray) -> np.ndarray:
    """``float32[W]``: how frequent the words of ``int32[N, A]`` are, those of one attribute 1 together."""
    found = []
    for a, listed in enumerate(WORDS.values()):
        counts = np.maximum(np.bincount(words[:, a], minlength=len(listed)), _LEAST_COUNT)
        found.append(counts / counts.sum())
    return np.concatenate(found).astype(np.float32)


def _targets(name: str, smoothing: float) -> np.ndarray:
    """``float32[K, K]``: of each label the distribution that is learned, with neighbours on its scale."""
    words = WORDS[name]
    table = np.eye(len(words), dtype=np.float32)
    scale = [words.index(word) for word in _ORDERED.get(name, ())]
    for first, second in itertools.pairwise(scale):
        for own, other in ((first, second), (second, first)):
            table[own, other] += smoothing / 2
            table[own, own] -= smoothing / 2
    return table


def loss(
    logits: jax.Array, words: jax.Array, frequencies: jax.Array, *, weighted: float, smoothing: float
) -> jax.Array:
    """The sum over attributes of the mean cross-entropy.

    Args:
      logits: ``float32[B, W]``.
      words: ``int32[B, A]``.
      frequencies: ``float32[W]`` of the words.
      weighted: exponent of the inverse frequencies by which faces count.
      smoothing: share of a label that its neighbours on an ordered scale get.
    """
    total = jnp.zeros(())
    for a, (name, own) in enumerate(SLICES.items()):
        targets = jnp.asarray(_targets(name, smoothing))[words[:, a]]
        share = frequencies[own]
        # With this norm the weights' mean over faces is 1.
        weights = share**-weighted / jnp.sum(share ** (1 - weighted))
        entropy = -jnp.sum(targets * jax.nn.log_softmax(logits[:, own]), -1)
        total += jnp.mean(weights[words[:, a]] * entropy)
    return total


def balanced_accuracies(evidence: np.ndarray, words: np.ndarray) -> dict[str, float]:
    """By attribute the mean over its words of the share that is read right.

    Args:
      evidence: ``float[N, W]``, of which the largest of an attribute is what is read.
      words: ``int32[N, A]``; words that none of the faces has do not count.
    """
    found = {}
    for a, (name, own) in enumerate(SLICES.items()):
        read, true = evidence[:, own].argmax(-1), words[:, a]
        found[name] = float(np.mean([np.mean(read[true == word] == word) for word in np.unique(true)]))
    return found

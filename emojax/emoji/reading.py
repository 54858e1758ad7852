"""Reading descriptions: which answers they give about a face, and which of their words are known."""

import dataclasses
import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from emojax import weights
from emojax.core.errors import UserError
from emojax.data.openmoji.words.slots import NOTHING, Slots
from emojax.emoji import colors, naming, negation
from emojax.models.text import tokens
from emojax.models.text.encoder import FORMAT, TextEncoder, make_text_encoder

_BATCH: Final = 8
"""Texts per call of the net, padded: one compiled program, whatever the number."""

_SIZES: Final = {"features": 1024, "heads": 64, "layers": 12}
_MAX_WORDS: Final = 200_000
_SHORT: Final = 4
"""Letters that a word must have to be corrected. At 3 "hat" and "hot" are each other's misspelling."""


@dataclasses.dataclass(frozen=True)
class Reading:
    """What a text was understood to say.

    Attributes:
      text: the description.
      probabilities: for each slot ``float32[answers]``, which sum to 1; the last answer is that nothing is
        said.
      unknown: its words that say nothing of faces that is known, at most `tokens.MAX_WORDS`; where another
        thing is named, those that are not known at all.
      corrected: words that were read as others, one letter away.
      named: which emoji it names.
    """

    text: str
    probabilities: tuple[np.ndarray, ...]
    unknown: tuple[str, ...]
    corrected: Mapping[str, str]
    named: naming.Named

    def says(self, slot: int) -> bool:
        """Whether it says anything about a slot."""
        return bool(self.probabilities[slot][-1] < 0.5)


@dataclasses.dataclass(frozen=True, eq=False)
class TextReader:
    """A trained reader of descriptions.

    Attributes:
      model, params: the net.
      slots: what its answers mean.
      known: words about faces by frequency rank.
      other: words about other things.
      namer: says which emoji a text names, and whether that is a face.
    """

    model: TextEncoder
    params: Any
    slots: Slots
    known: Mapping[str, int]
    other: frozenset[str]
    namer: naming.Namer

    def read(self, texts: list[str]) -> list[Reading]:
        """What descriptions say. Words with one letter wrong are corrected first; a colour in them is the
        face's if it is said of the face; and what a phrase after "without" says when it is read by itself is
        taken away. Of other things than faces, only what is after "with" and the like is read."""
        rows: list[np.ndarray] = []
        asides: list[np.ndarray] = []
        notes: list[tuple[tuple[str, ...], dict[str, str], int, int]] = []
        silent: list[bool] = []
        every_named = self.namer.name(texts)
        for text, named in zip(texts, every_named, strict=True):
            found = tokens.words(text)
            read = [self._corrected(word) for word in found]
            changed = {a: b for a, b in zip(found, read, strict=True) if a != b}
            unknown = tuple(dict.fromkeys(w for w in read if self._is_unknown(w, named.is_face)))
            # Of another thing only what is added to it is the face's that is drawn instead.
            added = _added(read)
            about = read if named.is_face else ["face", *added]
            rows.append(tokens.encode(about))
            colored, denied = colors.sayings(about), negation.denied(about)
            asides += [tokens.encode(words) for words in (*colored, *denied)]
            silent.append(not named.is_face and not added)
            notes.append((unknown, changed, len(colored), len(denied)))
        every = self._shares(rows + asides)
        told, rest = every[: len(rows)], iter(every[len(rows) :])
        readings = []
        for text, shares, named, note, is_silent in zip(texts, told, every_named, notes, silent, strict=True):
            unknown, changed, colored_count, denied_count = note
            if is_silent:
                shares = tuple(np.eye(count, dtype=np.float32)[-1] for count in self.slots.counts)
            shares = colors.repainted(shares, [next(rest) for _ in range(colored_count)], self._base)
            shares = negation.take_away(shares, [next(rest) for _ in range(denied_count)], kept=self._kept)
            readings.append(Reading(text, shares, unknown, changed, named))
        return readings

    def _is_unknown(self, word: str, is_face: bool) -> bool:
        return word not in self.known and (is_face or word not in self.other)

    def _shares(self, rows: list[np.ndarray]) -> list[tuple[np.ndarray, ...]]:
        """For each text of encoded words, and each slot, how likely the answers are."""
        if not rows:
            return []
        splits = np.cumsum(self.slots.counts)[:-1]
        return [tuple(map(_softmax, np.split(row, splits))) for row in self.logits(np.stack(rows))]

    @property
    def _base(self) -> int:
        """The slot that a colour is of."""
        return self.slots.index("base")

    @functools.cached_property
    def _kept(self) -> list[frozenset[int]]:
        """Of each slot the answers that no denial takes away: that a mouth is missing, and the subject."""
        subject = self.slots.index("subject")
        return [
            frozenset(k for k, key in enumerate(slot.keys) if key == NOTHING or i == subject)
            for i, slot in enumerate(self.slots.slots)
        ]

    def logits(self, ngrams: np.ndarray) -> np.ndarray:
        """``float32[N, A]`` of texts ``int32[N, MAX_WORDS, MAX_NGRAMS]``."""
        found = []
        for i in range(0, len(ngrams), _BATCH):
            chunk = ngrams[i : i + _BATCH]
            padded = np.pad(chunk, ((0, _BATCH - len(chunk)), (0, 0), (0, 0)))
            found.append(np.asarray(self._apply(self.params, padded))[: len(chunk)])
        return np.concatenate(found)

    def _corrected(self, word: str) -> str:
        """The most frequent known word that is one letter from an unknown one; itself if there is none."""
        if word in self.known or word in self.other or not _SHORT <= len(word) <= 30 or not word.isalpha():
            return word
        near = [other for other in _edits(word) if other in self.known and len(other) >= _SHORT]
        return min(near, key=self.known.__getitem__, default=word)

    @functools.cached_property
    def _apply(self) -> Any:
        return jax.jit(lambda params, ngrams: self.model.apply(params, ngrams))


def has_words(text: str) -> bool:
    """Whether there is anything to read in a text."""
    return bool(tokens.words(text))


def load(source: Path, namer: Path | None = None) -> TextReader:
    """Reads a net that `emojax.training.export` wrote of a run of ``configs/text.py``.

    Args:
      source: its file.
      namer: a file of a run of ``configs/naming.py``; without it, the one that ships.

    Raises:
      UserError: `source` is missing, damaged, or holds something else.
    """
    metadata = weights.read_metadata(source)
    if metadata.get("format") != FORMAT:
        raise UserError(f"{source} reads no descriptions: give weights of a run of configs/text.py")
    slots = Slots.from_json(metadata.get("slots", ""), source=source)
    try:
        config = dict(json.loads(metadata["config"])["model"])
        if tuple(config["counts"]) != slots.counts:
            raise ValueError("it has other slots than it names")
        for name, most in _SIZES.items():
            if type(config[name]) is not int or not 1 <= config[name] <= most:
                raise ValueError(f"{name} is out of bounds")
        if config["features"] % config["heads"]:
            raise ValueError("features are no multiple of heads")
        vocabulary = json.loads(metadata["vocabulary"])
        known, other = vocabulary["face"], vocabulary["other"]
        if (
            not all(isinstance(word, str) for word in (*known, *other))
            or len(known) + len(other) > _MAX_WORDS
        ):
            raise ValueError("its vocabulary is no list of words")
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise UserError(f"{source}: cannot be read as a text encoder ({error}): export it again") from error
    model = make_text_encoder(config)
    # Tests check the files that ship; tracing the net for its shapes would slow every start down.
    expect = None if weights.is_shipped(source) else _expected(model)
    params = weights.load(source, expect=expect)[0]
    ranks = {word: i for i, word in enumerate(known)}
    named = naming.load(namer or weights.shipped("naming"))
    return TextReader(model, params, slots, ranks, frozenset(other), named)


def _expected(model: TextEncoder) -> Any:
    ngrams = jnp.zeros((1, tokens.MAX_WORDS, tokens.MAX_NGRAMS), jnp.int32)
    return jax.eval_shape(model.init, jax.random.key(0), ngrams)


def _edits(word: str) -> Iterator[str]:
    """All words that are one letter wrong, missing, too many or swapped away."""
    letters = "abcdefghijklmnopqrstuvwxyzäöüßéèêàâçñíóúáîôû"
    for i in range(len(word) + 1):
        head, tail = word[:i], word[i:]
        for letter in letters:
            yield head + letter + tail
            if tail:
                yield head + letter + tail[1:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]


def _added(words: Sequence[str]) -> list[str]:
    """What is said to be added to a thing: all from the first link on, such as "with"."""
    first = next((i for i, word in enumerate(words) if word in negation.LINKS), len(words))
    return list(words[first:])


def _softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max())
    return np.asarray(shifted / shifted.sum(), np.float32)

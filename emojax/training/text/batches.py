"""Captions as arrays, and what a run has to keep of them."""

import dataclasses
import functools
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np

from emojax.data.openmoji import source as openmoji_source
from emojax.data.openmoji.metadata import read_metadata
from emojax.data.openmoji.parts import collecting
from emojax.data.openmoji.words import keywords, phrases, slots
from emojax.data.openmoji.words.captions import TEMPLATES, Caption, Captions
from emojax.data.openmoji.words.phrases import Subject
from emojax.models.text import tokens

_HELD_OUT_SEED: Final = 7
"""Of the captions of held-out pairs that a run is validated on."""

_GUESS: Final = 0.3
"""Weight of guesses at what another thing's nearest face is. At 1 words of faces that animals have, too, are
drawn towards them; at 0 nothing is nearest."""


@dataclasses.dataclass(frozen=True, eq=False)
class Words:
    """All there is to make captions of.

    Attributes:
      captions: makes them.
      entries, faces, others: see `phrases`.
    """

    captions: Captions
    entries: list[phrases.Entry]
    faces: list[Subject]
    others: list[Subject]


@functools.lru_cache(maxsize=1)
def collect(openmoji_dir: Path | None = None, keywords_dir: Path | None = None) -> Words:
    """Gathers parts, names and keywords.

    Raises:
      UserError: as `collecting.load` and `keywords.load`.
    """
    parts, languages = collecting.load(openmoji_dir), keywords.load(keywords_dir)
    emoji = read_metadata(openmoji_source.locate(openmoji_dir).metadata)
    found = slots.make(parts)
    entries, faces = phrases.entries(parts, found), phrases.faces(parts, languages)
    others = phrases.others(emoji, parts, faces, languages)
    captions = Captions(parts, found, entries=entries, faces=faces, moods=phrases.moods(parts), others=others)
    return Words(captions, entries, faces, others)


def arrays(known: Words, *, count: int, validated: int, seed: int) -> dict[str, np.ndarray]:
    """A data set of captions.

    Args:
      known: of `collect`.
      count: captions to train on.
      validated: captions of held-out pairs.
      seed: of the captions to train on.

    Returns:
      ``words`` ``int32[V, N]``, each word's n-grams, the first without any; ``captions`` ``int32[count, T]``,
      indices of words; ``targets`` ``float16[count, A]``, for each slot a distribution over its answers;
      ``weights`` ``float16[count, S]`` of slots; ``held_out`` ``int32[validated, T]`` and ``right``
      ``bool[validated, A]``, all answers that are right.
    """
    rng = random.Random(seed)
    drawn = [known.captions.draw(rng) for _ in range(count)]
    pairs = held_out_pairs(known, validated, seed=_HELD_OUT_SEED)
    words = ["", *dict.fromkeys(w for caption in (*drawn, *pairs) for w in caption.words)]
    index = {word: i for i, word in enumerate(words)}
    table = tokens.table(words)
    table[0] = 0

    def indices(captions: list[Caption]) -> np.ndarray:
        found = np.zeros((len(captions), tokens.MAX_WORDS), np.int32)
        for row, caption in zip(found, captions, strict=True):
            here = caption.words[: tokens.MAX_WORDS]
            row[: len(here)] = [index[word] for word in here]
        return found

    made = known.captions.slots
    right = np.stack([_targets(made, caption) > 0 for caption in pairs])
    return {
        "words": table,
        "captions": indices(drawn),
        "targets": np.stack([_targets(made, caption) for caption in drawn]).astype(np.float16),
        "weights": np.stack([_weights(made, caption) for caption in drawn]).astype(np.float16),
        "held_out": indices(pairs),
        "right": right,
    }


def held_out_pairs(known: Words, count: int, *, seed: int) -> list[Caption]:
    """Captions "EYES and MOUTH" of pairs that are never trained on, without wrong letters; of any pairs,
    where a set holds none out."""
    made, rng = known.captions, random.Random(seed)
    every = [(a, b) for a in made.of_slot("eyes") for b in made.of_slot("mouth")]
    pairs = [(a, b) for a, b in every if made.is_held_out(a, b)] or every
    links = ("{} and {}", "a face with {} and {}", "face with {}, {}", "smiley with {} and {}")
    found = []
    for _ in range(count):
        chosen = rng.sample(rng.choice(pairs), 2)
        text = rng.choice(links).format(*(rng.choice(entry.phrases) for entry in chosen))
        found.append(Caption(tuple(tokens.words(text)), {e.slot: e.answers for e in chosen}))
    return found


def vocabulary(known: Words) -> str:
    """Words that are known, as JSON: ``{"face": [...], "other": [...]}``, the most frequent first."""
    of_faces = [TEMPLATES, *(text for entry in known.entries for text in (*entry.phrases, *entry.further))]
    of_faces += [text for said, _ in known.captions.moods for text in said]
    of_faces += [text for subject in known.faces for text in _texts(subject)]
    count = Counter(word for text in of_faces for word in _all_words(text))
    face = set(count)
    # Of other things English words only: all would be 0.7 MB.
    of_others = [text for subject in known.others for text in (*subject.names, *subject.tags)]
    other = {word for text in of_others for word in _all_words(text)} - face
    ordered = {
        name: sorted(found, key=lambda word: (-count[word], word))
        for name, found in (("face", face), ("other", other))
    }
    return json.dumps(ordered, ensure_ascii=False)


def _texts(subject: Subject) -> list[str]:
    found = [*subject.names, *subject.tags]
    for language in phrases.trained_languages(subject):
        found += [subject.languages[language].name, *subject.languages[language].tags]
    return found


def _all_words(text: str) -> list[str]:
    """Words of a text of any length."""
    return [word for piece in text.split() for word in tokens.words(piece)]


def _targets(made: slots.Slots, caption: Caption) -> np.ndarray:
    rows: list[Any] = []
    for i, number in enumerate(made.counts):
        row = np.zeros(number, np.float32)
        answers = caption.answers.get(i, (number - 1,))
        row[list(answers)] = 1.0 / len(answers)
        rows.append(row)
    return np.concatenate(rows)


def _weights(made: slots.Slots, caption: Caption) -> np.ndarray:
    found = np.full(len(made.counts), _GUESS if caption.guess else 1.0, np.float32)
    found[made.index("subject")] = 1.0
    return found

"""Figures of a reader of descriptions, on texts that it was not trained on."""

import functools
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np

from emojax.data.openmoji.words.captions import Caption, mistyped
from emojax.data.openmoji.words.keywords import HELD_OUT_LANGUAGES, Keywords
from emojax.data.openmoji.words.phrases import Entry, Subject
from emojax.emoji.prompts import Chooser
from emojax.emoji.reading import Reading, TextReader
from emojax.training.text.batches import Words, collect

__all__ = ["LANGUAGES", "collect", "evaluate"]

LANGUAGES: Final = ("de", "fr", "es", "ja")
"""Whose keywords are measured, beside English."""

_LINKS: Final = ("{} and {}", "a face with {} and {}", "face with {}, {}", "smiley with {} and {}")
_EXTRA: Final = ("{} and {}", "{} with {}", "{}, {}")
_Draw = Callable[[list[dict[str, int]]], np.ndarray]
"""Parts by slot to what a classifier reads of their drawings, ``int[N, 2]``: eyes and mouth by number."""


def evaluate(
    reader: TextReader, chooser: Chooser, known: Words, *, count: int, seed: int, drawn: _Draw | None = None
) -> dict[str, Any]:
    """All figures, as JSON.

    Args:
      reader, chooser: what is judged.
      known: names and phrases, trained on and held out.
      count: descriptions of each kind.
      seed: which.
      drawn: what is seen on drawings, to judge these, too.
    """
    pairs = pairs_of(known, "phrases", count, seed)
    synonyms = pairs_of(known, "synonyms", count, seed + 1)
    rng = random.Random(seed)
    typed = [Caption(_with_typo(caption.words, rng), caption.answers) for caption in pairs]
    found: dict[str, Any] = {
        "held_out_pairs": _parts(reader, chooser, pairs),
        "one_letter_wrong": _parts(reader, chooser, typed),
        "synonyms": _parts(reader, chooser, synonyms),
        "shuffled": _parts(reader, chooser, pairs, rng.sample([c.answers for c in pairs], len(pairs))),
        "empty": _silence(reader.read(["face", "a smiley", "emoji"])),
        "annotations": _nearest(reader, chooser, known.faces, lambda s: s.names[0]),
        "shuffled_annotations": _nearest(
            reader, chooser, known.faces, lambda s: known.faces[(s.face or 0) - 7].names[0]
        ),
        "keywords": {
            code: _nearest(reader, chooser, known.faces, functools.partial(_tags, language=code))
            for code in ("en", *LANGUAGES)
        },
        "names_of_held_out_languages": {
            code: _nearest(reader, chooser, known.faces, functools.partial(_name, language=code))
            for code in HELD_OUT_LANGUAGES
        },
    }
    if drawn is not None:
        found["held_out_pairs_drawn"] = _seen(reader, chooser, pairs, drawn)
    return found


def pairs_of(known: Words, which: str, count: int, seed: int) -> list[Caption]:
    """Captions "EYES and MOUTH", every other one with an extra that fits: of pairs of eyes and mouth that are
    held out, or with synonyms that are: `which` is "phrases" or "synonyms"."""
    made, rng = known.captions, random.Random(seed)
    eyes, mouths = made.of_slot("eyes"), made.of_slot("mouth")
    if which == "synonyms":
        pairs = [(a, b) for a in eyes for b in mouths if a.synonyms and b.synonyms]
    else:
        pairs = [(a, b) for a in eyes for b in mouths if made.is_held_out(a, b)]
    extras = [e for s in made.slots.slots if s.kind == "extra" for e in made.of_slot(s.name)]
    extras = [e for e in extras if getattr(e, which)]
    found = []
    for i in range(count if pairs else 0):
        chosen: list[Entry] = rng.sample(rng.choice(pairs), 2)
        text = rng.choice(_LINKS).format(*(rng.choice(getattr(e, which)) for e in chosen))
        if i % 2 and extras:
            extra = rng.choice(extras)
            text = rng.choice(_EXTRA).format(text, rng.choice(getattr(extra, which)))
            chosen.append(extra)
        found.append(Caption(tuple(text.split()), {e.slot: e.answers for e in chosen}))
    return found


def _parts(
    reader: TextReader, chooser: Chooser, captions: Sequence[Caption], answers: Sequence[Any] | None = None
) -> dict[str, float]:
    """Shares of captions whose eyes, mouth, both, and extra are understood."""
    readings = reader.read([" ".join(caption.words) for caption in captions])
    eyes, mouth = (chooser.slots.index(name) for name in ("eyes", "mouth"))
    hits: dict[str, list[bool]] = {"eyes": [], "mouth": [], "both": [], "extra": []}
    for reading, right in zip(readings, answers or [c.answers for c in captions], strict=True):
        hit = {slot: reading.probabilities[slot].argmax() in wanted for slot, wanted in right.items()}
        hits["eyes"].append(hit[eyes])
        hits["mouth"].append(hit[mouth])
        hits["both"].append(hit[eyes] and hit[mouth])
        hits["extra"] += [right for slot, right in hit.items() if slot not in (eyes, mouth)]
    return {name: float(np.mean(row)) for name, row in hits.items()} | {"count": len(readings)}


def _seen(
    reader: TextReader, chooser: Chooser, captions: Sequence[Caption], drawn: _Draw
) -> dict[str, float]:
    """The same of drawings, as a classifier sees them."""
    readings = reader.read([" ".join(caption.words) for caption in captions])
    seen = drawn([chooser.choose(reading, None).fixed for reading in readings])
    rows = []
    for caption, numbers in zip(captions, seen.tolist(), strict=True):
        row = []
        for name, number in zip(("eyes", "mouth"), numbers, strict=True):
            slot = chooser.slots.index(name)
            row.append(number in [chooser.numbers[slot, answer] for answer in caption.answers[slot]])
        rows.append([*row, all(row)])
    eyes, mouth, both = np.mean(rows, 0).tolist()
    return {"eyes": eyes, "mouth": mouth, "both": both, "count": len(rows)}


def _silence(readings: Iterable[Reading]) -> float:
    """Share of slots of which nothing is said, in texts that say nothing."""
    return float(np.mean([not r.says(i) for r in readings for i in range(len(r.probabilities))]))


def _nearest(
    reader: TextReader, chooser: Chooser, faces: Sequence[Subject], text: Callable[[Subject], str]
) -> float | None:
    """Share of faces that are the nearest to what is said of them, of those of which anything is said; None
    if there are none."""
    told = [(face.face, text(face)) for face in faces if text(face)]
    if not told:
        return None
    readings = reader.read([said for _, said in told])
    same = [chooser.nearest(reading) == face for (face, _), reading in zip(told, readings, strict=True)]
    return float(np.mean(same))


def _tags(subject: Subject, language: str) -> str:
    if language == "en":
        return " ".join(subject.tags)
    return " ".join(subject.languages.get(language, Keywords("", ())).tags)


def _name(subject: Subject, language: str) -> str:
    return subject.languages.get(language, Keywords("", ())).name


def _with_typo(words: tuple[str, ...], rng: random.Random) -> tuple[str, ...]:
    """One letter wrong in one of the words that have four letters or more."""
    long = [i for i, word in enumerate(words) if mistyped(word, rng) != word]
    if not long:
        return words
    which, changed = rng.choice(long), ""
    while not changed or changed == words[which]:
        changed = mistyped(words[which], rng)
    return (*words[:which], changed, *words[which + 1 :])

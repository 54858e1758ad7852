"""All that is known to be said of faces, of their parts and of other things, for captions to be made of."""

import dataclasses
import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from emojax.data.openmoji.metadata import Emoji, select
from emojax.data.openmoji.parts.part_set import PartSet
from emojax.data.openmoji.words import lexicon
from emojax.data.openmoji.words.keywords import LANGUAGES, Keywords, bare
from emojax.data.openmoji.words.moods import MOODS
from emojax.data.openmoji.words.paraphrases import bare as without_article
from emojax.data.openmoji.words.paraphrases import expanded
from emojax.data.openmoji.words.slots import NOTHING, Slots
from emojax.models.text.tokens import words

_HELD_OUT_OF: Final = 7
"""One synonym of so many is never trained on as a phrase for its parts."""

_ENTRIES: Final = {
    "base": lexicon.BASES,
    "eyes": lexicon.EYES,
    "mouth": lexicon.MOUTHS,
    "extra": lexicon.EXTRAS,
}

Languages = Mapping[str, Mapping[str, Keywords]]
"""As `keywords.load` gives it."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """Phrases for one answer, or for several that are all right.

    Attributes:
      slot, answers: of `Slots`.
      phrases: trained on.
      synonyms: never trained on.
      further: paraphrases of the phrases, trained on.
      exact: whether the phrases are made of the part's own name.
    """

    slot: int
    answers: tuple[int, ...]
    phrases: tuple[str, ...]
    synonyms: tuple[str, ...] = ()
    further: tuple[str, ...] = ()
    exact: bool = False


@dataclasses.dataclass(frozen=True)
class Subject:
    """What may be said of a whole emoji.

    Attributes:
      face: its number among the set's faces; of another thing the nearest, or None.
      names: English ones.
      tags: English keywords.
      languages: by language, name and keywords.
    """

    face: int | None
    names: tuple[str, ...]
    tags: tuple[str, ...]
    languages: Mapping[str, Keywords]


def entries(parts: PartSet, slots: Slots) -> list[Entry]:
    """What parts are called. Names in the lexicon that no part has are skipped."""
    places, found = slots.answers(parts), []
    every = {
        without_article(text)
        for rows in _ENTRIES.values()
        for said in rows.values()
        for text in said.split(", ")
    }
    for kind, rows in _ENTRIES.items():
        numbers = {parts.parts[n].name: n for n in parts.numbers(kind)}
        for names, phrases in rows.items():
            here = [places[numbers[n]] for n in names.split(", ") if n in numbers]
            if names == "no mouth":
                mouth = slots.index("mouth")
                here = [(mouth, slots.slots[mouth].keys.index(NOTHING))]
            if here:
                known, held_out = _split(here[0][0], phrases.split(", "))
                answers = tuple(answer for slot, answer in here if slot == here[0][0])
                # What another part is called already stays that part's.
                further = tuple(
                    text for text in expanded(known, held_out) if without_article(text) not in every
                )
                found.append(Entry(here[0][0], answers, known, held_out, further))
        for name, number in numbers.items():
            shown = name.replace("_", " ").removesuffix(" face")
            if kind in ("eyes", "mouth") and len(shown.split()) < 4:
                slot, answer = places[number]
                said = (f"{shown} {kind}", f"{kind} of {shown}", f"the {kind} of the {shown} face")
                found.append(Entry(slot, (answer,), said, exact=True))
    return found


def faces(parts: PartSet, languages: Languages) -> list[Subject]:
    """What the set's faces are called, in their order."""
    found = []
    for i, face in enumerate(parts.faces):
        label, known = face.label, bare(face.label.hexcode)
        said = {name: table[known] for name, table in languages.items() if known in table}
        english = said.pop("en", Keywords(label.annotation, ()))
        names = (label.annotation, english.name, label.shortcode.replace("_", " "))
        tags = (*label.tags, *english.tags)
        found.append(Subject(i, _clean(names), _clean(tags), said))
    return found


def moods(parts: PartSet) -> list[tuple[tuple[str, ...], tuple[int, ...]]]:
    """Words for faces, and the numbers of the faces that they fit."""
    numbers = {face.label.shortcode: i for i, face in enumerate(parts.faces)}
    found = []
    for said, shortcodes in MOODS.items():
        fitting = tuple(numbers[name] for name in shortcodes.split(", ") if name in numbers)
        if fitting:
            found.append((tuple(said.split(", ")), fitting))
    return found


def others(emoji: list[Emoji], parts: PartSet, known: list[Subject], languages: Languages) -> list[Subject]:
    """What is called by names of its own and is no face of the set, each with the face nearest in words.

    Args:
      emoji: all of OpenMoji.
      parts: whose faces are left out.
      known: of `faces`.
      languages: further names.
    """
    bags = [_bag((*subject.names, *subject.tags)) for subject in known]
    count = Counter(word for bag in bags for word in bag)
    rarity = {word: math.log(len(bags) / number) for word, number in count.items()}
    skipped = {face.label.hexcode for face in parts.faces}
    found = []
    for entry in select(emoji, "all"):
        if entry.skin_tone or entry.hexcode in skipped or entry.group in ("flags", "component"):
            continue
        said = {
            k: table[bare(entry.hexcode)] for k, table in languages.items() if bare(entry.hexcode) in table
        }
        english = said.pop("en", Keywords(entry.annotation, ()))
        tags = (*entry.tags, *english.tags)
        bag = _bag((entry.annotation, *tags))
        scores = [sum(rarity[word] for word in bag & other) for other in bags]
        best = max(range(len(scores)), key=scores.__getitem__)
        nearest = best if scores[best] > 1.0 else None
        found.append(Subject(nearest, _clean((entry.annotation, english.name)), _clean(tags), said))
    return found


def trained_languages(subject: Subject) -> list[str]:
    """The languages that it has a name in and that are trained on."""
    return [language for language in LANGUAGES if language in subject.languages]


def _bag(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in words(text)} - {"face", "with"}


def _clean(texts: Iterable[str]) -> tuple[str, ...]:
    """Different texts, without those that name a colour no base has, or are digits only."""
    kept = (t for t in texts if t and not t.isdigit() and not lexicon.COLORS & set(words(t)))
    return tuple(dict.fromkeys(kept)) or tuple(texts)[:1]


def _split(slot: int, phrases: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Phrases to train on, and those held out; the first two always are trained on."""
    held_out = [p for p in phrases[2:] if _hash(f"{slot} {p}") % _HELD_OUT_OF == 0]
    return tuple(p for p in phrases if p not in held_out), tuple(held_out)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")

"""Captions made at random of all that is said of faces and parts, each with the answers that are right."""

import dataclasses
import random
from collections.abc import Sequence
from typing import Final

import numpy as np

from emojax.data.openmoji.parts.part_set import PartSet
from emojax.data.openmoji.words import lexicon, phrases
from emojax.data.openmoji.words.phrases import Entry, Subject
from emojax.data.openmoji.words.slots import OTHER, Slots
from emojax.models.text.tokens import words

_HEADS: Final = ("face", "face", "face", "smiley", "emoji", "smiley face", "emoticon", "head")
# Those that are listed more than once are drawn more often.
_OPENINGS: Final = (*("",) * 5, "a", "a", "an", "the", "draw a", "please draw a", "make me a", "one", "some")
_LINKS: Final = (*("with",) * 4, "that has", "having", "wearing", "and", "plus", ",", "showing")
_ANDS: Final = ("and", "and", "and", ",", "plus", "with", "&", "as well as", "and also")
_WITHOUT: Final = ("without", "without", "no", "not", "but no", "but without", "minus", "with no", "lacking")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"

_PARAPHRASED: Final = 0.4
"""Share of phrases for parts that are paraphrased. Smaller: phrases are learned whole, and others that mean
the same are not read. Larger: the lexicon's own, which people use most, are seen seldom."""

_BY_KIND: Final = {"other": 0.12, "translated": 0.33, "face": 0.5, "parts": 0.78}
"""Upper ends of the shares of captions: of other things, of faces in other languages, of faces, of parts; the
rest are faces with other parts. Half as many in other languages: of 20 languages few keywords are learned."""

TEMPLATES: Final = " ".join((*_HEADS, *_OPENINGS, *_LINKS, *_ANDS, *_WITHOUT, "on skin head for his her"))
"""All words of captions that are no phrase's."""

Answers = dict[int, tuple[int, ...]]
"""Right answers by slot; of a slot that is missing nothing is said."""


@dataclasses.dataclass(frozen=True)
class Caption:
    """A text and what it says.

    Attributes:
      words: of the text.
      answers: that are right.
      guess: whether all but the subject is a guess: what is described is no face.
    """

    words: tuple[str, ...]
    answers: Answers
    guess: bool = False


class Captions:
    """Makes captions; all are functions of the generator of random numbers that is given."""

    def __init__(
        self,
        parts: PartSet,
        slots: Slots,
        *,
        entries: Sequence[Entry],
        faces: Sequence[Subject],
        moods: Sequence[tuple[tuple[str, ...], tuple[int, ...]]],
        others: Sequence[Subject],
    ) -> None:
        self.slots, self.faces, self.moods, self.others = slots, faces, moods, others
        places = slots.answers(parts)
        self.truths: list[Answers] = [
            {slot: (answer,) for slot, answer in slots.of_face(face, places).items()} for face in parts.faces
        ]
        self._whole = slots.index("whole")
        self._translated = [face for face in faces if phrases.trained_languages(face)]
        self._by_slot: dict[int, list[Entry]] = {}
        for entry in entries:
            self._by_slot.setdefault(entry.slot, []).append(entry)
        held_out = np.argwhere(parts.held_out)
        self._held_out = {(places[a], places[b]) for a, b in held_out.tolist() if a in places and b in places}

    def draw(self, rng: random.Random) -> Caption:
        """One caption for training."""
        kind = rng.random()
        if kind < _BY_KIND["other"] and self.others:
            return self._other(rng)
        if kind < _BY_KIND["translated"] and self._translated:
            return self._foreign(rng)
        if kind < _BY_KIND["face"]:
            head, answers = self._head(rng)
            if self._whole not in answers and rng.random() < 0.12:
                base = self._pick(rng, self.slots.index("base"))
                head, answers = f"{self._said(rng, base)} {head}", answers | {base.slot: base.answers}
            return self._finished(rng, f"{rng.choice(_OPENINGS)} {head}", answers)
        if kind < _BY_KIND["parts"]:
            return self._finished(rng, *self._composed(rng, f"{rng.choice(_HEADS)}", {}))
        while True:
            head, answers = self._head(rng)
            if self._whole in answers:
                continue
            text, told = self._composed(rng, head, answers)
            if not self.holds_out(told):
                return self._finished(rng, text, told)

    def is_held_out(self, a: Entry, b: Entry) -> bool:
        """Whether eyes and a mouth are a pair that is never trained on; their first answers decide."""
        return self.holds_out({a.slot: a.answers, b.slot: b.answers})

    def holds_out(self, answers: Answers) -> bool:
        """The same of the eyes and mouth among answers."""
        eyes, mouth = ((s, *answers.get(s, ())[:1]) for s in map(self.slots.index, ("eyes", "mouth")))
        return (eyes, mouth) in self._held_out

    def of_slot(self, name: str) -> list[Entry]:
        """All entries of a slot."""
        return self._by_slot.get(self.slots.index(name), [])

    def _head(self, rng: random.Random) -> tuple[str, Answers]:
        """English words for a whole face, and what is true of it."""
        kind = rng.random()
        if kind < 0.3 and self.moods:
            said, fitting = rng.choice(self.moods)
            face = self.faces[rng.choice(fitting)]
            text = f"{rng.choice(said)} {rng.choice(_HEADS)}" if rng.random() < 0.8 else rng.choice(said)
        else:
            face = rng.choice(self.faces)
            if kind < 0.65 or not face.tags:
                text = rng.choice(face.names)
            else:
                text = " ".join(_some(rng, face.tags, 5))
                text = f"{text} face" if rng.random() < 0.3 else text
        assert face.face is not None
        return text, dict(self.truths[face.face])

    def _foreign(self, rng: random.Random) -> Caption:
        """A face's name or keywords in another language."""
        face = rng.choice(self._translated)
        said = face.languages[rng.choice(phrases.trained_languages(face))]
        if said.tags and rng.random() < 0.6:
            # All keywords half the time: few alone tell one face from all others.
            most = len(said.tags) if rng.random() < 0.5 else 3
            text = " ".join(rng.sample(said.tags, min(most, len(said.tags))))
        else:
            text = said.name
        assert face.face is not None
        return self._finished(rng, text, dict(self.truths[face.face]))

    def _composed(self, rng: random.Random, head: str, answers: Answers) -> tuple[str, Answers]:
        """A head with phrases for parts, which outweigh what the head says, and perhaps without others."""
        chosen = self._chosen(rng)
        told = [self._said(rng, entry) for entry in chosen if self.slots.slots[entry.slot].kind != "base"]
        rng.shuffle(told)
        for entry in chosen:
            if self.slots.slots[entry.slot].kind == "base":
                said = self._said(rng, entry)
                if rng.random() < 0.7:
                    head = f"{said} {head}"
                else:
                    told.append(f"{said} {rng.choice(('skin', 'head', 'face'))}")
            answers = answers | {entry.slot: entry.answers}
        missing = ""
        free = [s for s in self._by_slot if s not in {e.slot for e in chosen}]
        if free and rng.random() < 0.18:
            told_of = [s for s in free if s in answers]
            slot = rng.choice(told_of if told_of and rng.random() < 0.6 else free)
            if self.slots.slots[slot].kind in ("extra", "eyes"):
                what = self._said(rng, self._pick(rng, slot)).removeprefix("a ")
                missing = f"{rng.choice(_WITHOUT)} {what}"
                answers = {s: a for s, a in answers.items() if s != slot}
        listed = f" {rng.choice(_ANDS)} ".join(told)
        if missing:
            listed = (
                f"{missing} {rng.choice(_ANDS)} {listed}" if rng.random() < 0.3 else f"{listed} {missing}"
            )
        order = rng.random()
        if order < 0.15:
            text = listed
        elif order < 0.3:
            text = f"{listed} {rng.choice(('on a', 'on the', ',', 'for a'))} {head}"
        else:
            text = f"{rng.choice(_OPENINGS)} {head} {rng.choice(_LINKS)} {listed}"
        return text, answers

    def _chosen(self, rng: random.Random) -> list[Entry]:
        """One to four entries of different slots, that are no held-out pair."""
        while True:
            names = [
                name
                for name, share in (("eyes", 0.62), ("mouth", 0.58), ("base", 0.15))
                if rng.random() < share
            ]
            extras = [s.name for s in self.slots.slots if s.kind == "extra"]
            number = rng.choices((0, 1, 2), weights=(0.5, 0.38, 0.12))[0]
            names += rng.sample(extras, min(number, len(extras)))
            found = [self._pick(rng, self.slots.index(n)) for n in names if self.of_slot(n)]
            pairs = [(a, b) for a in found for b in found if a.slot < b.slot]
            if found and not any(self.is_held_out(a, b) for a, b in pairs):
                return found

    def _pick(self, rng: random.Random, slot: int) -> Entry:
        named = [entry for entry in self._by_slot[slot] if not entry.exact]
        exact = [entry for entry in self._by_slot[slot] if entry.exact]
        chosen = exact if not named or (exact and rng.random() < 0.25) else named
        return rng.choice(chosen)

    def _said(self, rng: random.Random, entry: Entry) -> str:
        text = rng.choice(entry.further if entry.further and rng.random() < _PARAPHRASED else entry.phrases)
        first, _, rest = text.partition(" ")
        if rest and first in ("a", "an", "the") and rng.random() < 0.35:
            text = rest
        return text.replace("its ", "his ") if rng.random() < 0.15 else text

    def _other(self, rng: random.Random) -> Caption:
        """A caption of something that is no face, with the face that is nearest to it."""
        thing = rng.choice(self.others)
        known, kind = phrases.trained_languages(thing), rng.random()
        if kind < 0.55 or not thing.tags:
            text = f"{rng.choice(_OPENINGS)} {rng.choice(thing.names)}"
        elif kind < 0.8 or not known:
            text = " ".join(_some(rng, thing.tags, 3))
        else:
            text = thing.languages[rng.choice(known)].name
        subject = self.slots.index("subject")
        answers: Answers = {subject: (self.slots.slots[subject].keys.index(OTHER),)}
        if rng.random() < 0.15:
            text, told = self._composed(rng, text, {})
            return self._finished(rng, text, answers | told)
        near = {} if thing.face is None else self.truths[thing.face]
        return self._finished(rng, text, answers | near, guess=True)

    def _finished(self, rng: random.Random, text: str, answers: Answers, *, guess: bool = False) -> Caption:
        """With a few words that mean nothing, and a few letters wrong."""
        found = words(text)
        if rng.random() < 0.08:
            strange = "".join(rng.choices(_LETTERS, k=rng.randint(3, 8)))
            color = rng.choice(sorted(lexicon.COLORS))
            found.insert(rng.randint(0, len(found)), strange if rng.random() < 0.5 else color)
        if rng.random() < 0.35:
            found = [mistyped(word, rng) if rng.random() < 0.25 else word for word in found]
        return Caption(tuple(found), answers, guess)


def mistyped(word: str, rng: random.Random) -> str:
    """`word` with one letter wrong, missing, too many, or swapped with the next; short words stay."""
    if len(word) < 4 or not word.isascii():
        return word
    i, letter = rng.randrange(len(word) - 1), rng.choice(_LETTERS)
    return (
        word[:i] + word[i + 1 :],
        word[:i] + letter + word[i + 1 :],
        word[:i] + letter + word[i:],
        word[:i] + word[i + 1] + word[i] + word[i + 2 :],
    )[rng.randrange(4)]


def _some(rng: random.Random, choices: Sequence[str], most: int) -> list[str]:
    return rng.sample(choices, min(rng.randint(1, most), len(choices)))

"""From what a description says to the parts of faces that are drawn for it."""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from emojax.data.openmoji.parts import rules
from emojax.data.openmoji.parts.part_set import SLOTS, YELLOW, PartSet
from emojax.data.openmoji.words.slots import INTERCHANGEABLE, NOTHING, Slots
from emojax.emoji.reading import Reading

_LIKELY: Final = 0.4
"""Answers this likely, compared with the likeliest, are drawn, too. At 0.1 "closed eyes" now and then are
open; at 0.9 all pictures of a "happy face" have the same mouth."""

_ALTERNATIVE: Final = 0.05
"""Probability of an answer from which it is drawn where a likelier one does not fit the other parts."""

_FLOOR: Final = 1e-4
"""Smallest probability that counts where faces are compared, lest one slot decides alone."""


@dataclasses.dataclass(frozen=True)
class Choice:
    """The parts of one face.

    Attributes:
      fixed: parts by slot, for `PartEmojiGenerator.sample`; one more than there are is none.
      further: extras beyond the first.
      left_out: names of parts that were asked for and do not fit the others.
    """

    fixed: dict[str, int]
    further: tuple[int, ...]
    left_out: tuple[str, ...]


class Chooser:
    """Chooses parts of a set for descriptions."""

    def __init__(self, parts: PartSet, slots: Slots) -> None:
        self.parts, self.slots = parts, slots
        answers = slots.answers(parts)
        self.numbers = {place: number for number, place in answers.items()}
        mouth = slots.index("mouth")
        self.numbers[mouth, slots.slots[mouth].keys.index(NOTHING)] = self.none
        self._by_hexcode = {face.label.hexcode: i for i, face in enumerate(parts.faces)}
        self._truths = [slots.of_face(face, answers) for face in parts.faces]
        self._subject, self._whole, self._base = map(slots.index, ("subject", "whole", "base"))

    @property
    def none(self) -> int:
        """The number that stands for no part."""
        return len(self.parts.parts)

    def is_other(self, reading: Reading) -> bool:
        """Whether what is described is no face."""
        return not reading.named.is_face

    def likelihoods(self, reading: Reading) -> np.ndarray:
        """``float64[F]``, how well each of the set's faces fits what is said; logarithms."""
        total = np.zeros(len(self._truths))
        for i, slot in enumerate(self.slots.slots):
            if i == self._subject or (slot.kind in ("base", "eyes", "mouth") and not reading.says(i)):
                continue
            logs = np.log(np.maximum(reading.probabilities[i], _FLOOR))
            total += [logs[truth.get(i, -1)] for truth in self._truths]
        return total

    def nearest(self, reading: Reading) -> int:
        """The number of the set's face that fits best: in parts or, for another thing, in words."""
        named = self._by_hexcode.get(reading.named.face)
        if self.is_other(reading) and named is not None:
            return named
        return int(self.likelihoods(reading).argmax())

    def understood(self, reading: Reading) -> dict[str, Any]:
        """What a description was understood to say, for JSON: names of parts, None where nothing is said."""
        found: dict[str, Any] = {"prompt": reading.text[:200]}
        for name in ("base", "eyes", "mouth", "whole"):
            found[name] = self._name(reading, self.slots.index(name))
        extras = [i for i, slot in enumerate(self.slots.slots) if slot.kind == "extra" and reading.says(i)]
        found["extra"] = [self._name(reading, i) for i in extras]
        found["another thing"] = self.is_other(reading)
        found["named emoji"] = f"{reading.named.name} {reading.named.emoji}"
        found["nearest emoji"] = str(self.parts.labels.labels[self.nearest(reading)])
        found["unknown words"] = list(reading.unknown)
        found["corrected words"] = dict(reading.corrected)
        return found

    def choose(self, reading: Reading, rng: np.random.Generator | None) -> Choice:
        """Parts for one face.

        Args:
          reading: of the description.
          rng: for those of several likely answers; without it the likeliest are taken.
        """
        told = [i for i in range(len(self.slots.slots)) if i != self._subject and reading.says(i)]
        if self.is_other(reading) and not told:
            truth = self._truths[self.nearest(reading)]
            wanted = {i: [self.numbers[i, answer]] for i, answer in truth.items()}
        else:
            wanted = {i: self._candidates(reading.probabilities[i], i, rng) for i in told}
        if wanted.get(self._whole):
            # It has no base that could be exchanged, so that it is drawn in its own colour.
            base = wanted.get(self._base, [])[:1]
            left_out = tuple(self.parts.parts[n].name for n in base if n != self._plain)
            return Choice(self._row({"base": wanted[self._whole][0]}, fill=False), (), left_out)
        return self._fitted(
            {i: numbers for i, numbers in wanted.items() if numbers and i != self._whole}, rng
        )

    def _candidates(self, probabilities: np.ndarray, slot: int, rng: np.random.Generator | None) -> list[int]:
        """Parts for a slot, the one to be drawn first, then others by probability."""
        shares = probabilities[:-1]
        order = [int(j) for j in np.argsort(-shares) if (slot, int(j)) in self.numbers]
        if not order:
            return []
        likely = [j for j in order if shares[j] >= _LIKELY * shares[order[0]]]
        if rng is not None and len(likely) > 1:
            first = int(rng.choice(likely, p=shares[likely] / shares[likely].sum()))
            order.remove(first)
            order.insert(0, first)
        least = 0.0 if self.slots.slots[slot].name in INTERCHANGEABLE else _ALTERNATIVE
        kept = [order[0], *(j for j in order[1:] if shares[j] >= least)]
        return [self.numbers[slot, j] for j in kept]

    def _fitted(self, wanted: dict[int, list[int]], rng: np.random.Generator | None) -> Choice:
        """Of each slot the first part that fits those before it: eyes, mouth, extras, base."""
        kinds = ("eyes", "mouth", "extra", "base")
        # What may be another of its family comes last of the extras, since it leaves room for the others.
        named = {i: self.slots.slots[i] for i in wanted}
        order = sorted(wanted, key=lambda i: (kinds.index(named[i].kind), named[i].name in INTERCHANGEABLE))
        chosen: dict[str, int] = {}
        extras: list[int] = []
        left_out: list[str] = []
        for i in order:
            kind = named[i].kind
            placed = [*chosen.values(), *extras]
            number = next((n for n in wanted[i] if all(self._fits(n, other) for other in placed)), None)
            if number is None:
                left_out.append(self.parts.parts[wanted[i][0]].name)
            elif kind == "extra":
                extras.append(number)
            else:
                chosen[kind] = number
        # The first extra is the one with an outline, if any has: the others lie on it.
        extras.sort(key=lambda n: not self.parts.parts[n].outlined)
        row = self._row(
            chosen | ({"extra": extras[0]} if extras else {}), fill=True, further=extras[1:], rng=rng
        )
        return Choice(row, tuple(extras[1:]), tuple(left_out))

    def _row(
        self,
        chosen: dict[str, int],
        *,
        fill: bool,
        further: Sequence[int] = (),
        rng: np.random.Generator | None = None,
    ) -> dict[str, int]:
        """All slots: what is not chosen is none or, with `fill`, what faces usually have."""
        row = dict(chosen)
        if fill:
            row.setdefault("base", self._plain)
            for kind in ("eyes", "mouth"):
                if kind not in row:
                    row[kind] = self._usual(kind, [*row.values(), *further], rng)
        return {slot: row.get(slot, self.none) for slot in SLOTS}

    def _usual(self, kind: str, placed: list[int], rng: np.random.Generator | None) -> int:
        """Eyes or a mouth for parts of which nothing is said: those of a face that has one of these parts, or
        one that several of OpenMoji's faces have."""
        rare = {n for n in placed if n != self.none and self.parts.parts[n].kind != "base"}
        near = [f.parts[kind] for f in self.parts.faces if kind in f.parts and rare & set(f.parts.values())]
        common = [n for n in self.parts.numbers(kind) if len(self.parts.parts[n].sources) > 1]
        if rng is not None and (rng.random() < 0.5 or not near):
            near = list(rng.permutation(common))
        for number in map(int, (*near, *common, *self.parts.numbers(kind))):
            if all(self._fits(number, other) for other in placed):
                return number
        return self.none

    def _fits(self, a: int, b: int) -> bool:
        if self.none in (a, b):
            return True
        if self.parts.parts[a].kind == self.parts.parts[b].kind == "extra":
            return self._extras_fit(*sorted((a, b)))
        return bool(self.parts.fits[a, b])

    @functools.lru_cache(maxsize=500)  # noqa: B019  # one chooser a process
    def _extras_fit(self, a: int, b: int) -> bool:
        return rules.extras_fit(self.parts.parts[a], self.parts.parts[b])

    @functools.cached_property
    def _plain(self) -> int:
        """The base that faces have of which nothing is said."""
        plain = [n for n in self.parts.numbers("base") if self.parts.parts[n].color == YELLOW]
        return next((n for n in plain if self.parts.parts[n].plain), self.parts.numbers("base")[0])

    def _name(self, reading: Reading, slot: int) -> str | None:
        """The likeliest answer of a slot."""
        if not reading.says(slot):
            return None
        answer = int(reading.probabilities[slot][:-1].argmax())
        number = self.numbers.get((slot, answer))
        return NOTHING if number is None or number == self.none else self.parts.parts[number].name

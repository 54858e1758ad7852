"""Whether drawn people are made of the same parts again: avatars of avatars, more and more disturbed."""

import dataclasses
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from tqdm import tqdm

from emojax.avatar.datasets import drawn_parts
from emojax.avatar.faces import alignment
from emojax.avatar.faces.crop import cut
from emojax.avatar.faces.detection import Box
from emojax.avatar.faces.portraits import Portrait, still
from emojax.avatar.matching.choosing import Choice
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.reading.placement import SEGMENTS
from emojax.avatar.styles.composition import label_map
from emojax.avatar.styles.style import Style
from emojax.evaluation.avatar import ladder

_AT_ONCE: Final = 50
"""Avatars held at a time."""

_ABSENT: Final = ("glasses", "hat")
"""Part types that most people lack: where none is drawn, none should be found."""


@dataclasses.dataclass(frozen=True)
class RoundTrip:
    """Shares of the parts that were found again, at each rung.

    Attributes:
      avatars: how many were drawn.
      strengths: of `ladder.disturb`, of each rung.
      parts: by part type. Counted are the parts chosen by likeness that show in the undisturbed avatar.
      counts: how many these are, by part type.
      overall: over all of these parts together.
      errors: its standard errors, over avatars.
      absent: by part type, of the avatars that lack it, the share of those found to lack it. They do
        not count in `overall`.
    """

    avatars: int
    strengths: tuple[float, ...]
    parts: dict[str, list[float | None]]
    counts: dict[str, int]
    overall: list[float | None]
    errors: list[float | None]
    absent: dict[str, list[float | None]]

    @property
    def middle(self) -> float | None:
        """`overall` at the ladder's middle rung."""
        return self.overall[len(self.overall) // 2]


def realigned(portrait: Portrait, reference: Box) -> Portrait:
    """The portrait as the cropper would have cut it out: its face where `reference` has it.

    As with photos, what lies still is left as it is.

    Args:
      portrait: drawn and disturbed.
      reference: portrait square of an undisturbed face of that style.
    """
    seen = alignment.portrait(portrait.labels)
    if seen is None or still(reference, seen):
        return portrait
    size, larger = len(portrait.labels), seen.side / reference.side
    middle = (size - 1) / 2
    x, y = seen.x + larger * (middle - reference.x), seen.y + larger * (middle - reference.y)
    pixels, to_photo = cut(portrait.pixels, Box(x, y, size * larger), size)
    nearest = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    border = cv2.BORDER_REPLICATE
    labels = cv2.warpAffine(portrait.labels, to_photo, (size, size), flags=nearest, borderMode=border)
    return Portrait(pixels, labels.astype(np.uint8))


class _Person:
    """A drawn avatar, what it is made of, and which other parts would look the same in it."""

    def __init__(self, style: Style, index: int, seed: int) -> None:
        drawn, _ = drawn_parts.person(style, index, seed)
        self.choice = {kind: part.default for kind, part in style.parts.items()} | drawn
        self.portrait = drawn_parts.portrait(style, index, seed)
        self._style, self._same = style, dict[tuple[str, str], bool]()

    def disturbed(self, strength: float, rng: np.random.Generator, reference: Box | None) -> Portrait:
        portrait = ladder.disturb(self.portrait, strength, rng)
        return realigned(portrait, reference) if strength and reference else portrait

    def has(self, kind: str, variant: str) -> bool:
        """Whether the variant is the one drawn, or in its place would leave every label as it is."""
        if variant == self.choice[kind]:
            return True
        key = (kind, variant)
        if key not in self._same:
            other = label_map(self._style, {**self.choice, kind: variant})
            self._same[key] = np.array_equal(other, self.portrait.labels)
        return self._same[key]


class _Tally:
    """Hits and tries by part type, avatar and rung."""

    def __init__(self, kinds: Sequence[str], avatars: int, rungs: int) -> None:
        self.hits = {kind: np.zeros((avatars, rungs), int) for kind in kinds}
        self.tries = {kind: np.zeros((avatars, rungs), int) for kind in kinds}

    def add(self, kind: str, avatar: int, rung: int, hit: bool) -> None:
        self.hits[kind][avatar, rung] += hit
        self.tries[kind][avatar, rung] += 1

    def shares(self) -> dict[str, list[float | None]]:
        return {kind: shares(self.hits[kind], self.tries[kind]) for kind in self.hits}

    def overall(self) -> tuple[list[float | None], list[float | None]]:
        """Of all types, the shares and their standard errors."""
        hits, tries = (sum(each.values(), start=np.zeros(1, int)) for each in (self.hits, self.tries))
        return shares(hits, tries), errors(hits, tries)


def round_trip(
    maker: AvatarMaker,
    *,
    count: int,
    seed: int,
    strengths: tuple[float, ...] = ladder.STRENGTHS,
) -> RoundTrip:
    """Draws random people of the maker's style, disturbs them and has the maker choose their parts.

    Args:
      maker: what chooses. What it reads off a portrait's labels limits its choice and can be wrong, too.
      count: people. In as many as the style has variants, each is drawn once.
      seed: other people, otherwise disturbed, for another seed.
      strengths: of the rungs; the first is 0, where it is decided what shows.

    Like photos, what the disturbance moves is aligned again by its labels before it is compared.

    Returns:
      A variant counts as found if it is the one drawn, or if the avatar with it in the drawn one's
      place would have the same label map.
    """
    if strengths[0] != 0:
        raise ValueError(f"the first rung has strength {strengths[0]}, not 0")
    kinds = maker.library.types
    reference: Box | None = None
    rungs = len(strengths)
    found, absent = (_Tally(each, count, rungs) for each in (kinds, [k for k in _ABSENT if k in kinds]))
    with tqdm(total=count * len(strengths), desc="round trip", disable=None, leave=False) as bar:
        for start in range(0, count, _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, count))
            people = [_Person(maker.style, number, seed) for number in numbers]
            reference = reference or _usual(people)
            shown: list[set[str]] = []
            for rung, strength in enumerate(strengths):
                rngs = [np.random.default_rng([seed, number, 1]) for number in numbers]
                portraits = [
                    p.disturbed(strength, rng, reference) for p, rng in zip(people, rngs, strict=True)
                ]
                choices = maker.choose(portraits, drawn=True)
                shown = shown or [_shown(maker, p, choice) for p, choice in zip(people, choices, strict=True)]
                for number, person, kinds_shown, choice in zip(numbers, people, shown, choices, strict=True):
                    for kind in sorted(kinds_shown):
                        found.add(kind, number, rung, person.has(kind, choice.parts[kind].id))
                    for kind in absent.hits:
                        if not _wears(maker.style, kind, person.choice[kind]):
                            right = not _wears(maker.style, kind, choice.parts[kind].id)
                            absent.add(kind, number, rung, right)
                bar.update(len(people))
    overall, errors = found.overall()
    return RoundTrip(
        avatars=count,
        strengths=strengths,
        parts=found.shares(),
        counts={kind: int(tries[:, 0].sum()) for kind, tries in found.tries.items()},
        overall=overall,
        errors=errors,
        absent=absent.shares(),
    )


def _usual(people: Sequence[_Person]) -> Box | None:
    """Where the style has its faces: the median of some, whose eyes and mouths lie a little differently."""
    found = [alignment.portrait(person.portrait.labels) for person in people]
    squares = np.asarray([(each.x, each.y, each.side) for each in found if each is not None])
    return Box(*np.median(squares, axis=0).tolist()) if len(squares) else None


def _shown(maker: AvatarMaker, person: _Person, undisturbed: Choice) -> set[str]:
    """The part types of which more than a speck is to be seen."""
    listed = zip(maker.library.types, maker.library.variants, strict=True)
    return {
        kind
        for kind, variants in listed
        if person.choice[kind] in variants and any(part in undisturbed.segments for part in SEGMENTS[kind])
    }


def _wears(style: Style, kind: str, variant: str) -> bool:
    """Whether these glasses, or this hat, are any, by their own tag."""
    return bool(style.variant(kind, variant).tags[kind])


def shares(hits: np.ndarray, tries: np.ndarray) -> list[float | None]:
    """Of ``int[N, R]`` of N avatars, at each of R rungs."""
    return [float(h / t) if t else None for h, t in zip(hits.sum(0), tries.sum(0), strict=True)]


def errors(hits: np.ndarray, tries: np.ndarray) -> list[float | None]:
    """Standard errors of these shares: avatars are drawn independently, the parts of one are not.

    Those of a ratio of sums: Cochran, 1977, "Sampling Techniques", equation 6.9.
    """
    N, found = len(hits), shares(hits, tries)
    if N < 2:
        return [None] * len(found)
    return [
        None if share is None else float((N / (N - 1) * ((h - share * t) ** 2).sum()) ** 0.5 / t.sum())
        for share, h, t in zip(found, hits.T, tries.T, strict=True)
    ]

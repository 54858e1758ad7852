"""Whether drawn people get the same parts again: avatars of avatars, at growing severity of corruption."""

import dataclasses
from collections.abc import Sequence
from typing import Final

import numpy as np
from tqdm import tqdm

from emojax.avatar.datasets import drawn_parts
from emojax.avatar.faces import alignment
from emojax.avatar.faces.crop import cut
from emojax.avatar.faces.detection import Box
from emojax.avatar.faces.portraits import Portrait, is_close
from emojax.avatar.matching.choosing import Choice
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.reading.placement import SEGMENTS
from emojax.avatar.styles.composition import label_map
from emojax.avatar.styles.style import Style
from emojax.evaluation.avatar import corruption
from emojax.media import warp

_BATCH: Final = 50
"""Avatars held at a time."""

_OPTIONAL: Final = ("glasses", "hat")
"""Part types that most people lack: where none is drawn, none should be found."""


@dataclasses.dataclass(frozen=True)
class RoundTrip:
    """Shares of the parts that were found again, at each severity.

    Attributes:
      avatars: how many were drawn.
      severities: of `corruption.corrupt`.
      parts: by part type. Counted are the parts chosen by similarity that are visible in the uncorrupted
        avatar.
      counts: how many these are, by part type.
      overall: over all of these parts together.
      errors: its standard errors, over avatars.
      absent: by part type, of the avatars that lack it, the share of those found to lack it. They do
        not count in `overall`.
    """

    avatars: int
    severities: tuple[float, ...]
    parts: dict[str, list[float | None]]
    counts: dict[str, int]
    overall: list[float | None]
    errors: list[float | None]
    absent: dict[str, list[float | None]]


def round_trip(
    maker: AvatarMaker,
    *,
    count: int,
    seed: int,
    severities: tuple[float, ...] = corruption.SEVERITIES,
) -> RoundTrip:
    """Draws random people of the maker's style, corrupts them and has the maker choose their parts.

    Like photos, corrupted portraits are aligned again by their labels before they are compared.

    Args:
      maker: what chooses. What it reads off a portrait's labels limits its choice and can be wrong, too.
      count: people. In as many as the style has variants, each is drawn once.
      seed: other people, otherwise corrupted, for another seed.
      severities: the first is 0, at which it is decided what is visible.

    Returns:
      A variant counts as found if it is the one drawn, or if the avatar with it in the drawn one's
      place would have the same label map.

    Raises:
      ValueError: the first severity is not 0.
    """
    if severities[0] != 0:
        raise ValueError(f"the first severity is {severities[0]}, not 0")
    part_types = maker.library.types
    found = _Tally(part_types, count, len(severities))
    absent = _Tally([each for each in _OPTIONAL if each in part_types], count, len(severities))
    reference: Box | None = None
    with tqdm(total=count * len(severities), desc="round trip", disable=None, leave=False) as bar:
        for start in range(0, count, _BATCH):
            numbers = range(start, min(start + _BATCH, count))
            people = [_Person(maker.style, number, seed) for number in numbers]
            reference = reference or _median_square(people)
            visible: list[set[str]] = []
            for column, severity in enumerate(severities):
                rngs = [np.random.default_rng([seed, number, 1]) for number in numbers]
                portraits = [
                    p.corrupted(severity, rng, reference) for p, rng in zip(people, rngs, strict=True)
                ]
                choices = maker.choose(portraits, drawn=True)
                visible = visible or [_visible(maker, *each) for each in zip(people, choices, strict=True)]
                for row, person, seen, choice in zip(numbers, people, visible, choices, strict=True):
                    for name in sorted(seen):
                        found.add(name, row, column, person.has(name, choice.parts[name].id))
                    for name in absent.hits:
                        if not _is_worn(maker.style, name, person.choice[name]):
                            right = not _is_worn(maker.style, name, choice.parts[name].id)
                            absent.add(name, row, column, right)
                bar.update(len(people))
    overall, errors = found.overall()
    return RoundTrip(
        avatars=count,
        severities=severities,
        parts=found.shares(),
        counts={name: int(tries[:, 0].sum()) for name, tries in found.tries.items()},
        overall=overall,
        errors=errors,
        absent=absent.shares(),
    )


def realigned(portrait: Portrait, reference: Box) -> Portrait:
    """The portrait as the cropper would have cut it out: its face where `reference` has it.

    As with photos, a face that hardly moved is left as it is.

    Args:
      portrait: drawn and corrupted.
      reference: portrait square of an uncorrupted face of that style.
    """
    seen = alignment.fit_square(portrait.labels)
    if seen is None or is_close(reference, seen):
        return portrait
    size, larger = len(portrait.labels), seen.side / reference.side
    middle = (size - 1) / 2
    x, y = seen.x + larger * (middle - reference.x), seen.y + larger * (middle - reference.y)
    pixels, to_photo = cut(portrait.pixels, Box(x, y, size * larger), size)
    return Portrait(pixels, warp.crop_labels(portrait.labels, to_photo, size))


def shares(hits: np.ndarray, tries: np.ndarray) -> list[float | None]:
    """Of ``int[N, S]`` of N avatars, at each of S severities; None where nothing was tried."""
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


class _Person:
    """A drawn avatar, the parts it has, and which other parts would look the same in it."""

    def __init__(self, style: Style, index: int, seed: int) -> None:
        drawn, _ = drawn_parts.person(style, index, seed)
        self.choice = {name: part_type.default for name, part_type in style.parts.items()} | drawn
        self.portrait = drawn_parts.portrait(style, index, seed)
        self._style, self._same = style, dict[tuple[str, str], bool]()

    def corrupted(self, severity: float, rng: np.random.Generator, reference: Box | None) -> Portrait:
        portrait = corruption.corrupt(self.portrait, severity, rng)
        return realigned(portrait, reference) if severity and reference else portrait

    def has(self, part_type: str, variant: str) -> bool:
        """Whether the variant is the one drawn, or in its place would leave every label as it is."""
        if variant == self.choice[part_type]:
            return True
        key = (part_type, variant)
        if key not in self._same:
            other = label_map(self._style, {**self.choice, part_type: variant})
            self._same[key] = np.array_equal(other, self.portrait.labels)
        return self._same[key]


class _Tally:
    """Hits and tries by part type, avatar and severity."""

    def __init__(self, part_types: Sequence[str], avatars: int, severities: int) -> None:
        self.hits = {name: np.zeros((avatars, severities), int) for name in part_types}
        self.tries = {name: np.zeros((avatars, severities), int) for name in part_types}

    def add(self, part_type: str, row: int, column: int, hit: bool) -> None:
        self.hits[part_type][row, column] += hit
        self.tries[part_type][row, column] += 1

    def shares(self) -> dict[str, list[float | None]]:
        return {name: shares(self.hits[name], self.tries[name]) for name in self.hits}

    def overall(self) -> tuple[list[float | None], list[float | None]]:
        """Of all part types, the shares and their standard errors."""
        hits, tries = (sum(each.values(), start=np.zeros(1, int)) for each in (self.hits, self.tries))
        return shares(hits, tries), errors(hits, tries)


def _median_square(people: Sequence[_Person]) -> Box | None:
    """Where the style has its faces: the median over people, whose eyes and mouths differ in place."""
    found = [alignment.fit_square(person.portrait.labels) for person in people]
    squares = np.asarray([(each.x, each.y, each.side) for each in found if each is not None])
    return Box(*np.median(squares, axis=0).tolist()) if len(squares) else None


def _visible(maker: AvatarMaker, person: _Person, uncorrupted: Choice) -> set[str]:
    """The part types of which more than a speck is to be seen."""
    listed = zip(maker.library.types, maker.library.variants, strict=True)
    return {
        name
        for name, variants in listed
        if person.choice[name] in variants and any(part in uncorrupted.segments for part in SEGMENTS[name])
    }


def _is_worn(style: Style, part_type: str, variant: str) -> bool:
    """Whether a variant of ``glasses`` or ``hat`` is any, by its own tag: "none" is a variant too."""
    return bool(style.variant(part_type, variant).tags[part_type])

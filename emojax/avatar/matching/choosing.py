"""Which of a style's parts a face gets: what it shows limits them, and likeness decides."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from emojax.avatar.extractors.table import Extractor
from emojax.avatar.faces.portraits import Portrait
from emojax.avatar.matching import kernel, occlusion
from emojax.avatar.matching.approach import ALL, Approach
from emojax.avatar.matching.library import Library
from emojax.avatar.reading import attributes
from emojax.avatar.reading.placement import SEGMENTS, allow_brows, measure_place
from emojax.avatar.reading.segments import Segment, segment
from emojax.avatar.styles.style import Style

ALTERNATIVES: Final = 3
"""Runners-up told of each part."""


@dataclasses.dataclass(frozen=True)
class Part:
    """A chosen part.

    Attributes:
      id: the variant.
      similarity: cosine, or None where nothing was compared: the part is hidden, absent or set by hand.
      alternatives: the next best variants and their similarities.
    """

    id: str
    similarity: float | None = None
    alternatives: tuple[tuple[str, float], ...] = ()


_RARE: Final = 0.06
"""Cosine by which hair that few wear, as locs or a bun on top, has to be more alike than any other."""


class Choice(NamedTuple):
    """What a portrait was found to show, and what a style has for it.

    Attributes:
      segments: the face's parts that were compared.
      traits: what limits the choice.
      parts: of each part type the variant chosen.
    """

    segments: Mapping[str, Segment]
    traits: attributes.Attributes
    parts: Mapping[str, Part]


@dataclasses.dataclass(frozen=True)
class Chooser:
    """Chooses among a style's parts.

    Attributes:
      style: where the parts are from.
      extractor: what turns parts into vectors.
      library: the vectors of the style's parts.
      approach: what is done to compare photos with drawings.
    """

    style: Style
    extractor: Extractor
    library: Library
    approach: Approach = ALL

    def choose(
        self,
        portraits: Sequence[Portrait],
        *,
        drawn: bool = False,
        lap: Callable[[str], None] = lambda stage: None,
    ) -> list[Choice]:
        """What is in the portraits, and the style's parts for it, all compared in one batch.

        Args:
          portraits: of any number of faces.
          drawn: whether they are this style's own drawings, not photos.
          lap: hears when a stage is over: "embed". What follows, matching, ends with the call.
        """
        segments = [_segments(portrait) for portrait in portraits]
        vectors = self.library.embed(self.extractor, segments, drawn=drawn)
        lap("embed")
        shown = [attributes.read(portrait.pixels, portrait.labels) for portrait in portraits]
        labels = [portrait.labels for portrait in portraits]
        parts = self._match(vectors, labels, segments, shown, drawn) if portraits else []
        return [Choice(*each) for each in zip(segments, shown, parts, strict=True)]

    def _match(
        self,
        vectors: np.ndarray,
        labels: Sequence[np.ndarray],
        segments: Sequence[Mapping[str, Segment]],
        shown: Sequence[attributes.Attributes],
        drawn: bool,
    ) -> list[dict[str, Part]]:
        """Of every face a part of each type: the most alike among those with the face's traits."""
        seen, present = self.library.embeddings, self.library.present
        if self.approach.occlusion:
            seen, present = occlusion.seen_by(self.library, self.extractor, labels, segments)
        allowed = present & np.stack(
            [self._allowed(*each, drawn) for each in zip(shown, segments, strict=True)]
        )
        k = min(2 * (1 + ALTERNATIVES), self.library.present.shape[1])
        matches = kernel.match(vectors, seen, allowed, k=k)
        similarity, variant = np.asarray(matches.similarity), np.asarray(matches.variant)
        choices = []
        for n, (mine, face) in enumerate(zip(segments, shown, strict=True)):
            choice = {kind: Part(self._without(kind, face)) for kind in self.style.parts}
            for t, (kind, ids) in enumerate(zip(self.library.types, self.library.variants, strict=True)):
                if not any(part in mine for part in SEGMENTS[kind]) or variant[n, t, 0] < 0:
                    continue
                ranked = [
                    (ids[v], float(s)) for v, s in zip(variant[n, t], similarity[n, t], strict=True) if v >= 0
                ]
                if self.approach.rarity and not drawn:
                    ranked.sort(key=lambda each: each[1] - _RARE * self._rare(kind, each[0]), reverse=True)
                choice[kind] = Part(*ranked[0], tuple(ranked[1 : 1 + ALTERNATIVES]))
            choices.append(choice)
        return choices

    def _allowed(
        self, face: attributes.Attributes, segments: Mapping[str, Segment], drawn: bool
    ) -> np.ndarray:
        """``bool[T, V]``: the library's variants that do not contradict what the face shows."""
        allowed = self.library.present.copy()
        if not self.approach.traits:
            return allowed
        for t, (kind, ids) in enumerate(zip(self.library.types, self.library.variants, strict=True)):
            fits = [face.fits(kind, self.style.variant(kind, variant).tags) for variant in ids]
            # A style without sunglasses has other glasses; but a bare head gets no hat for want of one.
            absent = {"glasses": not face.glasses, "hat": not face.hat}.get(kind, False)
            if any(fits) or absent:
                allowed[t, : len(ids)] = fits
            if kind == "brows" and (brows := measure_place(segments, kind)) is not None:
                places = self.library.places[kind]
                allowed[t, : len(ids)] &= allow_brows(
                    brows, [places[variant] for variant in ids], drawn=drawn
                )
        return allowed

    def _rare(self, kind: str, variant: str) -> bool:
        return bool(self.style.variant(kind, variant).tags.get("rare", False))

    def _without(self, kind: str, face: attributes.Attributes) -> str:
        """What stands where nothing is compared: the default, unless its tags contradict the face."""
        part = self.style.parts[kind]
        if not self.approach.traits:
            return part.default
        fitting = [v for v in part.variants.values() if face.fits(kind, v.tags)]
        return part.default if not fitting or part.variants[part.default] in fitting else fitting[0].id


def _segments(portrait: Portrait) -> dict[str, Segment]:
    wanted = {part for parts in SEGMENTS.values() for part in parts}
    found = {part: segment(portrait.pixels, portrait.labels, part) for part in sorted(wanted)}
    return {part: each for part, each in found.items() if each is not None}

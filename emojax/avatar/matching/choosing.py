"""Chooses a style's variants for a face: its attributes rule some out, similarity ranks the others."""

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from emojax.avatar.extractors.table import Extractor
from emojax.avatar.faces.portraits import Portrait
from emojax.avatar.matching import kernel, occlusion
from emojax.avatar.matching.approach import ALL, Approach
from emojax.avatar.matching.library import Library
from emojax.avatar.matching.likelihood import Candidates
from emojax.avatar.reading.attributes import Attributes, read
from emojax.avatar.reading.placement import SEGMENTS, allow_brows, measure_place
from emojax.avatar.reading.segments import Segment, segment
from emojax.avatar.styles.style import Style
from emojax.data.faces.attributes import Probabilities

ALTERNATIVES: Final = 3
"""Runners-up that are reported for each part: enough for a page to offer others by hand."""

_CANDIDATES: Final = 2 * (1 + ALTERNATIVES)
"""Nearest variants that are ranked again with `_RARE_PENALTY`. Fewer: if that many rare hairstyles are
nearest, no common one is left to overtake them. More: only slower."""

_RARE_PENALTY: Final = 0.06
"""Cosine that is subtracted from hair that few people wear (tag ``rare``) before ranking. On 69 portraits of
CelebAMask-HQ whose IDs do not match ``^[01]``, in flat: with 0, 16 of 43 people with ordinary hair get rare
hair; with 0.06 5 of these do, and 5 of the 26 with braids, buns or half-tied hair; with 0.12 3 and 1."""


@dataclasses.dataclass(frozen=True)
class Part:
    """A chosen part.

    Attributes:
      id: the variant.
      similarity: cosine, or None where nothing was compared: the part is hidden, absent or set by hand.
      alternatives: ids and cosines of the runners-up, at most `ALTERNATIVES`.
    """

    id: str
    similarity: float | None = None
    alternatives: tuple[tuple[str, float], ...] = ()


class Choice(NamedTuple):
    """What was read off a portrait, and the variants chosen for it.

    Attributes:
      segments: the face's parts that were compared, by part of `segments.PARTS`.
      attributes: what was read off the label map; it rules variants out.
      parts: the choice for every part type of the style.
    """

    segments: Mapping[str, Segment]
    attributes: Attributes
    parts: Mapping[str, Part]


@dataclasses.dataclass(frozen=True)
class Chooser:
    """Chooses among a style's variants.

    Attributes:
      style: where the variants are from.
      extractor: turns parts into vectors.
      library: the vectors of the style's variants.
      approach: which steps are taken.
    """

    style: Style
    extractor: Extractor
    library: Library
    approach: Approach = ALL

    def choose(
        self,
        portraits: Sequence[Portrait],
        *,
        shown: Sequence[Probabilities] | None = None,
        drawn: bool = False,
        on_stage: Callable[[str], None] = lambda stage: None,
    ) -> list[Choice]:
        """Chooses variants for all portraits in one batch.

        Args:
          portraits: of any number of faces.
          shown: for each portrait what it shows, as of `reading.net.shown`; None goes by what can
            be read off label maps.
          drawn: True if they are drawings in this style instead of photos.
          on_stage: called with "embed" when the portraits' vectors are computed, for timing.
        """
        segments = [_segments(portrait) for portrait in portraits]
        vectors = self.library.embed(self.extractor, segments, drawn=drawn)
        on_stage("embed")
        attributes = [read(portrait.pixels, portrait.labels) for portrait in portraits]
        if not portraits:
            return []
        allowed = np.stack([self._allowed(*face, drawn) for face in zip(attributes, segments, strict=True)])
        labels = [portrait.labels for portrait in portraits]
        if shown is not None and self.approach.traits:
            ranked = self._rank_by_words(vectors, labels, segments, attributes, shown=shown)
        else:
            ranked = self._rank(vectors, labels, segments, allowed, drawn=drawn)
        parts = [
            {part: Part(self._unmatched(part, face)) for part in self.style.parts} | best
            for face, best in zip(attributes, ranked, strict=True)
        ]
        return [Choice(*face) for face in zip(segments, attributes, parts, strict=True)]

    @functools.cached_property
    def _candidates(self) -> Candidates:
        return Candidates.of(self.style, self.library)

    def _rank(
        self,
        vectors: np.ndarray,
        labels: Sequence[np.ndarray],
        segments: Sequence[Mapping[str, Segment]],
        allowed: np.ndarray,
        *,
        drawn: bool,
    ) -> list[dict[str, Part]]:
        """For each face the nearest allowed variant of each part type that it shows."""
        embeddings, present = self.library.embeddings, self.library.present
        if self.approach.occlusion:
            embeddings, present = occlusion.occlude(self.library, self.extractor, labels, segments)
        k = min(_CANDIDATES, self.library.present.shape[1])
        matches = kernel.match(vectors, embeddings, allowed & present, k=k)
        similarities, variants = np.asarray(matches.similarity), np.asarray(matches.variant)
        penalize = self.approach.rarity and not drawn
        choices = []
        for n, face in enumerate(segments):
            choice = {}
            for t, (part, ids) in enumerate(zip(self.library.types, self.library.variants, strict=True)):
                if not any(name in face for name in SEGMENTS[part]) or variants[n, t, 0] < 0:
                    continue
                pairs = zip(variants[n, t], similarities[n, t], strict=True)
                ranked = [(ids[v], float(similarity)) for v, similarity in pairs if v >= 0]
                if penalize:
                    ranked.sort(key=lambda each: each[1] - self._penalty(part, each[0]), reverse=True)
                choice[part] = Part(*ranked[0], tuple(ranked[1 : 1 + ALTERNATIVES]))
            choices.append(choice)
        return choices

    def _rank_by_words(
        self,
        vectors: np.ndarray,
        labels: Sequence[np.ndarray],
        segments: Sequence[Mapping[str, Segment]],
        attributes: Sequence[Attributes],
        *,
        shown: Sequence[Probabilities],
    ) -> list[dict[str, Part]]:
        """For each face the best variant of each part type that it shows or that has words."""
        candidates, k = self._candidates, 1 + ALTERNATIVES
        rare = _RARE_PENALTY * self.approach.rarity
        bonus = candidates.bonus(self.style, attributes, self.library, rare=rare)
        evidence = candidates.evidence(shown, bonus)
        wanted = candidates.wanted(evidence, k=k)
        embeddings = self.library.embeddings
        if self.approach.occlusion:
            T, V = self.library.present.shape
            embeddings, _ = occlusion.occlude(
                self.library, self.extractor, labels, segments, wanted=wanted[:, :T, :V]
            )
        ranked = candidates.rank(vectors, embeddings, evidence, wanted=wanted, k=k)
        choices = []
        for face, of_types in zip(segments, ranked, strict=True):
            choice = {}
            for t, (part, best) in enumerate(of_types.items()):
                seen = part in SEGMENTS and any(name in face for name in SEGMENTS[part])
                if best and (seen or candidates.words[t].any()):
                    others = [(name, cosine) for name, cosine in best[1:] if cosine is not None]
                    choice[part] = Part(*best[0], tuple(others))
            choices.append(choice)
        return choices

    def _allowed(self, face: Attributes, segments: Mapping[str, Segment], drawn: bool) -> np.ndarray:
        """``bool[T, V]``: the library's variants whose tags and brows do not contradict the face."""
        allowed = self.library.present.copy()
        if not self.approach.traits:
            return allowed
        for t, (part, ids) in enumerate(zip(self.library.types, self.library.variants, strict=True)):
            fits = [face.fits(part, self.style.variant(part, variant).tags) for variant in ids]
            # Where no variant fits, all are allowed: a style without sunglasses has other glasses. But a
            # face without glasses or hat gets none.
            absent = {"glasses": not face.glasses, "hat": not face.hat}.get(part, False)
            if any(fits) or absent:
                allowed[t, : len(ids)] = fits
            if part == "brows" and (brows := measure_place(segments, part)) is not None:
                places = [self.library.places[part][variant] for variant in ids]
                allowed[t, : len(ids)] &= allow_brows(brows, places, drawn=drawn)
        return allowed

    def _penalty(self, part: str, variant: str) -> float:
        return _RARE_PENALTY * bool(self.style.variant(part, variant).tags.get("rare", False))

    def _unmatched(self, part: str, face: Attributes) -> str:
        """The variant where nothing is compared: the default, or if that does not fit the first that does."""
        listed = self.style.parts[part]
        if not self.approach.traits:
            return listed.default
        fitting = [variant.id for variant in listed.variants.values() if face.fits(part, variant.tags)]
        return listed.default if not fitting or listed.default in fitting else fitting[0]


def _segments(portrait: Portrait) -> dict[str, Segment]:
    names = sorted({name for names in SEGMENTS.values() for name in names})
    found = {name: segment(portrait.pixels, portrait.labels, name) for name in names}
    return {name: each for name, each in found.items() if each is not None}

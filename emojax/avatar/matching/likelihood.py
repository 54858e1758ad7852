"""Ranks variants by similarity and by how likely a face shows what they show."""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Final

import numpy as np

from emojax.avatar.matching import kernel
from emojax.avatar.matching.library import Library
from emojax.avatar.matching.words import as_array, shown
from emojax.avatar.reading.attributes import Attributes
from emojax.avatar.styles.style import Style
from emojax.data.faces.attributes import SHOWN, Probabilities

_WEIGHT: Final = 0.5
"""Cosine that a nat of an attribute is worth. Of 200 portraits that the net was not trained on, drawn in
flat, 0.5 shows as much of what is labelled as 1 (length of hair right in 84 and 82 of 100, tied or loose in
92), and hair is more alike (cosine 0.62, instead of 0.61). Smaller (0.35): texture is right less often
(balanced accuracy 0.56, instead of 0.58). Larger: among drawings that suit nearly as well, likeness does not
decide."""

_EXPRESSION: Final = ("mouth", "brows")
_EXPRESSION_WEIGHT: Final = 1.0
"""The same for what moods are read by, in which drawings that are nearly alike differ. Smaller (0.5): calm
mouths are drawn sullen, and fewer brows show what is labelled (balanced accuracy 0.36, instead of 0.40).
Larger than 1 was not tried."""

_FITTING: Final = 0.02
"""Bonus of drawings that nothing is compared with for what label maps say of them, such as the size of ears.
It decides between drawings of the same words: smaller than 0, the first of them is always taken; as large as
the differences between words, it overrules these."""

_DEFAULT: Final = 0.01
"""The same for a part type's default. Larger than `_FITTING`, ears would all be the default."""


@dataclasses.dataclass(frozen=True)
class Candidates:
    """All variants of a style that are chosen by words, compared or not.

    Attributes:
      types: T part types: those of the library, and those of which some variant has words.
      variants: of each type, those of the library first.
      words: ``float32[T, V, A, W]``, of `words.shown`.
    """

    types: tuple[str, ...]
    variants: tuple[tuple[str, ...], ...]
    words: np.ndarray

    @classmethod
    def of(cls, style: Style, library: Library) -> "Candidates":
        """The candidates of a style, whose library is `library`."""
        compared = dict(zip(library.types, library.variants, strict=True))
        types = (*compared, *(part for part in style.parts if part not in compared))
        variants = {
            part: tuple(dict.fromkeys((*compared.get(part, ()), *style.parts[part].variants)))
            for part in types
            if part in style.parts
        }
        found = shown(style, tuple(variants), tuple(variants.values()))
        chosen = [t for t, part in enumerate(variants) if part in compared or found[t].any()]
        kept = [list(variants)[t] for t in chosen]
        return cls(tuple(kept), tuple(variants[part] for part in kept), found[chosen])

    def evidence(self, faces: Sequence[Probabilities], bonus: np.ndarray) -> kernel.Evidence:
        """What N faces show beside what variants show.

        Args:
          faces: what each shows.
          bonus: ``float32[N, T, V]``, of `bonus`.
        """
        weights = np.full(len(SHOWN), _WEIGHT, np.float32)
        weights[[SHOWN.index(name) for name in _EXPRESSION]] = _EXPRESSION_WEIGHT
        return kernel.Evidence(as_array(faces), self.words, weights, bonus)

    def wanted(self, evidence: kernel.Evidence, *, k: int) -> np.ndarray:
        """``bool[N, T, V]``: the variants that could be among the k best; others need not be compared."""
        return kernel.contenders(evidence, self._present, k=min(k, self._present.shape[1]))

    def rank(
        self,
        vectors: np.ndarray,
        library: np.ndarray,
        evidence: kernel.Evidence,
        *,
        wanted: np.ndarray,
        k: int,
    ) -> list[dict[str, list[tuple[str, float | None]]]]:
        """The best variants of each type, best first, with their cosines; None for those without a vector.

        Args:
          vectors: ``float32[N, T', D]`` of the faces' parts, of the first T' types.
          library: the variants' vectors ``float32[(N,) T', V', D]``; zero for those that are invisible.
          evidence: of the N faces.
          wanted: ``bool[N, T, V]``, of `wanted`; others are left out.
          k: how many at most.
        """
        (N, known, D), (T, V) = vectors.shape, self.words.shape[:2]
        embeddings = np.zeros((N, T, V, D), np.float32)
        embeddings[:, :known, : library.shape[-2]] = library
        own = np.zeros((N, T, D), np.float32)
        own[:, :known] = vectors
        matches = kernel.match(own, embeddings, wanted, k=min(k, V), evidence=evidence)
        similarities, indices = np.asarray(matches.similarity), np.asarray(matches.variant)
        compared = np.any(embeddings != 0, -1) & np.any(own != 0, -1)[..., None]
        ranked = []
        for n in range(N):
            of_types = {}
            for t, (part, ids) in enumerate(zip(self.types, self.variants, strict=True)):
                pairs = [(v, s) for v, s in zip(indices[n, t], similarities[n, t], strict=True) if v >= 0]
                of_types[part] = [(ids[v], float(s) if compared[n, t, v] else None) for v, s in pairs]
            ranked.append(of_types)
        return ranked

    @functools.cached_property
    def _present(self) -> np.ndarray:
        """``bool[T, V]``: what is a variant and no padding."""
        V = self.words.shape[1]
        return np.arange(V) < np.asarray([len(ids) for ids in self.variants])[:, None]

    def bonus(
        self, style: Style, faces: Sequence[Attributes], library: Library, *, rare: float
    ) -> np.ndarray:
        """``float32[N, T, V]``: what speaks for variants besides words and likeness.

        Args:
          style: of the variants.
          faces: what label maps say of each of N faces.
          library: of the style; the types that it lacks are compared with nothing.
          rare: subtracted from hair that few people wear.
        """
        found = np.zeros((len(faces), *self.words.shape[:2]), np.float32)
        for t, (part, ids) in enumerate(zip(self.types, self.variants, strict=True)):
            for v, name in enumerate(ids):
                tags = style.variant(part, name).tags
                found[:, t, v] -= rare * bool(tags.get("rare", False))
                if part not in library.types:
                    fits = np.asarray([face.fits(part, tags) for face in faces], np.float32)
                    found[:, t, v] += _FITTING * fits + _DEFAULT * (name == style.parts[part].default)
        return found

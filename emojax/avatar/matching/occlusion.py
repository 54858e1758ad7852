"""A style's parts as they would look on a given face: behind its own hair, hat and glasses.

A head under long hair shows as a narrow one. Compared with heads that nothing hides it would be taken for
one; compared with heads under the same hair it is not. Nor are glasses' ends beside a head part of its shape.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from emojax.avatar.extractors.table import Extractor
from emojax.avatar.matching.library import Library, embed
from emojax.avatar.reading.placement import SEGMENTS
from emojax.avatar.reading.segments import Segment, segment
from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.data.parts.shapes import own_pixels

_HIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "head": ("hair", "hat", "eyeglasses"),
    "hair": ("hat",),
    "brows": ("eyeglasses", "hair", "hat"),
    "eyes": ("hair", "hat"),  # they are labelled where they show through glasses
    "nose": ("eyeglasses",),
}
"""What may lie before parts of a type. Where the photo ends counts as well."""

_HAT: Final = CLASSES.index("hat")
_HIDING: Final = {kind: [*map(CLASSES.index, labels), UNKNOWN] for kind, labels in _HIDE.items()}


def seen_by(
    library: Library,
    extractor: Extractor,
    labels: Sequence[np.ndarray],
    faces: Sequence[Mapping[str, Segment]],
) -> tuple[np.ndarray, np.ndarray]:
    """The library as each face would show it.

    Args:
      library: of a style.
      extractor: that it was built with.
      labels: ``uint8[306, 306]`` of each face.
      faces: their segments.

    Returns:
      ``float32[N, T, V, D]`` and ``bool[N, T, V]`` in place of `Library.embeddings` and
      `Library.present`: without variants of which nothing would show.
    """
    embeddings = np.repeat(library.embeddings[None], len(faces), axis=0)
    present = np.repeat(library.present[None], len(faces), axis=0)
    for t, kind in enumerate(library.types):
        cells, shown = [], []
        for n, (mine, face) in enumerate(zip(labels, faces, strict=True)):
            for v, found in _changed(library, kind, library.variants[t], mine, face):
                present[n, t, v] = bool(found)
                cells.append((n, v))
                shown.append(found)
        if any(shown):
            vectors = embed(extractor, kind, shown)
            n, v = np.transpose(cells)
            embeddings[n, t, v, : vectors.shape[1]] = vectors
            embeddings[n, t, v] -= present[n, t, v, None] * library.drawn_centres[t]
    return embeddings, present


def _hidden(kind: str, labels: np.ndarray) -> np.ndarray:
    """``bool[306, 306]``: where a part of that type would not be seen, or is not known to be."""
    hidden = np.isin(labels, _HIDING[kind])
    hat = labels == _HAT
    if kind == "hair" and hat.any():
        # What a hat does not cover above its brim it holds down.
        lowest = len(hat) - 1 - np.argmax(hat[::-1, hat.any(0)], axis=0)
        hidden[: int(np.median(lowest)) + 1] = True
    return hidden


def _changed(
    library: Library,
    kind: str,
    variants: Sequence[str],
    labels: np.ndarray,
    face: Mapping[str, Segment],
) -> list[tuple[int, dict[str, Segment]]]:
    """The segments of the variants of which the face hides some, by their numbers."""
    if kind not in _HIDING or not any(part in face for part in SEGMENTS[kind]):
        return []
    hidden = _hidden(kind, labels)
    if not hidden.any():
        return []
    changed = []
    for v, variant in enumerate(variants):
        drawn = library.drawings[kind][variant]
        own = np.zeros_like(hidden)
        for part in SEGMENTS[kind]:
            own |= own_pixels(part, drawn)
        if (own & hidden).any():
            merged = np.where(hidden, labels, drawn)
            pixels = np.zeros((*merged.shape, 3), np.uint8)
            found = {part: segment(pixels, merged, part) for part in SEGMENTS[kind]}
            changed.append((v, {part: each for part, each in found.items() if each is not None}))
    return changed

"""Masks a style's parts by a face's own hair, hat and glasses before they are compared with the face's.

A face under long hair shows a narrow outline. Compared with unoccluded heads it would match a narrow head;
compared with heads under the same hair it matches its own shape. Leaving this out costs ten points of the
parts of drawn people that are found again (docs/avatars.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from emojax.avatar.extractors.table import Extractor
from emojax.avatar.matching.library import Library, embed
from emojax.avatar.reading.placement import SEGMENTS
from emojax.avatar.reading.segments import Segment, segment
from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.data.parts.shapes import part_mask

_OCCLUDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "head": ("hair", "hat", "eyeglasses"),
    "hair": ("hat",),
    "brows": ("eyeglasses", "hair", "hat"),
    "eyes": ("hair", "hat"),  # not eyeglasses: eyes are labelled where they show through
    "nose": ("eyeglasses",),
}
"""Labels that occlude parts of a type. `UNKNOWN`, beyond the photo's border, always does."""

_HAT: Final = CLASSES.index("hat")
_OCCLUDER_LABELS: Final = {
    part: [*map(CLASSES.index, labels), UNKNOWN] for part, labels in _OCCLUDERS.items()
}


def occlude(
    library: Library,
    extractor: Extractor,
    labels: Sequence[np.ndarray],
    faces: Sequence[Mapping[str, Segment]],
    *,
    wanted: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The library's vectors, computed again for each face where the face occludes a drawn part.

    Args:
      library: of a style.
      extractor: the library was built with it.
      labels: ``uint8[306, 306]`` of each of N faces.
      faces: the segments of each.
      wanted: ``bool[N, T, V]``, False for variants that need not be computed again; they stay as they are.

    Returns:
      ``float32[N, T, V, D]`` and ``bool[N, T, V]``, which replace `Library.embeddings` and
      `Library.present`. Variants that would be occluded entirely are not present.
    """
    embeddings = np.repeat(library.embeddings[None], len(faces), axis=0)
    present = np.repeat(library.present[None], len(faces), axis=0)
    for t, part in enumerate(library.types):
        cells, occluded = [], []
        for n, (own_labels, face) in enumerate(zip(labels, faces, strict=True)):
            variants = {
                v: library.drawings[part][name]
                for v, name in enumerate(library.variants[t])
                if wanted is None or wanted[n, t, v]
            }
            for v, segments in _occluded(part, variants, own_labels, face):
                present[n, t, v] = bool(segments)
                cells.append((n, v))
                occluded.append(segments)
        if any(occluded):
            vectors = embed(extractor, part, occluded)
            n, v = np.transpose(cells)
            embeddings[n, t, v, : vectors.shape[1]] = vectors
            embeddings[n, t, v] -= present[n, t, v, None] * library.drawn_centres[t]
    return embeddings, present


def _mask(part: str, labels: np.ndarray) -> np.ndarray:
    """``bool[306, 306]``: where a part of that type would be occluded, or is unknown."""
    mask = np.isin(labels, _OCCLUDER_LABELS[part])
    hat = labels == _HAT
    if part == "hair" and hat.any():
        # A hat also flattens the hair above its brim, which it does not cover.
        lowest = len(hat) - 1 - np.argmax(hat[::-1, hat.any(0)], axis=0)
        mask[: int(np.median(lowest)) + 1] = True
    return mask


def _occluded(
    part: str, drawings: Mapping[int, np.ndarray], labels: np.ndarray, face: Mapping[str, Segment]
) -> Iterator[tuple[int, dict[str, Segment]]]:
    """Index and segments of each drawing that the face occludes in part; no segments if entirely."""
    if part not in _OCCLUDER_LABELS or not any(name in face for name in SEGMENTS[part]):
        return
    mask = _mask(part, labels)
    if not mask.any():
        return
    for v, drawing in drawings.items():
        own = np.any([part_mask(name, drawing) for name in SEGMENTS[part]], axis=0)
        if (own & mask).any():
            merged = np.where(mask, labels, drawing)
            found = {name: segment(None, merged, name) for name in SEGMENTS[part]}
            yield v, {name: each for name, each in found.items() if each is not None}

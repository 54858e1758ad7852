"""A style's parts as vectors: what the parts of faces are compared with.

Every variant is drawn on a plain head, cut as photographed parts are (`segments.segment`) and
embedded by the extractor. That is done once for a style and an extractor; nothing is trained for it.
"""

import contextlib
import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import numpy as np

from emojax import svg, weights
from emojax.avatar.compose import compose, label_map, view_box
from emojax.avatar.segments import Segment, segment
from emojax.avatar.style import FRAME, Style
from emojax.errors import UserError
from emojax.files import cache_dir

SEGMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "head": ("face",),
    "hair": ("hair",),
    "brows": ("right_brow", "left_brow"),
    "eyes": ("right_eye", "left_eye"),
    "nose": ("nose",),
    "mouth": ("mouth",),
    "glasses": ("eyeglasses",),
    "hat": ("hat",),
}
"""Part types of a style that are chosen by likeness, and the parts of a face that they draw."""

_FORMAT: Final = "emojax.library.1"


class Extractor(Protocol):
    """What turns parts into vectors."""

    @property
    def name(self) -> str:
        """For people."""
        ...

    @property
    def digest(self) -> str:
        """Of everything that the vectors depend on, for caches."""
        ...

    @property
    def needs_pixels(self) -> bool:
        """Whether it looks at a segment's image, or at its labels alone."""
        ...

    def embed(self, part: str, segments: Sequence[Segment]) -> np.ndarray:
        """``float32[B, D]`` of B segments, at least one, of one part of `segments.PARTS`."""
        ...


@dataclasses.dataclass(frozen=True)
class Library:
    """The vectors of a style's variants, as `matching.match` takes them.

    Attributes:
      types: part types, those of `SEGMENTS` that the style has.
      variants: of each type, the ids of the variants that show at all.
      embeddings: ``float32[T, V, D]``, zeros where a type has fewer than V.
      present: ``bool[T, V]``.
    """

    types: tuple[str, ...]
    variants: tuple[tuple[str, ...], ...]
    embeddings: np.ndarray
    present: np.ndarray


def load(style: Style, extractor: Extractor) -> Library:
    """The library of a style, from the cache if it was built before."""
    key = hashlib.sha256(f"{_FORMAT} {style.digest} {extractor.digest}".encode()).hexdigest()
    path = cache_dir() / "libraries" / f"{key[:32]}.safetensors"
    if path.is_file():
        try:
            return _from_arrays(style, weights.load(path)[0])
        except (UserError, KeyError, ValueError):
            path.unlink(missing_ok=True)  # damaged: what can be made again is
    vectors = build(style, extractor)
    with contextlib.suppress(UserError):  # a cache that cannot be written makes the next start slower
        tree = {part: dict(found) for part, found in vectors.items()}
        weights.save(path, tree, metadata={"format": _FORMAT})
    return _from_arrays(style, vectors)


def build(style: Style, extractor: Extractor) -> dict[str, dict[str, np.ndarray]]:
    """Draws and embeds every variant: ``float32[D]`` by part type and variant that shows."""
    vectors: dict[str, dict[str, np.ndarray]] = {}
    for kind in SEGMENTS:
        if kind in style.parts:
            seen = {
                variant: _segments(style, kind, variant, extractor) for variant in style.parts[kind].variants
            }
            shown = {variant: found for variant, found in seen.items() if found}
            embedded = embed(extractor, kind, list(shown.values()))
            vectors[kind] = dict(zip(shown, embedded, strict=True))
    return vectors


def embed(extractor: Extractor, kind: str, faces: Sequence[Mapping[str, Segment]]) -> np.ndarray:
    """The vectors of one part type.

    Args:
      extractor: what makes them.
      kind: of `SEGMENTS`.
      faces: of each face its segments of this type, by part. What is there twice, as eyes are, is
        the mean of both sides, or one where the other is hidden.

    Returns:
      ``float32[N, D]``, zeros for a face that shows none; ``[N, 1]`` if no face does.
    """
    total: np.ndarray | None = None
    counts = np.zeros((len(faces), 1), np.float32)
    for part in SEGMENTS[kind]:
        rows = [i for i, face in enumerate(faces) if part in face]
        if rows:
            found = extractor.embed(part, [faces[i][part] for i in rows])
            total = np.zeros((len(faces), found.shape[1]), np.float32) if total is None else total
            total[rows] += found
            counts[rows] += 1
    return np.zeros((len(faces), 1), np.float32) if total is None else total / np.maximum(counts, 1)


def _segments(style: Style, kind: str, variant: str, extractor: Extractor) -> dict[str, Segment]:
    choice = {kind: variant}
    labels = label_map(style, choice)
    pixels = np.zeros((*labels.shape, 3), np.uint8)
    if extractor.needs_pixels:
        drawing = compose(style, choice, {}).replace(view_box(style.canvas), view_box((0, 0, FRAME)), 1)
        pixels = svg.rasterize(drawing.encode(), size=FRAME, background="white", name=f"style {style.name}")
    found = {part: segment(pixels, labels, part) for part in SEGMENTS[kind]}
    return {part: each for part, each in found.items() if each is not None}


def _from_arrays(style: Style, vectors: Mapping[str, Mapping[str, np.ndarray]]) -> Library:
    types = tuple(kind for kind in SEGMENTS if vectors.get(kind))
    variants = tuple(tuple(v for v in style.parts[kind].variants if v in vectors[kind]) for kind in types)
    length = max(len(vectors[kind][shown[0]]) for kind, shown in zip(types, variants, strict=True))
    embeddings = np.zeros((len(types), max(map(len, variants)), length), np.float32)
    present = np.zeros(embeddings.shape[:2], bool)
    for t, (kind, shown) in enumerate(zip(types, variants, strict=True)):
        for v, variant in enumerate(shown):
            embeddings[t, v] = vectors[kind][variant]
            present[t, v] = True
    return Library(types, variants, embeddings, present)

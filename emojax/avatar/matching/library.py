"""A style's parts as vectors: what the parts of faces are compared with.

Every variant is drawn on a plain head, cut as photographed parts are (`segments.segment`) and
embedded by the extractor. That is done once for a style and an extractor; nothing is trained for it.

Photographed parts differ from drawn ones as a whole: a style's eyes are half as large again, its heads
broader. So a photo's parts are shown as many times larger as the style draws them, and from the vectors
of either side half their mean is taken, which leaves what sets one part apart from others of its side.
"""

import contextlib
import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from emojax import weights
from emojax.avatar.extractors.table import Extractor
from emojax.avatar.matching.approach import ALL, Approach
from emojax.avatar.reading.placement import SEGMENTS, Place, measure_place, measure_zoom
from emojax.avatar.reading.segments import Segment, segment, zoom_segment
from emojax.avatar.styles.composition import compose, label_map, view_box
from emojax.avatar.styles.style import FRAME, Style
from emojax.core.errors import UserError
from emojax.core.files import cache_dir
from emojax.media import svg

_FORMAT: Final = "emojax.library.6"

_CENTRED: Final = 0.5
"""Share of the means that is taken from vectors. With none of it a few variants are most like nearly all
faces; with all of it what all eyes have in common counts for nothing, and closed ones win."""


@dataclasses.dataclass(frozen=True)
class Library:
    """The vectors of a style's variants, as `matching.match` takes them.

    Attributes:
      types: part types, those of `SEGMENTS` that the style has.
      variants: of each type, the ids of the variants that show at all.
      embeddings: ``float32[T, V, D]``, centred; zeros where a type has fewer than V.
      present: ``bool[T, V]``.
      zooms: of each type, how many times larger than photographed it is drawn.
      shown: of each type, how many times larger photographed parts are shown: as `zooms`, or 1.
      photo_centres: ``float32[T, D]``, what is taken from a photographed part's vector.
      drawn_centres: ``float32[T, D]``, what is taken from a drawn one's.
      places: by part type and variant, of those that are placed.
      drawings: ``uint8[306, 306]`` by part type and variant: the label map of a plain head with it.
    """

    types: tuple[str, ...]
    variants: tuple[tuple[str, ...], ...]
    embeddings: np.ndarray
    present: np.ndarray
    zooms: tuple[float, ...]
    shown: tuple[float, ...]
    photo_centres: np.ndarray
    drawn_centres: np.ndarray
    places: Mapping[str, Mapping[str, Place]]
    drawings: Mapping[str, Mapping[str, np.ndarray]]

    def embed(
        self, extractor: Extractor, faces: Sequence[Mapping[str, Segment]], *, drawn: bool = False
    ) -> np.ndarray:
        """The centred vectors of faces, as `matching.match` compares them with `embeddings`.

        Args:
          extractor: that the library was built with.
          faces: of each its segments, by part.
          drawn: whether they are this style's own drawings, not photos.

        Returns:
          ``float32[N, T, D]``, zeros for a part that does not show.
        """
        T, _, D = self.embeddings.shape
        vectors = np.zeros((len(faces), T, D), np.float32)
        for t, kind in enumerate(self.types):
            larger = 1.0 if drawn else self.shown[t]
            mine = [
                {part: zoom_segment(face[part], larger) for part in SEGMENTS[kind] if part in face}
                for face in faces
            ]
            found = embed(extractor, kind, mine)
            shown = np.array([bool(face) for face in mine])[:, None]
            centre = (self.drawn_centres if drawn else self.photo_centres)[t]
            vectors[:, t, : found.shape[1]] = found
            vectors[:, t] -= shown * centre
        return vectors


def load(style: Style, extractor: Extractor, approach: Approach = ALL) -> Library:
    """The library of a style, from the cache if it was built before."""
    key = hashlib.sha256(f"{_FORMAT} {style.digest} {extractor.digest}".encode()).hexdigest()
    path = cache_dir() / "libraries" / f"{key[:32]}.safetensors"
    if path.is_file():
        try:
            return _library(style, extractor, weights.load(path)[0], approach)
        except (UserError, KeyError, ValueError):
            path.unlink(missing_ok=True)  # damaged: what can be made again is
    found = build(style, extractor)
    with contextlib.suppress(UserError):  # a cache that cannot be written makes the next start slower
        weights.save(path, found, metadata={"format": _FORMAT})
    return _library(style, extractor, found, approach)


def build(style: Style, extractor: Extractor) -> dict[str, dict[str, dict[str, np.ndarray]]]:
    """Draws and embeds every variant.

    Returns:
      By part type and variant that shows: ``vector`` ``float32[D]``; ``labels`` ``uint8[306, 306]``; and
      for what is placed ``place`` ``float32[7]``, a `placement.Place`.
    """
    built: dict[str, dict[str, dict[str, np.ndarray]]] = {}
    for kind in SEGMENTS:
        if kind in style.parts:
            choices = {v: _plain(style) | {kind: v} for v in style.parts[kind].variants}
            drawn = {v: label_map(style, choice) for v, choice in choices.items()}
            seen = {v: _segments(style, kind, choices[v], labels, extractor) for v, labels in drawn.items()}
            shown = {variant: found for variant, found in seen.items() if found}
            vectors = embed(extractor, kind, list(shown.values()))
            built[kind] = {
                variant: {"vector": vector, "labels": drawn[variant], **_placed(found, kind)}
                for (variant, found), vector in zip(shown.items(), vectors, strict=True)
            }
    return built


def _placed(segments: Mapping[str, Segment], kind: str) -> dict[str, np.ndarray]:
    found = measure_place(segments, kind)
    return {} if found is None else {"place": np.asarray(found, np.float32)}


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


def _plain(style: Style) -> dict[str, str]:
    """A head that no hair hides, if the style has such: what is not told has the style's defaults."""
    if "hair" not in style.parts:
        return {}
    bald = [v for v, each in style.parts["hair"].variants.items() if each.tags["length"] == "none"]
    return {"hair": bald[0]} if bald else {}


def _segments(
    style: Style, kind: str, choice: Mapping[str, str], labels: np.ndarray, extractor: Extractor
) -> dict[str, Segment]:
    pixels = np.zeros((*labels.shape, 3), np.uint8)
    if extractor.needs_pixels:
        drawing = compose(style, choice, {}).replace(view_box(style.canvas), view_box((0, 0, FRAME)), 1)
        pixels = svg.rasterize(drawing.encode(), size=FRAME, background="white", name=f"style {style.name}")
    found = {part: segment(pixels, labels, part) for part in SEGMENTS[kind]}
    return {part: each for part, each in found.items() if each is not None}


def _library(
    style: Style,
    extractor: Extractor,
    built: Mapping[str, Mapping[str, Mapping[str, np.ndarray]]],
    approach: Approach,
) -> Library:
    types = tuple(kind for kind in SEGMENTS if built.get(kind))
    variants = tuple(tuple(v for v in style.parts[kind].variants if v in built[kind]) for kind in types)
    length = max(len(built[kind][shown[0]]["vector"]) for kind, shown in zip(types, variants, strict=True))
    embeddings = np.zeros((len(types), max(map(len, variants)), length), np.float32)
    present = np.zeros(embeddings.shape[:2], bool)
    photo_centres, drawn_centres = np.zeros((2, len(types), length), np.float32)
    places, drawings, zooms, larger = {}, {}, [], []
    for t, (kind, shown) in enumerate(zip(types, variants, strict=True)):
        found = built[kind]
        places[kind] = {v: Place(*found[v]["place"].tolist()) for v in shown if "place" in found[v]}
        drawings[kind] = {v: found[v]["labels"] for v in shown}
        zooms.append(measure_zoom(kind, places[kind]))
        larger.append(zooms[t] if approach.zoom else 1.0)
        vectors = np.stack([found[v]["vector"] for v in shown])
        photos = extractor.photo_mean(SEGMENTS[kind][0], larger[t])
        if approach.centring and photos is not None:
            photo_centres[t], drawn_centres[t] = _CENTRED * photos, _CENTRED * vectors.mean(0)
        embeddings[t, : len(shown)] = vectors - drawn_centres[t]
        present[t, : len(shown)] = True
    return Library(
        types=types,
        variants=variants,
        embeddings=embeddings,
        present=present,
        zooms=tuple(zooms),
        shown=tuple(larger),
        photo_centres=photo_centres,
        drawn_centres=drawn_centres,
        places=places,
        drawings=drawings,
    )

"""A style's parts as vectors, which the parts of faces are compared with.

Every variant is drawn on a plain head, cut like photographed parts (`segments.segment`) and embedded by the
extractor, once per style and extractor. Nothing is trained for a style.

Drawn parts differ from photographed ones as a whole: a style's eyes are half as large again, its heads
broader. So a photo's parts are magnified to the size at which the style draws them, and half of the mean
vector of each side is subtracted from its vectors, which leaves what distinguishes a part from others of
its side.
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

_CENTRING: Final = 0.5
"""Share of the mean vectors that is subtracted. With 0 a few variants are the nearest of nearly all faces:
the most frequent serves 45 instead of 34 in 100 (docs/avatars.md). With 1 what all eyes have in common
counts for nothing, and closed ones win."""


@dataclasses.dataclass(frozen=True)
class Library:
    """The vectors of a style's variants, as `kernel.match` takes them.

    Attributes:
      types: part types, those of `SEGMENTS` that the style has.
      variants: for each type the ids of the variants that are visible.
      embeddings: ``float32[T, V, D]``, centred; zeros where a type has fewer than V.
      present: ``bool[T, V]``, False for that padding.
      zooms: for each type the ratio of its drawn to its photographed size.
      photo_zooms: for each type how much photographed parts are magnified: `zooms`, or 1 without that step.
      photo_centres: ``float32[T, D]``, subtracted from photographed parts' vectors.
      drawn_centres: ``float32[T, D]``, subtracted from drawn parts' vectors.
      places: by part type and variant, for the types that are moved.
      drawings: ``uint8[306, 306]`` by part type and variant: the label map of a plain head with it.
    """

    types: tuple[str, ...]
    variants: tuple[tuple[str, ...], ...]
    embeddings: np.ndarray
    present: np.ndarray
    zooms: tuple[float, ...]
    photo_zooms: tuple[float, ...]
    photo_centres: np.ndarray
    drawn_centres: np.ndarray
    places: Mapping[str, Mapping[str, Place]]
    drawings: Mapping[str, Mapping[str, np.ndarray]]

    def embed(
        self, extractor: Extractor, faces: Sequence[Mapping[str, Segment]], *, drawn: bool = False
    ) -> np.ndarray:
        """The centred vectors of faces, comparable with `embeddings`.

        Args:
          extractor: the library was built with it.
          faces: the segments of each of N faces, by part.
          drawn: True if they are drawings in this style instead of photos.

        Returns:
          ``float32[N, T, D]``, zeros for a part that is not visible.
        """
        T, _, D = self.embeddings.shape
        vectors = np.zeros((len(faces), T, D), np.float32)
        for t, part in enumerate(self.types):
            zoom = 1.0 if drawn else self.photo_zooms[t]
            segments = [
                {name: zoom_segment(face[name], zoom) for name in SEGMENTS[part] if name in face}
                for face in faces
            ]
            found = embed(extractor, part, segments)
            visible = np.array([bool(face) for face in segments])[:, None]
            centre = (self.drawn_centres if drawn else self.photo_centres)[t]
            vectors[:, t, : found.shape[1]] = found
            vectors[:, t] -= visible * centre
        return vectors


def load(style: Style, extractor: Extractor, approach: Approach = ALL) -> Library:
    """The library of a style: from the cache, or built and cached."""
    key = hashlib.sha256(f"{_FORMAT} {style.digest} {extractor.digest}".encode()).hexdigest()
    path = cache_dir() / "libraries" / f"{key[:32]}.safetensors"
    if path.is_file():
        try:
            return _library(style, extractor, weights.load(path)[0], approach)
        except (UserError, KeyError, ValueError):
            path.unlink(missing_ok=True)  # damaged; built again below
    found = build(style, extractor)
    with contextlib.suppress(UserError):  # without a cache the next start is slower, and nothing else
        weights.save(path, found, metadata={"format": _FORMAT})
    return _library(style, extractor, found, approach)


def build(style: Style, extractor: Extractor) -> dict[str, dict[str, dict[str, np.ndarray]]]:
    """Draws and embeds every variant.

    Returns:
      By part type and variant, of those that are visible: ``vector`` ``float32[D]``; ``labels``
      ``uint8[306, 306]``; and for the types that are moved ``place`` ``float32[7]``, a `placement.Place`.
    """
    built: dict[str, dict[str, dict[str, np.ndarray]]] = {}
    for part in SEGMENTS:
        if part in style.parts:
            choices = {v: _plain_head(style) | {part: v} for v in style.parts[part].variants}
            labels = {v: label_map(style, choice) for v, choice in choices.items()}
            found = {v: _segments(style, part, choices[v], labels[v], extractor) for v in choices}
            visible = {v: segments for v, segments in found.items() if segments}
            vectors = embed(extractor, part, list(visible.values()))
            built[part] = {
                v: {"vector": vector, "labels": labels[v], **_place(segments, part)}
                for (v, segments), vector in zip(visible.items(), vectors, strict=True)
            }
    return built


def _place(segments: Mapping[str, Segment], part: str) -> dict[str, np.ndarray]:
    found = measure_place(segments, part)
    return {} if found is None else {"place": np.asarray(found, np.float32)}


def embed(extractor: Extractor, part: str, faces: Sequence[Mapping[str, Segment]]) -> np.ndarray:
    """The vectors of one part type.

    Args:
      extractor: computes them.
      part: of `SEGMENTS`.
      faces: the segments of that type of each of N faces. The vector of a pair, such as eyes, is the mean
        of both sides, or the visible side's.

    Returns:
      ``float32[N, D]``, zeros for a face without any; ``float32[N, 1]`` if no face has any.
    """
    total: np.ndarray | None = None
    counts = np.zeros((len(faces), 1), np.float32)
    for name in SEGMENTS[part]:
        rows = [i for i, face in enumerate(faces) if name in face]
        if rows:
            found = extractor.embed(name, [faces[i][name] for i in rows])
            total = np.zeros((len(faces), found.shape[1]), np.float32) if total is None else total
            total[rows] += found
            counts[rows] += 1
    return np.zeros((len(faces), 1), np.float32) if total is None else total / np.maximum(counts, 1)


def _plain_head(style: Style) -> dict[str, str]:
    """The first hair without length, if the style has such, so that no hair hides the head."""
    if "hair" not in style.parts:
        return {}
    bald = [v for v, variant in style.parts["hair"].variants.items() if variant.tags["length"] == "none"]
    return {"hair": bald[0]} if bald else {}


def _segments(
    style: Style, part: str, choice: Mapping[str, str], labels: np.ndarray, extractor: Extractor
) -> dict[str, Segment]:
    pixels = None
    if extractor.needs_pixels:
        drawing = compose(style, choice, {}).replace(view_box(style.canvas), view_box((0, 0, FRAME)), 1)
        pixels = svg.rasterize(drawing.encode(), size=FRAME, background="white", name=f"style {style.name}")
    found = {name: segment(pixels, labels, name) for name in SEGMENTS[part]}
    return {name: each for name, each in found.items() if each is not None}


def _library(
    style: Style,
    extractor: Extractor,
    built: Mapping[str, Mapping[str, Mapping[str, np.ndarray]]],
    approach: Approach,
) -> Library:
    """Pads and centres what `build` returned."""
    types = tuple(part for part in SEGMENTS if built.get(part))
    variants = tuple(tuple(v for v in style.parts[part].variants if v in built[part]) for part in types)
    length = len(built[types[0]][variants[0][0]]["vector"])
    embeddings = np.zeros((len(types), max(map(len, variants)), length), np.float32)
    present = np.zeros(embeddings.shape[:2], bool)
    photo_centres, drawn_centres = np.zeros((2, len(types), length), np.float32)
    places, drawings, zooms, photo_zooms = {}, {}, [], []
    for t, (part, ids) in enumerate(zip(types, variants, strict=True)):
        found = built[part]
        places[part] = {v: Place(*found[v]["place"].tolist()) for v in ids if "place" in found[v]}
        drawings[part] = {v: found[v]["labels"] for v in ids}
        zooms.append(measure_zoom(part, places[part]))
        photo_zooms.append(zooms[t] if approach.zoom else 1.0)
        vectors = np.stack([found[v]["vector"] for v in ids])
        mean = extractor.photo_mean(SEGMENTS[part][0], photo_zooms[t])
        if approach.centring and mean is not None:
            photo_centres[t], drawn_centres[t] = _CENTRING * mean, _CENTRING * vectors.mean(0)
        embeddings[t, : len(ids)] = vectors - drawn_centres[t]
        present[t, : len(ids)] = True
    return Library(
        types=types,
        variants=variants,
        embeddings=embeddings,
        present=present,
        zooms=tuple(zooms),
        photo_zooms=tuple(photo_zooms),
        photo_centres=photo_centres,
        drawn_centres=drawn_centres,
        places=places,
        drawings=drawings,
    )

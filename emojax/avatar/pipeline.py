"""From photos to avatars: find the face, read it, compare its parts with a style's, put the best together."""

import dataclasses
import time
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from emojax.avatar import colors, library, matching, traits
from emojax.avatar.face import Crop, crop_face
from emojax.avatar.library import Extractor, Library
from emojax.avatar.parser import FaceParser
from emojax.avatar.portraits import known_labels
from emojax.avatar.result import Avatar, Part
from emojax.avatar.segments import Segment, segment
from emojax.avatar.style import Style
from emojax.errors import UserError

ALTERNATIVES: Final = 3
"""Runners-up told of each part."""

_BATCH: Final = 8
"""Photos that the parser labels at once where there are several."""


@dataclasses.dataclass(frozen=True)
class AvatarMaker:
    """Everything that is loaded once.

    Attributes:
      style: where the parts are from.
      extractor: what turns parts into vectors.
      library: the vectors of the style's parts.
      parser: labels photos, one at a time.
      batch_parser: the same net, labelling several at a time.
    """

    style: Style
    extractor: Extractor
    library: Library
    parser: FaceParser
    batch_parser: FaceParser

    @classmethod
    def load(cls, style: Style, extractor: Extractor, parser: FaceParser) -> "AvatarMaker":
        """Builds the style's library, or takes it from the cache."""
        batch_parser = dataclasses.replace(parser, batch_size=_BATCH)
        return cls(style, extractor, library.load(style, extractor), parser, batch_parser)

    def make(
        self,
        photos: Sequence[np.ndarray],
        *,
        face: int = 0,
        exact_colors: bool = False,
        overrides: Mapping[str, str] | None = None,
    ) -> list[Avatar | UserError]:
        """Avatars of photos ``uint8[H, W, 3]`` of any size.

        Args:
          photos: compared in one batch.
          face: which face of each; 0 is the largest.
          exact_colors: keep measured colours instead of the palette's nearest.
          overrides: variants by part type that are taken whatever the faces show.

        Returns:
          For each photo an avatar, or why there is none.

        Raises:
          UserError: the style does not have an override.
        """
        overrides = overrides or {}
        for kind, variant in overrides.items():
            self.style.variant(kind, variant)
        clock = _Clock(len(photos))
        crops = [self._crop(photo, face) for photo in photos]
        clock.lap("crop")
        faces = self._read([(p, c) for p, c in zip(photos, crops, strict=True) if isinstance(c, Crop)])
        clock.lap("segment")
        segments = [_segments(face) for face in faces]
        vectors = self._embed(segments)
        clock.lap("embed")
        shown = [traits.read(face.crop.pixels, face.labels) for face in faces]
        choices = self._choose(vectors, segments, shown)
        clock.lap("match")
        made = [
            self._compose(
                face,
                mine,
                choice | {k: Part(v) for k, v in overrides.items()},
                colors.measure(face.crop.pixels, face.labels, beard=told.facial_hair.covered),
                exact_colors,
            )
            for face, mine, choice, told in zip(faces, segments, choices, shown, strict=True)
        ]
        clock.lap("compose")
        avatars = iter(dataclasses.replace(avatar, timings_ms=clock.laps) for avatar in made)
        return [crop if isinstance(crop, UserError) else next(avatars) for crop in crops]

    def _crop(self, photo: np.ndarray, face: int) -> Crop | UserError:
        try:
            return crop_face(photo, face=face, parser=self.parser)
        except UserError as error:
            return error

    def _read(self, found: Sequence[tuple[np.ndarray, Crop]]) -> list["_Face"]:
        if not found:
            return []
        parser = self.parser if len(found) == 1 else self.batch_parser
        labels = parser.label_maps(np.stack([crop.pixels for _, crop in found]))
        return [
            _Face(crop, known_labels(photo, crop.to_photo, each))
            for (photo, crop), each in zip(found, labels, strict=True)
        ]

    def _embed(self, segments: Sequence[Mapping[str, Segment]]) -> np.ndarray:
        """``float32[N, T, D]``; zeros for a part that does not show."""
        T, _, D = self.library.embeddings.shape
        vectors = np.zeros((len(segments), T, D), np.float32)
        for t, kind in enumerate(self.library.types):
            found = library.embed(self.extractor, kind, segments)
            vectors[:, t, : found.shape[1]] = found
        return vectors

    def _choose(
        self, vectors: np.ndarray, segments: Sequence[Mapping[str, Segment]], shown: Sequence[traits.Traits]
    ) -> list[dict[str, Part]]:
        """Of every face a part of each type: the most alike among those with the face's traits."""
        if not shown:
            return []
        allowed = np.stack([self._allowed(each) for each in shown])
        k = min(1 + ALTERNATIVES, self.library.present.shape[1])
        matches = matching.match(vectors, self.library.embeddings, allowed, k=k)
        similarity, variant = np.asarray(matches.similarity), np.asarray(matches.variant)
        choices = []
        for n, (mine, face) in enumerate(zip(segments, shown, strict=True)):
            choice = {kind: Part(self._without(kind, face)) for kind in self.style.parts}
            for t, (kind, ids) in enumerate(zip(self.library.types, self.library.variants, strict=True)):
                if not any(part in mine for part in library.SEGMENTS[kind]) or variant[n, t, 0] < 0:
                    continue
                ranked = [
                    (ids[v], float(s)) for v, s in zip(variant[n, t], similarity[n, t], strict=True) if v >= 0
                ]
                choice[kind] = Part(*ranked[0], tuple(ranked[1:]))
            choices.append(choice)
        return choices

    def _allowed(self, face: traits.Traits) -> np.ndarray:
        """``bool[T, V]``: the library's variants whose tags do not contradict what the face shows."""
        allowed = self.library.present.copy()
        for t, (kind, ids) in enumerate(zip(self.library.types, self.library.variants, strict=True)):
            fits = [face.fits(kind, self.style.variant(kind, variant).tags) for variant in ids]
            # A style without sunglasses has other glasses; but a bare head gets no hat for want of one.
            absent = {"glasses": not face.glasses, "hat": not face.hat}.get(kind, False)
            if any(fits) or absent:
                allowed[t, : len(ids)] = fits
        return allowed

    def _without(self, kind: str, face: traits.Traits) -> str:
        """What stands where nothing is compared: the default, unless its tags contradict the face."""
        part = self.style.parts[kind]
        fitting = [v for v in part.variants.values() if face.fits(kind, v.tags)]
        return part.default if not fitting or part.variants[part.default] in fitting else fitting[0].id

    def _compose(
        self,
        face: "_Face",
        segments: Mapping[str, Segment],
        choice: dict[str, Part],
        measured: colors.Measured,
        exact: bool,
    ) -> Avatar:
        return Avatar(
            style=self.style,
            extractor=self.extractor.name,
            crop=face.crop,
            labels=face.labels,
            segments=segments,
            parts=choice,
            measured=measured,
            colors=self.style.colors(colors.choose(self.style, measured, exact=exact)),
            timings_ms={},
        )


class _Face(NamedTuple):
    """A crop and its labels, `UNKNOWN` beyond the photo."""

    crop: Crop
    labels: np.ndarray


class _Clock:
    """Milliseconds between laps, shared out among the photos of a batch."""

    def __init__(self, count: int) -> None:
        self._count, self._since = max(count, 1), time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] = 1e3 * (now - self._since) / self._count
        self._since = now


def _segments(face: _Face) -> dict[str, Segment]:
    wanted = {part for parts in library.SEGMENTS.values() for part in parts}
    found = {part: segment(face.crop.pixels, face.labels, part) for part in sorted(wanted)}
    return {part: each for part, each in found.items() if each is not None}

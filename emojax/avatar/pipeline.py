"""From photos to avatars: find the face, read it, compare its parts with a style's, put the best together."""

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from emojax.avatar import colors, library, matching, occlusion, traits
from emojax.avatar.face import Crop, crop_face
from emojax.avatar.library import Extractor, Library
from emojax.avatar.parser import FaceParser
from emojax.avatar.placement import SEGMENTS, Move, Place, moods_allowed, moves, place
from emojax.avatar.portraits import Portrait, known_labels
from emojax.avatar.result import Avatar, Part
from emojax.avatar.segments import Segment, segment
from emojax.avatar.style import Style
from emojax.errors import UserError

ALTERNATIVES: Final = 3
"""Runners-up told of each part."""

_BATCH: Final = 8
"""Photos that the parser labels at once where there are several."""


class Choice(NamedTuple):
    """What a portrait was found to show, and what a style has for it.

    Attributes:
      segments: the face's parts that were compared.
      traits: what limits the choice.
      parts: of each part type the variant chosen.
    """

    segments: Mapping[str, Segment]
    traits: traits.Traits
    parts: Mapping[str, Part]


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
        choices = self.choose([face.portrait for face in faces], lap=clock.lap)
        clock.lap("match")
        made = [
            self._compose(face, choice, {k: Part(v) for k, v in overrides.items()}, exact_colors)
            for face, choice in zip(faces, choices, strict=True)
        ]
        clock.lap("compose")
        avatars = iter(dataclasses.replace(avatar, timings_ms=clock.laps) for avatar in made)
        return [crop if isinstance(crop, UserError) else next(avatars) for crop in crops]

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
        shown = [traits.read(portrait.pixels, portrait.labels) for portrait in portraits]
        labels = [portrait.labels for portrait in portraits]
        parts = self._match(vectors, labels, segments, shown, drawn) if portraits else []
        return [Choice(*each) for each in zip(segments, shown, parts, strict=True)]

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
            _Face(crop, Portrait(crop.pixels, traits.without_stray_hair(known)))
            for (photo, crop), each in zip(found, labels, strict=True)
            for known in [known_labels(photo, crop.to_photo, each)]
        ]

    def _match(
        self,
        vectors: np.ndarray,
        labels: Sequence[np.ndarray],
        segments: Sequence[Mapping[str, Segment]],
        shown: Sequence[traits.Traits],
        drawn: bool,
    ) -> list[dict[str, Part]]:
        """Of every face a part of each type: the most alike among those with the face's traits."""
        seen, present = occlusion.seen_by(self.library, self.extractor, labels, segments)
        allowed = present & np.stack(
            [self._allowed(*each, drawn) for each in zip(shown, segments, strict=True)]
        )
        k = min(1 + ALTERNATIVES, self.library.present.shape[1])
        matches = matching.match(vectors, seen, allowed, k=k)
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
                choice[kind] = Part(*ranked[0], tuple(ranked[1:]))
            choices.append(choice)
        return choices

    def _allowed(self, face: traits.Traits, segments: Mapping[str, Segment], drawn: bool) -> np.ndarray:
        """``bool[T, V]``: the library's variants that do not contradict what the face shows."""
        allowed = self.library.present.copy()
        for t, (kind, ids) in enumerate(zip(self.library.types, self.library.variants, strict=True)):
            fits = [face.fits(kind, self.style.variant(kind, variant).tags) for variant in ids]
            # A style without sunglasses has other glasses; but a bare head gets no hat for want of one.
            absent = {"glasses": not face.glasses, "hat": not face.hat}.get(kind, False)
            if any(fits) or absent:
                allowed[t, : len(ids)] = fits
            if kind == "brows" and (brows := place(segments, kind)) is not None:
                places = self.library.places[kind]
                allowed[t, : len(ids)] &= moods_allowed(
                    brows, [places[variant] for variant in ids], drawn=drawn
                )
        return allowed

    def _without(self, kind: str, face: traits.Traits) -> str:
        """What stands where nothing is compared: the default, unless its tags contradict the face."""
        part = self.style.parts[kind]
        fitting = [v for v in part.variants.values() if face.fits(kind, v.tags)]
        return part.default if not fitting or part.variants[part.default] in fitting else fitting[0].id

    def _compose(self, face: "_Face", choice: Choice, overrides: Mapping[str, Part], exact: bool) -> Avatar:
        portrait, beard = face.portrait, choice.traits.facial_hair.covered
        measured = colors.measure(portrait.pixels, portrait.labels, beard=beard)
        parts = {**choice.parts, **overrides}
        return Avatar(
            style=self.style,
            extractor=self.extractor.name,
            crop=face.crop,
            labels=portrait.labels,
            segments=choice.segments,
            parts=parts,
            moves=self._moves(choice.segments, parts),
            measured=measured,
            colors=self.style.colors(colors.choose(self.style, measured, exact=exact)),
            timings_ms={},
        )

    def _moves(self, segments: Mapping[str, Segment], parts: Mapping[str, Part]) -> dict[str, Move]:
        """What takes the parts to where the face has its own."""
        seen = {kind: place(segments, kind) for kind in self.library.types}
        drawn = {kind: self.library.places[kind].get(parts[kind].id) for kind in self.library.types}
        zooms = dict(zip(self.library.types, self.library.zooms, strict=True))
        return moves(_known(seen), _known(drawn), zooms)


def _known(places: Mapping[str, Place | None]) -> dict[str, Place]:
    return {kind: found for kind, found in places.items() if found is not None}


class _Face(NamedTuple):
    """A face where it is on its photo, and as it is compared."""

    crop: Crop
    portrait: Portrait


class _Clock:
    """Milliseconds between laps, shared out among the photos of a batch."""

    def __init__(self, count: int) -> None:
        self._count, self._since = max(count, 1), time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] = 1e3 * (now - self._since) / self._count
        self._since = now


def _segments(portrait: Portrait) -> dict[str, Segment]:
    wanted = {part for parts in SEGMENTS.values() for part in parts}
    found = {part: segment(portrait.pixels, portrait.labels, part) for part in sorted(wanted)}
    return {part: each for part, each in found.items() if each is not None}

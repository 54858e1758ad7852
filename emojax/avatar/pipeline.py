"""From photos to avatars: find the face, read it, compare its parts with a style's, put the best together."""

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from emojax.avatar.extractors.table import Extractor
from emojax.avatar.faces.crop import Crop, crop_face
from emojax.avatar.faces.parser import FaceParser
from emojax.avatar.faces.portraits import Portrait, mark_unknown
from emojax.avatar.matching import library
from emojax.avatar.matching.approach import ALL, Approach
from emojax.avatar.matching.choosing import Choice, Chooser, Part
from emojax.avatar.matching.colors import choose as choose_colors
from emojax.avatar.matching.library import Library
from emojax.avatar.reading import attributes, colors
from emojax.avatar.reading.placement import Move, Place, compute_moves, measure_place
from emojax.avatar.reading.segments import Segment
from emojax.avatar.result import Avatar
from emojax.avatar.styles.style import Style
from emojax.core.errors import UserError

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
      approach: what is done to compare photos with drawings.
    """

    style: Style
    extractor: Extractor
    library: Library
    parser: FaceParser
    batch_parser: FaceParser
    approach: Approach = ALL

    @classmethod
    def load(
        cls, style: Style, extractor: Extractor, parser: FaceParser, approach: Approach = ALL
    ) -> "AvatarMaker":
        """Builds the style's library, or takes it from the cache."""
        batch_parser = dataclasses.replace(parser, batch_size=_BATCH)
        parts = library.load(style, extractor, approach)
        return cls(style, extractor, parts, parser, batch_parser, approach)

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

    def remake(self, avatars: Sequence[Avatar]) -> list[Avatar]:
        """This maker's avatars of the faces that another one with the same parser has read."""
        faces = [_Face(avatar.crop, Portrait(avatar.crop.pixels, avatar.labels)) for avatar in avatars]
        choices = self.choose([face.portrait for face in faces])
        return [self._compose(*each, {}, False) for each in zip(faces, choices, strict=True)]

    def choose(
        self,
        portraits: Sequence[Portrait],
        *,
        drawn: bool = False,
        lap: Callable[[str], None] = lambda stage: None,
    ) -> list[Choice]:
        """See `Chooser.choose`."""
        chooser = Chooser(self.style, self.extractor, self.library, self.approach)
        return chooser.choose(portraits, drawn=drawn, lap=lap)

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
            _Face(crop, Portrait(crop.pixels, attributes.relabel_stray_hair(known)))
            for (photo, crop), each in zip(found, labels, strict=True)
            for known in [mark_unknown(photo, crop.to_photo, each)]
        ]

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
            colors=self.style.colors(choose_colors(self.style, measured, exact=exact)),
            timings_ms={},
        )

    def _moves(self, segments: Mapping[str, Segment], parts: Mapping[str, Part]) -> dict[str, Move]:
        """What takes the parts to where the face has its own."""
        if not self.approach.placement:
            return {}
        seen = {kind: measure_place(segments, kind) for kind in self.library.types}
        drawn = {kind: self.library.places[kind].get(parts[kind].id) for kind in self.library.types}
        zooms = dict(zip(self.library.types, self.library.zooms, strict=True))
        return compute_moves(_known(seen), _known(drawn), zooms)


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

"""From photos to avatars: find the face, label it, match its parts against a style's, compose the avatar."""

import dataclasses
import functools
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from emojax.avatar.extractors.table import Extractor
from emojax.avatar.faces.crop import Crop, crop_face
from emojax.avatar.faces.parser import FaceParser
from emojax.avatar.faces.portraits import Portrait, mark_unknown
from emojax.avatar.matching import library
from emojax.avatar.matching import mood as moods
from emojax.avatar.matching.approach import ALL, Approach
from emojax.avatar.matching.choosing import Choice, Chooser, Part
from emojax.avatar.matching.colors import choose as choose_colors
from emojax.avatar.matching.library import Library
from emojax.avatar.reading import attributes, colors
from emojax.avatar.reading.moves import Move, compute_moves
from emojax.avatar.reading.net.shown import Reader, Reading
from emojax.avatar.reading.placement import Place, measure_place
from emojax.avatar.reading.segments import Segment
from emojax.avatar.result import Avatar
from emojax.avatar.styles.style import Style
from emojax.core.errors import UserError
from emojax.data.faces.attributes import Probabilities

_BATCH: Final = 8
"""Photos per call of the parser where there are several. Smaller, calls cost more than they share; larger,
memory grows, and the last batch of a folder is padded with more. Avatars do not depend on it."""


@dataclasses.dataclass(frozen=True)
class AvatarMaker:
    """Makes avatars of photos; holds what is loaded once.

    Attributes:
      style: where the parts are from.
      extractor: turns parts into vectors.
      library: the vectors of the style's parts.
      parser: the face parser with batch size 1.
      batch_parser: the same net with batch size `_BATCH`.
      approach: which steps of matching are taken.
      reader: the net that reads photos' attributes; None goes by what can be read off label maps.
    """

    style: Style
    extractor: Extractor
    library: Library
    parser: FaceParser
    batch_parser: FaceParser
    approach: Approach = ALL
    reader: Reader | None = None

    @classmethod
    def load(
        cls, style: Style, extractor: Extractor, parser: FaceParser, approach: Approach = ALL
    ) -> "AvatarMaker":
        """A maker whose library is from the cache, or built and cached; with the net that ships."""
        batch_parser = dataclasses.replace(parser, batch_size=_BATCH)
        parts = library.load(style, extractor, approach)
        return cls(style, extractor, parts, parser, batch_parser, approach, Reader.load())

    def make(
        self,
        photos: Sequence[np.ndarray],
        *,
        face: int = 0,
        exact_colors: bool = False,
        overrides: Mapping[str, str] | None = None,
        mood: str = "as-seen",
    ) -> list[Avatar | UserError]:
        """Makes an avatar of each photo.

        Args:
          photos: ``uint8[H, W, 3]``, sRGB, of any size.
          face: which face of each photo; 0 is the largest.
          exact_colors: take the measured colours instead of the palettes' nearest.
          overrides: variants by part type that replace the matched ones.
          mood: of `mood.MOODS`.

        Returns:
          For each photo an avatar, or the error that says why there is none.

        Raises:
          UserError: the style does not have an override.
        """
        overrides = overrides or {}
        for part, variant in overrides.items():
            self.style.variant(part, variant)
        timer = _StageTimer(len(photos))
        crops = [self._crop(photo, face) for photo in photos]
        timer.end("crop")
        faces = self._read([(p, c) for p, c in zip(photos, crops, strict=True) if isinstance(c, Crop)])
        timer.end("segment")
        portraits = [face.portrait for face in faces]
        readings = self._read_attributes(portraits)
        timer.end("read")
        shown = [moods.give(reading.evidence, mood) for reading in readings]
        choices = self._choose(portraits, shown, timer.end)
        timer.end("match")
        made = [
            self._compose(*each, {part: Part(v) for part, v in overrides.items()}, exact_colors)
            for each in zip(faces, readings, choices, strict=True)
        ]
        timer.end("compose")
        avatars = iter(dataclasses.replace(avatar, timings_ms=timer.milliseconds) for avatar in made)
        return [crop if isinstance(crop, UserError) else next(avatars) for crop in crops]

    def remake(self, avatars: Sequence[Avatar]) -> list[Avatar]:
        """Avatars of the faces that another maker with the same parser has already found and labelled."""
        faces = [_Face(avatar.crop, Portrait(avatar.crop.pixels, avatar.labels)) for avatar in avatars]
        portraits = [face.portrait for face in faces]
        readings = self._read_attributes(portraits)
        choices = self._choose(portraits, [reading.evidence for reading in readings])
        return [self._compose(*each, {}, False) for each in zip(faces, readings, choices, strict=True)]

    def choose(self, portraits: Sequence[Portrait], *, drawn: bool = False) -> list[Choice]:
        """See `Chooser.choose`. Of drawings nothing but the label map is read."""
        if drawn:
            return self._chooser.choose(portraits, drawn=True)
        return self._choose(portraits, [each.evidence for each in self._read_attributes(portraits)])

    @functools.cached_property
    def _chooser(self) -> Chooser:
        return Chooser(self.style, self.extractor, self.library, self.approach)

    def _choose(
        self,
        portraits: Sequence[Portrait],
        shown: Sequence[Probabilities],
        on_stage: Callable[[str], None] = lambda stage: None,
    ) -> list[Choice]:
        known = None if self.reader is None else shown
        return self._chooser.choose(portraits, shown=known, on_stage=on_stage)

    def _read_attributes(self, portraits: Sequence[Portrait]) -> list[Reading]:
        if self.reader is None:
            return [Reading({}, {})] * len(portraits)
        return self.reader.read(portraits, self.parser)

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

    def _compose(
        self, face: "_Face", reading: Reading, choice: Choice, overrides: Mapping[str, Part], exact: bool
    ) -> Avatar:
        portrait, beard = face.portrait, choice.attributes.facial_hair.covered
        measured = colors.measure(portrait.pixels, portrait.labels, beard=beard)
        parts = {**choice.parts, **overrides}
        lips = reading.evidence.get("lipstick")
        lipstick = None if lips is None else max(lips, key=lambda word: lips[word])
        return Avatar(
            style=self.style,
            extractor=self.extractor.name,
            crop=face.crop,
            labels=portrait.labels,
            segments=choice.segments,
            parts=parts,
            moves=self._moves(choice.segments, parts),
            measured=measured,
            colors=self.style.colors(
                choose_colors(
                    self.style,
                    measured,
                    exact=exact,
                    lipstick=lipstick,
                    shown=reading.evidence,
                )
            ),
            timings_ms={},
            read=reading.probabilities,
            lipstick=lipstick,
        )

    def _moves(self, segments: Mapping[str, Segment], parts: Mapping[str, Part]) -> dict[str, Move]:
        """The transforms that take the chosen parts to the position and size of the face's own."""
        if not self.approach.placement:
            return {}
        types = self.library.types
        face = {part: measure_place(segments, part) for part in types}
        drawn = {part: self.library.places[part].get(parts[part].id) for part in types}
        zooms = dict(zip(types, self.library.zooms, strict=True))
        return compute_moves(_known(face), _known(drawn), zooms)


def _known(places: Mapping[str, Place | None]) -> dict[str, Place]:
    return {part: place for part, place in places.items() if place is not None}


class _Face(NamedTuple):
    """A face: its crop of the photo, and the labelled portrait."""

    crop: Crop
    portrait: Portrait


class _StageTimer:
    """Milliseconds of each stage, divided by the number of photos in the batch."""

    def __init__(self, count: int) -> None:
        self._count, self._start = max(count, 1), time.perf_counter()
        self.milliseconds: dict[str, float] = {}

    def end(self, stage: str) -> None:
        """Ends `stage`, which began when the one before ended."""
        now = time.perf_counter()
        self.milliseconds[stage] = 1e3 * (now - self._start) / self._count
        self._start = now

"""From photos to avatars: find the face, label it, match its parts against a style's, compose the avatar."""

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from emojax.avatar import voting
from emojax.avatar.extractors.table import Extractor
from emojax.avatar.faces.crop import Crop, crop_face, crop_faces
from emojax.avatar.faces.parser import FaceParser
from emojax.avatar.faces.portraits import Portrait, mark_unknown
from emojax.avatar.matching import library
from emojax.avatar.matching import mood as moods
from emojax.avatar.matching.approach import ALL, Approach
from emojax.avatar.matching.choosing import Choice, Chooser, Part
from emojax.avatar.matching.library import Library
from emojax.avatar.reading import attributes
from emojax.avatar.reading.moves import Move
from emojax.avatar.reading.net.shown import Reader, Reading
from emojax.avatar.reading.placement import Place
from emojax.avatar.reading.segments import Segment
from emojax.avatar.result import Avatar, StageTimer
from emojax.avatar.styles.style import Style
from emojax.avatar.traits import Face, Traits, Wanted, measure, measure_places, place
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
          face: which face of each photo, as `crop_faces` lists them.
          exact_colors: take the measured colours instead of the palettes' nearest.
          overrides: variants by part type that replace the matched ones.
          mood: of `mood.MOODS`.

        Returns:
          For each photo an avatar, or the error that says why there is none.

        Raises:
          UserError: the style does not have an override.
        """
        wanted = Wanted.of(self.style, overrides, mood=mood, exact=exact_colors)
        timer = StageTimer(len(photos))
        crops = [self._crop(photo, face) for photo in photos]
        timer.end("crop")
        found = [(p, c) for p, c in zip(photos, crops, strict=True) if isinstance(c, Crop)]
        avatars = iter(self._make(found, wanted, timer))
        return [crop if isinstance(crop, UserError) else next(avatars) for crop in crops]

    def make_all(
        self,
        photo: np.ndarray,
        *,
        exact_colors: bool = False,
        overrides: Mapping[str, str] | None = None,
        mood: str = "as-seen",
    ) -> list[Avatar]:
        """Makes an avatar of every face of a photo, in the order of `crop_faces`.

        Args:
          photo: as of `make`, like the rest.
          exact_colors, overrides, mood: likewise.

        Raises:
          UserError: there is no face, or the style does not have an override.
        """
        wanted = Wanted.of(self.style, overrides, mood=mood, exact=exact_colors)
        timer = StageTimer(1)
        crops = crop_faces(photo, parser=self.parser)
        timer.end("crop")
        return self._make([(photo, crop) for crop in crops], wanted, timer)

    def make_together(
        self,
        photos: Sequence[np.ndarray],
        *,
        exact_colors: bool = False,
        overrides: Mapping[str, str] | None = None,
        mood: str = "as-seen",
    ) -> tuple[Avatar, list[UserError | None]]:
        """Makes one avatar of several photos of one person, who is the first face of each; see `voting`.

        Args:
          photos: as of `make`, like the rest.
          exact_colors, overrides, mood: likewise.

        Returns:
          The avatar, whose face is that of the photo that counts most; and for each photo the error that says
          why it is left out, or None.

        Raises:
          UserError: no photo shows a face, or the style does not have an override.
        """
        wanted = Wanted.of(self.style, overrides, mood=mood, exact=exact_colors)
        timer = StageTimer(len(photos))
        crops = [self._crop(photo, 0) for photo in photos]
        timer.end("crop")
        faces = self._read([(p, c) for p, c in zip(photos, crops, strict=True) if isinstance(c, Crop)])
        timer.end("segment")
        if not faces:
            raise UserError("no face found on any of these photos: use photos that show one from the front")
        avatar = self._vote(faces, wanted, timer)
        errors = [crop if isinstance(crop, UserError) else None for crop in crops]
        return dataclasses.replace(avatar, timings_ms=timer.milliseconds), errors

    def remake(self, avatars: Sequence[Avatar]) -> list[Avatar]:
        """Avatars of the faces that another maker with the same parser has already found and labelled."""
        faces = [Face(avatar.crop, Portrait(avatar.crop.pixels, avatar.labels)) for avatar in avatars]
        return self._make_read(faces, Wanted({}), StageTimer(len(avatars)))

    def of_views(self, found: Sequence[tuple[Crop, np.ndarray]]) -> Avatar:
        """One avatar of several views of one face, which are found and labelled: ``uint8[306, 306]`` each."""
        faces = [Face(crop, Portrait(crop.pixels, labels)) for crop, labels in found]
        return self._vote(faces, Wanted({}), StageTimer(len(faces)))

    def choose(self, portraits: Sequence[Portrait], *, drawn: bool = False) -> list[Choice]:
        """See `Chooser.choose`. Of drawings nothing but the label map is read."""
        if drawn:
            return self._chooser.choose(portraits, drawn=True)
        return self._choose(portraits, [each.evidence for each in self._read_attributes(portraits)])

    @functools.cached_property
    def _chooser(self) -> Chooser:
        return Chooser(self.style, self.extractor, self.library, self.approach)

    def _make(
        self, found: Sequence[tuple[np.ndarray, Crop]], wanted: Wanted, timer: StageTimer
    ) -> list[Avatar]:
        faces = self._read(found)
        timer.end("segment")
        made = self._make_read(faces, wanted, timer)
        return [dataclasses.replace(avatar, timings_ms=timer.milliseconds) for avatar in made]

    def _make_read(self, faces: Sequence[Face], wanted: Wanted, timer: StageTimer) -> list[Avatar]:
        portraits = [face.portrait for face in faces]
        readings = self._read_attributes(portraits)
        timer.end("read")
        shown = [moods.give(reading.evidence, wanted.mood) for reading in readings]
        choices = self._choose(portraits, shown, timer.end)
        timer.end("match")
        made = []
        for face, reading, choice in zip(faces, readings, choices, strict=True):
            parts = {**choice.parts, **wanted.parts}
            moves = self._moves(choice.segments, parts)
            found = Traits(parts, moves, measure(face, choice), reading)
            made.append(self._compose(face, choice.segments, found, exact=wanted.exact))
        timer.end("compose")
        return made

    def _vote(self, faces: Sequence[Face], wanted: Wanted, timer: StageTimer) -> Avatar:
        portraits = [face.portrait for face in faces]
        readings = self._read_attributes(portraits)
        weights = [
            voting.quality(*face, reading.probabilities)
            for face, reading in zip(faces, readings, strict=True)
        ]
        reading = Reading(*(voting.probabilities(each, weights) for each in zip(*readings, strict=True)))
        timer.end("read")
        shown = moods.give(reading.evidence, wanted.mood)
        choices = self._choose(portraits, [shown] * len(portraits), timer.end)
        parts = {**voting.parts([choice.parts for choice in choices], weights), **wanted.parts}
        timer.end("match")
        moves = voting.moves([self._moves(choice.segments, parts) for choice in choices], weights)
        measured = [measure(face, choice) for face, choice in zip(faces, choices, strict=True)]
        best = int(np.argmax(weights))
        joined = Traits(parts, moves, voting.colors(measured, weights), reading)
        avatar = self._compose(faces[best], choices[best].segments, joined, exact=wanted.exact)
        timer.end("compose")
        return avatar

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

    def _read(self, found: Sequence[tuple[np.ndarray, Crop]]) -> list[Face]:
        if not found:
            return []
        parser = self.parser if len(found) == 1 else self.batch_parser
        labels = parser.label_maps(np.stack([crop.pixels for _, crop in found]))
        return [
            Face(crop, Portrait(crop.pixels, attributes.relabel_stray_hair(known)))
            for (photo, crop), each in zip(found, labels, strict=True)
            for known in [mark_unknown(photo, crop.to_photo, each)]
        ]

    def _compose(self, face: Face, segments: Mapping[str, Segment], shown: Traits, *, exact: bool) -> Avatar:
        return Avatar(
            style=self.style,
            extractor=self.extractor.name,
            crop=face.crop,
            labels=face.portrait.labels,
            segments=segments,
            parts=shown.parts,
            moves=shown.moves,
            measured=shown.measured,
            colors=shown.colors(self.style, exact=exact),
            timings_ms={},
            read=shown.reading.probabilities,
            lipstick=shown.lipstick,
        )

    def _moves(self, segments: Mapping[str, Segment], parts: Mapping[str, Part]) -> dict[str, Move]:
        places = measure_places(segments, self.library.types)
        return self.moves_to(places, {name: part.id for name, part in parts.items()})

    def moves_to(self, places: Mapping[str, Place], choice: Mapping[str, str]) -> dict[str, Move]:
        """The transforms that take chosen parts to the position and size of the face's own.

        Args:
          places: of the face, by part type.
          choice: variant by part type.
        """
        if not self.approach.placement:
            return {}
        return place(self.library, places, choice)

"""What an avatar is composed of once its parts are chosen: colours, positions, and the photo's reading."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from emojax.avatar.faces.crop import Crop
from emojax.avatar.faces.portraits import Portrait
from emojax.avatar.matching.choosing import Choice, Part
from emojax.avatar.matching.colors import choose as choose_colors
from emojax.avatar.matching.library import Library
from emojax.avatar.reading import colors
from emojax.avatar.reading.colors import Measured
from emojax.avatar.reading.moves import Move, compute_moves
from emojax.avatar.reading.net.shown import Reading
from emojax.avatar.reading.placement import Place, measure_place
from emojax.avatar.reading.segments import Segment
from emojax.avatar.styles.style import Style


class Wanted(NamedTuple):
    """What the caller wants whatever the photo shows.

    Attributes:
      parts: by part type.
      mood: of `mood.MOODS`.
      exact: whether colours are the measured ones.
    """

    parts: Mapping[str, Part]
    mood: str = "as-seen"
    exact: bool = False

    @classmethod
    def of(cls, style: Style, overrides: Mapping[str, str] | None, *, mood: str, exact: bool) -> "Wanted":
        """With variants by part type; UserError if the style lacks one."""
        for part, variant in (overrides or {}).items():
            style.variant(part, variant)
        return cls({part: Part(variant) for part, variant in (overrides or {}).items()}, mood, exact)


class Face(NamedTuple):
    """A face: its crop of the photo, and the labelled portrait."""

    crop: Crop
    portrait: Portrait


class Traits(NamedTuple):
    """What an avatar shows.

    Attributes:
      parts: by part type.
      moves: transforms of the parts to the position and size of the face's own.
      measured: the colours measured on the photo.
      reading: what the photo shows.
    """

    parts: Mapping[str, Part]
    moves: Mapping[str, Move]
    measured: Measured
    reading: Reading

    @property
    def lipstick(self) -> str | None:
        """The likeliest word; None if no net has read the photo."""
        lips = self.reading.evidence.get("lipstick")
        return None if lips is None else max(lips, key=lambda word: lips[word])

    def colors(self, style: Style, *, exact: bool) -> dict[str, str]:
        """``#rrggbb`` by slot; `exact` as of `matching.colors.choose`."""
        chosen = choose_colors(
            style, self.measured, exact=exact, lipstick=self.lipstick, shown=self.reading.evidence
        )
        return style.colors(chosen)


def measure(face: Face, choice: Choice) -> Measured:
    """The colours of a face for which parts were chosen."""
    beard = choice.attributes.facial_hair.covered
    return colors.measure(face.portrait.pixels, face.portrait.labels, beard=beard)


def measure_places(segments: Mapping[str, Segment], types: Sequence[str]) -> dict[str, Place]:
    """Where a face has parts of those types, as far as they are visible."""
    return _known({part: measure_place(segments, part) for part in types})


def place(library: Library, places: Mapping[str, Place], choice: Mapping[str, str]) -> dict[str, Move]:
    """The transforms that take parts of a style to the position and size of a face's own.

    Args:
      library: of the style.
      places: of the face.
      choice: variant by part type.
    """
    drawn = {part: library.places[part].get(choice[part]) for part in library.types}
    zooms = dict(zip(library.types, library.zooms, strict=True))
    return compute_moves(places, _known(drawn), zooms)


def _known(places: Mapping[str, Place | None]) -> dict[str, Place]:
    return {part: place for part, place in places.items() if place is not None}

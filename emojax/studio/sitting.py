"""What one visitor does with one photo: a face, its avatar in every style, and the edits of each."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from emojax.avatar import editing, files
from emojax.avatar.faces.crop import crop_faces
from emojax.avatar.matching.expressions import EXPRESSIONS, parts_for
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.result import Avatar
from emojax.core.errors import UserError
from emojax.media import grids, image, svg
from emojax.studio.engine import Engine

NAME: Final = "your photo"
"""What errors call an uploaded photo, whatever the name of its file."""

_MAX_HISTORY: Final = 100  # steps that can be undone
_THUMBNAIL: Final = 96  # pixels
_PICTURE: Final = 240
PAPER: Final = "#f4f1ea"
"""Behind small pictures of avatars."""


@dataclasses.dataclass(frozen=True)
class Edits:
    """What a visitor has changed of an avatar.

    Attributes:
      parts: variants by part type.
      colors: ``#rrggbb`` by slot.
      background: ``#rrggbb``, or None for transparency.
      mood: the expression that was chosen, of `EXPRESSIONS`; empty for the photo's own.
    """

    parts: Mapping[str, str] = dataclasses.field(default_factory=dict)
    colors: Mapping[str, str] = dataclasses.field(default_factory=dict)
    background: str | None = None
    mood: str = ""


@dataclasses.dataclass(frozen=True, eq=False)
class Look:
    """A face in one style.

    Attributes:
      maker: of the style.
      found: the avatar as the photo gave it.
      history: all states of the edits, the last of which is the present one.
    """

    maker: AvatarMaker
    found: Avatar
    history: tuple[Edits, ...] = (Edits(),)

    @property
    def edits(self) -> Edits:
        """The present ones."""
        return self.history[-1]

    @functools.cached_property
    def avatar(self) -> Avatar:
        """With the present edits."""
        return self.with_parts({})

    @functools.cached_property
    def picture(self) -> np.ndarray:
        """Of the avatar, ``uint8[S, S, 3]``."""
        return svg.rasterize(self.svg().encode(), size=_PICTURE, background=PAPER, name="avatar")

    def with_parts(self, parts: Mapping[str, str]) -> Avatar:
        """With the present edits, and these parts besides."""
        edits = self.edits
        return editing.edit(
            self.found, self.maker.library, parts={**edits.parts, **parts}, colors=edits.colors
        )

    def svg(self) -> str:
        """The document that is downloaded."""
        return self.avatar.svg(background=self.edits.background)


@dataclasses.dataclass(frozen=True, eq=False)
class Sitting:
    """A visitor's work.

    Attributes:
      data: the photo's file.
      face: which face of it; 0 is the largest.
      looks: by style's name.
      style: the one that is worked on.
    """

    data: bytes
    face: int
    looks: Mapping[str, Look]
    style: str

    @property
    def look(self) -> Look:
        """The one that is worked on."""
        return self.looks[self.style]

    def in_style(self, name: str) -> "Sitting":
        """Goes on with the avatar in another style.

        Raises:
          UserError: the photo was drawn before that style came.
        """
        if name not in self.looks:
            raise UserError(f"there is no avatar in the style {name} yet; give the photo again")
        return dataclasses.replace(self, style=name)

    def changed(self, **edits: Any) -> "Sitting":
        """With fields of `Edits` replaced, as a step that can be undone."""
        look = self.look
        new = dataclasses.replace(look.edits, **edits)
        if new == look.edits:
            return self
        made = Look(look.maker, look.found, (*look.history[-_MAX_HISTORY:], new))
        made.svg()  # raises what is wrong with the new state
        return dataclasses.replace(self, looks={**self.looks, self.style: made})

    def with_part(self, part: str, variant: str) -> "Sitting":
        """With another variant of a part type."""
        return self.changed(parts={**self.look.edits.parts, part: variant})

    def with_color(self, slot: str, color: str) -> "Sitting":
        """With another colour of a slot."""
        return self.changed(colors={**self.look.edits.colors, slot: color})

    def with_expression(self, name: str) -> "Sitting":
        """With one of `EXPRESSIONS`; any other name gives the photo's own back."""
        kept = {p: v for p, v in self.look.edits.parts.items() if p not in EXPRESSIONS["happy"]}
        found = self.look.found
        given = parts_for(found.style, found.choice, name) if name in EXPRESSIONS else {}
        return self.changed(parts={**kept, **given}, mood=name if name in EXPRESSIONS else "")

    def undone(self) -> "Sitting":
        """Without the last step in this style; the same if there is none."""
        look = self.look
        if len(look.history) == 1:
            return self
        made = Look(look.maker, look.found, look.history[:-1])
        return dataclasses.replace(self, looks={**self.looks, self.style: made})


def start(engine: Engine, data: bytes, *, face: int = 0, style: str = "flat") -> Sitting:
    """Makes the avatar of a face in every style.

    Args:
      engine: makes them.
      data: a photo's file, of which nothing is known.
      face: which face of it; 0 is the largest.
      style: the first to work on.

    Raises:
      UserError: it is no picture, there is no such face, or other visitors keep the engine busy.
    """
    photo = _decoded(data)
    makers = engine.makers
    style = style if style in makers else next(iter(makers))
    with engine.turn():
        first = files.one(makers[style], photo, face=face)
        looks = {
            name: Look(maker, first if name == style else maker.remake([first])[0])
            for name, maker in makers.items()
        }
    return Sitting(data, face, looks, style)


def one(engine: Engine, data: bytes, *, face: int = 0, style: str = "flat") -> Avatar:
    """The avatar in one style; arguments and errors as of `start`, and there must be that style."""
    photo, makers = _decoded(data), engine.makers
    if style not in makers:
        raise UserError(f"there is no style {style!r}; choose one of {', '.join(makers)}")
    with engine.turn():
        return files.one(makers[style], photo, face=face)


def _decoded(data: bytes) -> np.ndarray:
    if len(data) > image.MAX_FILE_BYTES:
        raise UserError(f"{NAME}: has more than {image.MAX_FILE_BYTES >> 20} MB; use a smaller one")
    if not data:
        raise UserError(f"{NAME}: the file is empty; choose another")
    return image.decode_photo(NAME, data)


def faces(engine: Engine, data: bytes) -> list[np.ndarray]:
    """Thumbnails ``uint8[S, S, 3]`` of the faces on a photo that has been drawn, numbered as for `start`."""
    photo = image.decode_photo(NAME, data)
    with engine.turn():
        found = crop_faces(photo, parser=engine.parser)
    return [grids.fit_square(crop.pixels, _THUMBNAIL) for crop in found]

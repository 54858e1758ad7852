"""An avatar with other parts or colours than were chosen for it, without looking at the photo again."""

import dataclasses
from collections.abc import Mapping

from emojax.avatar.matching.choosing import Part
from emojax.avatar.matching.library import Library
from emojax.avatar.reading.moves import Move
from emojax.avatar.result import Avatar
from emojax.avatar.styles import shades
from emojax.avatar.styles.style import Style
from emojax.avatar.traits import measure_places, place


def edit(avatar: Avatar, library: Library, *, parts: Mapping[str, str], colors: Mapping[str, str]) -> Avatar:
    """What `AvatarMaker.make` gives for the same face with these overrides.

    Args:
      avatar: as it was made.
      library: of the avatar's style.
      parts: variants by part type that replace the chosen ones.
      colors: ``#rrggbb`` by slot; slots that follow these change with them.

    Raises:
      UserError: the style has no such part, variant or slot, or a value is no colour.
    """
    for part, variant in parts.items():
        avatar.style.variant(part, variant)
    chosen = {**avatar.parts, **{part: Part(variant) for part, variant in parts.items()}}
    return dataclasses.replace(
        avatar,
        parts=chosen,
        # Where parts are not placed by the face, no part of it is.
        moves=_moves(avatar, library, chosen) if avatar.moves else avatar.moves,
        colors=avatar.style.colors({**_given(avatar.style, avatar.colors), **colors}),
    )


def _moves(avatar: Avatar, library: Library, chosen: Mapping[str, Part]) -> dict[str, Move]:
    places = measure_places(avatar.segments, library.types)
    return place(library, places, {part: each.id for part, each in chosen.items()})


def _given(style: Style, colors: Mapping[str, str]) -> dict[str, str]:
    """The colours of an avatar that do not come from following another slot."""
    return {
        slot: color
        for slot, color in colors.items()
        if slot not in style.follows or shades.resolve(style.follows[slot], colors) != color
    }

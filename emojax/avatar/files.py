"""Writes an avatar as SVG, PNG or JSON."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.result import Avatar
from emojax.core.errors import UserError
from emojax.media import image, svg

SUFFIXES: Final = (".svg", ".png", ".json")


def one(
    maker: AvatarMaker,
    photo: np.ndarray,
    *,
    face: int = 0,
    exact_colors: bool = False,
    overrides: Mapping[str, str] | None = None,
    mood: str = "as-seen",
) -> Avatar:
    """The avatar of a photo ``uint8[H, W, 3]``; see `AvatarMaker.make`.

    Raises:
      UserError: there is no face, or the style lacks an override.
    """
    (made,) = maker.make([photo], face=face, exact_colors=exact_colors, overrides=overrides, mood=mood)
    if isinstance(made, UserError):
        raise made
    return made


def write(avatar: Avatar, path: Path, *, size: int, background: str | None) -> None:
    """Writes the avatar in the format that the suffix of `path` names, whole or not at all.

    Args:
      avatar: what to write.
      path: ends in one of `SUFFIXES`.
      size: side of a PNG in pixels.
      background: ``#rrggbb``, or None for transparency.

    Raises:
      UserError: `path` cannot be written, or the background is no colour.
    """
    drawing = avatar.svg(background=background)
    if path.suffix.lower() == ".png":
        image.save_png(path, svg.rasterize(drawing.encode(), size=size, background=None, name=path.name))
        return
    text = drawing if path.suffix.lower() == ".svg" else as_text(avatar)
    with image.writing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def as_text(avatar: Avatar | Sequence[Avatar], *, ascii_only: bool = False) -> str:
    """The JSON document of an avatar, or the list of those of several.

    Args:
      avatar: one or several.
      ascii_only: with JSON's own escapes, for terminals of any encoding.
    """
    document = avatar.as_json() if isinstance(avatar, Avatar) else [each.as_json() for each in avatar]
    return json.dumps(document, indent=2, ensure_ascii=ascii_only) + "\n"

"""Sticker packs: a zip of 512 px WebP pictures, as messengers take them."""

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from emojax.core.errors import UserError
from emojax.media.image import writing

SIDE: Final = 512
"""Pixels: the side of stickers of WhatsApp and Telegram."""

_MAX_BYTES: Final = 100_000
"""Of one sticker: WhatsApp refuses larger ones; Telegram takes 512 kB."""

_TRAY: Final = 96
"""Side, in pixels, of the picture that stands for a pack in WhatsApp's list."""

_QUALITIES: Final = (95, 85, 70, 50, 30, 10)
_MARGIN: Final = 16  # pixels, which WhatsApp recommends
MAX_STICKERS: Final = 30
"""In one pack of WhatsApp; it wants at least three."""


def write(
    path: Path, pictures: Sequence[np.ndarray], names: Sequence[str], *, title: str, licence: str
) -> None:
    """Writes a pack: ``01-NAME.webp``, ..., ``tray.png``, and ``pack.json`` that says what they are.

    Args:
      path: the zip.
      pictures: ``uint8[S, S, 4]`` each.
      names: of the pictures.
      title: of the pack.
      licence: of the pictures.

    Raises:
      UserError: there are none or more than `MAX_STICKERS`, or `path` cannot be written.
    """
    if not 1 <= len(pictures) <= MAX_STICKERS:
        raise UserError(f"a pack has 1 to {MAX_STICKERS} stickers, not {len(pictures)}; choose fewer")
    members = {
        f"{number:02d}-{_safe(name)}.webp": sticker(pixels)
        for number, (pixels, name) in enumerate(zip(pictures, names, strict=True), 1)
    }
    tray = io.BytesIO()
    Image.fromarray(_fitted(pictures[0], _TRAY, 0)).save(tray, format="PNG")
    about = {"title": title, "licence": licence, "stickers": [*members]}
    with writing(path) as temporary, zipfile.ZipFile(temporary, "w") as bundle:
        for name, data in members.items():
            bundle.writestr(name, data)
        bundle.writestr("tray.png", tray.getvalue())
        bundle.writestr("pack.json", json.dumps(about, indent=1, ensure_ascii=False) + "\n")


def sticker(pixels: np.ndarray) -> bytes:
    """``uint8[S, S, 4]`` as a WebP of `SIDE` pixels and at most 100 kB, in the best quality that fits."""
    picture = Image.fromarray(_fitted(pixels, SIDE, _MARGIN))
    data = b""
    for quality in _QUALITIES:
        buffer = io.BytesIO()
        picture.save(buffer, format="WEBP", quality=quality, alpha_quality=quality, method=4)
        data = buffer.getvalue()
        if len(data) <= _MAX_BYTES:
            break
    return data


def _fitted(pixels: np.ndarray, side: int, margin: int) -> np.ndarray:
    """Enlarged or shrunk to a square with a transparent margin."""
    inner = side - 2 * margin
    # Colours are weighted by alpha, lest transparent pixels darken the edges.
    small = Image.fromarray(pixels).convert("RGBa").resize((inner, inner), Image.Resampling.LANCZOS)
    square = Image.new("RGBA", (side, side))
    square.paste(small.convert("RGBA"), (margin, margin))
    return np.asarray(square)


def _safe(name: str) -> str:
    return "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in name).split())[:40] or "emoji"

"""Files to download: avatars as SVG, PNG and JSON, and sheets of nine expressions."""

import dataclasses
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from emojax.avatar import files
from emojax.avatar.matching.expressions import EXPRESSIONS, parts_for
from emojax.media import grids, image, svg
from emojax.studio.sitting import Look, Sitting

SIZES: Final = (256, 512, 1024, 2048)
"""Sides of PNGs that are offered, in pixels."""

_KEPT: Final = 600.0
"""Seconds that files are kept; the page copies what it offers at once. Shorter, a slow copy fails; longer,
disks
fill up."""

_FINE: Final = 4
"""Subsamples of the circle's edge along each side of a pixel. Fewer, it has steps; more are not seen."""

_STICKER: Final = 480  # pixels, of which a messenger's sticker has as many inside its margin


@dataclasses.dataclass(frozen=True)
class Folder:
    """Where files to download are written.

    Attributes:
      root: a folder of this process alone.
    """

    root: Path
    _lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def file(self, name: str) -> Path:
        """A path of that name in a folder of its own. Folders older than `_KEPT` are removed."""
        self.root.mkdir(parents=True, exist_ok=True)
        with self._lock:
            for old in self.root.iterdir():
                if time.time() - old.stat().st_mtime > _KEPT:
                    shutil.rmtree(old, ignore_errors=True)
        return Path(tempfile.mkdtemp(dir=self.root)) / name


def avatar(sitting: Sitting, folder: Folder, *, size: int, circle: bool) -> tuple[str, str, str]:
    """The paths of the present avatar as SVG, PNG and JSON.

    Args:
      sitting: whose avatar.
      folder: where they are written.
      size: side of the PNG in pixels.
      circle: cut the PNG to a circle.
    """
    look, name = sitting.look, f"avatar-{_safe(sitting.style)}"
    drawing = folder.file(f"{name}.svg")
    document = drawing.with_name(f"{name}.json")
    picture = drawing.with_name(f"{name}.png")
    background = look.edits.background
    files.write(look.avatar, drawing, size=size, background=background)
    files.write(look.avatar, document, size=size, background=background)
    pixels = svg.rasterize(look.svg().encode(), size=size, background=None, name="avatar")
    image.save_png(picture, in_circle(pixels) if circle else pixels)
    return str(drawing), str(picture), str(document)


def in_circle(pixels: np.ndarray) -> np.ndarray:
    """``uint8[S, S, 4]`` with everything outside the largest circle made transparent."""
    side = len(pixels)
    mask = Image.new("L", (_FINE * side, _FINE * side))
    ImageDraw.Draw(mask).ellipse((0, 0, _FINE * side - 1, _FINE * side - 1), fill=255)
    inside = np.asarray(mask.resize((side, side), Image.Resampling.BOX), np.float32) / 255
    cut = pixels.copy()
    cut[..., 3] = np.rint(pixels[..., 3] * inside)
    return cut


def expressions(look: Look) -> Mapping[str, np.ndarray]:
    """The avatar with each of `EXPRESSIONS`: ``uint8[S, S, 4]`` by name."""
    choice, found = look.avatar.choice, {}
    for name in EXPRESSIONS:
        drawing = look.with_parts(parts_for(look.found.style, choice, name)).svg(
            background=look.edits.background
        )
        found[name] = svg.rasterize(drawing.encode(), size=_STICKER, background=None, name=name)
    return found


def sheet(made: Mapping[str, np.ndarray], folder: Folder, style: str) -> str:
    """The path of a PNG of the expressions that `expressions` gave of an avatar in a style of that name."""
    path = folder.file(f"stickers-{_safe(style)}.png")
    image.save_png(path, grids.grid(np.stack([*made.values()]), columns=3))
    return str(path)


def _safe(name: str) -> str:
    """A style's name as part of a file's."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", name)[:40] or "style"

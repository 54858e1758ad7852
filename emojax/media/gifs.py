"""GIFs with one palette for all frames, which are kept on disk until all have come."""

import contextlib
import itertools
import math
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from emojax.core.errors import UserError

_MAX_FPS: Final = 50
"""Players show a frame with a delay under two hundredths of a second for a tenth."""

_PALETTE_FRAMES: Final = 24
_PALETTE_SIDE: Final = 160
"""The palette is made of so many frames, subsampled to such a side. Fewer miss colours; more take long."""

_MAX_FRAMES: Final = 3000
"""Frames of a GIF: two minutes. Pillow keeps what changes between frames in memory until the file is written.
More: gigabytes. Fewer: short clips are refused."""


class GifWriter:
    """Takes frames of one size, and writes them all at the end: the palette needs to see them first.

    A GIF repeats endlessly. Above 50 frames a second, which players do not support, frames are dropped and
    the speed is preserved.
    """

    def __init__(self, path: Path, first: np.ndarray, fps: Fraction, stack: contextlib.ExitStack) -> None:
        self._path, self._shape, self._fps = path, first.shape, fps
        self._spool = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  the stack closes it
        self._times: list[int] = []
        self._last = 0.0
        self._every = math.ceil(fps / _MAX_FPS)
        self._count = 0

    def add(self, pixels: np.ndarray, time: float) -> None:
        """Keeps the frame that is shown from `time` on, in seconds.

        Raises:
          UserError: there are too many.
        """
        self._count += 1
        if (self._count - 1) % self._every:
            return
        if len(self._times) == _MAX_FRAMES:
            raise UserError(
                f"a GIF of more than {_MAX_FRAMES:,} frames is too large; use .mp4, or a shorter clip"
            )
        self._spool.write(pixels.tobytes())
        # Delays are whole hundredths of a second: rounding the times, not the delays, preserves the speed.
        self._last = time
        self._times.append(max(round(100 * time), self._times[-1] + 1 if self._times else 0))

    def close(self) -> None:
        """Writes the file."""
        self._spool.flush()
        frames = np.memmap(self._spool, np.uint8, "r", shape=(len(self._times), *self._shape))
        palette = _shared_palette(frames)
        end = max(round(100 * (self._last + float(self._every / self._fps))), self._times[-1] + 1)
        delays = [10 * (after - before) for before, after in itertools.pairwise([*self._times, end])]
        images = _images(frames, palette)
        transparent = {"transparency": 255, "disposal": 2} if self._shape[-1] == 4 else {}
        next(images).save(
            self._path,
            format="GIF",
            save_all=True,
            append_images=images,
            duration=delays,
            loop=0,
            optimize=False,
            **transparent,
        )


def _shared_palette(frames: np.ndarray) -> Image.Image:
    """255 colours for all frames, from a sample of them. A palette for each frame would flicker."""
    numbers = np.unique(np.linspace(0, len(frames) - 1, _PALETTE_FRAMES).round().astype(int))
    samples = []
    for number in numbers:
        frame = frames[number]
        step = math.ceil(max(frame.shape[:2]) / _PALETTE_SIDE)
        pixels = frame[::step, ::step].reshape(-1, frame.shape[-1])
        samples.append(pixels[pixels[:, -1] >= 128, :3] if frame.shape[-1] == 4 else pixels)
    colors = np.concatenate([np.zeros((1, 3), np.uint8), *samples])
    return Image.fromarray(colors[None]).quantize(255, Image.Quantize.MEDIANCUT, kmeans=2)


def _images(frames: np.ndarray, palette: Image.Image) -> Iterator[Image.Image]:
    # Without dithering: its pattern would change from frame to frame, and drawings have flat colours.
    for frame in frames:
        indexed = Image.fromarray(frame[..., :3]).quantize(palette=palette, dither=Image.Dither.NONE)
        if frame.shape[-1] == 4:
            clear = np.where(frame[..., 3] < 128, 255, 0).astype(np.uint8)
            indexed.paste(255, mask=Image.fromarray(clear))
        yield indexed

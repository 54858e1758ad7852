"""Animations of frames that are all there: as GIF, MP4, WebP or a PNG strip, by the file's suffix."""

import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from emojax.core.errors import UserError
from emojax.media import encoding
from emojax.media.clips import Frame
from emojax.media.grids import strip
from emojax.media.image import read_photo, writing

MAX_FPS: Final = 240.0
_MAX_STRIP_PIXELS: Final = 100_000_000


def save_animation(
    path: str | os.PathLike[str], frames: Sequence[np.ndarray] | np.ndarray, *, fps: float
) -> None:
    """Writes frames of one size as ``.gif``, ``.mp4``, ``.webp`` or ``.png``, whole or not at all.

    A PNG is a strip of all frames; of the others see `encoding.write_clip`.

    Args:
      path: the file to write.
      frames: ``uint8[T, H, W, 3 or 4]``, or any sequence of ``uint8[H, W, 3 or 4]``; but for PNG one frame
        is taken at a time, so the sequence may read them from disk.
      fps: frames a second, above 0 and up to `MAX_FPS`; ignored for PNG.

    Raises:
      UserError: the suffix is another, frames differ in size, there are none, ``fps`` is out of range,
        the strip is too large, or the file cannot be written.
      TypeError, ValueError: frames are not uint8, or of another shape.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (*encoding.SUFFIXES, ".png"):
        raise UserError(f"{path}: an animation must end in .gif, .mp4, .webp or .png")
    if not 0.0 < fps <= MAX_FPS:
        raise UserError(f"{fps} frames per second is out of range; use 1 to {MAX_FPS:.0f}")
    if len(frames) == 0:
        raise UserError(f"{path}: there are no frames to write; ask for at least one")
    rate = Fraction(fps).limit_denominator(1001)
    if suffix == ".png":
        _write_strip(path, frames)
    else:
        timed = (Frame(frames[number], float(number / rate)) for number in range(len(frames)))
        encoding.write_clip(path, timed, fps=rate)


def animation_from_pngs(
    pngs: Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    fps: float,
    max_frames: int = 240,
    max_side: int = 768,
) -> None:
    """`save_animation` from images on disk, such as the sample grids of a training run.

    One image is in memory at a time.

    Args:
      pngs: the images' files, in order.
      out: the file to write.
      fps: frames a second.
      max_frames: of more files as many are taken, evenly spaced, with the first and the last.
      max_side: larger images are reduced to this side in pixels.

    Raises:
      UserError: as `save_animation` and `image.read_photo`.
    """
    paths = list(pngs)
    if len(paths) > max_frames:
        positions = np.rint(np.linspace(0, len(paths) - 1, max_frames)).astype(int)
        paths = [paths[position] for position in positions]
    save_animation(out, _FramesOnDisk(paths, max_side), fps=fps)


class _FramesOnDisk(Sequence[np.ndarray]):
    def __init__(self, paths: Sequence[str | os.PathLike[str]], max_side: int) -> None:
        self._paths = paths
        self._max_side = max_side

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # int or slice, as `Sequence` requires
        if isinstance(index, slice):
            return _FramesOnDisk(self._paths[index], self._max_side)
        frame = Image.fromarray(read_photo(self._paths[index]))
        frame.thumbnail((self._max_side, self._max_side), Image.Resampling.LANCZOS)
        return np.array(frame)


def _write_strip(path: str | os.PathLike[str], frames: Sequence[np.ndarray] | np.ndarray) -> None:
    height, width = frames[0].shape[:2]
    if len(frames) * height * width > _MAX_STRIP_PIXELS:
        raise UserError(f"a strip of {len(frames)} frames is too large; use .gif or .mp4, or fewer frames")
    with writing(path) as temporary:
        Image.fromarray(strip(np.stack(list(_alike(frames))))).save(temporary, format="PNG")


def _alike(frames: Sequence[np.ndarray] | np.ndarray) -> Iterator[np.ndarray]:
    timed = (Frame(frames[number], 0.0) for number in range(len(frames)))
    return (pixels for pixels, _ in encoding.checked(timed))

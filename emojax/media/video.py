"""Animations as GIF, MP4 or a PNG strip, by the file's suffix."""

import contextlib
import itertools
import math
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from emojax.core.errors import UserError
from emojax.media.grids import strip
from emojax.media.image import read_photo, writing

MAX_FPS: Final = 240.0
# Players show a GIF frame with a delay under two hundredths of a second for a tenth.
_MAX_GIF_FPS: Final = 50.0
# A GIF's palette is made of so many frames, subsampled to such a side. Fewer miss colours; more take long.
_PALETTE_FRAMES: Final = 24
_PALETTE_SIDE: Final = 160
_MAX_STRIP_PIXELS: Final = 100_000_000


def save_animation(
    path: str | os.PathLike[str], frames: Sequence[np.ndarray] | np.ndarray, *, fps: float
) -> None:
    """Writes frames of one size as ``.gif``, ``.mp4`` or ``.png``, whole or not at all.

    A GIF repeats endlessly and has one palette for all frames; above 50 frames a second, which players
    do not support, frames are dropped and the speed is preserved. An MP4 (H.264, yuv420p, BT.709) is
    padded to even sides and composed over white. A PNG is a strip of all frames.

    Args:
      path: the file to write.
      frames: ``uint8[T, H, W, 3 or 4]``, or any sequence of ``uint8[H, W, 3 or 4]``; GIF and MP4
        take one frame at a time, so the sequence may read them from disk.
      fps: frames a second, above 0 and up to `MAX_FPS`; ignored for PNG.

    Raises:
      UserError: the suffix is another, frames differ in size, there are none, ``fps`` is out of range,
        the strip is too large, or the file cannot be written.
      TypeError, ValueError: frames are not uint8, or of another shape.
    """
    writers: dict[str, Callable[[Path, Sequence[np.ndarray] | np.ndarray, Fraction], None]] = {
        ".gif": _write_gif,
        ".mp4": _write_mp4,
        ".png": _write_strip,
    }
    write = writers.get(Path(path).suffix.lower())
    if write is None:
        raise UserError(f"{path}: an animation must end in .gif, .mp4 or .png")
    if not 0.0 < fps <= MAX_FPS:
        raise UserError(f"{fps} frames per second is out of range; use 1 to {MAX_FPS:.0f}")
    if len(frames) == 0:
        raise UserError(f"{path}: there are no frames to write; ask for at least one")
    with writing(path) as temporary:
        write(temporary, frames, Fraction(fps).limit_denominator(1001))


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


def _checked(frames: Sequence[np.ndarray] | np.ndarray) -> Iterator[np.ndarray]:
    shape = frames[0].shape
    if len(shape) != 3 or shape[-1] not in (3, 4):
        raise ValueError(f"expected frames [H, W, 3 or 4], got {shape}")
    for number in range(len(frames)):
        frame = frames[number]
        if frame.dtype != np.uint8:
            raise TypeError(f"expected uint8 pixels, got {frame.dtype}")
        if frame.shape != shape:
            raise UserError(
                f"frame {number} is {frame.shape[1]}x{frame.shape[0]}, the first {shape[1]}x{shape[0]}; "
                "use frames of one size"
            )
        yield np.ascontiguousarray(frame)


def _write_gif(path: Path, frames: Sequence[np.ndarray] | np.ndarray, fps: Fraction) -> None:
    keep_every = math.ceil(fps / Fraction(_MAX_GIF_FPS))
    frames, fps = frames[::keep_every], fps / keep_every
    palette = _shared_palette(frames)
    images = (_indexed(frame, palette) for frame in _checked(frames))
    # Delays are whole hundredths of a second: rounding the times, not the delays, preserves the speed.
    times = [round(100 * number / fps) for number in range(len(frames) + 1)]
    transparent = {"transparency": 255, "disposal": 2} if frames[0].shape[-1] == 4 else {}
    next(images).save(
        path,
        format="GIF",
        save_all=True,
        append_images=images,
        duration=[10 * (after - before) for before, after in itertools.pairwise(times)],
        loop=0,
        optimize=False,
        **transparent,
    )


def _shared_palette(frames: Sequence[np.ndarray] | np.ndarray) -> Image.Image:
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


def _indexed(frame: np.ndarray, palette: Image.Image) -> Image.Image:
    # Without dithering: its pattern would change from frame to frame, and drawings have flat colours.
    indexed = Image.fromarray(frame[..., :3]).quantize(palette=palette, dither=Image.Dither.NONE)
    if frame.shape[-1] == 4:
        indexed.paste(255, mask=Image.fromarray(np.where(frame[..., 3] < 128, 255, 0).astype(np.uint8)))
    return indexed


def _write_mp4(path: Path, frames: Sequence[np.ndarray] | np.ndarray, fps: Fraction) -> None:
    import imageio_ffmpeg  # here because GIF and PNG do without

    height, width = frames[0].shape[:2]
    # Chroma has half the resolution, so the sides must be even.
    extra = ((0, height % 2), (0, width % 2), (0, 0))
    # Converted to and tagged as BT.709: some players take untagged video for BT.601, which shifts yellow.
    options = "-vf scale=out_color_matrix=bt709:out_range=tv "
    options += "-c:v libx264 -crf 16 -preset medium -pix_fmt yuv420p -movflags +faststart -an "
    options += "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv"
    source = f"-f rawvideo -pix_fmt rgb24 -s {width + width % 2}x{height + height % 2} -r {fps} -i pipe:0"
    try:
        program = imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError as error:
        raise UserError(f"{path.suffix} needs ffmpeg: {error}") from error
    # An absolute path, so that no file name is taken for an option or one of ffmpeg's protocols.
    command = [program, "-y", "-v", "error", *source.split(), *options.split(), str(path.resolve())]
    # Not imageio's writer, which ignores ffmpeg's exit code, and with it a full disk.
    with tempfile.TemporaryFile() as messages:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=messages, stderr=messages) as encoder:
            assert encoder.stdin is not None
            try:
                for frame in _checked(frames):
                    encoder.stdin.write(np.pad(_over_white(frame), extra, mode="edge").tobytes())
                encoder.stdin.close()
            except BrokenPipeError:
                with contextlib.suppress(BrokenPipeError):  # ffmpeg ended early; its message says why.
                    encoder.stdin.close()
            except BaseException:
                encoder.kill()
                raise
        messages.seek(0)
        said = messages.read(4000).decode(errors="replace").strip()
        # On a full disk ffmpeg may only say so, and exit with 0.
        if encoder.returncode != 0 or said or not path.stat().st_size:
            raise OSError(said or "ffmpeg failed")


def _over_white(frame: np.ndarray) -> np.ndarray:
    if frame.shape[-1] == 3:
        return frame
    alpha = frame[..., 3:].astype(np.float32) / 255.0
    return np.rint(frame[..., :3] * alpha + 255.0 * (1.0 - alpha)).astype(np.uint8)


def _write_strip(path: Path, frames: Sequence[np.ndarray] | np.ndarray, fps: Fraction) -> None:
    height, width = frames[0].shape[:2]
    if len(frames) * height * width > _MAX_STRIP_PIXELS:
        raise UserError(f"a strip of {len(frames)} frames is too large; use .gif or .mp4, or fewer frames")
    Image.fromarray(strip(np.stack(list(_checked(frames))))).save(path, format="PNG")

"""Writing clips frame by frame as MP4, GIF or animated WebP."""

import contextlib
import errno
import os
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from emojax.core.errors import UserError
from emojax.media.clips import EndsEarly, Frame, opened, over_white
from emojax.media.gifs import GifWriter
from emojax.media.image import writing

# PyAV is imported where it is needed: it comes with the extra `video`, and GIFs do without.

SUFFIXES: Final = (".mp4", ".gif", ".webp")

_TICKS: Final = 90_000
"""Ticks a second of an MP4's frames, the usual: whole numbers of them make a frame of all common rates."""

_COPIED: Final = ("aac", "mp3", "ac3", "alac", "opus", "flac")
"""Sound that an MP4 may hold as it is; other sound is encoded anew."""


class _Writer(Protocol):
    """Takes frames of one size, one at a time."""

    def add(self, pixels: np.ndarray, time: float) -> None:
        """Writes the frame that is shown from `time` on, in seconds."""
        ...

    def close(self) -> None:
        """Finishes the file."""
        ...


_Make = Callable[[Path, np.ndarray, Fraction, contextlib.ExitStack], _Writer]


def write_clip(
    path: str | os.PathLike[str], frames: Iterable[Frame], *, fps: Fraction, sound: Path | None = None
) -> int:
    """Writes frames as ``.mp4``, ``.gif`` or ``.webp``, each shown from its time until the next one's.

    An MP4 is H.264, yuv420p, BT.709, with even sides; transparency is composed over white. GIF and WebP
    repeat endlessly. If the frames end with `EndsEarly`, what came before is written, whole and playable,
    before the error is raised; any other error leaves nothing.

    Args:
      path: the file.
      frames: ``uint8[H, W, 3 or 4]`` of one size; one is in memory at a time.
      fps: frames per second on average: how long the last one is shown.
      sound: a clip whose sound an MP4 gets, from its first frame's time on.

    Returns:
      How many frames were taken.

    Raises:
      UserError: there are no frames, frames differ in size, are too many for a GIF, or the file cannot be
        written.
      TypeError, ValueError: frames are not uint8, or of another shape.
    """
    makers: dict[str, _Make] = {
        ".mp4": lambda *where: _Mp4(*where, sound=sound),
        ".gif": GifWriter,
        ".webp": _WebP,
    }
    make = makers[Path(path).suffix.lower()]
    ended: EndsEarly | None = None
    count = 0
    with writing(path) as temporary, _system_errors(), contextlib.ExitStack() as stack:
        writer: _Writer | None = None
        try:
            for pixels, time in checked(frames):
                writer = writer or make(temporary, pixels, fps, stack)
                writer.add(pixels, time)
                count += 1
        except EndsEarly as error:
            ended = error
        if writer is None:
            raise ended or UserError(f"{path}: there are no frames to write; ask for at least one")
        writer.close()
    if ended is not None:
        raise ended
    return count


@contextlib.contextmanager
def _system_errors() -> Iterator[None]:
    """FFmpeg's errors as those of the system, which some are without being of Python's class for these."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.startswith("av.") and not isinstance(error, OSError):
            raise OSError(getattr(error, "errno", None) or errno.EIO, str(error)) from error
        raise


def checked(frames: Iterable[Frame]) -> Iterator[tuple[np.ndarray, float]]:
    """Pixels and times of frames; errors as of `write_clip` where these are of no or of another shape."""
    shape: tuple[int, ...] | None = None
    for number, frame in enumerate(frames):
        pixels = frame.pixels
        shape = shape or pixels.shape
        if len(shape) != 3 or shape[-1] not in (3, 4):
            raise ValueError(f"expected frames [H, W, 3 or 4], got {shape}")
        if pixels.dtype != np.uint8:
            raise TypeError(f"expected uint8 pixels, got {pixels.dtype}")
        if pixels.shape != shape:
            raise UserError(
                f"frame {number} is {pixels.shape[1]}x{pixels.shape[0]}, the first {shape[1]}x{shape[0]}; "
                "use frames of one size"
            )
        yield np.ascontiguousarray(pixels), frame.time


class _Mp4:
    def __init__(
        self, path: Path, first: np.ndarray, fps: Fraction, stack: contextlib.ExitStack, *, sound: Path | None
    ) -> None:
        import av

        self._av = av
        height, width = first.shape[:2]
        # Chroma has half the resolution, so the sides must be even.
        self._extra = ((0, height % 2), (0, width % 2), (0, 0))
        # An absolute path, so that no file name is taken for one of FFmpeg's protocols.
        options = {"movflags": "+faststart"}
        self._out = stack.enter_context(av.open(str(path.resolve()), "w", format="mp4", options=options))
        rate = fps.limit_denominator(1001)
        # Crf above 16: flat colours get blocks; below: files grow for nothing that is seen. A slower preset
        # takes longer than all else that is done for a frame.
        stream = self._out.add_stream("libx264", rate=rate, options={"crf": "16", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width + width % 2, height + height % 2, "yuv420p"
        stream.codec_context.time_base = Fraction(1, _TICKS)
        # Tagged: some players take untagged video for BT.601, which shifts yellow.
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = 1  # BT.709
        context.color_range = 1  # of television
        self._stream, self._last, self._step = stream, -1, round(_TICKS / rate)
        self._sound = None if sound is None else _Sound.open(sound, self._out, stack)

    def add(self, pixels: np.ndarray, time: float) -> None:
        padded = np.pad(over_white(pixels), self._extra, mode="edge")
        frame = self._av.VideoFrame.from_ndarray(np.ascontiguousarray(padded), format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace=1, src_color_range=2, dst_color_range=1)
        self._last = max(self._last + 1, round(time * _TICKS))
        frame.pts, frame.time_base = self._last, Fraction(1, _TICKS)
        self._out.mux(self._stream.encode(frame))
        if self._sound is not None:
            self._sound.until(time)

    def close(self) -> None:
        self._out.mux(self._stream.encode(None))
        if self._sound is not None:
            self._sound.until((self._last + self._step) / _TICKS)
            self._sound.end()
        self._out.close()


class _Sound:
    """Copies a clip's sound into an MP4, as far as the picture has come."""

    def __init__(self, out: Any, source: Any, track: Any, first: float) -> None:
        self._out, self._first = out, first
        self._copied = track.codec_context.name in _COPIED
        if self._copied:
            self._stream = out.add_stream_from_template(track)
        else:
            self._stream = out.add_stream("aac", rate=track.codec_context.sample_rate)
        self._units = source.demux(track) if self._copied else source.decode(track)
        self._next: Any = None

    @classmethod
    def open(cls, path: Path, out: Any, stack: contextlib.ExitStack) -> "_Sound | None":
        """The first sound track of a clip; None if it has none that can be read."""
        source, _ = stack.enter_context(opened(path))
        if not source.streams.audio or source.streams.audio[0].codec_context is None:
            return None
        picture = source.streams.video[0]
        first = float((picture.start_time or 0) * picture.time_base) if picture.time_base else 0.0
        return cls(out, source, source.streams.audio[0], first)

    def until(self, time: float) -> None:
        """Writes what is heard before `time`, in seconds of the picture."""
        while self._next is not None or self._advance():
            unit = self._next
            if float(unit.pts * unit.time_base) - self._first > time:
                return
            self._write(unit)
            self._next = None

    def end(self) -> None:
        """Writes what an encoder has kept back."""
        if not self._copied:
            self._out.mux(self._stream.encode(None))

    def _advance(self) -> bool:
        import av

        try:
            self._next = next((each for each in self._units if each.pts is not None), None)
        except (av.FFmpegError, OSError):  # damaged sound ends before the picture
            self._next = None
        return self._next is not None

    def _write(self, unit: Any) -> None:
        shift = round(self._first / unit.time_base)
        if unit.pts < shift:  # heard before the first frame
            return
        unit.pts -= shift
        if self._copied:
            unit.dts = None if unit.dts is None else unit.dts - shift
            unit.stream = self._stream
            self._out.mux(unit)
        else:
            self._out.mux(self._stream.encode(unit))


class _WebP:
    def __init__(self, path: Path, first: np.ndarray, fps: Fraction, stack: contextlib.ExitStack) -> None:
        import av

        self._av, self._last = av, -1
        options = {"loop": "0"}
        self._out = stack.enter_context(av.open(str(path.resolve()), "w", format="webp", options=options))
        # Quality lower: flat colours get blocks. Effort higher: takes longer than all else done for a frame.
        stream: Any = self._out.add_stream(
            "libwebp_anim", rate=1000, options={"quality": "88", "compression_level": "2"}
        )
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = "yuva420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        self._stream = stream

    def add(self, pixels: np.ndarray, time: float) -> None:
        if pixels.shape[-1] == 3:
            pixels = np.concatenate([pixels, np.full((*pixels.shape[:2], 1), 255, np.uint8)], -1)
        frame = self._av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgba")
        frame = frame.reformat(format="yuva420p")
        self._last = max(self._last + 1, round(1000 * time))
        frame.pts, frame.time_base = self._last, Fraction(1, 1000)
        self._out.mux(self._stream.encode(frame))

    def close(self) -> None:
        self._out.mux(self._stream.encode(None))
        self._out.close()

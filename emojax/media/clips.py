"""Reading untrusted video clips: any container and codec that FFmpeg knows, one upright frame at a time.

PyAV carries FFmpeg inside. The file is opened here and given to it as a stream of bytes, and references to
other files, which playlists have, are refused: nothing but the file is ever read.
"""

import contextlib
import dataclasses
import itertools
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np

from emojax.core import untrusted
from emojax.core.errors import UserError

# PyAV is imported where a clip is opened: it comes with the extra `video`.
if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MAX_FILE_BYTES: Final = 2**37
"""128 GB, since frames are read one at a time. Smaller: hours of a camera's film are refused."""

MAX_PIXELS: Final = 36_000_000
"""Pixels of a frame: 8K has 33 million. Smaller: such clips are refused. Larger: a frame takes gigabytes."""

MIN_SIDE: Final = 16

_FORMATS: Final = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,ogg,asf,gif,apng,webp,webp_pipe,wtv,mxf,dv,"
    "m4v,h264,hevc,ivf,nut,rm,yuv4mpegpipe,swf,y4m"
)
"""Containers of video. FFmpeg's others are playlists, devices, pictures and sound."""

_MAX_BROKEN: Final = 30
"""Packets in a row that cannot be decoded. Fewer: a scratch ends a clip. More: a damaged file is read to its
end for nothing."""

_COMPLETE: Final = 0.9
"""Share of the time that the container announces which must be there. Larger: clips whose announcement is
rounded count as cut short. Smaller: a file of which a quarter is missing passes for whole."""

_SLACK: Final = 8
_SLACK_SECONDS: Final = 0.25
"""Frames and seconds that may be missing all the same: decoders keep back a few of a short clip. Larger: the
missing end of a short clip is not noticed."""

_UNSPECIFIED: Final = 2  # FFmpeg's code for a colour space that the file does not name
_BT709: Final = 1
_BT601: Final = 5
_HD_ROWS: Final = 600
"""Rows from which on video without a named colour space is in that of HD, as players take it."""

_DEFAULT_FPS: Final = Fraction(25)
_MAX_FPS: Final = 1000


class EndsEarly(UserError):  # noqa: N818  what came before was good
    """A clip cannot be read to its end; the frames before were good."""


@dataclasses.dataclass(frozen=True)
class Frame:
    """One picture of a clip.

    Attributes:
      pixels: ``uint8[H, W, 3]``, sRGB, upright; transparency is composed over white.
      time: seconds since the first frame; each frame's is larger than that of the one before.
    """

    pixels: np.ndarray
    time: float


@dataclasses.dataclass(frozen=True)
class Clip:
    """What a clip says of itself.

    Attributes:
      path: the file.
      fps: frames per second, on average.
      count: how many frames it has, about; None if unknown.
      has_sound: whether there is a sound track.
    """

    path: Path
    fps: Fraction
    count: int | None
    has_sound: bool

    def frames(self, *, max_side: int) -> Iterator[Frame]:
        """The frames from the first on, one at a time.

        Args:
          max_side: larger frames are reduced to this longer side in pixels.

        Raises:
          UserError: the clip has no frame that can be decoded, or frames that are too large.
          EndsEarly: it ends before its container says, or cannot be decoded from here on.
        """
        with _opened(self.path) as (container, stream):
            announced = float((stream.duration or 0) * (stream.time_base or 0))
            clock = _Clock(stream, self.fps)
            time = None
            for frame in _decoded(self.path, container, stream):
                time = clock.time(frame)
                yield Frame(_upright(frame, stream, max_side), time)
            if time is None:
                raise UserError(f"{self.path}: no frame of it can be decoded; copy or convert it again")
            if time < _COMPLETE * announced - max(float(_SLACK / self.fps), _SLACK_SECONDS):
                raise EndsEarly(
                    f"{self.path}: is cut short after {time:.1f} of {announced:.1f} s; copy it again"
                )


def inspect(path: Path) -> Clip:
    """Opens a clip and reads what its container says.

    Raises:
      UserError: the file is missing, no video that can be read, or has no picture track, an unknown codec or
        pictures of a size outside `MAX_PIXELS` and `MIN_SIDE`.
    """
    with _opened(path) as (container, stream):
        fps = stream.average_rate or stream.guessed_rate or _DEFAULT_FPS
        if not 0 < fps <= _MAX_FPS:
            fps = _DEFAULT_FPS
        seconds = None if container.duration is None else container.duration / 1e6
        count = stream.frames or (round(seconds * fps) if seconds and 0 < seconds < 1e7 else None)
        return Clip(path, Fraction(fps).limit_denominator(1001), count, bool(container.streams.audio))


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple["InputContainer", Any]]:
    """The container of an untrusted clip, and PyAV; nothing but the file itself can be read through it.

    Raises:
      UserError: it is missing or no video that can be read.
    """
    import av

    # FFmpeg would print what it finds wrong with a file; what matters is raised too.
    av.logging.set_level(None)
    with untrusted.open_file(path, most=MAX_FILE_BYTES) as file:
        if not os.fstat(file.fileno()).st_size:
            raise UserError(f"{path}: the file is empty; copy it again")
        try:
            container = av.open(
                file,
                mode="r",
                options={"max_pixels": str(MAX_PIXELS)},
                container_options={"format_whitelist": _FORMATS},
                io_open=_refuse,
                metadata_errors="replace",
            )
        except (av.FFmpegError, ValueError, OSError) as error:
            raise UserError(
                f"{path}: is no video that can be read ({_reason(error)}); use an MP4, MOV, WebM or GIF file"
            ) from error
        with container:
            yield container, av


@contextlib.contextmanager
def _opened(path: Path) -> "Iterator[tuple[InputContainer, VideoStream]]":
    with opened(path) as (container, _):
        # A cover picture of a song is a video stream of one frame.
        tracks = [
            each for each in container.streams.video if not each.disposition & each.disposition.attached_pic
        ]
        if not tracks:
            raise UserError(f"{path}: has no picture track; give a video")
        stream = tracks[0]
        if stream.codec_context is None or stream.codec_context.codec is None:
            raise UserError(f"{path}: its codec is unknown; convert it to H.264")
        width, height = stream.codec_context.width, stream.codec_context.height
        if width * height > MAX_PIXELS:
            raise UserError(f"{path}: has frames of {width}x{height} pixels, too many; make it smaller")
        if min(width, height) < MIN_SIDE:
            raise UserError(f"{path}: has frames of {width}x{height} pixels, too few; use a larger clip")
        stream.thread_type = "AUTO"
        yield container, stream


def _refuse(url: str, *_: object) -> NoReturn:
    raise OSError(f"it refers to another file, {url[:60]!r}")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _decoded(path: Path, container: "InputContainer", stream: "VideoStream") -> "Iterator[VideoFrame]":
    import av

    broken = 0
    packets = container.demux(stream)
    for number in itertools.count():
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError) as error:
            if number == 0:
                raise UserError(f"{path}: cannot be read ({_reason(error)}); copy it again") from error
            raise EndsEarly(f"{path}: cannot be read to its end ({_reason(error)}); copy it again") from error
        if packet is None:
            return
        try:
            frames = packet.decode()
            broken = 0
        except (av.FFmpegError, ValueError) as error:
            broken += 1
            if broken > _MAX_BROKEN:
                raise EndsEarly(f"{path}: is damaged ({_reason(error)}); copy it again") from error
            continue
        yield from frames


def _upright(frame: "VideoFrame", stream: "VideoStream", max_side: int) -> np.ndarray:
    """The frame as ``uint8[H, W, 3]``: square pixels, at most `max_side` on its longer side, rotated."""
    aspect = stream.sample_aspect_ratio or Fraction(1)
    stretched = frame.width * (float(aspect) if 0.1 < aspect < 10 else 1.0)
    scale = min(1.0, max_side / max(stretched, frame.height))
    width, height = (max(2, round(side * scale)) for side in (stretched, frame.height))
    has_alpha = any(component.is_alpha for component in frame.format.components)
    space = frame.colorspace
    if space == _UNSPECIFIED and not frame.format.is_rgb:
        space = _BT709 if frame.height >= _HD_ROWS else _BT601
    options: dict[str, Any] = {} if frame.format.is_rgb else {"src_colorspace": space}
    pixels = frame.to_ndarray(
        format="rgba" if has_alpha else "rgb24", width=width, height=height, interpolation="AREA", **options
    )
    if has_alpha:
        pixels = over_white(pixels)
    quarters = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, quarters) if quarters else pixels)


def over_white(pixels: np.ndarray) -> np.ndarray:
    """``uint8[H, W, 3 or 4]`` composed over white: ``uint8[H, W, 3]``."""
    if pixels.shape[-1] == 3:
        return pixels
    alpha = pixels[..., 3:].astype(np.float32) / 255.0
    return np.rint(pixels[..., :3] * alpha + 255.0 * (1.0 - alpha)).astype(np.uint8)


class _Clock:
    """When frames are shown: as they say, or one after the other where they do not."""

    def __init__(self, stream: "VideoStream", fps: Fraction) -> None:
        self._base = stream.time_base
        self._step = float(1 / fps)
        self._first: int | None = None
        self._last = -1.0

    def time(self, frame: "VideoFrame") -> float:
        """Seconds since the first frame."""
        if frame.pts is None or self._base is None:
            time = self._last + self._step if self._last >= 0 else 0.0
        else:
            self._first = frame.pts if self._first is None else self._first
            time = float((frame.pts - self._first) * self._base)
        if time <= self._last:  # two frames at once, or a jump back: the next tick instead
            time = self._last + self._step / 4
        self._last = time
        return time

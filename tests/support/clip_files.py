"""Small clips of every kind, written with PyAV itself."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

COLORS = ((200, 40, 40), (40, 180, 60), (50, 70, 210))
"""Of the first, second and third frame, and so on in turn."""


def plain(number: int, height: int, width: int) -> np.ndarray:
    """A frame of one colour with a white upper left corner, by which rotation shows."""
    frame = np.full((height, width, 3), COLORS[number % len(COLORS)], np.uint8)
    frame[: height // 3, : width // 3] = 255
    return frame


def write(
    path: Path,
    *,
    count: int = 6,
    size: tuple[int, int] = (48, 64),
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    times: Sequence[float] | None = None,
    rotation: float = 0,
    sound: bool = False,
    picture: bool = True,
) -> Path:
    """A clip of `count` frames at 25 a second, or at `times`; with a tone for as long, if there is sound."""
    height, width = size
    with av.open(str(path), "w") as out:
        stream = None
        if picture:
            stream = out.add_stream(codec, rate=25)
            stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
            stream.codec_context.time_base = Fraction(1, 1000)
            if rotation:
                stream.set_display_rotation(rotation)
        voice = out.add_stream("aac", rate=16_000, layout="mono") if sound else None
        if stream is not None:
            for number in range(count):
                frame = av.VideoFrame.from_ndarray(plain(number, height, width), format="rgb24")
                frame = frame.reformat(format=pixel_format)
                time = number / 25 if times is None else times[number]
                frame.pts, frame.time_base = round(1000 * time), Fraction(1, 1000)
                out.mux(stream.encode(frame))
            if not count:
                out.start_encoding()
            out.mux(stream.encode(None))
        if voice is not None:
            tone = np.sin(np.arange(16_000 * count // 25) * 0.17).astype(np.float32)[None]
            for start in range(0, tone.shape[1], 1024):
                heard = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(tone[:, start : start + 1024]), format="fltp", layout="mono"
                )
                heard.sample_rate, heard.pts = 16_000, start
                out.mux(voice.encode(heard))
            out.mux(voice.encode(None))
    return path


def read(path: Path) -> tuple[list[np.ndarray], list[float]]:
    """Frames and their times, read with PyAV alone."""
    with av.open(str(path)) as container:
        frames = [
            (frame.to_ndarray(format="rgb24"), float(frame.time)) for frame in container.decode(video=0)
        ]
    return [pixels for pixels, _ in frames], [time for _, time in frames]

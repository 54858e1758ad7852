"""Cases of video clips."""

import functools
import random
import tempfile
from pathlib import Path
from typing import Final

from support import clip_files

from emojax.media import clips
from fuzz import mutation
from fuzz.running import Kind

_KINDS: Final = (("mp4", "libx264"), ("webm", "libvpx-vp9"), ("avi", "mpeg4"), ("gif", "gif"), ("mov", "png"))


@functools.cache
def _clip(number: int) -> bytes:
    suffix, codec = _KINDS[number]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{suffix}"
        formats = {"gif": "rgb8", "png": "rgb24"}
        clip_files.write(path, codec=codec, pixel_format=formats.get(codec, "yuv420p"), sound=suffix == "mp4")
        return path.read_bytes()


def _make(rng: random.Random, path: Path) -> None:
    data = _clip(rng.randrange(len(_KINDS)))
    if rng.random() < 0.2:
        data = data[: rng.randrange(len(data))]
    path.write_bytes(mutation.of_bytes(rng, data) if rng.random() < 0.8 else data)


def _read(path: Path) -> None:
    clip = clips.inspect(path)
    assert 0 < clip.fps <= 1000
    last = -1.0
    for frame in clip.frames(max_side=128):
        assert frame.time > last
        assert max(frame.pixels.shape[:2]) <= 128
        last = frame.time


CLIPS: Final = {"clip": Kind(_make, _read)}

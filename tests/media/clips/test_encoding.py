"""Clips are written with their times and sound, and what ends early is a playable part."""

import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from support import clip_files

import emojax
from emojax.core.errors import UserError
from emojax.media.clips import EndsEarly, Frame
from emojax.media.encoding import write_clip

FPS = Fraction(25)


def shown(
    count: int = 6, *, size: tuple[int, int] = (48, 64), times: list[float] | None = None
) -> Iterator[Frame]:
    for number in range(count):
        yield Frame(clip_files.plain(number, *size), number / 25 if times is None else times[number])


def test_an_mp4_keeps_the_times_of_a_variable_rate(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.13, 0.5, 0.9, 1.0]
    assert write_clip(tmp_path / "a.mp4", shown(times=times), fps=FPS) == 6
    frames, found = clip_files.read(tmp_path / "a.mp4")
    assert found == pytest.approx(times, abs=1e-4)
    for number, frame in enumerate(frames):
        assert np.abs(frame[-9:, -9:].reshape(-1, 3).mean(0) - clip_files.COLORS[number % 3]).max() < 8


def test_a_webp_has_its_frames_times_and_soft_edges(tmp_path: Path) -> None:
    frames = []
    for number in range(5):
        pixels = np.dstack([clip_files.plain(number, 48, 64), np.full((48, 64), 255, np.uint8)])
        pixels[:, 32:40, 3] = 128
        pixels[:, 40:, 3] = 0
        frames.append(Frame(pixels, [0, 0.1, 0.2, 0.5, 0.6][number]))
    write_clip(tmp_path / "a.webp", frames, fps=Fraction(10))
    with Image.open(tmp_path / "a.webp") as picture:
        assert (picture.n_frames, picture.info["loop"]) == (5, 0)
        durations = []
        for number in range(5):
            picture.seek(number)
            alpha = np.asarray(picture.convert("RGBA"))[..., 3]
            assert (alpha[:, :30].min(), alpha[:, 42:].max()) == (255, 0)
            assert abs(int(alpha[20, 36]) - 128) < 6
            durations.append(picture.info["duration"])
    assert durations[:4] == [100, 100, 300, 100]


def test_a_gif_keeps_variable_times(tmp_path: Path) -> None:
    write_clip(tmp_path / "a.gif", shown(4, times=[0, 0.1, 0.4, 0.5]), fps=Fraction(10))
    with Image.open(tmp_path / "a.gif") as picture:
        durations = [picture.info["duration"] for n in range(4) if not picture.seek(n)]
    assert durations == [100, 300, 100, 100]


@pytest.mark.parametrize("offset", [0.0, 0.2])
def test_sound_is_kept_and_stays_with_the_picture(tmp_path: Path, offset: float) -> None:
    source = clip_files.write(
        tmp_path / "a.mp4", count=50, sound=True, times=[offset + n / 25 for n in range(50)]
    )
    write_clip(tmp_path / "b.mp4", shown(50), fps=FPS, sound=source)
    with av.open(str(tmp_path / "b.mp4")) as made, av.open(str(source)) as given:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in made.decode(audio=0)])
        before = np.concatenate([frame.to_ndarray()[0] for frame in given.decode(audio=0)])
    start = round(16_000 * offset)
    assert abs(len(heard) - (len(before) - start)) <= 2 * 1024
    assert np.abs(heard[4000:8000]).max() > 0.5


def test_sound_ends_with_a_picture_that_was_cut_short(tmp_path: Path) -> None:
    source = clip_files.write(tmp_path / "a.mp4", count=100, sound=True)
    write_clip(tmp_path / "b.mp4", shown(20), fps=FPS, sound=source)
    with av.open(str(tmp_path / "b.mp4")) as made:
        seconds = sum(frame.samples for frame in made.decode(audio=0)) / 16_000
    assert 0.6 < seconds < 1.0


def test_sound_that_an_mp4_cannot_hold_is_encoded_anew(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mkv"), "w") as out:
        picture = out.add_stream("mpeg4", rate=25)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        voice = out.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for number in range(25):
            frame = av.VideoFrame.from_ndarray(clip_files.plain(number, 48, 64), format="rgb24")
            out.mux(picture.encode(frame.reformat(format="yuv420p")))
            tone = (8000 * np.sin(np.arange(640) * 0.2)).astype(np.int16)[None]
            heard = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
            heard.sample_rate, heard.pts = 16_000, 640 * number
            out.mux(voice.encode(heard))
        out.mux(picture.encode(None))
        out.mux(voice.encode(None))
    write_clip(tmp_path / "b.mp4", shown(25), fps=FPS, sound=tmp_path / "a.mkv")
    with av.open(str(tmp_path / "b.mp4")) as made:
        assert made.streams.audio[0].codec_context.name == "aac"
        assert sum(frame.samples for frame in made.decode(audio=0)) == pytest.approx(16_000, abs=2100)


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ".webp"])
def test_frames_that_end_early_leave_a_playable_part(tmp_path: Path, suffix: str) -> None:
    def broken() -> Iterator[Frame]:
        yield from shown(7)
        raise EndsEarly("clip.mp4: is cut short")

    with pytest.raises(EndsEarly, match="cut short"):
        write_clip(tmp_path / f"a{suffix}", broken(), fps=FPS)
    if suffix == ".mp4":
        assert len(clip_files.read(tmp_path / "a.mp4")[0]) == 7
    else:
        with Image.open(tmp_path / f"a{suffix}") as picture:
            assert picture.n_frames == 7
    assert [path.name for path in tmp_path.iterdir()] == [f"a{suffix}"]


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ".webp"])
def test_any_other_error_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    def broken() -> Iterator[Frame]:
        yield from shown(3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_clip(tmp_path / f"a{suffix}", broken(), fps=FPS)
    with pytest.raises(UserError, match="no frames to write"):
        write_clip(tmp_path / f"a{suffix}", shown(0), fps=FPS)
    assert not list(tmp_path.iterdir())


def test_a_target_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").mkdir()
    with pytest.raises(UserError, match="cannot be written"):
        write_clip(tmp_path / "a.mp4", shown(3), fps=FPS)


@pytest.mark.parametrize("suffix", [".mp4", ".webp"])
def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    # A limit on the size of files stands in for a full disk; in a process of its own.
    script = (
        "import resource, sys, numpy as np\nfrom fractions import Fraction\n"
        "from emojax.core.errors import UserError\nfrom emojax.media.clips import Frame\n"
        "from emojax.media.encoding import write_clip\n"
        "rng = np.random.default_rng(0)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
        "frames = (Frame(rng.integers(0, 256, (128, 128, 3), np.uint8), n / 25) for n in range(60))\n"
        "try:\n    write_clip(sys.argv[1], frames, fps=Fraction(25))\n"
        "except UserError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / f"noise{suffix}"],
        cwd=Path(emojax.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cannot be written" in done.stdout, done.stderr
    assert list(tmp_path.iterdir()) == []

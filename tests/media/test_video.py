"""Animations read back with the frames, size, time and colours that went in, or leave nothing behind."""

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

import emojax
from emojax.core.errors import UserError
from emojax.media.image import save_png
from emojax.media.video import animation_from_pngs, save_animation

YELLOW = (252, 234, 43)


def moving_bar(count: int, height: int = 32, width: int = 48, channels: int = 3) -> np.ndarray:
    """A yellow bar on black that moves on by two pixels a frame; clear outside the bar with alpha."""
    frames = np.zeros((count, height, width, channels), np.uint8)
    for number, frame in enumerate(frames):
        start = 2 * number % (width - 8)
        frame[:, start : start + 8, :3] = YELLOW
        if channels == 4:
            frame[:, start : start + 8, 3] = 255
    return frames


def read_gif(path: Path, mode: str = "RGB") -> tuple[np.ndarray, list[int]]:
    with Image.open(path) as gif:
        assert gif.info["loop"] == 0
        pairs = [
            (np.array(frame.convert(mode)), frame.info["duration"]) for frame in ImageSequence.Iterator(gif)
        ]
    return np.stack([frame for frame, _ in pairs]), [duration for _, duration in pairs]


def read_mp4(path: Path) -> tuple[np.ndarray, av.VideoStream]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    return np.stack(frames), stream


def test_gif_round_trip_is_exact_for_few_colors(tmp_path: Path) -> None:
    frames = moving_bar(12)
    save_animation(tmp_path / "bar.gif", frames, fps=20)
    read, durations = read_gif(tmp_path / "bar.gif")
    np.testing.assert_array_equal(read, frames)
    assert durations == [50] * 12


def test_gif_keeps_the_speed_of_odd_rates(tmp_path: Path) -> None:
    save_animation(tmp_path / "bar.gif", moving_bar(15), fps=30)
    assert sum(read_gif(tmp_path / "bar.gif")[1]) == 500


def test_gif_above_what_players_show_drops_frames_not_speed(tmp_path: Path) -> None:
    frames = moving_bar(18)
    save_animation(tmp_path / "bar.gif", frames, fps=120)
    read, durations = read_gif(tmp_path / "bar.gif")
    np.testing.assert_array_equal(read, frames[::3])
    assert min(durations) >= 20
    assert sum(durations) == 150


def test_gif_still_parts_do_not_flicker(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frames = np.repeat(rng.integers(0, 256, (1, 40, 40, 3), np.uint8), 6, axis=0)  # More than 256 colours.
    for number in range(6):
        frames[number, :10] = rng.integers(0, 256, 3)
    save_animation(tmp_path / "still.gif", frames, fps=10)
    read, _ = read_gif(tmp_path / "still.gif")
    assert len(read) == 6
    assert (read[:, 10:] == read[:1, 10:]).all()


def test_gif_keeps_clear_pixels_clear(tmp_path: Path) -> None:
    frames = moving_bar(5, channels=4)
    save_animation(tmp_path / "bar.gif", frames, fps=10)
    read, _ = read_gif(tmp_path / "bar.gif", "RGBA")
    np.testing.assert_array_equal(read[..., 3], frames[..., 3])
    np.testing.assert_array_equal(read[frames[..., 3] > 0], frames[frames[..., 3] > 0])


@pytest.mark.parametrize("size", [(32, 48), (33, 47)])
def test_mp4_has_the_frames_rate_and_colors(tmp_path: Path, size: tuple[int, int]) -> None:
    height, width = size
    frames = moving_bar(9, height, width)
    save_animation(tmp_path / "bar.mp4", frames, fps=25)
    read, stream = read_mp4(tmp_path / "bar.mp4")
    assert read.shape == (9, height + height % 2, width + width % 2, 3)
    context = stream.codec_context
    assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
    assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (
        1,
        1,
        1,
        1,
    )
    assert stream.average_rate == 25
    inside = read[0, 4:-4, 2:6].astype(int)  # Away from the edges, where chroma is shared.
    assert np.abs(inside - YELLOW).max() <= 6
    assert read[0, 4:-4, 16:40].max() <= 6


def test_mp4_odd_sides_repeat_the_last_row_and_column(tmp_path: Path) -> None:
    save_animation(tmp_path / "yellow.mp4", np.full((2, 33, 47, 3), YELLOW, np.uint8), fps=25)
    read, _ = read_mp4(tmp_path / "yellow.mp4")
    assert np.abs(read.astype(int) - YELLOW).max() <= 6


def test_mp4_can_start_before_it_is_loaded(tmp_path: Path) -> None:
    save_animation(tmp_path / "bar.mp4", moving_bar(3), fps=25)
    data = (tmp_path / "bar.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_mp4_lays_transparency_over_white(tmp_path: Path) -> None:
    save_animation(tmp_path / "bar.mp4", moving_bar(2, channels=4), fps=25)
    assert read_mp4(tmp_path / "bar.mp4")[0][0, 4:-4, 16:40].min() >= 249


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_one_frame_is_enough(tmp_path: Path, suffix: str) -> None:
    save_animation(tmp_path / f"one{suffix}", moving_bar(1), fps=10)
    assert (tmp_path / f"one{suffix}").stat().st_size > 100


def test_png_is_a_strip(tmp_path: Path) -> None:
    frames = moving_bar(4, channels=4)
    save_animation(tmp_path / "bar.PNG", frames, fps=10)
    sheet = np.asarray(Image.open(tmp_path / "bar.PNG"))
    assert sheet.shape == (36, 4 * 50 + 2, 4)
    np.testing.assert_array_equal(sheet[2:-2, 52:100], frames[1])


@pytest.mark.parametrize("suffix", [".gif", ".mp4", ".png"])
def test_a_failure_half_way_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    frames = [*moving_bar(5), *moving_bar(1, height=30)]
    with pytest.raises(UserError, match="one size"):
        save_animation(tmp_path / f"bar{suffix}", frames, fps=10)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "count", "fps", "reason"),
    [
        ("bar.avi", 2, 10, r"\.gif, \.mp4, \.webp or \.png"),
        ("bar", 2, 10, r"\.gif, \.mp4, \.webp or \.png"),
        ("bar.gif", 0, 10, "no frames"),
        ("bar.gif", 2, 0, "out of range"),
        ("bar.mp4", 2, float("nan"), "out of range"),
        ("bar.mp4", 2, 1000, "out of range"),
    ],
)
def test_what_cannot_be_made_is_refused(
    tmp_path: Path, name: str, count: int, fps: float, reason: str
) -> None:
    with pytest.raises(UserError, match=reason):
        save_animation(tmp_path / name, moving_bar(count), fps=fps)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_a_full_disk_is_noticed(tmp_path: Path, suffix: str) -> None:
    # A limit on the size of files stands in for a full disk; in a process of its own.
    script = (
        "import resource, sys, numpy as np\n"
        "from emojax.core.errors import UserError\n"
        "from emojax.media.video import save_animation\n"
        "noise = np.random.default_rng(0).integers(0, 256, (6, 128, 128, 3), np.uint8)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try:\n    save_animation(sys.argv[1], noise, fps=10)\n"
        "except UserError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / f"noise{suffix}"],
        cwd=Path(emojax.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cannot be written" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_animation_from_pngs_takes_an_even_choice_and_shrinks(tmp_path: Path) -> None:
    levels = np.linspace(0, 250, 11).astype(np.uint8)
    paths = []
    for number, level in enumerate(levels):
        paths.append(tmp_path / f"{number:04d}.png")
        save_png(paths[-1], np.full((40, 80, 3), level, np.uint8))
    animation_from_pngs(paths, tmp_path / "run.gif", fps=10, max_frames=6, max_side=40)
    read, _ = read_gif(tmp_path / "run.gif")
    assert read.shape == (6, 20, 40, 3)
    assert read[:, 0, 0, 0].tolist() == levels[::2].tolist()


def test_animation_from_pngs_names_a_bad_picture(tmp_path: Path) -> None:
    save_png(tmp_path / "good.png", np.zeros((20, 20, 3), np.uint8))
    (tmp_path / "bad.png").write_text("nothing")
    with pytest.raises(UserError, match=r"bad\.png"):
        animation_from_pngs([tmp_path / "good.png", tmp_path / "bad.png"], tmp_path / "run.gif", fps=10)
    assert not (tmp_path / "run.gif").exists()

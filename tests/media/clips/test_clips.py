"""Clips of every kind are read upright, in order and within bounds, or refused in one line."""

import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support import clip_files

from emojax.core.errors import UserError
from emojax.media import clips, encoding
from emojax.media.clips import EndsEarly, Frame, inspect


def frames(path: Path, *, max_side: int = 640) -> list[Frame]:
    return list(inspect(path).frames(max_side=max_side))


def assert_color(pixels: np.ndarray, number: int) -> None:
    """The lower right of a frame has the colour of that number."""
    seen = pixels[-pixels.shape[0] // 3 :, -pixels.shape[1] // 3 :].reshape(-1, 3).mean(0)
    assert np.abs(seen - clip_files.COLORS[number % 3]).max() < 12, (seen, number)


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("a.mp4", "libx264", "yuv420p"),
        ("a.mkv", "libx264", "yuv444p"),
        ("a.mp4", "libx265", "yuv420p10le"),
        ("a.webm", "libvpx-vp9", "yuv420p"),
        ("a.avi", "mpeg4", "yuv420p"),
        ("a.mov", "qtrle", "rgb24"),
        ("a.mov", "png", "rgb24"),
        ("a.gif", "gif", "rgb8"),
    ],
)
def test_containers_and_codecs(tmp_path: Path, name: str, codec: str, pixel_format: str) -> None:
    found = frames(clip_files.write(tmp_path / name, codec=codec, pixel_format=pixel_format))
    assert len(found) == 6
    for number, frame in enumerate(found):
        assert frame.pixels.shape == (48, 64, 3)
        if name != "a.gif":  # of 256 fixed colours
            assert_color(frame.pixels, number)
        assert frame.time == pytest.approx(number / 25, abs=0.011)


def test_odd_sizes_and_alpha(tmp_path: Path) -> None:
    path = clip_files.write(tmp_path / "a.mov", size=(33, 47), codec="png", pixel_format="rgba")
    assert frames(path)[0].pixels.shape == (33, 47, 3)
    clear = np.zeros((2, 2, 4), np.uint8)
    clear[0] = (10, 20, 30, 255)
    clear[1, 0] = (0, 0, 0, 128)
    over = clips.over_white(clear)
    assert over[0, 0].tolist() == [10, 20, 30]
    assert over[1].tolist() == [[127] * 3, [255] * 3]


@pytest.mark.parametrize(("rotation", "corner"), [(90, (-1, 0)), (180, (-1, -1)), (-90, (0, -1))])
def test_a_rotation_flag_is_applied(tmp_path: Path, rotation: int, corner: tuple[int, int]) -> None:
    found = frames(clip_files.write(tmp_path / "a.mp4", rotation=rotation))
    pixels = found[0].pixels
    assert pixels.shape == ((48, 64, 3) if rotation == 180 else (64, 48, 3))
    assert pixels[corner].min() > 235
    others = [pixels[y, x] for y in (0, -1) for x in (0, -1) if (y, x) != corner]
    assert all(np.abs(other.astype(int) - clip_files.COLORS[0]).max() < 25 for other in others)


def test_variable_rates_keep_their_times(tmp_path: Path) -> None:
    times = [0, 0.04, 0.2, 0.21, 0.6, 1.5]
    found = frames(clip_files.write(tmp_path / "a.mp4", times=times))
    assert [frame.time for frame in found] == pytest.approx(times, abs=0.002)


def test_large_frames_are_reduced(tmp_path: Path) -> None:
    path = clip_files.write(tmp_path / "a.mp4", size=(120, 160), count=2)
    assert frames(path, max_side=80)[0].pixels.shape == (60, 80, 3)
    assert frames(path, max_side=160)[0].pixels.shape == (120, 160, 3)


def test_what_a_clip_says_of_itself(tmp_path: Path) -> None:
    clip = inspect(clip_files.write(tmp_path / "a.mp4", sound=True))
    assert (clip.fps, clip.count, clip.has_sound) == (Fraction(25), 6, True)
    assert not inspect(clip_files.write(tmp_path / "b.mp4")).has_sound


def test_a_clip_cut_short_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    given = (Frame(clip_files.plain(n, 96, 128), n / 25) for n in range(60))
    path = tmp_path / "b.mp4"
    encoding.write_clip(path, given, fps=Fraction(25))  # with the index in front, so that it is there
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    found = inspect(path).frames(max_side=640)
    seen = list(itertools.islice(found, 10))
    assert len(seen) == 10
    with pytest.raises(EndsEarly, match=r"b\.mp4: .*copy it again"):
        seen += list(found)


def _text(path: Path) -> Path:
    path.write_text("no video")
    return path


def _playlist(path: Path) -> Path:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")
    return path


def _cut(path: Path) -> Path:
    data = clip_files.write(path).read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder / "none.mp4", "no such file"),
        (lambda folder: folder, "is a directory"),
        (lambda folder: _touched(folder / "empty.mp4"), "the file is empty"),
        (lambda folder: _text(folder / "text.mp4"), "is no video that can be read"),
        (lambda folder: _playlist(folder / "list.m3u8"), "is no video that can be read"),
        (lambda folder: _cut(folder / "cut.mp4"), "is no video that can be read"),
        (
            lambda folder: clip_files.write(folder / "a.m4a", sound=True, picture=False),
            "has no picture track",
        ),
        (lambda folder: clip_files.write(folder / "a.mp4", size=(8, 64)), "8 pixels, too few"),
        (
            lambda folder: clip_files.write(folder / "a.mp4", count=0),
            "(no frame of it|no picture track|no video)",
        ),
    ],
)
def test_what_is_no_clip_is_refused_in_one_line(tmp_path: Path, make, says: str) -> None:  # type: ignore[no-untyped-def]
    path = make(tmp_path)
    with pytest.raises(UserError, match=says) as refused:
        frames(path)
    assert str(path) in str(refused.value)


def _touched(path: Path) -> Path:
    path.touch()
    return path


def test_frames_above_the_limit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = clip_files.write(tmp_path / "a.mp4")
    monkeypatch.setattr(clips, "MAX_PIXELS", 48 * 64 - 1)
    with pytest.raises(UserError, match="64x48 pixels, too many"):
        inspect(path)
    monkeypatch.setattr(clips, "MAX_PIXELS", 48 * 64)
    assert inspect(path).count == 6


def test_a_file_that_refers_to_another_does_not_open_it(tmp_path: Path) -> None:
    secret = clip_files.write(tmp_path / "secret.mp4")
    script = tmp_path / "list.ffconcat"
    script.write_text(f"ffconcat version 1.0\nfile '{secret.name}'\n")
    with pytest.raises(UserError, match="is no video that can be read"):
        frames(script)

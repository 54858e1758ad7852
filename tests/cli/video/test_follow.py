"""``infer.py --video``: clips, folders and plots come out; what is wrong is said in one line."""

import dataclasses
import itertools
import json
import os
import signal
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from avatar.support.coded_clips import PERSON, clip, coded, exact_maker
from avatar.support.makers import use_coded_faces
from PIL import Image
from support import clip_files

from emojax.avatar.faces import crop
from emojax.avatar.faces.crop import Crop
from emojax.avatar.faces.detection import Box
from emojax.avatar.motion import tracking
from emojax.avatar.motion.output.demo_clip import DemoClip
from emojax.avatar.motion.tracking import Look, Tracker
from emojax.cli import infer
from emojax.core.errors import Interrupted, UserError
from emojax.media.encoding import write_clip


@pytest.fixture(autouse=True)
def _no_weights(shared_cache: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_coded_faces(monkeypatch)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    maker = exact_maker()
    closed, open_ = coded(maker, PERSON), coded(maker, PERSON | {"mouth": "surprised"})
    path = tmp_path_factory.mktemp("clips") / "talk.mp4"
    return lossless(path, [closed] * 6 + [open_] * 8 + [closed] * 6)


def lossless(path: Path, frames: list[np.ndarray]) -> Path:
    """A clip without loss, lest codes become others."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264rgb", rate=25, options={"crf": "0"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "rgb24"
        for pixels in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(stream.encode(None))
    return path


def run(*argv: str | Path) -> None:
    infer.main([str(each) for each in argv])


def test_a_clip_becomes_an_avatars_clip(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("--video", talk, "--out", "a.mp4", "--size", "128")
    assert "a.mp4: 20 frames in the style flat" in capsys.readouterr().out
    frames, times = clip_files.read(Path("a.mp4"))
    assert frames[0].shape == (128, 128, 3)
    assert times == pytest.approx([n / 25 for n in range(20)], abs=1e-3)
    # Teeth are the lightest thing about the mouth, and are seen as long as it is open.
    mouth = np.asarray([frame[84:104, 52:76].min(-1).ravel() for frame in frames])
    teeth = np.sort(mouth, axis=1)[:, -12:].mean(1)
    assert teeth[6:13].min() > 1.5 * max(teeth[:4].max(), teeth[15:].max())


@pytest.mark.parametrize("name", ["a.gif", "a.webp"])
def test_gif_and_webp(talk: Path, name: str) -> None:
    run("--video", talk, "--out", name, "--size", "96", "--background", "#123456")
    with Image.open(name) as picture:
        assert picture.size == (96, 96)
        corner = picture.convert("RGB").getpixel((2, 2))
    assert np.abs(np.asarray(corner) - [0x12, 0x34, 0x56]).max() < 12


def test_a_folder_gets_a_drawing_and_a_document_a_frame(talk: Path) -> None:
    run("--video", talk, "--out", "frames")
    names = sorted(path.name for path in Path("frames").iterdir())
    assert names == sorted(f"{n:05d}.{suffix}" for n in range(20) for suffix in ("json", "svg"))
    documents = [json.loads(Path(f"frames/{n:05d}.json").read_text()) for n in range(20)]
    open_ = [d["attributes"]["mouth_open"] for d in documents]
    # A change may show a frame early, since every second frame is looked at.
    assert open_[:5] + open_[7:13] + open_[15:] == [False] * 5 + [True] * 6 + [False] * 5
    assert all(d["found"] and d["scene"] == 0 and d["version"] == 2 for d in documents)
    assert Path("frames/00003.svg").read_text().startswith("<svg")


def test_plots_show_the_frame_and_print_the_table(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("--video", talk, "--plot_embeddings", "--extractor", "autoencoder,shapes", "--out", "p.mp4")
    printed = capsys.readouterr().out
    assert "| part | shape: signal / jitter | shapes: signal / jitter |" in printed
    assert "| mouth |" in printed
    frames, _ = clip_files.read(Path("p.mp4"))
    assert len(frames) == 20
    pink = (np.abs(frames[5].astype(int) - (224, 49, 116)).max(-1) < 40).sum()
    purple = (np.abs(frames[5].astype(int) - (98, 54, 201)).max(-1) < 40).sum()
    assert pink > 400
    assert purple > 400


def test_the_demo_is_made_and_needs_no_file() -> None:
    frames = list(DemoClip().frames(max_side=640))
    assert len(frames) == 150
    assert frames[0].pixels.shape == (480, 640, 3)
    steps = [np.abs(a.pixels.astype(int) - b.pixels).mean() for a, b in itertools.pairwise(frames)]
    assert 0.5 < min(steps) <= max(steps) < 25


def test_ctrl_c_leaves_a_clip_that_plays(talk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    track = Tracker.accept

    def interrupting(self: Tracker, seen_crop: Crop, labels: np.ndarray, time: float) -> Look | None:
        seen.append(time)
        if len(seen) == 4:
            os.kill(os.getpid(), signal.SIGINT)
        return track(self, seen_crop, labels, time)

    monkeypatch.setattr(Tracker, "accept", interrupting)
    with pytest.raises(Interrupted, match=r"a\.mp4 holds the first \d+ frames") as stopped:
        run("--video", talk, "--out", "a.mp4", "--size", "64")
    assert stopped.value.signum == signal.SIGINT
    assert 4 <= len(clip_files.read(Path("a.mp4"))[0]) <= 9


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--video", "none.mp4"], "none.mp4: no such file"),
        (["--video", "text.mp4"], "text.mp4: is no video"),
        (["--video", "empty.mp4"], "empty"),
        (["--video", "TALK", "--out", "a.avi"], "ends in .mp4, .gif or .webp"),
        (["--video", "TALK", "--out", "folder.mp4"], "is a folder"),
        (["--video", "TALK", "--out", "text.mp4/x.mp4"], "cannot be written"),
        (["--video", "TALK", "--out", "a", "--plot_embeddings"], "makes a clip"),
        (["--video", "TALK", "--extractor", "autoencoder,pixels"], "--plot_embeddings"),
        (["--video", "TALK", "--extractor", "autoencoder,vgg"], "no extractor 'vgg'"),
        (["--video", "TALK", "--resnet50_weights", "x"], "is for --extractor resnet50"),
        (["--video", "TALK", "--background", "blue"], "--background"),
        (["--video", "TALK", "--style", "marble"], "style 'marble'"),
        (["--video", "TALK", "--face", "3"], "--face 3"),
        (["--video", "TALK", "--face", "all", "--plot_embeddings"], "shows one face"),
        (["--video", "TALK", "--out", "TALK"], "would replace"),
        (["--video", "TALK", "--mood", "friendly"], "--mood belongs to --selfie"),
        (["--selfie", "demo", "--plot_embeddings"], "--plot_embeddings belongs to --video"),
        (["--selfie", "demo", "--extractor", "shapes,pixels"], "with --video"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(talk: Path, flags: list[str], says: str) -> None:
    Path("text.mp4").write_text("no video")
    Path("empty.mp4").touch()
    Path("folder.mp4").mkdir()
    before = sorted(Path().rglob("*"))
    with pytest.raises(UserError, match=says):
        run(*[talk if each == "TALK" else each for each in flags])
    assert [path for path in sorted(Path().rglob("*")) if path not in before] == []


def test_a_clip_without_a_face_is_refused() -> None:
    write_clip("wall.mp4", clip([np.full((96, 128, 3), 120, np.uint8)] * 5), fps=Fraction(25))
    with pytest.raises(UserError, match=r"wall\.mp4: no face found in any frame"):
        run("--video", "wall.mp4", "--out", "a.mp4")
    assert not Path("a.mp4").exists()


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clip of two people: the left one's mouth opens, the right one is bald, wears glasses and is still."""
    maker = exact_maker()
    other = {"hair": "bald", "head": "round", "mouth": "neutral", "glasses": "square"}
    right = coded(maker, other)[10:290, 60:340]
    squares = [Box(149.5, 149.5, 280), Box(449.5, 149.5, 280)]
    detected = [dataclasses.replace(square.moved(0, 0.05, 0.65), score=1.0) for square in squares]
    monkeypatch.setattr(crop, "find_portrait", lambda pixels: None)
    monkeypatch.setattr(crop, "find_faces", lambda pixels, *angles: detected)
    monkeypatch.setattr(tracking, "find_portrait", lambda pixels: None)
    frames = []
    for mouth in ["neutral"] * 6 + ["surprised"] * 8:
        frame = np.full((300, 600, 3), right[0, 0], np.uint8)
        frame[10:290, 10:290] = coded(maker, PERSON | {"mouth": mouth})[10:290, 60:340]
        frame[10:290, 310:590] = right
        frames.append(frame)
    return lossless(tmp_path / "pair.mp4", frames)


def test_every_face_gets_its_own_avatar(pair: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("--video", pair, "--face", "all", "--out", "each")
    assert sorted(path.name for path in Path().glob("each*")) == ["each-0", "each-1"]
    assert capsys.readouterr().out.count("14 frames in the style flat") == 2
    first, second = (
        [json.loads(Path(f"each-{face}/{n:05d}.json").read_text())["attributes"] for n in range(14)]
        for face in (0, 1)
    )
    assert {each["hair_length"] for each in first} == {"medium"}
    assert {each["hair_length"] for each in second} == {"none"}
    assert {bool(each["glasses"]) for each in second} == {True}
    assert [each["mouth_open"] for each in first][:4] == [False] * 4
    assert [each["mouth_open"] for each in first][9:] == [True] * 5
    assert {each["mouth_open"] for each in second} == {False}


def test_faces_of_a_clip_are_clips_with_its_number(pair: Path) -> None:
    run("--video", pair, "--face", "all", "--out", "a.mp4", "--size", "64")
    assert sorted(path.name for path in Path().glob("a*.mp4")) == ["a-0.mp4", "a-1.mp4"]
    assert len(clip_files.read(Path("a-1.mp4"))[0]) == 14

"""infer.py --segment from end to end."""

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from avatar.faces.test_parser import write_parser
from avatar.support.drawn_face import empty_photo, on_photo
from PIL import Image

from emojax.avatar.faces.detection import Box
from emojax.cli import infer
from emojax.core.errors import UserError

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_parser(tmp_path_factory.mktemp("weights") / "w.safetensors"))


def _photo(path: Path, height: int = 60, width: int = 90, **options: object) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 9, 3)).astype(np.uint8)
    Image.fromarray(pixels).resize((width, height)).save(path, **options)  # type: ignore[arg-type]
    return path


def _segment(*arguments: object) -> None:
    infer.main(["--segment", *map(str, arguments)])


def _labels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        assert (picture.format, picture.mode) == ("PNG", "L")
        labels = np.asarray(picture)
    assert labels.max() <= 18
    return labels


def test_labels_have_the_photos_size(weights: str, tmp_path: Path) -> None:
    photo = _photo(tmp_path / "me.jpg")
    _segment(photo, "--out", tmp_path / "deep" / "labels.png", "--segmentation_weights", weights)
    labels = _labels(tmp_path / "deep" / "labels.png")
    assert labels.shape == (60, 90)
    assert len(np.unique(labels)) > 1
    (tmp_path / "folder").mkdir()
    _segment(photo, "--out", tmp_path / "folder", "--segmentation_weights", weights)
    assert np.array_equal(_labels(tmp_path / "folder" / "me.png"), labels)


def test_odd_but_honest_pictures_work(weights: str, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    turned = Image.Exif()
    turned[0x0112] = 6  # a quarter turn
    _photo(folder / "turned.jpg", exif=turned)
    base = Image.open(_photo(tmp_path / "base.png"))
    for mode, name in (("CMYK", "cmyk.jpg"), ("P", "palette.png"), ("L", "grey.png"), ("RGBA", "clear.png")):
        base.convert(mode).save(folder / name)
    Image.fromarray(np.asarray(base.convert("L")).astype(np.uint16) * 257).save(folder / "deep.png")
    base.save(folder / "moving.GIF", save_all=True, append_images=[base.rotate(180)])
    _segment(folder, "--out", tmp_path / "out", "--segmentation_weights", weights)
    shapes = {path.stem: _labels(path).shape for path in (tmp_path / "out").iterdir()}
    assert shapes == {
        "turned": (90, 60),
        **dict.fromkeys(["cmyk", "palette", "grey", "clear", "deep", "moving"], (60, 90)),
    }


def test_the_crop_is_labelled(weights: str, tmp_path: Path) -> None:
    pixels = on_photo(empty_photo(), Box(380, 300, 420))
    Image.fromarray(pixels).save(tmp_path / "me.png")
    out = tmp_path / "labels.png"
    _segment(tmp_path / "me.png", "--crop", "--out", out, "--segmentation_weights", weights)
    assert _labels(out).shape == (306, 306)
    with pytest.raises(UserError, match=r"me\.png: --face 1: 1 face found"):
        _segment(tmp_path / "me.png", "--crop", "--face", 1, "--segmentation_weights", weights)


def test_a_folder_is_gone_through_past_bad_photos(
    weights: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = tmp_path / "photos", tmp_path / "labels"
    folder.mkdir()
    _photo(folder / "a.jpg")
    (folder / "b.jpg").write_text("no picture")
    _photo(folder / "c.PNG")
    _photo(folder / "c.webp")
    (folder / "notes.txt").write_text("not a photo, and not meant to be one")
    (folder / ".hidden.png").write_bytes(b"")
    with pytest.raises(SystemExit) as stopped:
        _segment(folder, "--out", out, "--segmentation_weights", weights)
    assert stopped.value.code == 1
    assert sorted(path.name for path in out.iterdir()) == ["a.png", "c.PNG.png", "c.webp.png"]
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert str(folder / "b.jpg") in said.err
    assert said.out == f"{out}: 3 label maps\n"


def test_photos_are_never_replaced(weights: str, tmp_path: Path) -> None:
    photo = _photo(tmp_path / "me.png")
    before = photo.read_bytes()
    for arguments in ((photo, "--out", photo), (tmp_path, "--out", tmp_path), (photo, "--out", tmp_path)):
        with pytest.raises(UserError, match=r"--out .*would replace .*me\.png"):
            _segment(*arguments, "--segmentation_weights", weights)
    assert photo.read_bytes() == before
    assert list(tmp_path.iterdir()) == [photo]


def _huge_png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def _jpeg() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (200, 200), "red").save(stream, "JPEG")
    return stream.getvalue()


def _png(side: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (side, side)).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("dot.png", _png(1), "too small"),
        ("huge.png", _huge_png(), "megapixels"),
        ("text.jpg", b"hello", "not a picture"),
        ("cut.jpg", _jpeg()[:-200], "cut short"),
        ("blank.png", _png(200), "no face found"),
    ],
)
def test_bad_photos_are_refused(name: str, content: bytes, words: str, weights: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=f"{name}.*{words}"):
        _segment(tmp_path / name, "--crop", "--out", tmp_path / "out.png", "--segmentation_weights", weights)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nobody.jpg"], "nobody.jpg: no such file"),
        (["me.jpg", "--out", "labels.jpg"], "labels.jpg: label maps are PNG files"),
        (["me.jpg", "--face", "2"], "--face 2 needs --crop"),
        (["me.jpg", "--crop", "--face", "-1"], "-1 is not between"),
        (["empty"], "empty: no pictures in this folder"),
        (["photos", "--out", "me.jpg"], "--out me.jpg is a file"),
        (["me.jpg", "--generate", "3"], "not allowed with"),
        (["me.jpg", "--segmentation_weights", "nowhere.safetensors"], "nowhere.safetensors: no such file"),
        (["me.jpg", "--segmentation_weights", "me.jpg"], "me.jpg is no whole safetensors file"),
    ],
    ids=str,
)
def test_bad_flags_are_refused(
    arguments: list[str], words: str, weights: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _photo(Path("me.jpg"))
    for folder in ("empty", "photos"):
        Path(folder).mkdir()
    _photo(Path("photos/me.jpg"))
    if "--segmentation_weights" not in arguments:
        arguments = [*arguments, "--segmentation_weights", weights]
    with pytest.raises(UserError, match=words):
        _segment(*arguments)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "me.jpg", "photos"]


def test_the_program_says_one_line_and_exits_with_2(tmp_path: Path) -> None:
    (tmp_path / "pickled.pth").write_bytes(b"\x80\x02cposix\nsystem\n")
    _photo(tmp_path / "me.jpg")
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "infer.py"),
            "--segment",
            "me.jpg",
            "--segmentation_weights",
            "pickled.pth",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("emojax: pickled.pth is no whole safetensors file")
    assert done.stderr.count("\n") == 1

"""``infer.py --selfie``: what its flags do, and one clear line for each that is wrong."""

import json
from pathlib import Path

import numpy as np
import pytest
from avatar.support.coded_face import photo, use_detector
from avatar.support.makers import use_coded_faces
from PIL import Image

from emojax.avatar import demo
from emojax.avatar.styles import style
from emojax.cli import infer
from emojax.core.errors import UserError
from emojax.media import image


@pytest.fixture(autouse=True)
def _no_weights(shared_cache: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_coded_faces(monkeypatch)
    use_detector(monkeypatch)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def me(tmp_path: Path) -> Path:
    flat = style.load(style.find("flat"))
    image.save_png(tmp_path / "me.png", photo(flat, {"hair": "afro", "mouth": "laughing"}))
    return tmp_path / "me.png"


def test_a_photo_becomes_an_avatar(me: Path, capsys: pytest.CaptureFixture[str]) -> None:
    infer.main(["--selfie", str(me), "--out", "-", "--set", "hat=beanie", "--explain", "why.png"])
    printed = json.loads(capsys.readouterr().out)
    assert printed["parts"]["hat"] == {"id": "beanie", "similarity": None, "alternatives": [], "moved": None}
    assert printed["attributes"]["mouth_open"] is True
    with Image.open("why.png") as picture:
        assert picture.width > 900
    infer.main(["--selfie", str(me), "--size", "64", "--out", "a.png"])
    with Image.open("a.png") as picture:
        assert picture.size == (64, 64)
    infer.main(["--selfie", str(me)])
    assert Path("avatar.svg").read_text().startswith("<svg")


def test_a_folder_becomes_a_folder(me: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("photos").mkdir()
    Path("photos/a.png").write_bytes(me.read_bytes())
    Image.fromarray(np.zeros((99, 99, 3), np.uint8)).save("photos/b.png")
    with pytest.raises(SystemExit) as stopped:
        infer.main(["--selfie", "photos", "--out", "made"])
    assert stopped.value.code == 1
    assert {path.name for path in Path("made").iterdir()} == {
        *("a.svg", "a.png", "a.json", "contact-sheet.png", ".settings"),
    }
    assert "photos/b.png: no face found" in capsys.readouterr().err


def test_the_demo_portrait_is_a_photo() -> None:
    assert image.read_photo(demo.PORTRAIT).shape == (600, 512, 3)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--out", "a.jpg"], "ends in .svg, .png or .json"),
        (["--explain", "a.svg"], "written as PNG"),
        (["--extractor", "resnet50"], "go together"),
        (["--resnet50_weights", "x.safetensors"], "go together"),
        (["--background", "blue"], "--background"),
        (["--set", "hair"], "write PART=ID"),
        (["--set", "hair=mohican"], "no hair 'mohican'"),
        (["--style", "marble"], "style 'marble'"),
        (["--face", "7"], "--face 7"),
    ],
)
def test_wrong_flags_are_refused_in_a_line(me: Path, flags: list[str], says: str) -> None:
    with pytest.raises(UserError, match=says) as error:
        infer.main(["--selfie", str(me), *flags])
    assert "\n" not in str(error.value)
    assert not list(Path().glob("avatar.*"))


def test_a_folder_has_no_one_explanation_nor_one_face(me: Path) -> None:
    with pytest.raises(UserError, match="--explain is for one face of one photo, not for a folder"):
        infer.main(["--selfie", str(me.parent), "--explain", "a.png"])
    with pytest.raises(UserError, match="--face 1 is for one photo"):
        infer.main(["--selfie", str(me.parent), "--face", "1"])
    with pytest.raises(UserError, match="no such file"):
        infer.main(["--selfie", "nobody.jpg"])


def test_every_face_gets_a_numbered_file(me: Path, capsys: pytest.CaptureFixture[str]) -> None:
    infer.main(["--selfie", str(me), "--face", "all"])
    assert Path("avatar-0.svg").read_text().startswith("<svg")
    assert not Path("avatar-1.svg").exists()
    capsys.readouterr()
    infer.main(["--selfie", str(me), "--face", "all", "--out", "-"])
    assert [each["parts"]["hair"]["id"] for each in json.loads(capsys.readouterr().out)] == ["afro"]
    Path("out-0.png").write_bytes(me.read_bytes())
    with pytest.raises(UserError, match=r"out-0\.png: would replace"):
        infer.main(["--selfie", "out-0.png", "--face", "all", "--out", "out.png"])
    Path("photos").mkdir()
    Path("photos/a.png").write_bytes(me.read_bytes())
    infer.main(["--selfie", "photos", "--face", "all", "--out", "made"])
    assert {path.name for path in Path("made").glob("a*")} == {"a-0.svg", "a-0.png", "a-0.json"}


def test_several_photos_give_one_avatar(me: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flat = style.load(style.find("flat"))
    image.save_png(Path("bald.png"), photo(flat, {"hair": "bald"}))
    Image.fromarray(np.zeros((99, 99, 3), np.uint8)).save("black.png")
    named = ["--selfie", str(me), "--selfie", "bald.png", "--selfie", str(me)]
    infer.main([*named, "--out", "-"])
    assert json.loads(capsys.readouterr().out)["parts"]["hair"]["id"] == "afro"
    with pytest.raises(SystemExit) as stopped:
        infer.main([*named, "--selfie", "black.png"])
    assert stopped.value.code == 1
    assert Path("avatar.svg").is_file()
    assert capsys.readouterr().err.startswith("emojax: black.png: no face found")


def test_what_is_for_one_photo_is_refused_for_several(me: Path) -> None:
    twice = ["--selfie", str(me), "--selfie", str(me)]
    with pytest.raises(UserError, match="--explain is for one face of one photo, not for several photos"):
        infer.main([*twice, "--explain", "a.png"])
    with pytest.raises(UserError, match="not for --face all"):
        infer.main(["--selfie", str(me), "--face", "all", "--explain", "a.png"])
    for number in ("1", "all"):
        with pytest.raises(UserError, match=f"--face {number} is for one photo"):
            infer.main([*twice, "--face", number])
    with pytest.raises(UserError, match="is a folder, whose photos get an avatar each"):
        infer.main(["--selfie", str(me), "--selfie", str(me.parent)])
    with pytest.raises(UserError, match="--face all belongs to --selfie"):
        infer.main(["--segment", str(me), "--crop", "--face", "all"])
    with pytest.raises(UserError, match="'some' is no whole number"):
        infer.main(["--selfie", str(me), "--face", "some"])

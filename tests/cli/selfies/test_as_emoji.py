"""``infer.py --selfie ... --as emoji`` and ``--out me.options.json``: what is written and refused."""

import json
from pathlib import Path

import pytest
from avatar.support.coded_face import photo, use_detector
from avatar.support.makers import use_coded_faces
from PIL import Image

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


def test_a_photo_becomes_an_emoji(me: Path, capsys: pytest.CaptureFixture[str]) -> None:
    infer.main(["--selfie", str(me), "--as", "emoji"])
    text = Path("emoji.svg").read_text()
    assert "OpenMoji" in text
    assert "eyes ovals" in capsys.readouterr().out
    infer.main(["--selfie", str(me), "--as", "emoji", "--out", "a.png", "--size", "96"])
    with Image.open("a.png") as picture:
        assert (picture.size, picture.mode) == ((96, 96), "RGBA")
        assert picture.getpixel((0, 0))[3] == 0
    infer.main(["--selfie", str(me), "--as", "emoji", "--out", "a.png", "--background", "#00ff00"])
    with Image.open("a.png") as picture:
        assert picture.getpixel((0, 0)) == (0, 255, 0, 255)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--out", "a.json"], "ends in .svg or .png"),
        (["--set", "hair=bob"], "--set is for avatars"),
        (["--mood", "friendly"], "--mood is for avatars"),
        (["--explain", "why.png"], "--explain is for avatars"),
        (["--exact_colors"], "--exact_colors is for avatars"),
    ],
)
def test_flags_of_avatars_are_refused(me: Path, flags: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        infer.main(["--selfie", str(me), "--as", "emoji", *flags])


def test_folders_are_refused(me: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="one photo"):
        infer.main(["--selfie", str(tmp_path), "--as", "emoji"])


def test_a_style_of_our_own_has_no_options(me: Path) -> None:
    with pytest.raises(UserError, match="imported styles"):
        infer.main(["--selfie", str(me), "--out", "me.options.json"])


def test_an_imported_style_gives_the_options_of_its_renderer(me: Path) -> None:
    package = pytest.importorskip("python_avatars")
    from emojax.avatar.styles import __main__ as styles

    styles.main(["import", "python_avatars", "--out", "theirs"])
    infer.main(["--selfie", str(me), "--style", "./theirs", "--out", "me.options.json"])
    written = json.loads(Path("me.options.json").read_text())
    assert written["renderer"] == "python_avatars"
    enum, _, name = written["options"]["top"].partition(".")
    assert hasattr(getattr(package, enum), name)
    assert written["options"]["skin_color"].startswith("#")

"""Avatars of a folder: each of its own photo and of the present settings, whatever was there before."""

import dataclasses
import json
from pathlib import Path

import pytest
from avatar.support.coded_face import ReadsCode, photo, use_detector
from avatar.support.makers import coded_maker

from emojax.avatar import files, photo_folder
from emojax.avatar.faces.files import names
from emojax.avatar.photo_folder import Settings
from emojax.avatar.pipeline import AvatarMaker
from emojax.core.errors import UserError
from emojax.media import image

BALD = {"hair": "bald", "mouth": "neutral", "head": "round"}
AFRO = {"hair": "afro", "hat": "none", "mouth": "smile"}
SETTINGS = Settings(size=64, background=None, exact_colors=False, overrides={})


@pytest.fixture(autouse=True)
def _found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    use_detector(monkeypatch)


@pytest.fixture(scope="module")
def maker() -> AvatarMaker:
    return coded_maker()


@pytest.fixture
def source(maker: AvatarMaker, tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    image.save_png(folder / "anna.png", photo(maker.style, BALD))
    image.save_png(folder / "ben.png", photo(maker.style, AFRO))
    return folder


def _make(maker: AvatarMaker, source: Path, settings: Settings = SETTINGS) -> tuple[int, int]:
    out = source.parent / "out"
    return photo_folder.make(maker, photo_folder.plan(source, out), out, settings)


def _hair(source: Path, name: str) -> str:
    document = json.loads((source.parent / "out" / f"{name}.json").read_text())
    return str(document["parts"]["hair"]["id"])


def _times(source: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (source.parent / "out").glob("*.svg")}


def test_it_goes_on_past_a_bad_photo_and_where_it_stopped(
    maker: AvatarMaker, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / "bad.jpg").write_bytes(b"no picture")
    assert _make(maker, source) == (2, 1)
    assert "bad.jpg" in capsys.readouterr().err
    out = source.parent / "out"
    made = {f"{name}{suffix}" for name in ("anna", "ben") for suffix in files.SUFFIXES}
    assert {path.name for path in out.iterdir()} == made | {"contact-sheet.png", ".settings"}
    before = _times(source)
    (out / "ben.json").unlink()
    assert _make(maker, source) == (2, 1)
    after = _times(source)
    assert after["anna.svg"] == before["anna.svg"]
    assert after["ben.svg"] != before["ben.svg"]
    (out / "anna.svg").unlink()
    assert _make(maker, source) == (2, 1)
    assert (out / "anna.svg").is_file()


def test_another_photo_of_the_same_name_gets_its_own_avatar(maker: AvatarMaker, source: Path) -> None:
    _make(maker, source)
    sheet = (source.parent / "out" / "contact-sheet.png").read_bytes()
    before, anna = _times(source), (source / "anna.png").read_bytes()
    (source / "anna.png").write_bytes((source / "ben.png").read_bytes())
    assert _make(maker, source) == (2, 0)
    assert _hair(source, "anna") == _hair(source, "ben")
    assert (source.parent / "out" / "contact-sheet.png").read_bytes() != sheet
    assert _times(source)["ben.svg"] == before["ben.svg"]
    (source / "anna.png").write_bytes(anna)
    _make(maker, source)
    assert _hair(source, "anna") == "bald"


def test_a_photo_that_can_no_longer_be_used_keeps_no_avatar(maker: AvatarMaker, source: Path) -> None:
    _make(maker, source)
    (source / "anna.png").write_bytes(b"no picture")
    assert _make(maker, source) == (1, 1)
    assert not list((source.parent / "out").glob("anna.*"))


def test_another_setting_or_net_makes_all_anew(maker: AvatarMaker, source: Path) -> None:
    _make(maker, source)
    for changed in (
        {"overrides": {"hair": "bob"}},
        {"size": 32},
        {"background": "#336699"},
        {"exact_colors": True},
    ):
        before = _times(source)
        _make(maker, source, dataclasses.replace(SETTINGS, **changed))  # type: ignore[arg-type]
        assert all(time != before[name] for name, time in _times(source).items()), changed
    before = _times(source)
    other = dataclasses.replace(maker, parser=ReadsCode(digest="another net"))  # type: ignore[arg-type]
    _make(other, source, dataclasses.replace(SETTINGS, exact_colors=True))
    assert all(time != before[name] for name, time in _times(source).items())


def test_a_damaged_record_makes_all_anew(maker: AvatarMaker, source: Path) -> None:
    _make(maker, source)
    before = _times(source)
    (source.parent / "out" / ".settings").write_bytes(b"\xff")
    assert _make(maker, source) == (2, 0)
    assert all(time != before[name] for name, time in _times(source).items())


def test_no_avatar_replaces_a_photo(maker: AvatarMaker, source: Path) -> None:
    with pytest.raises(UserError, match="would replace"):
        photo_folder.plan(source, source)
    (source.parent / "link").symlink_to(source)
    with pytest.raises(UserError, match="would replace"):
        photo_folder.plan(source, source.parent / "link")
    (source.parent / "w.svg").write_text("")
    with pytest.raises(UserError, match=r"would replace .*anna.svg"):
        photo_folder.plan(source, source.parent / "o", [source.parent / "o" / "anna.svg"])


def test_photos_whose_names_differ_by_suffix_or_case_have_different_outputs() -> None:
    def chosen(*photos: str, taken: tuple[str, ...] = ()) -> list[str]:
        return list(names([Path(photo) for photo in photos], taken).values())

    assert chosen("IMG_1.jpg", "IMG_2.jpg") == ["IMG_1", "IMG_2"]
    assert chosen("IMG_1.jpg", "IMG_1.png", "IMG_2.png") == ["IMG_1.jpg", "IMG_1.png", "IMG_2"]
    assert chosen("a.jpg", "a.jpg.png", "a.png") == ["a.jpg-2", "a.jpg", "a.png"]
    assert chosen("a.JPG", "A.jpg") == ["a.JPG", "A.jpg-2"]
    assert chosen("contact-sheet.jpg", taken=("contact-sheet",)) == ["contact-sheet.jpg"]

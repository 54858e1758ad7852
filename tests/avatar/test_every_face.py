"""Every face of a photo, and several photos of one person."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from avatar.support.coded_face import CODES, ReadsCode, photo, use_detector
from avatar.support.makers import coded_maker

from emojax.avatar import photo_folder
from emojax.avatar.faces import crop
from emojax.avatar.faces.detection import Box
from emojax.avatar.photo_folder import Settings
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.result import Avatar
from emojax.core.errors import UserError
from emojax.media import image

BALD = {"hair": "bald", "mouth": "neutral", "head": "round"}
AFRO = {"hair": "afro", "hat": "none", "mouth": "smile"}
SETTINGS = Settings(size=64, background=None, exact_colors=False, overrides={}, every_face=True)
EMPTY = np.full((300, 300, 3), CODES[0], np.uint8)


@pytest.fixture(autouse=True)
def _detector(monkeypatch: pytest.MonkeyPatch) -> None:
    use_detector(monkeypatch)


@pytest.fixture(scope="module")
def maker() -> AvatarMaker:
    return coded_maker()


@pytest.fixture
def group(maker: AvatarMaker, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Somebody with an afro on the left and somebody bald, smaller, on the right, whom the detector finds."""
    left, small = photo(maker.style, AFRO), photo(maker.style, BALD, side=306)
    right = np.full((612, 400, 3), CODES[0], np.uint8)
    right[200:506, 47:353] = small
    detected = [Box(305.5, 336.1, 398.0, score=1.0), Box(811.5, 367.8, 199.0, score=1.0)]
    monkeypatch.setattr(crop, "find_portrait", lambda photo: detected[0])
    monkeypatch.setattr(crop, "find_faces", lambda photo, angles=None: detected)
    return np.hstack([left, right])


def _hair(document: Path) -> str:
    return str(json.loads(document.read_text())["parts"]["hair"]["id"])


def test_numbers_are_places_in_one_list_of_different_faces(group: np.ndarray) -> None:
    listed = crop.crop_faces(group, parser=ReadsCode())
    assert len(listed) == 2
    for number, face in enumerate(listed):
        alone = crop.crop_face(group, face=number, parser=ReadsCode())
        assert (alone.pixels == face.pixels).all()
        assert alone.face == face.face
    assert not listed[0].face.overlaps(listed[1].face)


def test_every_face_gets_its_own_avatar(maker: AvatarMaker, group: np.ndarray) -> None:
    avatars = maker.make_all(group)
    assert [avatar.parts["hair"].id for avatar in avatars] == ["afro", "bald"]
    (second,) = maker.make([group], face=1)
    assert isinstance(second, Avatar)
    assert second.choice == avatars[1].choice
    assert set(avatars[0].timings_ms) == set(second.timings_ms)


def test_a_folder_gets_an_avatar_of_every_face(maker: AvatarMaker, group: np.ndarray, tmp_path: Path) -> None:
    source, out = tmp_path / "photos", tmp_path / "out"
    source.mkdir()
    image.save_png(source / "party.png", group)

    def run(settings: Settings) -> tuple[int, int]:
        named = photo_folder.plan(source, out, every_face=settings.every_face)
        return photo_folder.make(maker, named, out, settings)

    assert run(SETTINGS) == (2, 0)
    assert [_hair(out / f"party-{number}.json") for number in (0, 1)] == ["afro", "bald"]
    before = (out / "party-1.svg").stat().st_mtime_ns
    assert run(SETTINGS) == (2, 0)
    assert (out / "party-1.svg").stat().st_mtime_ns == before
    (out / "party-1.svg").unlink()
    assert run(SETTINGS) == (2, 0)
    assert (out / "party-1.svg").is_file()
    # Of an earlier run of every face nothing stays that looks like this one's.
    assert run(dataclasses.replace(SETTINGS, every_face=False)) == (1, 0)
    assert {path.name for path in out.glob("party*")} == {"party.svg", "party.png", "party.json"}


def test_an_avatar_of_a_face_replaces_no_photo(maker: AvatarMaker, tmp_path: Path) -> None:
    for name in ("party.png", "party-3.png"):
        image.save_png(tmp_path / name, EMPTY)
    with pytest.raises(UserError, match=r"party-3\.png: would replace"):
        photo_folder.plan(tmp_path, tmp_path, every_face=True)
    (tmp_path / "party-3.png").rename(tmp_path / "party-x.png")
    assert set(photo_folder.plan(tmp_path, tmp_path, every_face=True).values()) == {"party", "party-x"}


def test_a_strange_record_removes_nothing_else(maker: AvatarMaker, group: np.ndarray, tmp_path: Path) -> None:
    source, out = tmp_path / "photos", tmp_path / "out"
    source.mkdir()
    out.mkdir()
    image.save_png(source / "party.png", group)
    (tmp_path / "mine.svg").write_text("")
    (out / ".settings").write_text(json.dumps({"party": ["x", ["../mine", "party-0"]]}))
    photo_folder.make(maker, photo_folder.plan(source, out, every_face=True), out, SETTINGS)
    assert (tmp_path / "mine.svg").is_file()


def test_one_avatar_of_several_photos_is_what_most_of_them_show(maker: AvatarMaker) -> None:
    photos = [photo(maker.style, BALD), photo(maker.style, AFRO), EMPTY, photo(maker.style, AFRO)]
    avatar, errors = maker.make_together(photos)
    assert avatar.parts["hair"].id == "afro"
    assert [error is None for error in errors] == [True, True, False, True]
    assert "no face found" in str(errors[2])


def test_of_the_same_photo_twice_the_avatar_is_that_of_one(maker: AvatarMaker) -> None:
    pixels = photo(maker.style, AFRO)
    (alone,) = maker.make([pixels])
    assert isinstance(alone, Avatar)
    together, _ = maker.make_together([pixels, pixels])
    assert together.choice == alone.choice
    assert together.colors == alone.colors
    for part, move in alone.moves.items():
        assert together.moves[part] == pytest.approx(move)


def test_photos_of_nobody_give_no_avatar(maker: AvatarMaker) -> None:
    with pytest.raises(UserError, match="no face found on any"):
        maker.make_together([EMPTY, EMPTY])
    with pytest.raises(UserError, match="no face found"):
        maker.make_all(EMPTY)
    with pytest.raises(UserError, match="no hair 'mohican'"):
        maker.make_together([EMPTY], overrides={"hair": "mohican"})

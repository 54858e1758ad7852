"""From photo to avatar: what a drawn person's label map shows is what the avatar becomes."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from avatar.support.coded_face import ReadsCode, photo
from avatar.support.shape_extractor import ShapeExtractor
from PIL import Image

from emojax.avatar import explain, files
from emojax.avatar.datasets import drawn_parts
from emojax.avatar.matching import library
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.result import Avatar
from emojax.avatar.styles import style
from emojax.core.errors import UserError
from emojax.media import image

PEOPLE = [
    {"hair": "long-straight", "glasses": "round", "mouth": "laughing", "head": "oval"},
    {"hair": "bald", "mouth": "neutral", "head": "round"},
    {"hair": "afro", "hat": "none", "mouth": "smile"},
    {"hat": "beanie", "hair": "crop", "glasses": "square"},
]


@pytest.fixture(scope="module")
def maker() -> AvatarMaker:
    flat = style.load(style.find("flat"))
    extractor = ShapeExtractor()
    parser = ReadsCode()
    return AvatarMaker(flat, extractor, library.load(flat, extractor), parser, parser)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def avatars(maker: AvatarMaker) -> list[Avatar]:
    made = maker.make([photo(maker.style, person) for person in PEOPLE])
    assert all(isinstance(avatar, Avatar) for avatar in made)
    return made  # type: ignore[return-value]


def test_the_avatar_shows_what_the_photo_shows(maker: AvatarMaker, avatars: list[Avatar]) -> None:
    for person, avatar in zip(PEOPLE, avatars, strict=True):
        found = avatar.attributes()
        for part_type, tag in (("glasses", "glasses"), ("hat", "hat")):
            assert found[part_type] == maker.style.variant(part_type, person.get(part_type)).tags[tag], person
        assert found["mouth_open"] == maker.style.variant("mouth", person.get("mouth")).tags["open"], person
    assert [avatar.attributes()["hair_length"] for avatar in avatars[:3]] == ["long", "none", "short"]
    assert avatars[1].parts["hair"].similarity is None


def test_parts_of_random_people_are_found_again_behind_hair_hats_and_glasses(maker: AvatarMaker) -> None:
    right = compared = 0
    drawn = [drawn_parts.portrait(maker.style, number, seed=0) for number in range(24)]
    for number, choice in enumerate(maker.choose(drawn, drawn=True)):
        person = drawn_parts.person(maker.style, number, seed=0)[0]
        for part_type in maker.library.types:
            if choice.parts[part_type].similarity is not None:
                right += choice.parts[part_type].id == person.get(
                    part_type, maker.style.parts[part_type].default
                )
                compared += 1
    assert compared > 100
    assert right > 0.9 * compared


def test_a_face_does_not_depend_on_its_batch(maker: AvatarMaker, avatars: list[Avatar]) -> None:
    (alone,) = maker.make([photo(maker.style, PEOPLE[2])])
    assert isinstance(alone, Avatar)
    for part_type, part in alone.parts.items():
        other = avatars[2].parts[part_type]
        assert part.id == other.id
        assert part.similarity == pytest.approx(other.similarity, abs=1e-5)
    assert alone.colors == avatars[2].colors


def test_a_photo_without_a_face_does_not_affect_the_others(maker: AvatarMaker) -> None:
    empty = np.zeros((200, 300, 3), np.uint8)
    made = maker.make([empty, photo(maker.style, PEOPLE[0]), empty])
    assert [isinstance(each, UserError) for each in made] == [True, False, True]
    assert maker.make([]) == []


def test_overrides_win_and_must_exist(maker: AvatarMaker) -> None:
    pixels = photo(maker.style, PEOPLE[0])
    (avatar,) = maker.make([pixels], overrides={"hair": "bob", "glasses": "none"})
    assert isinstance(avatar, Avatar)
    assert (avatar.parts["hair"].id, avatar.attributes()["glasses"]) == ("bob", False)
    with pytest.raises(UserError, match="no hair 'mohican'"):
        maker.make([pixels], overrides={"hair": "mohican"})
    with pytest.raises(UserError, match="no part 'tail'"):
        maker.make([pixels], overrides={"tail": "long"})


def test_the_document_is_that_of_the_house_plan(avatars: list[Avatar]) -> None:
    document = json.loads(files.as_text(avatars[0]))
    assert (document["version"], document["style"], document["extractor"]) == (2, "flat", "shape")
    x0, y0, x1, y1 = document["face"]["box"]
    assert 0 < x1 - x0 == pytest.approx(y1 - y0, abs=0.2)
    hair = document["parts"]["hair"]
    assert hair["similarity"] >= hair["alternatives"][0]["similarity"]
    assert set(document["timings_ms"]) == {"crop", "segment", "read", "embed", "match", "compose"}
    assert document["colors"].keys() >= {"skin", "hair", "lips"}
    assert document["attributes"]["glasses"] is True


def test_files_are_svg_png_or_json(avatars: list[Avatar], tmp_path: Path) -> None:
    for suffix in files.SUFFIXES:
        files.write(avatars[0], tmp_path / f"a{suffix}", size=100, background=None)
    with Image.open(tmp_path / "a.png") as png:
        assert (png.size, png.mode) == ((100, 100), "RGBA")
    assert (tmp_path / "a.svg").read_text().startswith("<svg")
    files.write(avatars[0], tmp_path / "b.png", size=100, background="#336699")
    assert tuple(image.read_photo(tmp_path / "b.png")[1, 1]) == (0x33, 0x66, 0x99)


def test_the_explanation_is_a_picture_with_every_part(maker: AvatarMaker, avatars: list[Avatar]) -> None:
    pixels = photo(maker.style, PEOPLE[0])
    whole = explain.picture(avatars[0], pixels)
    parts = {k: p for k, p in avatars[0].parts.items() if k != "glasses"} | {
        "glasses": avatars[1].parts["glasses"]
    }
    other = explain.picture(dataclasses.replace(avatars[0], parts=parts), pixels)
    assert whole.ndim == 3
    assert (whole != other).any()

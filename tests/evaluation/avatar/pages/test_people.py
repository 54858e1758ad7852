"""Whether one person stays one person: pairs of photos are counted as they should be."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from avatar.support.coded_face import CODES, photo, use_detector
from avatar.support.makers import coded_maker

from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.result import Avatar
from emojax.core.errors import UserError
from emojax.evaluation.avatar import people
from emojax.evaluation.avatar.pages import people as pages
from emojax.evaluation.avatar.pages import stored
from emojax.media import image

BALD = {"hair": "bald", "mouth": "neutral", "head": "round"}
AFRO = {"hair": "afro", "hat": "none", "mouth": "smile"}
EMPTY = np.full((99, 99, 3), CODES[0], np.uint8)


@pytest.fixture(autouse=True)
def _detector(monkeypatch: pytest.MonkeyPatch) -> None:
    use_detector(monkeypatch)


@pytest.fixture(scope="module")
def maker() -> AvatarMaker:
    return coded_maker()


@pytest.fixture
def _unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    """No change but a photo of nobody and the photo itself: labels in code do not bear another light."""
    changes = {"nothing": lambda pixels: pixels, "everything": lambda pixels: EMPTY}
    monkeypatch.setattr(people, "CHANGES", changes)


@pytest.mark.usefixtures("_unchanged")
def test_pairs_of_one_person_and_of_two_are_told_apart(maker: AvatarMaker) -> None:
    bald, afro = photo(maker.style, BALD), photo(maker.style, AFRO)
    found = people.judge(maker, [[afro, afro, bald, EMPTY], [bald, bald]])
    assert (found.people, found.photos, found.no_face) == (2, 6, 1)
    assert found.one_person.pairs == 3 + 1
    assert found.one_person.parts["hair"] == 0.5  # afro twice, and bald twice
    assert found.strangers.pairs == 3 * 2
    assert found.strangers.parts["hair"] == pytest.approx(1 / 3, abs=1e-4)
    assert found.voted is None
    assert found.changed["nothing"].pairs == 5
    assert set(found.changed["nothing"].parts.values()) == {1.0}
    assert found.changed["everything"].pairs == 0


@pytest.mark.usefixtures("_unchanged")
def test_sets_of_three_photos_vote(maker: AvatarMaker) -> None:
    bald, afro = photo(maker.style, BALD), photo(maker.style, AFRO)
    found = people.judge(maker, [[afro, afro, bald, bald, afro, afro, bald], [bald, bald]])
    assert found.voted is not None
    assert (found.voted.pairs, found.voted.parts["hair"]) == (1, 1.0)


@pytest.mark.usefixtures("_unchanged")
def test_a_table_is_made_of_a_stored_report(maker: AvatarMaker, tmp_path: Path) -> None:
    found = people.judge(maker, [[photo(maker.style, AFRO)] * 2, [photo(maker.style, BALD)] * 2])
    (tmp_path / "people.json").write_text(json.dumps(dataclasses.asdict(found)))
    assert stored.people(tmp_path / "people.json") == found
    lines = pages.markdown(found).splitlines()
    assert lines[2].startswith("| two photos of one person | 2 | 100 % |")
    assert lines[3].startswith("| two people | 4 | 0 % |")


def test_faces_of_one_person_alone_are_refused(maker: AvatarMaker) -> None:
    afro = photo(maker.style, AFRO)
    for faces in ([[afro, EMPTY], [afro, EMPTY]], [[afro, afro], [EMPTY, EMPTY]]):
        with pytest.raises(UserError, match="too few photos"):
            people.judge(maker, faces)


def test_photos_are_in_folders_of_people(tmp_path: Path) -> None:
    for name in ("anna/1.png", "anna/2.png", "ben/1.png"):
        image.save_png(tmp_path / name, EMPTY)
    with pytest.raises(UserError, match="with two photos or more"):
        people.load(tmp_path)
    image.save_png(tmp_path / "ben/2.png", EMPTY)
    assert [len(person) for person in people.load(tmp_path)] == [2, 2]
    with pytest.raises(UserError, match="no such folder"):
        people.load(tmp_path / "nobody")


def test_changes_are_of_light_tint_compression_and_frame() -> None:
    pixels = np.random.default_rng(0).integers(40, 200, (100, 50, 3)).astype(np.uint8)
    changed = {name: change(pixels) for name, change in people.CHANGES.items()}
    assert changed["cropped"].shape == (92, 46, 3)
    assert (changed["cropped"] == pixels[4:96, 2:48]).all()
    means = {name: each.mean((0, 1)) / pixels.mean((0, 1)) for name, each in changed.items()}
    assert means["brighter"] == pytest.approx([1.2] * 3, abs=0.01)
    assert means["darker"] == pytest.approx([0.8] * 3, abs=0.01)
    assert means["warmer"] == pytest.approx([1.1, 1, 0.9], abs=0.01)
    assert means["cooler"] == pytest.approx([0.9, 1, 1.1], abs=0.01)
    assert 1 < np.abs(changed["compressed"].astype(int) - pixels).mean() < 60


@pytest.mark.parametrize(("skin", "tone"), [("#f6ede4", 0), ("#a07e56", 5), ("#bd8159", 5), ("#000000", 9)])
def test_a_skin_has_the_tone_that_is_as_light(maker: AvatarMaker, skin: str, tone: int) -> None:
    (avatar,) = maker.make([photo(maker.style, AFRO)])
    assert isinstance(avatar, Avatar)
    assert people.tone(dataclasses.replace(avatar, colors={"skin": skin})) == tone

"""Every step of comparing photos with drawings can be left away, and then only its own effect is gone."""

import dataclasses

import numpy as np
import pytest
from avatar.support.coded_face import ReadsCode, photo, use_detector
from avatar.support.shape_extractor import ShapeExtractor

from emojax.avatar.matching.approach import ALL, STEPS, Approach
from emojax.avatar.matching.library import load
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.result import Avatar
from emojax.avatar.styles import style
from emojax.avatar.styles.style import Style

PERSON = {"hair": "long-straight", "glasses": "round", "mouth": "laughing", "head": "broad"}


class Shifted(ShapeExtractor):
    """Knows what photographed parts have in common."""

    def photo_mean(self, part: str, zoom: float) -> np.ndarray | None:
        return np.full(256, zoom, np.float32)


@pytest.fixture(scope="module")
def flat() -> Style:
    return style.load(style.find("flat"))


def _maker(flat: Style, *without: str) -> AvatarMaker:
    approach = Approach.without(without)
    built = load(flat, Shifted(), approach)
    return AvatarMaker(flat, Shifted(), built, ReadsCode(), ReadsCode(), approach)


@pytest.fixture(autouse=True)
def _cached(shared_cache: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries are built once for all tests."""
    use_detector(monkeypatch)


@pytest.fixture
def avatar(flat: Style) -> Avatar:
    (made,) = _maker(flat).make([photo(flat, PERSON)])
    assert isinstance(made, Avatar)
    return made


def test_each_step_is_left_away_by_its_name() -> None:
    assert Approach.without([]) == ALL == Approach()
    assert all(dataclasses.asdict(ALL).values())
    for step in STEPS:
        left = dataclasses.asdict(Approach.without([step]))
        assert [name for name, taken in left.items() if not taken] == [step]
    with pytest.raises(TypeError):
        Approach.without(["guessing"])


def test_the_same_maker_makes_the_same_of_what_it_has_read(flat: Style, avatar: Avatar) -> None:
    (again,) = _maker(flat).remake([avatar])
    assert again.parts == avatar.parts
    assert again.moves == avatar.moves
    assert again.svg() == avatar.svg()


def test_without_placement_parts_stay_where_they_are_drawn(flat: Style, avatar: Avatar) -> None:
    (still,) = _maker(flat, "placement").remake([avatar])
    assert avatar.moves
    assert not still.moves
    assert still.parts == avatar.parts


def test_without_traits_any_hair_and_mouth_may_be_chosen(flat: Style, avatar: Avatar) -> None:
    (free,) = _maker(flat, "traits", "rarity").remake([avatar])
    (bound,) = _maker(flat, "rarity").remake([avatar])
    assert avatar.attributes()["hair_length"] in ("medium", "long")
    near = {id for part in ("hair", "mouth") for id, _ in free.parts[part].alternatives}
    allowed = {id for part in ("hair", "mouth") for id, _ in avatar.parts[part].alternatives}
    assert near - allowed
    best = {name: part.similarity for name, part in free.parts.items()}
    assert all(
        best[name] >= part.similarity - 1e-6  # type: ignore[operator]
        for name, part in bound.parts.items()
        if part.similarity is not None
    )


def test_without_zoom_and_centring_vectors_are_the_extractors_own(flat: Style, avatar: Avatar) -> None:
    full, bare = _maker(flat).library, _maker(flat, "zoom", "centring").library
    t = full.types.index("eyes")
    assert full.zooms == bare.zooms
    assert full.photo_zooms[t] == full.zooms[t] > 1.1
    assert set(bare.photo_zooms) == {1.0}
    assert full.photo_centres.any()
    assert not bare.photo_centres.any()
    assert not bare.drawn_centres.any()
    segments = [avatar.segments[part] for part in ("right_eye", "left_eye")]
    own = [
        Shifted().embed(part, [each])[0]
        for part, each in zip(("right_eye", "left_eye"), segments, strict=True)
    ]
    np.testing.assert_allclose(bare.embed(Shifted(), [avatar.segments])[0, t], np.mean(own, 0), atol=1e-5)


def test_hair_that_few_wear_has_to_be_more_alike(flat: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = _maker(flat)
    faces = maker.make([photo(flat, {"hair": hair, "mouth": "smile"}) for hair in ("locs", "braids")])
    rare = {name for name, each in flat.parts["hair"].variants.items() if each.tags.get("rare")}
    monkeypatch.setattr("emojax.avatar.matching.choosing._RARE_PENALTY", 0.0)
    same = maker.remake(faces)  # type: ignore[arg-type]
    assert all(each.parts["hair"].id in rare for each in same)
    monkeypatch.setattr("emojax.avatar.matching.choosing._RARE_PENALTY", 2.0)
    assert not any(each.parts["hair"].id in rare for each in maker.remake(faces))  # type: ignore[arg-type]
    (free,) = _maker(flat, "rarity").remake(same[:1])
    assert free.parts["hair"].id == same[0].parts["hair"].id  # similarities differ by the batch's rounding

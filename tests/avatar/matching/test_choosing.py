"""Which variants are allowed, which of them wins, and what stands where nothing is compared."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from avatar.support import toy_library
from avatar.support.toy_library import OneVector

from emojax.avatar.faces.portraits import Portrait
from emojax.avatar.matching import choosing
from emojax.avatar.matching.approach import Approach
from emojax.avatar.matching.choosing import ALTERNATIVES, Choice, Chooser
from emojax.avatar.reading.placement import Place
from emojax.data.faces.labels import CLASSES

HAIR = {"crop": 0.9, "quiff": 0.8, "locs": 0.7, "long": 0.99}
PORTRAIT = Portrait(np.zeros((306, 306, 3), np.uint8), np.zeros((306, 306), np.uint8))
PLAIN = Approach.without(["occlusion"])
LABELS = {
    "hair": "hair",
    "mouth": "mouth",
    "eyeglasses": "eyeglasses",
    "right_brow": "right brow",
    "left_brow": "right brow",
}


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Chooses for faces that show given parts and attributes."""

    def chosen(
        cosines: dict[str, dict[str, float]],
        *faces: dict[str, Any],
        parts: tuple[str, ...] = ("hair",),
        approach: Approach = PLAIN,
        drawn: bool = False,
    ) -> list[Choice]:
        found = {part: toy_library.segment(CLASSES.index(LABELS[part])) for part in parts}
        read = iter([toy_library.attributes(**face) for face in faces])
        monkeypatch.setattr(choosing, "_segments", lambda portrait: found)
        monkeypatch.setattr(choosing, "read", lambda pixels, labels: next(read))
        library = toy_library.library(cosines)
        chooser = Chooser(toy_library.style(), OneVector(), library, approach)
        options = {"drawn": True} if drawn else {}
        return chooser.choose([PORTRAIT] * len(faces), **options)

    return chosen


def test_the_nearest_of_the_allowed_wins_and_others_follow_in_order(choose: Any) -> None:
    short, long = choose({"hair": HAIR}, {}, {"hair_length": "long"})
    hair = short.parts["hair"]
    assert hair.id == "crop"
    assert hair.similarity == pytest.approx(0.9)
    assert [name for name, _ in hair.alternatives] == ["quiff", "locs"]
    assert [value for _, value in hair.alternatives] == pytest.approx([0.8, 0.7])
    assert long.parts["hair"].id == "long"
    assert long.parts["hair"].alternatives == ()
    assert short.attributes.hair_length == "short"
    assert set(short.segments) == {"hair"}


def test_without_traits_tags_do_not_count(choose: Any) -> None:
    (face,) = choose({"hair": HAIR}, {}, approach=Approach.without(["occlusion", "traits"]))
    assert face.parts["hair"].id == "long"
    assert len(face.parts["hair"].alternatives) == ALTERNATIVES == 3


@pytest.mark.parametrize(("lead", "winner"), [(0.055, "crop"), (0.065, "locs")])
def test_rare_hair_needs_a_lead(choose: Any, lead: float, winner: str) -> None:
    hair = {"crop": 0.8, "locs": 0.8 + lead}
    (face,) = choose({"hair": hair}, {})
    assert face.parts["hair"].id == winner
    assert face.parts["hair"].similarity == pytest.approx(hair[winner])


def test_rare_hair_needs_no_lead_in_drawings_or_without_that_step(choose: Any) -> None:
    hair = {"crop": 0.8, "locs": 0.81}
    assert choose({"hair": hair}, {})[0].parts["hair"].id == "crop"
    assert choose({"hair": hair}, {}, drawn=True)[0].parts["hair"].id == "locs"
    without = Approach.without(["occlusion", "rarity"])
    assert choose({"hair": hair}, {}, approach=without)[0].parts["hair"].id == "locs"


def test_common_hair_can_overtake_seven_rare_ones(choose: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight candidates are ranked again."""
    rare = {f"rare-{n}": {"length": "short", "rare": True} for n in range(8)}
    hair = {**rare, "crop": {"length": "short"}}
    monkeypatch.setattr(toy_library, "TAGS", {**toy_library.TAGS, "hair": hair})
    for count, winner in ((7, "crop"), (8, "rare-0")):
        cosines = {f"rare-{n}": 0.85 - 0.001 * n for n in range(count)} | {"crop": 0.82}
        hair = choose({"hair": cosines}, {})[0].parts["hair"]
        assert hair.id == winner
        assert len(hair.alternatives) == ALTERNATIVES


def test_where_no_variant_fits_all_are_allowed(choose: Any) -> None:
    """A style without long hair has other hair for it."""
    (face,) = choose({"hair": {"crop": 0.5, "quiff": 0.9}}, {"hair_length": "long"})
    assert face.parts["hair"].id == "quiff"


def test_a_face_without_glasses_gets_none(choose: Any) -> None:
    cosines = {"glasses": {"round": 0.9, "square": 0.8}}
    bare, worn = choose(cosines, {}, {"glasses": True}, parts=("eyeglasses",))
    assert bare.parts["glasses"] == choosing.Part("none")
    assert worn.parts["glasses"].id == "round"


def test_an_open_mouth_is_drawn_open(choose: Any) -> None:
    cosines = {"mouth": {"shut": 0.9, "laugh": 0.3}}
    shut, opened = choose(cosines, {}, {"mouth_open": True}, parts=("mouth",))
    assert (shut.parts["mouth"].id, opened.parts["mouth"].id) == ("shut", "laugh")


def test_brows_express_no_mood_that_the_face_does_not(choose: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cosines = {"brows": {"level": 0.5, "soft": 0.6, "cross": 0.9}}
    parts = ("right_brow", "left_brow")
    assert choose(cosines, {}, parts=parts)[0].parts["brows"].id == "soft"
    free = Approach.without(["occlusion", "traits"])
    assert choose(cosines, {}, parts=parts, approach=free)[0].parts["brows"].id == "cross"
    angry = Place(153, 130, 40, 40, 8, 18, 60.0)
    monkeypatch.setattr(choosing, "measure_place", lambda segments, part: angry)
    assert choose(cosines, {}, parts=parts)[0].parts["brows"].id == "cross"
    slightly = angry._replace(tilt=14.0)  # cross for a drawing, not for a photo
    monkeypatch.setattr(choosing, "measure_place", lambda segments, part: slightly)
    assert choose(cosines, {}, parts=parts)[0].parts["brows"].id == "soft"
    assert choose(cosines, {}, parts=parts, drawn=True)[0].parts["brows"].id == "cross"


def test_what_is_not_compared_has_the_default_or_the_first_that_fits(choose: Any) -> None:
    plain, adorned, none = choose(
        {"mouth": {"shut": 0.9}}, {}, {"ears": "hoops"}, {"ears": "studs"}, parts=()
    )
    assert plain.parts["ears"] == choosing.Part("plain")
    assert adorned.parts["ears"] == choosing.Part("hoops")
    assert none.parts["ears"] == choosing.Part("plain")
    assert plain.parts["mouth"] == choosing.Part("shut")
    assert plain.parts["hair"] == choosing.Part("crop")  # the default is bald, which does not fit
    free = Approach.without(["occlusion", "traits"])
    (face,) = choose({"mouth": {"shut": 0.9}}, {"ears": "hoops"}, parts=(), approach=free)
    assert (face.parts["ears"].id, face.parts["hair"].id) == ("plain", "bald")


def test_every_part_type_of_the_style_is_chosen(choose: Any) -> None:
    (face,) = choose({"hair": HAIR}, {})
    assert list(face.parts) == list(toy_library.style().parts)
    assert [part for part, each in face.parts.items() if each.similarity is not None] == ["hair"]


def test_stages_are_reported_and_no_portraits_give_no_choices() -> None:
    stages: list[str] = []
    chooser = Chooser(toy_library.style(), OneVector(), toy_library.library({"hair": HAIR}), PLAIN)
    assert chooser.choose([], on_stage=stages.append) == []
    assert stages == ["embed"]


def test_occlusion_rules_out_what_it_hides(choose: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def occlude(library, extractor, labels, faces):  # type: ignore[no-untyped-def]
        assert len(labels) == len(faces) == 1
        present = library.present.copy()[None]
        present[0, 0, 0] = False  # crop
        return np.flip(library.embeddings, 1)[None], present

    monkeypatch.setattr(choosing.occlusion, "occlude", occlude)
    (face,) = choose({"hair": dict(HAIR, long=0.2)}, {}, approach=dataclasses.replace(PLAIN, occlusion=True))
    assert face.parts["hair"].id == "locs"
    assert face.parts["hair"].similarity == pytest.approx(0.8)  # the flipped library's
    assert choose({"hair": HAIR}, {})[0].parts["hair"].id == "crop"


def test_segments_are_the_parts_that_are_compared() -> None:
    labels = np.zeros((306, 306), np.uint8)
    labels[100:200, 100:200] = CLASSES.index("nose")
    labels[250:300, 100:200] = CLASSES.index("cloth")
    assert set(choosing._segments(Portrait(np.zeros((306, 306, 3), np.uint8), labels))) == {"face", "nose"}

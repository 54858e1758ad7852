"""Drawings are chosen by likeness and by what was read, those that nothing is compared with too."""

import dataclasses
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from avatar.support import toy_library
from avatar.support.toy_library import OneVector

from emojax.avatar.faces.portraits import Portrait
from emojax.avatar.matching import choosing
from emojax.avatar.matching.approach import Approach
from emojax.avatar.matching.choosing import Chooser
from emojax.avatar.matching.likelihood import Candidates
from emojax.avatar.styles.style import PartType, Style, Variant
from emojax.data.faces.labels import CLASSES

PORTRAIT = Portrait(np.zeros((306, 306, 3), np.uint8), np.zeros((306, 306), np.uint8))
SHORT = {"short": 0.9, "long": 0.1}
LONG = {"short": 0.1, "long": 0.9}


def _style(words: dict[str, dict[str, dict[str, list[str]]]]) -> Style:
    """The toy style with further words, and further part types with a variant for each key."""
    toy = toy_library.style()
    parts = dict(toy.parts)
    for part, of_variants in words.items():
        known = dict(parts[part].variants) if part in parts else {}
        for name, own in of_variants.items():
            base = known.get(name, Variant(name, Element("svg"), {}))
            known[name] = dataclasses.replace(base, words=own)
        parts[part] = PartType(part, {"front": 0}, next(iter(known)), known)
    return dataclasses.replace(toy, parts=parts)


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Any:
    def chosen(style: Style, hair: dict[str, float], shown: Any, **face: Any) -> Any:
        found = {"hair": toy_library.segment(CLASSES.index("hair"))}
        monkeypatch.setattr(choosing, "_segments", lambda portrait: found)
        monkeypatch.setattr(choosing, "read", lambda pixels, labels: toy_library.attributes(**face))
        # Every variant that can be seen has a vector; of bald nothing can.
        rest = dict.fromkeys(("crop", "quiff", "locs", "long"), 0.1)
        library = toy_library.library({"hair": {**rest, **hair}})
        chooser = Chooser(style, OneVector(), library, Approach.without(["occlusion"]))
        (choice,) = chooser.choose([PORTRAIT], shown=[shown])
        return choice.parts

    return chosen


def test_what_was_read_outweighs_a_small_lead_in_likeness(choose: Any) -> None:
    style, hair = _style({}), {"crop": 0.8, "long": 0.85}
    short, long = (choose(style, hair, {"hair_length": words})["hair"] for words in (SHORT, LONG))
    assert (short.id, long.id) == ("crop", "long")
    assert short.similarity == pytest.approx(0.8)
    assert dict(short.alternatives)["long"] == pytest.approx(0.85)


def test_rules_do_not_rule_out_what_was_read(choose: Any) -> None:
    """Of label maps the hair is short, which the net does not confirm."""
    found = choose(_style({}), {"crop": 0.8, "long": 0.8}, {"hair_length": LONG}, hair_length="short")
    assert found["hair"].id == "long"


def test_an_invisible_drawing_wins_by_its_words_alone(choose: Any) -> None:
    bald = {"hair_length": {"bald": 0.9, "short": 0.1}}
    found = choose(_style({}), {"crop": 0.9, "long": 0.9}, bald)["hair"]
    assert (found.id, found.similarity) == ("bald", None)


def test_types_that_are_not_compared_are_chosen_by_words(choose: Any) -> None:
    lines = {"none": {"lines": ["none"]}, "some": {"lines": ["some"]}, "deep": {"lines": ["marked"]}}
    style = _style({"lines": lines})
    for word, name in (("none", "none"), ("some", "some"), ("marked", "deep")):
        shown = {"lines": {each: 0.8 if each == word else 0.1 for each in ("none", "some", "marked")}}
        assert choose(style, {"crop": 0.8}, shown)["lines"].id == name
    assert "lines" not in choose(_style({}), {"crop": 0.8}, {"lines": {"some": 1.0}})


def test_of_alike_drawings_the_default_and_what_label_maps_say_are_taken(choose: Any) -> None:
    shown = {"earrings": {"drop": 1.0}, "glasses": {"none": 0.9, "clear": 0.1}}
    assert choose(_style({}), {"crop": 0.8}, shown)["ears"].id == "hoops"
    assert choose(_style({}), {"crop": 0.8}, shown)["glasses"].id == "none"
    ears = choose(_style({}), {"crop": 0.8}, {"earrings": {"none": 1.0}}, ears="hoops")["ears"]
    assert ears.id == "plain"


@pytest.mark.parametrize(
    ("attribute", "words", "expected"),
    [
        ("brows", ("frown", "neutral", "raised"), "crop"),
        ("mouth", ("pout", "closed_smile", "grimace"), "crop"),
        ("eyes", ("narrow", "open", "wide"), "long"),
    ],
)
def test_what_was_read_of_an_expression_outweighs_a_lead_that_nothing_else_does(
    choose: Any, attribute: str, words: tuple[str, str, str], expected: str
) -> None:
    """Their drawings differ little in likeness."""
    likely, rare, none = words
    shown = {"crop": likely, "long": rare} | dict.fromkeys(("bald", "quiff", "locs"), none)
    style = _style({"hair": {name: {attribute: [word]} for name, word in shown.items()}})
    found = choose(style, {"crop": 0.05, "long": 0.95}, {attribute: {likely: 0.8, rare: 0.2}})
    assert found["hair"].id == expected


def test_rare_hair_needs_a_lead(choose: Any) -> None:
    alike = {"hair_length": {"short": 1.0}}
    assert choose(_style({}), {"crop": 0.8, "locs": 0.83}, alike)["hair"].id == "crop"
    assert choose(_style({}), {"crop": 0.8, "locs": 0.88}, alike)["hair"].id == "locs"


def test_candidates_are_all_variants_those_of_the_library_first() -> None:
    found = Candidates.of(
        _style({"lines": {"some": {"lines": ["some"]}}}),
        toy_library.library({"hair": {"long": 0.5, "crop": 0.4}}),
    )
    assert found.types[0] == "hair"
    assert found.variants[0][:2] == ("long", "crop")
    assert set(found.variants[0]) >= {"bald", "crop", "quiff", "locs", "long"}
    assert "lines" in found.types
    assert found.words.shape[:2] == (len(found.types), max(map(len, found.variants)))

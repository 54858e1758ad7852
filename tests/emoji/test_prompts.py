"""Parts chosen for what is said: they fit each other, and what does not is named."""

from collections.abc import Callable

import numpy as np
import pytest

from emojax import weights
from emojax.data.openmoji.parts.part_set import SLOTS, PartSet
from emojax.data.openmoji.words import slots
from emojax.emoji.naming import Named
from emojax.emoji.prompts import Chooser
from emojax.emoji.reading import Reading

Say = Callable[..., Reading]


@pytest.fixture(scope="module")
def chooser() -> Chooser:
    path = weights.shipped("parts")
    parts = PartSet.from_json(weights.read_metadata(path)["parts"], source=path)
    return Chooser(parts, slots.make(parts))


@pytest.fixture(scope="module")
def say(chooser: Chooser) -> Say:
    """A reading that is sure of parts by name, or that has odds for several."""

    def reading(other: bool = False, **named: str | dict[str, float]) -> Reading:
        rows = [np.eye(count, dtype=np.float32)[-1] for count in chooser.slots.counts]
        for slot, odds in named.items():
            i = chooser.slots.index(slot)
            rows[i] = np.zeros_like(rows[i])
            for name, share in (odds if isinstance(odds, dict) else {odds: 1.0}).items():
                number = _number(chooser, chooser.slots.slots[i].kind, name)
                answer = next(a for (s, a), n in chooser.numbers.items() if s == i and n == number)
                rows[i][answer] = share
        return Reading("text", tuple(rows), (), {}, Named("cat", "🐈", "1F622", 0.1 if other else 0.9))

    return reading


def _number(chooser: Chooser, kind: str, name: str) -> int:
    if name == "none":
        return chooser.none
    return next(n for n in chooser.parts.numbers(kind) if chooser.parts.parts[n].name == name)


def _names(chooser: Chooser, fixed: dict[str, int]) -> dict[str, str]:
    return {s: chooser.parts.parts[n].name for s, n in fixed.items() if n != chooser.none}


def test_what_is_said_is_chosen_and_the_rest_is_usual(chooser: Chooser, say: Say) -> None:
    choice = chooser.choose(say(eyes="hearts"), None)
    assert _names(chooser, choice.fixed) == {"base": "yellow", "eyes": "hearts", "mouth": "laugh"}
    assert set(choice.fixed) == set(SLOTS)
    for i in range(20):
        found = chooser.choose(say(eyes="hearts"), np.random.default_rng(i)).fixed
        assert _names(chooser, found)["eyes"] == "hearts"
        assert chooser.parts.fits[found["eyes"], found["mouth"]]


def test_two_extras_that_go_together_are_both_drawn(chooser: Chooser, say: Say) -> None:
    tears = {"big tear": 0.6, "tear": 0.4}
    choice = chooser.choose(say(eyes="dots", mouth="frown", head="party hat", tears=tears), None)
    # Both the big tear and the hat bring an outline; the other tear does not.
    assert _names(chooser, choice.fixed)["extra"] == "party hat"
    assert [chooser.parts.parts[n].name for n in choice.further] == ["tear"]
    # Where none of the likely tears fits, another one is drawn.
    choice = chooser.choose(say(eyes="hearts", mouth="frown", head="party hat", tears=tears), None)
    assert "tear" in chooser.parts.parts[choice.further[0]].name
    assert choice.left_out == ()


def test_what_does_not_fit_is_left_out_and_named(chooser: Chooser, say: Say) -> None:
    choice = chooser.choose(say(eyes="stars", head="party hat"), None)
    assert _names(chooser, choice.fixed)["eyes"] == "stars"
    assert choice.left_out == ("party hat",)
    assert choice.fixed["extra"] == chooser.none


def test_all_choices_fit(chooser: Chooser, say: Say) -> None:
    rng = np.random.default_rng(0)
    # Of tears and sweat another one may be drawn.
    families = [
        s.name for s in chooser.slots.slots if s.kind == "extra" and s.name not in slots.INTERCHANGEABLE
    ]
    for _ in range(25):
        named = {kind: _any(chooser, kind, rng) for kind in ("eyes", "mouth", "base") if rng.random() < 0.7}
        for family in rng.choice(families, 2, replace=False):
            number = next(n for (s, _), n in chooser.numbers.items() if s == chooser.slots.index(family))
            named[str(family)] = chooser.parts.parts[number].name
        choice = chooser.choose(say(**named), rng)
        numbers = [n for n in choice.fixed.values() if n != chooser.none]
        assert all(chooser.parts.fits[a, b] for a in numbers for b in numbers)
        outlines = [chooser.parts.parts[n].outlined for n in (*numbers, *choice.further)]
        assert sum(outlines) <= 1
        asked = len(named)
        drawn = {chooser.parts.parts[n].name for n in (*numbers, *choice.further)}
        assert len(drawn & set(named.values())) + len(choice.left_out) >= asked


def _any(chooser: Chooser, kind: str, rng: np.random.Generator) -> str:
    return chooser.parts.parts[int(rng.choice(chooser.parts.numbers(kind)))].name


def test_several_likely_answers_are_drawn_in_turn_and_unlikely_ones_never(chooser: Chooser, say: Say) -> None:
    reading = say(mouth={"smile": 0.5, "grin": 0.4, "vomit": 0.1})
    seen = {
        _names(chooser, chooser.choose(reading, np.random.default_rng(i)).fixed)["mouth"] for i in range(40)
    }
    assert seen == {"smile", "grin"}
    assert _names(chooser, chooser.choose(reading, None).fixed)["mouth"] == "smile"


def test_no_mouth_is_none_and_a_whole_face_is_alone(chooser: Chooser, say: Say) -> None:
    assert chooser.choose(say(mouth="none"), None).fixed["mouth"] == chooser.none
    fixed = chooser.choose(say(whole="melting_face", eyes="hearts"), None).fixed
    assert _names(chooser, fixed) == {"base": "melting_face"}


def test_the_nearest_face_has_the_parts_that_are_said(chooser: Chooser, say: Say) -> None:
    for i, face in enumerate(chooser.parts.faces):
        named = {kind: chooser.parts.parts[n].name for kind, n in face.parts.items() if kind != "extra"}
        if "extra" in face.parts:
            place = next(p for p, n in chooser.numbers.items() if n == face.parts["extra"])
            named[chooser.slots.slots[place[0]].name] = chooser.parts.parts[face.parts["extra"]].name
        if "whole" not in named:
            named.setdefault("mouth", "none")
        assert chooser.nearest(say(**named)) == i, face.label.shortcode


def test_another_thing_is_told_apart_and_drawn_as_the_nearest(chooser: Chooser, say: Say) -> None:
    reading = say(other=True)
    assert chooser.is_other(reading)
    assert not chooser.is_other(say(eyes="hearts"))
    truth = chooser.parts.faces[chooser.nearest(reading)].parts
    fixed = chooser.choose(reading, None).fixed
    assert {s: n for s, n in fixed.items() if n != chooser.none} == truth
    assert _names(chooser, chooser.choose(say(other=True, eyes="hearts"), None).fixed)["eyes"] == "hearts"


def test_what_was_understood_is_said_by_names(chooser: Chooser, say: Say) -> None:
    found = chooser.understood(say(eyes="hearts", mouth="none", tears="tear", head="halo"))
    assert (found["eyes"], found["mouth"], found["base"], found["whole"]) == ("hearts", "none", None, None)
    assert found["extra"] == ["tear", "halo"]
    assert not found["another thing"]

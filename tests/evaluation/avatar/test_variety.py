"""Variety is counted as it is defined."""

from types import SimpleNamespace
from typing import Any

import pytest

from emojax.avatar.matching.choosing import Part
from emojax.evaluation.avatar import variety
from emojax.evaluation.avatar.variety import Variety

STYLE: Any = SimpleNamespace(
    parts={
        "head": SimpleNamespace(variants=dict.fromkeys("abcdefgh")),
        "hat": SimpleNamespace(variants=dict.fromkeys(["none", "cap"])),
    }
)


def test_an_even_choice_has_all_bits_and_a_single_one_none() -> None:
    found = variety.variety(STYLE, [{"head": Part(head, 0.5), "hat": Part("none")} for head in "abcdefgh"])
    assert list(found) == ["head", "hat"]
    head, hat = found["head"], found["hat"]
    assert (head.share, head.entropy, head.available, head.compared) == (1 / 8, 3.0, 8, 8)
    assert head.compared_share == 1 / 8
    assert (hat.share, hat.entropy, hat.available, hat.compared) == (1, 0, 2, 0)
    assert str(hat.entropy) == "0.0"
    assert hat.compared_share is None
    assert hat.counts == {"none": 8}


def test_shares_of_those_compared_leave_the_others_out() -> None:
    heads = [*[Part("a")] * 5, *[Part("b", 0.9)] * 3, Part("c", 0.9)]
    found = variety.variety(STYLE, [{"head": head, "hat": Part("cap", 0.1)} for head in heads])["head"]
    assert list(found.counts.items()) == [("a", 5), ("b", 3), ("c", 1)]
    assert (found.share, found.compared, found.compared_share) == (5 / 9, 4, 3 / 4)
    assert found.entropy == pytest.approx(1.3516, abs=1e-4)


def test_the_most_frequent_is_of_types_compared_in_half_the_avatars() -> None:
    def part(compared: int, share: float | None) -> Variety:
        return Variety({}, 3, 0.9, 0.0, compared, share)

    found = {"hair": part(10, 0.3), "hat": part(4, 0.8), "eyes": part(5, 0.4), "ears": part(10, None)}
    assert variety.most_frequent(found, 10) == ("eyes", 0.4)
    assert variety.most_frequent(found, 11) == ("hair", 0.3)
    assert variety.most_frequent(found, 8) == ("hat", 0.8)
    assert variety.most_frequent(found, 30) is None

"""What has changed since the face was at rest decides where the net is in doubt, not where it is sure."""

from typing import Any

import numpy as np

from emojax.avatar.motion.expression import evidence
from emojax.avatar.motion.gauges import Gauges
from emojax.data.faces.attributes import WORDS

REST = Gauges(12.0, 12.0, 0.0, 0.0, 28.0, 153.0, 230.0, 60.0, 16.0, 0.0, 1.0)


def spread(name: str, **likely: float) -> np.ndarray:
    rest = 1 - sum(likely.values())
    own = {word: likely.get(word, rest / (len(WORDS[name]) - len(likely))) for word in WORDS[name]}
    return np.asarray([own[word] for word in WORDS[name]])


def words(shown: np.ndarray, name: str, last: Gauges, *, count: int = 20) -> tuple[str, str]:
    """The likeliest word at rest, and in a last look that differs."""
    gauges = np.asarray([REST] * count + [last])
    rows: Any = evidence([{name: shown}] * (count + 1), gauges)[name]
    return tuple(WORDS[name][int(np.argmax(rows[n]))] for n in (0, -1))  # type: ignore[return-value]


def test_corners_that_rise_are_a_smile_where_the_net_doubts() -> None:
    doubt = spread("mouth", closed_neutral=0.55, closed_smile=0.35)
    assert words(doubt, "mouth", REST._replace(corners=5.0)) == ("closed_neutral", "closed_smile")
    sure = spread("mouth", closed_neutral=0.98)
    assert words(sure, "mouth", REST._replace(corners=3.0)) == ("closed_neutral", "closed_neutral")
    assert words(doubt, "mouth", REST._replace(corners=-5.0)) == ("closed_neutral", "closed_neutral")


def test_lips_apart_are_an_open_mouth() -> None:
    doubt = spread("mouth", closed_frown=0.4, open_neutral=0.35)
    assert words(doubt, "mouth", REST._replace(gap=8.0)) == ("closed_frown", "open_neutral")


def test_brows_that_rise_are_raised() -> None:
    blind = spread("brows", neutral=0.998)
    assert words(blind, "brows", REST._replace(brows=40.0)) == ("neutral", "raised")
    assert words(blind, "brows", REST._replace(brows=33.5)) == ("neutral", "neutral")
    doubt = spread("brows", neutral=0.7, raised=0.2)
    assert words(doubt, "brows", REST._replace(brows=34.0)) == ("neutral", "raised")
    assert words(doubt, "brows", REST._replace(brows=29.0)) == ("neutral", "neutral")
    assert words(doubt, "brows", REST._replace(brows=18.0)) == ("neutral", "neutral")


def test_closed_eyes_are_left_to_the_lids() -> None:
    closed = spread("eyes", closed=0.9, narrow=0.06)
    assert words(closed, "eyes", REST) == ("narrow", "narrow")


def test_looks_without_a_face_say_nothing() -> None:
    nothing = Gauges(*[float("nan")] * len(Gauges._fields))
    rows = evidence([{"mouth": spread("mouth", pout=0.9)}, {}], np.asarray([REST, nothing]))
    assert rows["mouth"][1] is None
    assert rows["mouth"][0] is not None
    assert rows.keys() == {"mouth"}
    assert np.isclose(rows["mouth"][0].sum(), 1)

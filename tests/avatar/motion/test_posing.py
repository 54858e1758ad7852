"""Poses follow what was measured: lids, gaze, brows, mouth and head."""

import dataclasses

import numpy as np
import pytest

from emojax.avatar.faces.detection import Box
from emojax.avatar.motion.film import Film
from emojax.avatar.motion.gauges import HIDDEN, Gauges
from emojax.avatar.motion.posing import Pose, pose
from emojax.avatar.motion.watching import Moment
from emojax.avatar.pipeline import AvatarMaker
from emojax.data.faces.attributes import WORDS

HERE = Box(200, 150, 180)
USUAL = Gauges(12.0, 12.0, 0.0, 0.0, 28.0, 153.0, 230.0, 60.0, 16.0, 0.0, 1.0)


def shown(**words: str) -> dict[str, np.ndarray]:
    """Probabilities of words that are sure."""
    wanted = {"eyes": "open", "brows": "neutral", "mouth": "closed_neutral"} | words
    return {
        name: np.asarray([0.97 if each == word else 0.03 / (len(WORDS[name]) - 1) for each in WORDS[name]])
        for name, word in wanted.items()
    }


def moment(number: int, gauges: Gauges = USUAL, *, square: Box | None = HERE, **words: str) -> Moment:
    return Moment(number / 25, 0, square, square, shown(**words), gauges)


@pytest.fixture
def act(talking: Film, maker: AvatarMaker):  # type: ignore[no-untyped-def]
    def poses(moments: list[Moment]) -> list[Pose]:
        return pose(maker, talking.identities[0], moments)

    return poses


@pytest.mark.parametrize("length", [3, 4, 6])
def test_blinks_are_seen_and_over_soon(act, length: int) -> None:  # type: ignore[no-untyped-def]
    closed = USUAL._replace(left=2.0, right=2.0)
    lids = [USUAL] * 15 + [closed] * length + [USUAL] * 15
    poses = act([moment(n, each) for n, each in enumerate(lids)])
    blinking = np.flatnonzero([each.blinking for each in poses])
    assert len(blinking) >= length - 2
    assert 13 <= blinking[0] <= 16
    assert blinking[-1] <= 15 + length + 1
    assert {poses[n].choice["eyes"] for n in blinking} <= {"closed", "happy", "closed-strong"}
    assert not poses[0].blinking
    assert not poses[-1].blinking


def test_eyes_narrow_before_they_close(act) -> None:  # type: ignore[no-untyped-def]
    narrow = USUAL._replace(left=9.5, right=9.5)
    poses = act([moment(n, USUAL if n < 20 else narrow) for n in range(40)])
    assert poses[30].moves["eyes"].high < 0.9 * poses[10].moves["eyes"].high
    assert not poses[30].blinking
    assert poses[30].choice["eyes"] == poses[10].choice["eyes"]


def test_gaze_brows_and_mouth_follow_and_are_limited(act) -> None:  # type: ignore[no-untyped-def]
    changed = USUAL._replace(gaze_right=2.0, gaze_down=-1.0, brows=33.0, mouth_width=66.0, mouth_y=232.0)
    wild = USUAL._replace(gaze_right=40.0, brows=90.0, mouth_width=160.0)
    poses = act([moment(n, USUAL if n < 40 else changed if n < 55 else wild) for n in range(70)])
    rest, later, end = poses[20], poses[48], poses[-1]
    assert later.gaze[0] == pytest.approx(2.6, abs=0.5)
    assert later.gaze[1] == pytest.approx(-1.3, abs=0.4)
    assert later.moves["brows"].down - rest.moves["brows"].down == pytest.approx(-5, abs=1.2)
    assert later.moves["mouth"].wide > 1.03 * rest.moves["mouth"].wide
    assert end.gaze[0] == 5.0
    assert end.words["brows"] == "raised"
    assert end.moves["mouth"].wide <= 1.21 * rest.moves["mouth"].wide


def test_an_open_mouth_is_as_open_as_the_faces(act) -> None:  # type: ignore[no-untyped-def]
    little, wide = USUAL._replace(mouth_height=24.0), USUAL._replace(mouth_height=48.0)
    poses = act([moment(n, little if n < 30 else wide, mouth="open_wide") for n in range(60)])
    assert poses[10].words["mouth"] == "open_wide"
    assert poses[50].moves["mouth"].high > 1.4 * poses[10].moves["mouth"].high


def test_the_head_follows_position_size_and_roll(act) -> None:  # type: ignore[no-untyped-def]
    squares = [Box(200 + n / 2, 150 - n / 4, 180 * 1.002**n, n / 4) for n in range(60)]
    heads = [each.head for each in act([moment(n, square=s) for n, s in enumerate(squares)])]
    for n in (10, 30, 50):
        assert heads[n].roll_degrees == pytest.approx(n / 4, abs=0.7)
        assert heads[n].scale == pytest.approx(1.002 ** (n - 29.5), abs=0.01)
        assert heads[n].right == pytest.approx((n - 29.5) / 380, abs=0.015)
        assert heads[n].down == pytest.approx((29.5 - n) / 760, abs=0.015)


def test_a_roll_past_half_a_turn_does_not_turn_round(act) -> None:  # type: ignore[no-untyped-def]
    squares = [Box(200, 150, 180, 176 + n if n < 5 else n - 184) for n in range(10)]
    rolls = [each.head.roll_degrees for each in act([moment(n, square=s) for n, s in enumerate(squares)])]
    assert max(rolls) - min(rolls) < 12


def test_frames_without_a_face_keep_what_was_before(act) -> None:  # type: ignore[no-untyped-def]
    lost = Moment(0.0, 0, None, None, {}, HIDDEN)
    moments = [moment(n, mouth="closed_smile") for n in range(10)]
    moments += [dataclasses.replace(lost, time=n / 25) for n in range(10, 16)]
    poses = act(moments)
    assert {each.words["mouth"] for each in poses} == {"closed_smile"}
    assert not any(each.blinking for each in poses)
    assert poses[-1].head.right == pytest.approx(poses[9].head.right, abs=1e-6)

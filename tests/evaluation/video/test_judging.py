"""Judgements count what is right, and notice what is wrong."""

import dataclasses
import json
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from emojax.avatar.faces.detection import Box
from emojax.avatar.motion.gauges import HIDDEN
from emojax.avatar.motion.posing import Head, Pose
from emojax.avatar.motion.watching import Moment, Watched
from emojax.core.errors import UserError
from emojax.evaluation.video import judging, script
from emojax.evaluation.video.script import Instant


def film(instants: list[Instant], *, late: int = 0, **changes: Any) -> tuple[Any, list[dict[str, Any]]]:
    """A film that shows exactly what a script says, `late` frames late, but for `changes` by frame."""
    truth: Any = script.as_document(instants, [(100.0, 90.0, 80.0)] * len(instants))["frames"]
    poses, moments = [], []
    for n, _ in enumerate(instants):
        own = instants[max(n - late, 0)]
        shown = dict(own.words) | ({"eyes": "closed"} if own.closed else {})
        pose = Pose({"hair": "bob", "mouth": shown["mouth"]}, {}, (0, 0), Head(), shown, own.closed)
        square = Box(100.0, 90.0, 80.0, instants[n].roll_degrees)
        moment = Moment(n / 25, instants[n].scene, square, square, {}, HIDDEN)
        pose = dataclasses.replace(pose, **changes.get("poses", {}).get(n, {}))
        moments.append(dataclasses.replace(moment, **changes.get("moments", {}).get(n, {})))
        poses.append(pose)
    watched = Watched(moments)
    return SimpleNamespace(watched=watched, poses=lambda hysteresis=True: poses, fps=Fraction(25)), truth


@pytest.mark.parametrize("name", script.SCRIPTS)
def test_a_film_that_shows_the_truth_is_perfect(name: str) -> None:
    instants = script.SCRIPTS[name]()
    judged = judging.judge(*film(instants))
    assert judged.found == 1
    assert set(judged.right.values()) == {1.0}
    assert judged.identity_changes == 0
    assert judged.roll == judged.roll_largest == 0
    assert judged.flips in (0, None)
    assert judged.reaction in (0, None)
    assert judged.blinks_seen in (1.0, None)
    assert judged.jitter in (0, None)
    assert judged.scenes == judged.scenes_found == len({each.scene for each in instants})


def test_what_comes_late_is_measured_and_forgiven_for_three_frames() -> None:
    for late, right in ((2, 1.0), (6, 0.99)):
        judged = judging.judge(*film(script.expressions(), late=late))
        assert judged.reaction == late
        assert (judged.right["mouth"] == 1.0) == (right == 1.0)


def test_errors_are_counted() -> None:
    instants = script.still(100)
    wrong = {"words": {**instants[0].words, "mouth": "open_wide"}}
    judged = judging.judge(*film(instants, poses={50: wrong}))
    assert judged.right["mouth"] == pytest.approx(1 - 1 / (100 - 0), abs=2e-3)
    assert judged.flips == pytest.approx(100 * 2 / (100 - 4))
    judged = judging.judge(*film(instants, poses={60: {"choice": {"hair": "afro", "mouth": "x"}}}))
    assert judged.identity_changes == 2
    tilted = {n: {"square": Box(100, 90, 80, 4.0)} for n in range(50)}
    judged = judging.judge(*film(instants, moments=tilted))
    assert judged.roll == pytest.approx(2.0)
    assert judged.roll_largest == pytest.approx(4.0)
    lost = {n: {"square": None, "cropped": None} for n in range(25)}
    assert judging.judge(*film(instants, moments=lost)).found == pytest.approx(0.75)


def test_a_smile_is_right_whatever_its_kind_and_a_yawn_is_none() -> None:
    instants = [Instant(words={**script.NEUTRAL, "mouth": "teeth_smile"})] * 20
    laugh = {n: {"words": {**instants[0].words, "mouth": "open_smile"}} for n in range(20)}
    yawn = {n: {"words": {**instants[0].words, "mouth": "open_wide"}} for n in range(20)}
    assert judging.judge(*film(instants, poses=laugh)).right["mouth"] == 1
    assert judging.judge(*film(instants, poses=yawn)).right["mouth"] == 0


def test_blinks_that_are_not_drawn_are_missed() -> None:
    instants = script.blinks(4)
    start = next(n for n, each in enumerate(instants) if each.closed)
    missed = {n: {"blinking": False} for n in range(start - 2, start + script.BLINK + 3)}
    assert judging.judge(*film(instants, poses=missed)).blinks_seen == pytest.approx(0.75)


def test_jitter_is_the_step_of_the_crop_in_shares_of_the_face() -> None:
    instants = script.still(60)
    shaken = {n: {"cropped": Box(100 + 0.52 * (n % 2), 90, 80)} for n in range(60)}
    assert judging.judge(*film(instants, moments=shaken)).jitter == pytest.approx(0.01)


def test_a_truth_file_is_read_or_refused(tmp_path: Path) -> None:
    document = script.as_document(script.still(3), [(1.0, 2.0, 3.0)] * 3)
    (tmp_path / "t.json").write_text(json.dumps(document))
    assert judging.load_truth(tmp_path / "t.json")[0]["square"] == [1.0, 2.0, 3.0]
    document["frames"][1]["words"]["mouth"] = "cheese"  # type: ignore[index]
    for text in (json.dumps(document), "[]", '{"frames": []}', '{"frames": [{}]}', "no JSON"):
        (tmp_path / "t.json").write_text(text)
        with pytest.raises(UserError, match=r"t\.json"):
            judging.load_truth(tmp_path / "t.json")


def test_scripts_are_what_they_are_called() -> None:
    assert all(each.still for each in script.still()[1:])
    assert len({each.words["mouth"] for each in script.expressions()}) == 5
    assert sum(each.closed for each in script.blinks(8)) == 8 * script.BLINK
    rolls = np.asarray([each.roll_degrees for each in script.moving()])
    assert rolls.max() > 14
    assert rolls.min() < -14
    assert [each.scene for each in script.cuts(10)][::10] == [0, 1, 2, 3]

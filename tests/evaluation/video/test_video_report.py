"""Reports become the tables that they say, and clips are staged as their scripts say."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from emojax.avatar.styles import style
from emojax.avatar.styles.style import Style
from emojax.core.errors import UserError
from emojax.evaluation.video import report, script, staging
from emojax.evaluation.video.judging import Judgement


@pytest.fixture(scope="module")
def flat() -> Style:
    return style.load(style.find("flat"))


def judgement() -> Judgement:
    right = {"eyes": 1.0, "mouth": 0.925}
    shares = {"found": 0.99, "flips": 0.0, "flips_raw": 1.26, "reaction": 2.0}
    rolls = {"roll": 0.51, "roll_largest": 1.94, "jitter": 0.00123}
    return Judgement(
        frames=150,
        right=right,
        identity_changes=0,
        blinks=8,
        blinks_seen=0.875,
        scenes=2,
        scenes_found=2,
        **shares,
        **rolls,
    )


def test_a_table_has_a_column_for_each_clip() -> None:
    own = dataclasses.asdict(judgement())
    lines = report.table({"clips": {"still": own, "moving": own}}).splitlines()
    assert lines[0] == "|  | still | moving |"
    cells = {line.split("|")[1].strip(): line.split("|")[2].strip() for line in lines[2:]}
    assert cells["mouth right"] == "92.5 %"
    assert cells["brows right"] == ""
    assert cells["blinks seen"] == "88 % of 8"
    assert cells["crop's jitter, of the face"] == "0.12 %"
    assert cells["roll, mean error in degrees"] == "0.5"
    assert cells["without hysteresis"] == "1.3"


def test_extractors_are_compared_part_by_part() -> None:
    own = {"jitter": 0.1, "signal": 1.0, "ratio": 10.0, "flips": 2.5}
    found = {"autoencoder": {"mouth": own, "hat": {**own, "ratio": None}}, "resnet50": {"mouth": own}}
    lines = report.extractors_table({"extractors": found}).splitlines()
    assert lines[2] == "| mouth | 10.0 | 10.0 | 2.5 | 2.5 |"
    assert lines[3] == "| hat |  |  | 2.5 |  |"


def test_what_is_no_report_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"clips": {}}))
    with pytest.raises(UserError, match="is no report on clips"):
        report.read(tmp_path / "a.json")


def test_the_stage_shows_what_the_script_says(flat: Style) -> None:
    rest, smile = script.Instant(), script.Instant(words={**script.NEUTRAL, "mouth": "teeth_smile"})
    instants = [rest, smile, script.Instant(light=0.5), script.Instant(cover=1.0), script.Instant(scene=1)]
    frames = [frame.pixels.astype(int) for frame in staging.stage(flat, instants)]
    changed = np.abs(frames[1] - frames[0]).max(-1) > 60
    rows = np.flatnonzero(changed.sum(1) > 3)
    x, y, side = staging.squares(flat, [rest])[0]
    assert y < rows[0] < rows[-1] < y + side / 2
    assert frames[2].mean() == pytest.approx(frames[0].mean() / 2, rel=0.02)
    assert (np.abs(frames[3] - frames[0]).max(-1) > 30).mean() > 0.2
    assert np.abs(frames[4] - frames[0]).mean() > 10
    noise = frames[0][:40, :40] - frames[0][:40, :40].mean((0, 1))
    assert noise.std() == pytest.approx(staging.NOISE, rel=0.2)
    assert x == pytest.approx(staging.WIDTH / 2, abs=8)


def test_squares_move_as_the_head_does(flat: Style) -> None:
    rest, moved = staging.squares(
        flat, [script.Instant(), script.Instant(roll_degrees=90, scale=1.1, right=0.1, down=-0.05)]
    )
    assert moved[2] == pytest.approx(1.1 * rest[2])
    pivot_below = 0.12 * rest[2]
    assert moved[0] - rest[0] == pytest.approx(0.1 * rest[2] + 1.1 * pivot_below, abs=0.5)
    assert moved[1] - rest[1] == pytest.approx(-0.05 * rest[2] + pivot_below, abs=0.5)

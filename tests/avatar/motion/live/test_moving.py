"""What a face does is followed as it comes, without what comes later, and in bounded memory."""

import numpy as np
import pytest

from emojax.avatar.faces.detection import Box
from emojax.avatar.motion.gauges import HIDDEN, Gauges
from emojax.avatar.motion.live.moving import Moving
from emojax.avatar.motion.watching import Moment
from emojax.data.faces.attributes import WORDS

HERE = Box(200, 150, 180)
USUAL = Gauges(12.0, 12.0, 0.0, 0.0, 28.0, 153.0, 230.0, 60.0, 16.0, 0.0, 1.0)


def moment(number: int, gauges: Gauges = USUAL, *, square: Box | None = HERE, **words: str) -> Moment:
    wanted = {"eyes": "open", "brows": "neutral", "mouth": "closed_neutral"} | words
    shown = {
        name: np.asarray([0.97 if each == word else 0.03 / (len(WORDS[name]) - 1) for each in WORDS[name]])
        for name, word in wanted.items()
    }
    return Moment(number / 10, 0, square, square, shown, gauges)


def act(moments: list[Moment]):  # type: ignore[no-untyped-def]
    moving = Moving()
    return [moving(each) for each in moments]


def test_a_word_is_kept_for_one_odd_frame_and_changes_within_three() -> None:
    words = ["closed_neutral"] * 10 + ["open_wide"] + ["closed_neutral"] * 10 + ["open_wide"] * 5
    shown = [each.measured.words["mouth"] for each in act([moment(n, mouth=w) for n, w in enumerate(words)])]
    assert set(shown[:21]) == {"closed_neutral"}
    assert shown[23:] == ["open_wide"] * 3


def test_a_blink_of_two_frames_is_seen_and_over_soon() -> None:
    lids = [USUAL] * 10 + [USUAL._replace(left=1.0, right=1.0)] * 2 + [USUAL] * 5
    closed = [each.measured.closed for each in act([moment(n, each) for n, each in enumerate(lids)])]
    assert not any(closed[:10])
    assert closed[11]
    assert not any(closed[14:])


def test_winks_are_told_by_the_net_and_eyes_of_avatars_by_the_lids() -> None:
    last = act([moment(n, eyes="wink") for n in range(4)])[-1]
    assert last.eyes == "wink"
    assert last.measured.words["eyes"] != "wink"


def test_the_head_is_where_the_square_is_and_rest_is_where_it_has_been() -> None:
    still = [moment(n) for n in range(30)]
    aside = [moment(30 + n, square=Box(218, 150, 180, 10)) for n in range(8)]
    heads = [each.measured.head for each in act(still + aside)]
    assert abs(heads[29].right) < 1e-6
    assert heads[-1].right == pytest.approx(0.1, abs=0.04)
    assert heads[-1].roll_degrees == pytest.approx(10, abs=1.5)
    # Whoever stays there is there at rest.
    later = act(still + [moment(30 + n, square=Box(218, 150, 180)) for n in range(200)])
    assert abs(later[-1].measured.head.right) < 0.01


def test_a_roll_past_half_a_turn_does_not_turn_round() -> None:
    squares = [Box(200, 150, 180, 176 + n if n < 5 else n - 184) for n in range(10)]
    rolls = [
        each.measured.head.roll_degrees for each in act([moment(n, square=s) for n, s in enumerate(squares)])
    ]
    assert max(rolls) - min(rolls) < 12


def test_a_face_that_is_not_found_leaves_what_was() -> None:
    lost = Moment(1.0, 0, None, None, {}, HIDDEN)
    assert act([lost])[0] is None
    before, after = act([moment(0, mouth="closed_smile"), lost])
    assert after is before


def test_hidden_parts_do_not_spoil_what_follows() -> None:
    found = act([moment(0, HIDDEN), moment(1), moment(2, HIDDEN), moment(3)])
    assert np.isfinite(found[-1].measured.now).all()
    assert found[0].measured.moved == Gauges(*[0.0] * len(Gauges._fields))
    assert found[-1].measured.lids == pytest.approx(1.0, abs=0.01)


def test_measures_of_an_hour_take_no_more_memory_than_those_of_a_minute() -> None:
    moving = Moving()
    for n in range(600):
        moving(moment(n))
    kept = len(moving._gauges), len(moving._squares)
    for n in range(600, 900):
        moving(moment(n))
    assert (len(moving._gauges), len(moving._squares)) == kept


def test_what_has_moved_is_told_from_what_is_usual() -> None:
    raised = USUAL._replace(brows=34.0, mouth_y=226.0)
    found = [each.measured for each in act([moment(n, USUAL if n < 30 else raised) for n in range(45)])]
    assert found[29].moved == pytest.approx(Gauges(*[0.0] * len(USUAL)), abs=1e-6)
    assert found[-1].moved.brows == pytest.approx(6.0, abs=0.5)
    assert found[-1].moved.mouth_y == pytest.approx(-4.0, abs=0.5)
    assert found[-1].moved.mouth_width == pytest.approx(0.0, abs=1e-6)
    hidden = act([moment(n, USUAL._replace(brows=float("nan"))) for n in range(5)])[-1].measured
    assert hidden.moved.brows == 0

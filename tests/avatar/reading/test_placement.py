"""Where parts lie: read off segments, brought to where a face has its own, never torn apart."""

import numpy as np
import pytest

from emojax.avatar.reading import placement
from emojax.avatar.reading.moves import Move, compute_moves
from emojax.avatar.reading.placement import Place
from emojax.avatar.reading.segments import Segment, segment
from emojax.avatar.styles import composition, style
from emojax.avatar.styles.style import Style
from emojax.data.faces.labels import CLASSES

SEEN = {
    "brows": Place(152.5, 120, 39, 45, 10, 20, 5),
    "eyes": Place(152.5, 146, 37, 26, 10, 15, 0),
    "nose": Place(152.5, 175, 0, 44, 60, 44, 0),
    "mouth": Place(152.5, 230, 0, 64, 24, 35, 0),
}


@pytest.fixture(scope="module")
def flat() -> Style:
    return style.load(style.find("flat"))


def _segments(labels: np.ndarray, kind: str) -> dict[str, Segment]:
    pixels = np.zeros((*labels.shape, 3), np.uint8)
    found = {part: segment(pixels, labels, part) for part in placement.SEGMENTS[kind]}
    return {part: each for part, each in found.items() if each is not None}


def test_a_place_is_read_off_both_sides() -> None:
    labels = np.zeros((306, 306), np.uint8)
    labels[120:130, 90:120] = CLASSES.index("right brow")
    labels[110:120, 190:220] = CLASSES.index("left brow")
    found = placement.measure_place(_segments(labels, "brows"), "brows")
    assert found is not None
    assert found.y == pytest.approx(119.5, abs=1)
    assert found.x == pytest.approx(154.5, abs=1)
    assert found.apart == pytest.approx(50, abs=1)
    assert (found.width, found.height) == (pytest.approx(30, abs=2), pytest.approx(10, abs=2))
    assert found.size == pytest.approx(np.sqrt(300), rel=0.05)
    assert found.tilt == pytest.approx(0, abs=1)
    assert placement.measure_place({}, "brows") is None


def test_one_side_says_how_far_apart_both_are_but_not_that_a_head_is_turned() -> None:
    labels = np.zeros((306, 306), np.uint8)
    labels[140:150, 90:120] = CLASSES.index("right eye")
    found = placement.measure_place(_segments(labels, "eyes"), "eyes")
    assert found is not None
    assert found.x == 152.5
    assert found.apart == pytest.approx(48, abs=1)


@pytest.mark.parametrize("degrees", [-15.0, 12.0])
def test_tilt_is_how_far_the_outer_ends_are_raised(degrees: float) -> None:
    rows, columns = np.mgrid[:306, :306]
    labels = np.zeros((306, 306), np.uint8)
    slope = np.tan(np.radians(degrees))
    for label, middle, outwards in (("right brow", 110, -1), ("left brow", 196, 1)):
        along = outwards * (columns - middle)
        inside = (abs(along) < 18) & (abs(rows - (125 - slope * along)) < 4)
        labels[inside] = CLASSES.index(label)
    found = placement.measure_place(_segments(labels, "brows"), "brows")
    assert found is not None
    assert found.tilt == pytest.approx(degrees, abs=2)


def test_what_lies_as_the_face_s_own_stays() -> None:
    for move in compute_moves(SEEN, SEEN, {}, emphasis={}).values():
        assert move._replace(x=0, y=0) == Move()
    near = SEEN | {"brows": SEEN["brows"]._replace(y=140)}  # drawn nearer than they may come
    assert compute_moves(near, near, {}, emphasis={})["brows"].down == 0


def test_mouths_are_emphasised_and_eyes_held_back_about_their_middle() -> None:
    found = compute_moves(SEEN, SEEN, {})
    assert (found["mouth"].wide, found["mouth"].high) == (1.12, 1.12)
    assert (found["eyes"].wide, found["eyes"].high) == (0.92, 0.88)
    for part in ("mouth", "eyes"):
        assert found[part].y == SEEN[part].y
        assert (found[part].right, found[part].down, found[part].outwards) == (0, 0, 0)
    assert found["brows"]._replace(x=0, y=0, down=0) == Move()
    twice = compute_moves(SEEN, SEEN, {}, emphasis={"nose": (2.0, 3.0)})
    assert (twice["nose"].wide, twice["nose"].high) == (2, 3)


def test_parts_go_towards_the_face_s_own_but_only_so_far() -> None:
    low = {
        kind: each._replace(x=each.x - 1, y=each.y + 2, apart=each.apart * 1.05, size=each.size * 1.05)
        for kind, each in SEEN.items()
    }
    found = compute_moves(low, SEEN, {}, emphasis={})
    for kind in SEEN:
        assert found[kind].right == pytest.approx(-1)
        assert found[kind].down == pytest.approx(2)
        assert found[kind].outwards == pytest.approx(0.05 * SEEN[kind].apart)
        assert found[kind].wide == found[kind].high == pytest.approx(1.05)
    assert found["glasses"] == Move(y=146, right=found["eyes"].right, down=found["eyes"].down)
    assert found["facial_hair"].down == found["mouth"].down
    far = {kind: Place(*(9 * np.array(each)).tolist()) for kind, each in SEEN.items()}
    for move in compute_moves(far, SEEN, {}, emphasis={}).values():
        assert 0 < move.right <= 8
        assert 0 < move.down <= 12
        assert 0 <= move.outwards <= 6
        assert 1 <= move.wide <= 1.35


def test_slender_parts_stay_slender_but_circles_nearly_circles() -> None:
    wide = SEEN | {"eyes": SEEN["eyes"]._replace(width=28, height=9)}
    move = compute_moves(wide, SEEN, {}, emphasis={})["eyes"]
    assert move.wide / move.high == pytest.approx(28 * 10 / (26 * 9))
    assert move.wide * move.high == pytest.approx(1)
    slit = SEEN | {"eyes": SEEN["eyes"]._replace(width=28, height=1)}
    move = compute_moves(slit, SEEN, {}, emphasis={})["eyes"]
    assert move.wide / move.high == pytest.approx(1.15**2)


def test_brows_keep_off_the_eyes_however_large_they_are_drawn() -> None:
    for size in (10, 20, 30):
        near = SEEN | {"brows": SEEN["brows"]._replace(y=142), "eyes": Place(152.5, 146, 37, 26, 10, size, 0)}
        found = compute_moves(near, SEEN, {}, emphasis={})
        bottom = 120 + found["brows"].down + found["brows"].high * 10 / 2
        top = 146 + found["eyes"].down - found["eyes"].high * 10 / 2
        assert bottom <= top - 1 + 1e-9


def test_large_eyes_are_a_style_s_manner_in_part() -> None:
    drawn = SEEN | {"eyes": SEEN["eyes"]._replace(size=18)}
    own = compute_moves(SEEN, drawn, {}, emphasis={})["eyes"].wide
    kept = compute_moves(SEEN, drawn, {"eyes": 1.2}, emphasis={})["eyes"].wide
    assert own == pytest.approx(15 / 18)
    assert own < kept == pytest.approx(15 * 1.2**0.25 / 18)
    sizes = {str(i): SEEN["eyes"]._replace(size=size) for i, size in enumerate((20, 29.2, 40))}
    assert placement.measure_zoom("eyes", sizes) == pytest.approx(2)
    assert placement.measure_zoom("hair", sizes) == placement.measure_zoom("eyes", {}) == 1


def test_only_cross_faces_get_cross_brows() -> None:
    brows = [SEEN["brows"]._replace(tilt=tilt) for tilt in (0, 3, -2, 18, -15)]
    usual, cross, worried = (SEEN["brows"]._replace(tilt=tilt) for tilt in (6, 24, -9))
    assert placement.allow_brows(usual, brows, drawn=False) == [True, True, True, False, False]
    assert placement.allow_brows(cross, brows, drawn=False) == [True, True, True, True, False]
    assert placement.allow_brows(worried, brows, drawn=False) == [True, True, True, False, True]
    assert placement.allow_brows(brows[3], brows, drawn=True)[3]
    plucked = SEEN["brows"]._replace(tilt=18)
    assert not placement.allow_brows(plucked, brows, drawn=False)[3]


def test_a_move_moves_what_is_drawn_and_nothing_else(flat: Style) -> None:
    still = composition.label_map(flat, {})
    moved = composition.label_map(flat, {}, moves={"mouth": Move(y=230, down=5, right=-4)})
    mouth = np.isin(still, [CLASSES.index(name) for name in ("mouth", "upper lip", "lower lip")])
    there = np.isin(moved, [CLASSES.index(name) for name in ("mouth", "upper lip", "lower lip")])
    np.testing.assert_array_equal(np.roll(mouth, (5, -4), axis=(0, 1)), there)
    np.testing.assert_array_equal(still[:200], moved[:200])
    grown = composition.label_map(flat, {}, moves={"mouth": Move(y=230, wide=1.1, high=1.2)})
    larger = np.isin(grown, [CLASSES.index(name) for name in ("mouth", "upper lip", "lower lip")])
    assert larger.sum() == pytest.approx(1.32 * mouth.sum(), rel=0.06)


def test_a_moved_beard_stays_within_the_jaw(flat: Style) -> None:
    choice = {"facial_hair": "full-beard", "clothes": "crew"}
    document = composition.compose(flat, choice, {}, moves={"facial_hair": Move(y=230, down=6)})
    beard = document.index('id="facial_hair')
    clipped = document.index('clip-path="url(#outline-head-', beard)
    assert "matrix(1 0 0 1 0 6)" in document[clipped : clipped + 120]


@pytest.mark.parametrize(
    ("part", "right", "down"),
    [("brows", 4.0, 12.0), ("eyes", 4.0, 7.5), ("nose", 8.0, 12.0), ("mouth", 6.0, 12.0)],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_parts_are_shifted_up_to_their_limits(part: str, right: float, down: float, sign: int) -> None:
    drawn = {part: SEEN[part]}  # alone, so that nothing else is in the way
    for over, limited in ((-0.1, False), (0.1, True)):
        seen = SEEN[part]._replace(
            x=SEEN[part].x + sign * (right + over), y=SEEN[part].y + sign * (down + over)
        )
        move = compute_moves({part: seen}, drawn, {}, emphasis={})[part]
        assert move.right == pytest.approx(sign * (right if limited else right + over))
        assert move.down == pytest.approx(sign * (down if limited else down + over))


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"apart": 37 + 5.9}, "outwards", 5.9),
        ({"apart": 37 + 6.1}, "outwards", 6.0),
        ({"apart": 37 - 5.9}, "outwards", -5.9),
        ({"apart": 37 - 6.1}, "outwards", -6.0),
        ({"size": 15 * 0.61}, "wide", 0.61),
        ({"size": 15 * 0.59}, "wide", 0.6),
        ({"size": 15 * 1.34}, "high", 1.34),
        ({"size": 15 * 1.36}, "high", 1.35),
        ({"width": 26 * 1.14**2}, "wide", 1.14),
        ({"width": 26 * 1.16**2}, "wide", 1.15),
        ({"width": 26 / 1.14**2}, "high", 1.14),
        ({"width": 26 / 1.16**2}, "high", 1.15),
        ({"height": 10 * 1.14**2}, "high", 1.14),
    ],
)
def test_eyes_are_scaled_and_moved_apart_up_to_limits(
    change: dict[str, float], field: str, value: float
) -> None:
    seen = {"eyes": SEEN["eyes"]._replace(**change)}
    move = compute_moves(seen, {"eyes": SEEN["eyes"]}, {}, emphasis={})["eyes"]
    assert getattr(move, field) == pytest.approx(value)
    assert (move.x, move.y) == (37, 146)


@pytest.mark.parametrize(("upper", "lower"), [("brows", "eyes"), ("nose", "mouth")])
def test_an_upper_part_keeps_one_unit_off_the_lower_one(upper: str, lower: str) -> None:
    gap = SEEN[lower].y - SEEN[lower].height / 2 - SEEN[upper].y - SEEN[upper].height / 2
    for left_over, lifted in ((1.1, 0.0), (0.9, 0.1)):
        seen = SEEN | {upper: SEEN[upper]._replace(y=SEEN[upper].y + gap - left_over)}
        drawn = SEEN | {upper: SEEN[upper]._replace(y=SEEN[upper].y + gap - 6)}  # within the limits
        move = compute_moves(seen, drawn, {}, emphasis={})[upper]
        assert move.down == pytest.approx(6 - left_over - lifted)
    # Drawn nearer to each other, they may stay so, but come no nearer.
    near = SEEN | {upper: SEEN[upper]._replace(y=SEEN[upper].y + gap - 0.4)}
    lower_seen = near | {upper: near[upper]._replace(y=near[upper].y + 3)}
    assert compute_moves(lower_seen, near, {}, emphasis={})[upper].down == pytest.approx(0)
    assert upper not in compute_moves({lower: SEEN[lower]}, SEEN, {}, emphasis={})


@pytest.mark.parametrize(
    ("part", "size"), [("brows", 19.9), ("eyes", 14.6), ("nose", 44.2), ("mouth", 34.5), ("glasses", 68.8)]
)
@pytest.mark.parametrize(
    ("factor", "zoom"), [(1.0, 1.0), (2.45, 2.45), (2.55, 2.5), (1 / 2.45, 1 / 2.45), (0.39, 0.4)]
)
def test_zoom_is_a_styles_size_over_that_of_photos(
    part: str, size: float, factor: float, zoom: float
) -> None:
    drawn = {"one": Place(0, 0, 0, 0, 0, size * factor, 0)}
    assert placement.measure_zoom(part, drawn) == pytest.approx(zoom)


@pytest.mark.parametrize(
    ("face", "variant", "drawn", "allowed"),
    [
        (5.5, 8.0, False, True),
        (5.5, 8.1, False, False),
        (5.5, -8.0, False, True),
        (5.5, -8.1, False, False),
        (5.5 + 16.0, 8.1, False, True),
        (5.5 + 15.9, 8.1, False, False),
        (5.5 - 10.0, -8.1, False, True),
        (5.5 - 9.9, -8.1, False, False),
        (5.5 - 10.0, 8.1, False, False),
        (5.5 + 16.0, -8.1, False, False),
        (10.0, 8.1, True, True),
        (9.9, 8.1, True, False),
        (-10.0, -8.1, True, True),
        (-9.9, -8.1, True, False),
    ],
)
def test_cross_and_worried_brows_are_for_tilted_ones(
    face: float, variant: float, drawn: bool, allowed: bool
) -> None:
    """Of three variants two are level."""
    for level in (0.0, 3.0) if drawn else (0.0,):
        tilts = [level, level, level + variant]
        variants = [SEEN["brows"]._replace(tilt=tilt) for tilt in tilts]
        own = SEEN["brows"]._replace(tilt=face + level)
        assert placement.allow_brows(own, variants, drawn=drawn) == [True, True, allowed]

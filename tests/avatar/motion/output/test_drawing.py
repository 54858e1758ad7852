"""A puppet looks as the same avatar drawn as SVG, and moves as its pose says."""

import cv2
import numpy as np
import pytest

from emojax.avatar.motion.output.blending import on_color, premultiplied, straight
from emojax.avatar.motion.output.drawing import Puppet
from emojax.avatar.motion.posing import Head, Pose
from emojax.avatar.reading.moves import Move
from emojax.avatar.styles import style
from emojax.avatar.styles.composition import compose
from emojax.avatar.styles.style import Style
from emojax.media import svg

SIZE = 256
COLORS = {"skin": "#e5ad90", "hair": "#4a3125"}
CHOICE = {"hair": "bob", "mouth": "grin", "eyes": "round", "glasses": "round"}
MOVES = {
    "eyes": Move(x=37.0, y=146.0, right=1.5, down=-2.0, outwards=3.0, wide=0.9, high=0.8),
    "brows": Move(x=37.0, y=128.0, down=-4.0, outwards=2.0),
    "mouth": Move(y=230.0, right=-2.0, down=3.0, wide=1.1, high=1.2),
}


@pytest.fixture(scope="module", params=["flat", "line", "sticker"])
def drawings(request: pytest.FixtureRequest) -> Style:
    return style.load(style.find(request.param))


@pytest.fixture(scope="module")
def flat() -> Style:
    return style.load(style.find("flat"))


def pose(choice: dict[str, str], moves: dict[str, Move], **options: object) -> Pose:
    values: dict[str, object] = {"gaze": (0.0, 0.0), "head": Head(), "words": {}, "blinking": False}
    return Pose(choice, moves, **(values | options))  # type: ignore[arg-type]


def exact(drawings: Style, choice: dict[str, str], moves: dict[str, Move]) -> np.ndarray:
    text = compose(drawings, choice, COLORS, moves=moves)
    return svg.rasterize(text.encode(), size=SIZE, background="white", name="avatar")


def difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.abs(cv2.blur(first, (3, 3)).astype(int) - cv2.blur(second, (3, 3)))


@pytest.mark.parametrize("moves", [{}, MOVES], ids=["at rest", "moved"])
def test_a_puppet_is_the_avatar(drawings: Style, moves: dict[str, Move]) -> None:
    puppet = Puppet(drawings, CHOICE, COLORS, {}, size=SIZE, margin=0.0)
    drawn = on_color(puppet.draw(pose(CHOICE, moves)), (255, 255, 255))
    apart = difference(drawn, exact(drawings, CHOICE, moves))
    assert apart.mean() < 0.5
    assert (apart.max(-1) > 60).mean() < 0.002


def test_expressions_change_and_nothing_else_does(flat: Style) -> None:
    puppet = Puppet(flat, CHOICE, COLORS, {}, size=SIZE, margin=0.0)
    before = puppet.draw(pose(CHOICE, {}))
    other = CHOICE | {"mouth": "surprised", "eyes": "closed"}
    after = on_color(puppet.draw(pose(other, {}, blinking=True)), (255, 255, 255))
    assert difference(after, exact(flat, other, {})).mean() < 0.5
    changed = (before != puppet.draw(pose(other, {}, blinking=True))).any(-1)
    rows = np.flatnonzero(changed.any(1))
    assert rows[0] > SIZE * 0.4
    assert not changed[:, : SIZE // 5].any()
    np.testing.assert_array_equal(puppet.draw(pose(CHOICE, {})), before)


def test_the_head_turns_about_itself_and_the_shoulders_stay(flat: Style) -> None:
    puppet = Puppet(flat, CHOICE, COLORS, {}, size=SIZE, margin=0.0)
    rest = puppet.draw(pose(CHOICE, {}))
    turned = puppet.draw(pose(CHOICE, {}, head=Head(roll_degrees=12.0)))
    x, y, side = flat.canvas
    pivot = ((153 - x) * SIZE / side, (306 * 0.62 - y) * SIZE / side)
    matrix = cv2.getRotationMatrix2D(pivot, -12.0, 1.0)  # OpenCV counts anticlockwise
    expected = cv2.warpAffine(rest, matrix, (SIZE, SIZE))
    chin = round((280 - y) * SIZE / side)
    assert np.abs(turned[:chin].astype(int) - expected[:chin]).mean() < 4.5
    assert np.abs(turned[-6:].astype(int) - rest[-6:]).mean() < 3
    assert np.abs(turned.astype(int) - rest).mean() > 5


def test_the_head_grows_and_moves(flat: Style) -> None:
    puppet = Puppet(flat, CHOICE, COLORS, {}, size=SIZE, margin=0.0)

    def place(head: Head) -> tuple[float, float, int]:
        opaque = puppet.draw(pose(CHOICE, {}, head=head))[: SIZE // 2, :, 3] > 128
        rows, columns = np.nonzero(opaque)
        return float(columns.mean()), float(rows.min()), int(opaque.sum())

    at_rest = place(Head())
    right = place(Head(right=0.1, down=0.0))
    assert right[0] == pytest.approx(at_rest[0] + 0.1 * 306 * SIZE / flat.canvas[2], abs=1.5)
    assert place(Head(down=0.1))[1] == pytest.approx(at_rest[1] + 0.1 * 306 * SIZE / flat.canvas[2], abs=1.5)
    assert place(Head(scale=1.1))[2] > 1.1 * at_rest[2]


def test_a_margin_is_added_above_and_beside(flat: Style) -> None:
    wide = Puppet(flat, CHOICE, COLORS, {}, size=SIZE, margin=0.25).draw(pose(CHOICE, {}))
    full = Puppet(flat, CHOICE, COLORS, {}, size=SIZE, margin=0.0).draw(pose(CHOICE, {}))
    small = cv2.resize(full, (SIZE * 4 // 5 + 1, SIZE * 4 // 5 + 1), interpolation=cv2.INTER_AREA)
    left = (SIZE - len(small)) // 2
    inside = wide[SIZE - len(small) :, left : left + len(small)]
    assert np.abs(inside.astype(int) - small).mean() < 4


def test_eyes_look_aside_within_their_lids(drawings: Style) -> None:
    puppet = Puppet(drawings, {"eyes": "almond"}, COLORS, {}, size=SIZE, margin=0.0)
    looks = {
        x: puppet.draw(pose({"eyes": "almond"}, {}, gaze=(x, 0.0))).astype(int) for x in (-5.0, 0.0, 5.0)
    }
    changed = np.abs(looks[5.0] - looks[-5.0]).max(-1) > 40
    assert changed.sum() > 20

    def middle(picture: np.ndarray) -> float:
        """The middle of what is dark in the window of the picture's right eye."""
        x, y, side = drawings.canvas
        rows, columns = (
            slice(*(round((at - corner) * SIZE / side) for at in limits))
            for limits, corner in (((136, 172), y), ((170, 210), x))
        )
        dark = 255 - picture[rows, columns, :3].mean(-1)
        return float((dark**3 * np.arange(dark.shape[1])).sum() / (dark**3).sum())

    assert middle(looks[-5.0]) < middle(looks[5.0]) - 0.2
    columns = np.flatnonzero(changed.any(0))
    assert columns[0] > SIZE * 0.3
    assert columns[-1] < SIZE * 0.7


def test_premultiplied_colors_come_back() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 20, 4), np.uint8)
    pixels[0, :, 3] = 0
    shown = on_color(premultiplied(pixels), (10, 200, 30))
    alpha = pixels[..., 3:] / 255
    expected = pixels[..., :3] * alpha + np.asarray([10, 200, 30]) * (1 - alpha)
    assert np.abs(shown - expected).max() <= 2
    back = straight(premultiplied(pixels))
    opaque = pixels[..., 3] > 60
    assert np.abs(back[opaque].astype(int) - pixels[opaque]).max() <= 5


def test_shoulders_are_at_rest_while_the_head_turns(flat: Style) -> None:
    bald = {**CHOICE, "hair": "bald", "glasses": "none"}
    puppet = Puppet(flat, bald, COLORS, {}, size=SIZE, margin=0.0)
    still = puppet.draw(pose(bald, {})).astype(int)
    turned = puppet.draw(pose(bald, {}, head=Head(roll_degrees=12.0, right=0.05))).astype(int)
    changed = np.abs(turned - still).max(-1) > 40
    rows, columns = np.indices(changed.shape)
    x, y, side = flat.canvas
    aside = np.abs(x + columns * side / SIZE - 153) > 110
    below = y + rows * side / SIZE > 288
    assert changed[~below].mean() > 0.1
    assert changed[aside & below].mean() < 0.01
    # The jaw moves with the head, or it would be bent; what is beside the neck rests, or it would grow tips.
    at_jaw, beside_neck = (
        puppet._share[int((row - y) * SIZE / side), int((153 + column - x) * SIZE / side)]
        for row, column in ((270, 50), (286, 115))
    )
    assert at_jaw > 0.9
    assert beside_neck < 0.1

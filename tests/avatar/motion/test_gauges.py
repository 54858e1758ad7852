"""Measures on label maps follow what is drawn."""

import cv2
import numpy as np
import pytest

from emojax.avatar.motion.gauges import HIDDEN, Gauges, measure
from emojax.data.faces.labels import CLASSES


def face(
    *,
    lids: float = 12.0,
    brows: float = 118.0,
    gap: int = 0,
    width: int = 60,
    gaze: tuple[int, int] = (0, 0),
    without: tuple[str, ...] = (),
) -> tuple[np.ndarray, np.ndarray]:
    """A portrait with eyes `lids` rows high, and its labels."""
    labels = np.zeros((306, 306), np.uint8)
    pixels = np.full((306, 306, 3), 200, np.uint8)

    def shape(name: str, middle: tuple[int, int], axes: tuple[float, float]) -> None:
        if name not in without:
            full = tuple(round(side) for side in axes)
            cv2.ellipse(labels, middle, full, 0, 0, 360, CLASSES.index(name), -1)

    cv2.ellipse(labels, (153, 170), (90, 120), 0, 0, 360, CLASSES.index("skin"), -1)
    for name, x in (("left", 190), ("right", 116)):
        shape(f"{name} eye", (x, 146), (16, lids / 2))
        cv2.circle(pixels, (x + gaze[0], 146 + gaze[1]), 5, (20, 20, 20), -1)
        shape(f"{name} brow", (x, round(brows)), (22, 4))
    shape("upper lip", (153, 226 - gap // 2), (width / 2, 5))
    shape("lower lip", (153, 232 + gap // 2), (width / 2 - 6, 6))
    if gap:
        shape("mouth", (153, 229), (width / 2 - 6, gap / 2))
    return pixels, labels


@pytest.mark.parametrize("lids", [4, 8, 14])
def test_eyes_opening_is_their_height_at_the_middle(lids: int) -> None:
    found = measure(*face(lids=lids))
    assert found.left == pytest.approx(lids + 1, abs=1.5)
    assert found.right == pytest.approx(found.left, abs=0.6)


def test_gaze_goes_with_the_pupils() -> None:
    looks = {where: measure(*face(lids=14, gaze=where)) for where in ((-5, 0), (0, 0), (5, 0), (0, 3))}
    assert looks[-5, 0].gaze_right < looks[0, 0].gaze_right - 3
    assert looks[5, 0].gaze_right > looks[0, 0].gaze_right + 3
    assert looks[0, 3].gaze_down > looks[0, 0].gaze_down + 1
    assert np.isnan(measure(*face(lids=3)).gaze_right)


def test_brows_rise() -> None:
    assert measure(*face(brows=110)).brows == pytest.approx(measure(*face(brows=118)).brows + 8, abs=0.7)


def test_the_mouth_opens_and_widens() -> None:
    closed, open_, wide = measure(*face()), measure(*face(gap=20)), measure(*face(width=80))
    assert closed.gap == 0
    assert open_.gap == pytest.approx(17, abs=4)
    assert open_.mouth_height > closed.mouth_height + 12
    assert wide.mouth_width == pytest.approx(closed.mouth_width + 20, abs=3)
    assert (closed.mouth_x, closed.mouth_y) == pytest.approx((153, 229), abs=2)


def test_corners_of_a_mouth_rise_when_it_smiles() -> None:
    pixels, labels = face()
    smiling = labels.copy()
    lips = np.isin(labels, [CLASSES.index("upper lip"), CLASSES.index("lower lip")])
    smiling[lips] = CLASSES.index("skin")
    rows, columns = np.nonzero(lips)
    lift = np.rint((columns - 153) ** 2 / 90).astype(int)
    smiling[rows - lift, columns] = labels[rows, columns]
    assert measure(pixels, smiling).corners > measure(pixels, labels).corners + 5
    assert measure(pixels, labels).corners == pytest.approx(0, abs=4)


def test_what_is_hidden_is_not_measured() -> None:
    found = measure(*face(without=("upper lip", "lower lip", "left brow", "right brow")))
    assert np.isnan([found.brows, found.mouth_width, found.gap]).all()
    assert not np.isnan(found.left)
    assert all(np.isnan(HIDDEN))
    assert len(HIDDEN) == len(Gauges._fields)


def test_an_eye_without_a_label_is_closed_unless_dark_glasses_hide_it() -> None:
    pixels, labels = face(without=("left eye", "right eye"))
    assert measure(pixels, labels)[:2] == (0.0, 0.0)
    labels[130:160, 90:220] = CLASSES.index("eyeglasses")
    assert np.isnan(measure(pixels, labels)[:2]).all()

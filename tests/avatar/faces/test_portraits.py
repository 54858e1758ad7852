"""Squares compared, crops placed and what is beyond a photo, on either side of each threshold."""

import dataclasses

import numpy as np
import pytest

from emojax.avatar.faces.crop import CROP_SIZE, cut, squares_agree, to_photo_square
from emojax.avatar.faces.detection import Box
from emojax.avatar.faces.portraits import is_close, mark_unknown
from emojax.data.faces.labels import UNKNOWN

SQUARE = Box(100.0, 80.0, 200.0, 10.0)


@pytest.mark.parametrize(
    ("change", "agree"),
    [
        ({}, True),
        ({"x": 119.9}, True),
        ({"x": 120.1}, False),
        ({"y": 60.1}, True),
        ({"y": 59.9}, False),
        ({"x": 114.0, "y": 94.0}, True),
        ({"x": 114.5, "y": 94.5}, False),
        ({"side": 200 / 0.81}, True),
        ({"side": 200 / 0.79}, False),
        ({"side": 200 / 1.24}, True),
        ({"side": 200 / 1.26}, False),
        ({"roll_degrees": 21.9}, True),
        ({"roll_degrees": 22.1}, False),
        ({"roll_degrees": -1.9}, True),
        ({"roll_degrees": -2.1}, False),
        ({"roll_degrees": 10.0 - 360.0}, True),
    ],
)
def test_two_parses_agree_if_their_squares_nearly_do(change: dict[str, float], agree: bool) -> None:
    assert squares_agree(SQUARE, dataclasses.replace(SQUARE, **change)) == agree


@pytest.mark.parametrize(
    ("change", "close"),
    [
        ({}, True),
        ({"x": 102.9}, True),
        ({"x": 103.1}, False),
        ({"y": 82.9}, True),
        ({"y": 83.1}, False),
        ({"side": 205.9}, True),
        ({"side": 206.1}, False),
        ({"side": 194.1}, True),
        ({"side": 193.9}, False),
        ({"roll_degrees": 11.9}, True),
        ({"roll_degrees": 12.1}, False),
        ({"roll_degrees": 8.1}, True),
        ({"roll_degrees": 7.9}, False),
        ({"roll_degrees": 371.0}, True),
    ],
)
def test_a_crop_serves_for_a_square_that_is_close(change: dict[str, float], close: bool) -> None:
    assert is_close(SQUARE, dataclasses.replace(SQUARE, **change)) == close


@pytest.mark.parametrize("roll", [0.0, 25.0, -170.0])
def test_a_square_of_a_crop_is_on_the_photo_where_the_crops_matrix_says(roll: float) -> None:
    square, inner = Box(140.0, 90.0, 120.0, roll), Box(200.0, 100.0, 60.0, -15.0)
    _, to_photo = cut(np.zeros((200, 300, 3), np.uint8), square, CROP_SIZE)
    found = to_photo_square(inner, square)
    assert (found.x, found.y) == pytest.approx(tuple(to_photo @ [inner.x, inner.y, 1]))
    assert found.side == pytest.approx(60 * 120 / CROP_SIZE)
    assert found.roll_degrees == pytest.approx(175.0 if roll == -170 else roll - 15)


@pytest.mark.parametrize(("shift", "beyond"), [(0.0, 0), (-0.49, 0), (-0.51, 1), (-2.49, 2), (-2.51, 3)])
@pytest.mark.parametrize("axis", [0, 1])
def test_pixels_half_a_pixel_beyond_the_photo_are_unknown(shift: float, beyond: int, axis: int) -> None:
    photo, labels = np.zeros((20, 20, 3), np.uint8), np.full((20, 20), 17, np.uint8)
    for sign in (1, -1):
        to_photo = np.eye(2, 3)
        to_photo[axis, 2] = sign * shift
        found = mark_unknown(photo, to_photo, labels)
        along = (found == UNKNOWN).all(axis)
        assert along.sum() == beyond
        assert along[:beyond].all() if sign == 1 else along[20 - beyond :].all()
        assert (found[found != UNKNOWN] == 17).all()

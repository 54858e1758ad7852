"""Crops, rotations and resizes: pixel centres are whole numbers, whatever is done."""

import numpy as np
import pytest

from emojax.media import warp


def _ramp(height: int, width: int) -> np.ndarray:
    """``uint8[H, W, 3]``: column, row, and their mean."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x, y, (x + y) // 2], -1).astype(np.uint8)


def test_a_crop_of_the_same_scale_is_a_copy() -> None:
    picture = _ramp(60, 90)
    matrix = warp.crop_matrix(complex(40.5, 30.5), 1 + 0j, 20)
    np.testing.assert_allclose(matrix, [[1, 0, 31], [0, 1, 21]])
    np.testing.assert_array_equal(warp.crop_picture(picture, matrix, 20), picture[21:41, 31:51])
    np.testing.assert_array_equal(warp.crop_labels(picture[..., 0], matrix, 20), picture[21:41, 31:51, 0])
    x, y = warp.crop_positions(matrix, 20)
    np.testing.assert_array_equal(x, np.tile(np.arange(31, 51), (20, 1)))
    np.testing.assert_array_equal(y, x.T - 10)


def test_a_crop_by_a_quarter_turn_is_turned() -> None:
    picture = _ramp(60, 90)
    matrix = warp.crop_matrix(complex(40.5, 30.5), 1j, 20)
    turned = np.rot90(picture[21:41, 31:51], 1)
    np.testing.assert_array_equal(warp.crop_picture(picture, matrix, 20), turned)
    np.testing.assert_array_equal(warp.crop_labels(picture[..., 0], matrix, 20), turned[..., 0])


@pytest.mark.parametrize("step", [0.37 + 0j, 1.0 + 0.5j, 2.6 - 1.1j, 5.0 + 0j])
def test_a_crop_has_the_values_at_its_positions(step: complex) -> None:
    picture = _ramp(200, 240)
    matrix = warp.crop_matrix(complex(120, 100), step, 16)
    x, y = warp.crop_positions(matrix, 16)
    found = warp.crop_picture(picture, matrix, 16).astype(float)
    inside = (x > 6) & (x < 233) & (y > 6) & (y < 193)
    assert abs(found[..., 0] - x)[inside].max() < 1.1
    assert abs(found[..., 1] - y)[inside].max() < 1.1
    labels = warp.crop_labels(picture[..., 0], matrix, 16, outside=255)
    assert abs(labels - x)[inside].max() <= 0.52


def test_shrinking_averages() -> None:
    """Every third pixel of a fine pattern would be a pattern too."""
    fine = (255 * (np.indices((120, 120)).sum(0) % 2)).astype(np.uint8)[..., None].repeat(3, -1)
    small = warp.crop_picture(fine, warp.crop_matrix(complex(59.5, 59.5), 3 + 0j, 40), 40)
    assert abs(small.astype(float) - 127.5).max() < 60
    assert abs(warp.resize(fine, 40, 40).astype(float) - 127.5).max() < 20


def test_outside_the_border_repeats_or_is_as_asked() -> None:
    labels = np.arange(1, 10, dtype=np.uint8).reshape(3, 3)
    matrix = warp.crop_matrix(1 + 1j, 1 + 0j, 5)
    np.testing.assert_array_equal(warp.crop_labels(labels, matrix, 5), np.pad(labels, 1, mode="edge"))
    padded = np.pad(labels, 1, constant_values=255)
    np.testing.assert_array_equal(warp.crop_labels(labels, matrix, 5, outside=255), padded)
    zeros = np.pad(labels, 1, constant_values=0)
    np.testing.assert_array_equal(warp.crop_labels(labels, matrix, 5, outside=0), zeros)
    y, x = np.mgrid[-1:4, -1:4]
    np.testing.assert_array_equal(warp.remap(labels, x, y, nearest=True), np.pad(labels, 1, mode="edge"))


def test_remapping_is_bilinear_or_nearest() -> None:
    picture = np.asarray([[0, 100], [200, 40]], np.uint8)
    at = np.asarray([[0.5]]), np.asarray([[0.0]])
    assert warp.remap(picture, *at)[0, 0] == 50
    assert warp.remap(picture, np.asarray([[0.4]]), np.asarray([[0.9]]), nearest=True)[0, 0] == 200


def test_nearest_pixels_are_clipped_and_known() -> None:
    positions = np.asarray([-0.6, -0.5, 0.49, 0.5, 3.49, 3.5])
    pixels, known = warp.nearest_pixels(positions, 4)
    assert pixels.tolist() == [0, 0, 0, 1, 3, 3]
    assert known.tolist() == [False, True, True, True, True, False]


@pytest.mark.parametrize("degrees", [0.0, 30.0, -90.0, 135.0])
def test_a_rotated_picture_is_whole_and_its_places_are_known(degrees: float) -> None:
    picture = np.full((40, 70, 3), 9, np.uint8)
    marks = {(10, 20): (250, 9, 9), (30, 60): (9, 250, 9), (2, 3): (9, 9, 250)}
    for (row, column), color in marks.items():
        picture[row - 1 : row + 2, column - 1 : column + 2] = color
    rotated = warp.rotate(picture, degrees, margin=10.0)
    cos, sin = abs(np.cos(np.radians(degrees))), abs(np.sin(np.radians(degrees)))
    assert rotated.pixels.shape[0] == pytest.approx(70 * sin + 40 * cos + 10.5, abs=0.51)
    assert rotated.pixels.shape[1] == pytest.approx(70 * cos + 40 * sin + 10.5, abs=0.51)
    for (row, column), color in marks.items():
        like = (abs(rotated.pixels.astype(int) - color).sum(-1) < 60).nonzero()
        place = np.asarray([like[1].mean(), like[0].mean()])
        assert np.hypot(*(rotated.source(place) - (column, row))) < 0.6


def test_a_rotation_is_anticlockwise_as_one_sees_it() -> None:
    picture = np.zeros((41, 41, 3), np.uint8)
    picture[18:23, 33:38] = 255  # to the right of the middle
    rows, _, _ = warp.rotate(picture, 90.0, margin=0.0).pixels.nonzero()
    assert rows.max() < 12


@pytest.mark.parametrize(("width", "height"), [(30, 20), (90, 20), (30, 60), (5, 3)])
def test_resizing_stretches_from_border_to_border(width: int, height: int) -> None:
    found = warp.resize(_ramp(40, 60), width, height).astype(float)
    assert found.shape == (height, width, 3)
    x = np.clip((np.arange(width) + 0.5) * 60 / width - 0.5, 0, 59)
    y = np.clip((np.arange(height) + 0.5) * 40 / height - 0.5, 0, 39)
    assert abs(found[..., 0] - x).max() < 1.1
    assert abs(found[..., 1] - y[:, None]).max() < 1.1

"""The autoencoders' noise: shapes move, get holes, fray and blur as far as the settings say."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.ndimage
from training.support.chosen_numbers import with_numbers

from emojax.training.augment import shapes
from emojax.training.augment.shapes import ShapeNoise, corrupt, move

NOTHING = ShapeNoise(shift=0, scale=0, rotation=0, holes=0, ragged=0, blurred=0)
COUNT, SIZE = 64, 64

MOVES = ("angle", "zoom", "x", "y")
NOISES = ("hole", "hole x", "hole y", "hole x radius", "hole y radius", "ragged", "blurred")
KEY = jax.random.key(0)


def _moved(settings: ShapeNoise, masks: np.ndarray, **numbers: float) -> np.ndarray:
    """`move` with chosen random numbers, see `with_numbers`."""
    return with_numbers(shapes, MOVES, lambda x: move(KEY, x, settings))(masks, **numbers)


def _corrupted(settings: ShapeNoise, clean: np.ndarray, **numbers: float) -> np.ndarray:
    return with_numbers(shapes, NOISES, lambda x: corrupt(KEY, x, settings))(clean, **numbers)


def _squares() -> jax.Array:
    masks = np.zeros((COUNT, SIZE, SIZE), np.uint8)
    masks[:, 22:42, 22:42] = 17
    return jnp.asarray(masks)


def _shapes() -> jax.Array:
    return jnp.asarray(_squares() == 17, jnp.float32)[..., None]


def _labels(size: int = SIZE) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 19, (2, size, size)).astype(np.uint8)


def test_without_noise_nothing_changes() -> None:
    np.testing.assert_array_equal(jax.jit(move, static_argnums=2)(KEY, _labels(), NOTHING), _labels())
    np.testing.assert_array_equal(jax.jit(corrupt, static_argnums=2)(KEY, _shapes(), NOTHING), _shapes())


@pytest.mark.parametrize("end", [0.0, 1.0])
def test_shapes_are_shifted_to_either_side_and_their_border_is_repeated(end: float) -> None:
    settings = ShapeNoise(shift=3 / SIZE, scale=0, rotation=0)
    pixels = int(6 * end - 3)
    source = np.clip(np.arange(SIZE) - pixels, 0, SIZE - 1)
    np.testing.assert_array_equal(_moved(settings, _labels(), x=end), _labels()[:, :, source])
    np.testing.assert_array_equal(_moved(settings, _labels(), y=end), _labels()[:, source])


@pytest.mark.parametrize(("end", "turns"), [(1.0, -1), (0.0, 1)])
def test_shapes_are_rotated_by_degrees(end: float, turns: int) -> None:
    rotated = _moved(ShapeNoise(shift=0, scale=0, rotation=90), _labels(), angle=end)
    np.testing.assert_array_equal(rotated, np.rot90(_labels(), turns, (1, 2)))


def test_shapes_are_scaled_about_their_middle() -> None:
    double = _moved(ShapeNoise(shift=0, scale=1.0, rotation=0), _labels(), zoom=1.0)
    np.testing.assert_array_equal(double, _labels()[:, 16:48, 16:48].repeat(2, 1).repeat(2, 2))
    half = _moved(ShapeNoise(shift=0, scale=0.5, rotation=0), _labels(), zoom=0.0)
    np.testing.assert_array_equal(half[:, 16:48, 16:48], _labels()[:, 1::2, 1::2])


def test_each_shape_moves_by_itself() -> None:
    settings = ShapeNoise(shift=0.05, scale=0.1, rotation=0)
    moved = np.asarray(jax.jit(move, static_argnums=2)(KEY, _squares(), settings))
    assert set(np.unique(moved)) == {0, 17}
    rows, columns = (np.asarray([np.flatnonzero((m == 17).any(a))[[0, -1]] for m in moved]) for a in (1, 0))
    for ends in (rows, columns):
        middles, sides = ends.mean(1) - 31.5, ends[:, 1] - ends[:, 0] + 1
        assert 2.0 < np.abs(middles).max() <= 0.05 * SIZE + 1
        assert 17 <= sides.min() < 19.5 < 20.5 < sides.max() <= 23
    assert len({tuple(ends) for ends in rows}) > 5
    assert (rows.mean(1) != columns.mean(1)).any()


@pytest.mark.parametrize(("end", "radius"), [(0.0, 0.04), (1.0, 0.25)])
def test_a_hole_is_an_ellipse_of_the_radii(end: float, radius: float) -> None:
    """In the middle, 0.145 of the side high to either side, and in all channels."""
    clean = np.ones((2, SIZE, SIZE, 3), np.float32)
    got = _corrupted(ShapeNoise(ragged=0, blurred=0), clean, hole_x_radius=end, hole=0.0)
    axis = (np.arange(SIZE) + 0.5) / SIZE - 0.5
    hole = (axis[:, None] / 0.145) ** 2 + (axis[None] / radius) ** 2 < 1
    assert hole.any()
    np.testing.assert_array_equal(got, np.broadcast_to(~hole[None, ..., None], got.shape))
    got = _corrupted(ShapeNoise(ragged=0, blurred=0), clean, hole_y_radius=end, hole=0.0)
    np.testing.assert_array_equal(got, np.broadcast_to(~hole.T[None, ..., None], got.shape))


def test_the_middle_of_a_hole_is_anywhere() -> None:
    clean = np.ones((2, SIZE, SIZE, 1), np.float32)
    got = _corrupted(ShapeNoise(ragged=0, blurred=0), clean, hole_x=0.0, hole_y=1.0, hole=0.0)
    assert not got[:, -1, 0].any()
    assert got[:, :50].all()
    assert got[:, :, 14:].all()


def test_a_share_of_the_shapes_has_holes() -> None:
    settings = ShapeNoise(holes=0.4, ragged=0, blurred=0)
    whole = jnp.ones((400, 32, 32, 2))
    lost = 1 - np.asarray(jax.jit(corrupt, static_argnums=2)(KEY, whole, settings)).mean((1, 2, 3))
    assert 0.35 < np.mean(lost > 0) < 0.45
    assert lost.max() < 0.25


def test_pixels_are_flipped_in_proportion_to_the_other_values_about_them() -> None:
    """A pixel alone, one of a straight border, one of a corner and one beside a corner, at full strength."""
    clean, settings = np.zeros((400, SIZE, SIZE, 1), np.float32), ShapeNoise(holes=0, blurred=0)
    clean[:, 10:50, 10:50] = 1
    clean[:, 5, 5] = 1
    flipped = (_corrupted(settings, clean, ragged=1.0) != clean).mean(0)[..., 0]
    assert flipped[5, 5] == pytest.approx(0.8 * 8 / 9, abs=0.07)
    assert flipped[10, 12:48].mean() == pytest.approx(0.8 * 3 / 9, abs=0.02)
    assert flipped[9, 12:48].mean() == pytest.approx(0.8 * 3 / 9, abs=0.02)
    assert flipped[10, 10] == pytest.approx(0.8 * 5 / 9, abs=0.07)
    assert flipped[9, 9] == pytest.approx(0.8 * 1 / 9, abs=0.05)
    # Compiled, rounding of the mean lets a noise byte of 0 flip a pixel inside: one in 256.
    assert flipped[11:49, 11:49].mean() < 1.5 / 256, "inside"
    assert not flipped[51:].any(), "outside"
    np.testing.assert_array_equal(_corrupted(settings, clean[:2], ragged=0.0), clean[:2])


@pytest.mark.parametrize("weight", [0.0, 0.25, 1.0])
def test_blur_is_a_mean_with_the_shape_averaged_twice(weight: float) -> None:
    sharp = np.random.default_rng(0).integers(0, 2, (2, SIZE, SIZE, 2)).astype(np.float32)
    got = _corrupted(ShapeNoise(holes=0, ragged=0), sharp, blurred=weight)
    blurred = sharp
    for _ in range(2):
        blurred = scipy.ndimage.uniform_filter(blurred, (0, 3, 3, 0), mode="nearest")
    np.testing.assert_allclose(got, (1 - weight) * sharp + weight * blurred, atol=1e-5)
    assert got.min() >= 0
    assert got.max() <= 1 + 1e-6

"""Linear interpolation equals its definition, in NumPy and in JAX."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emojax.models.interpolation import linear_weights, resize_bilinear


@pytest.mark.parametrize("library", [np, jnp])
def test_weights_are_those_of_the_two_nearest_pixels(library) -> None:  # type: ignore[no-untyped-def]
    positions = library.asarray([[0.0, 3.0], [1.25, 2.5]], library.float32)
    weights = linear_weights(positions, 4)
    assert isinstance(weights, jax.Array if library is jnp else np.ndarray)
    assert weights.dtype == np.float32
    expected = [[[1, 0, 0, 0], [0, 0, 0, 1]], [[0, 0.75, 0.25, 0], [0, 0, 0.5, 0.5]]]
    np.testing.assert_array_equal(weights, expected)


def test_weights_interpolate_as_numpy_does() -> None:
    rng = np.random.default_rng(0)
    values, positions = rng.normal(size=9), rng.uniform(0, 8, 50)
    np.testing.assert_allclose(
        linear_weights(positions, 9) @ values, np.interp(positions, np.arange(9), values), atol=1e-12
    )


def test_positions_outside_the_line_fade_to_nothing() -> None:
    outside = linear_weights(np.array([-0.25, -1.0, -7.0, 3.5, 5.0]), 4)
    np.testing.assert_array_equal(outside.sum(1), [0.75, 0, 0, 0.5, 0])


def test_aligned_corners_keep_corners_and_linear_ramps():
    y, x = np.mgrid[0:8, 0:5].astype(np.float32)
    large = resize_bilinear((y * 10 + x)[None, :, :, None], 64, 40, align_corners=True)[0, :, :, 0]
    expected = np.linspace(0, 7, 64)[:, None] * 10 + np.linspace(0, 4, 40)
    np.testing.assert_allclose(large, expected, atol=1e-4)


def test_aligned_borders_are_the_common_resize_and_shift_with_the_image():
    x = jax.random.normal(jax.random.key(0), (1, 12, 16, 3))
    large = resize_bilinear(x, 48, 64, align_corners=False)
    np.testing.assert_allclose(large, jax.image.resize(x, (1, 48, 64, 3), "bilinear"), atol=1e-5)
    shifted = resize_bilinear(jnp.roll(x, 2, axis=2), 48, 64, align_corners=False)
    # Two coarse pixels are eight fine ones; the border's own neighbours are replicated.
    np.testing.assert_allclose(shifted[:, :, 10:-2], large[:, :, 2:-10], atol=1e-5)


@pytest.mark.parametrize("side", [1, 2, 3])
@pytest.mark.parametrize("align_corners", [True, False])
def test_enlarging_to_the_same_size_changes_nothing(side: int, align_corners: bool) -> None:
    x = np.random.default_rng(0).normal(size=(1, side, side + 1, 2)).astype(np.float32)
    np.testing.assert_array_equal(resize_bilinear(x, side, side + 1, align_corners=align_corners), x)


def test_one_pixel_fills_the_result():
    for align_corners in (True, False):
        large = resize_bilinear(jnp.full((1, 1, 1, 2), 3.0), 16, 32, align_corners=align_corners)
        np.testing.assert_array_equal(large, np.full((1, 16, 32, 2), 3.0))

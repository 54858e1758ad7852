"""Photometric augmentation: each operation at the ends of its range, and against a reference."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.fft
import scipy.interpolate

from emojax.core import rng
from emojax.training.augment import photometric

KEY = jax.random.key(0)
S = 16
Fix = Callable[..., None]


@pytest.fixture
def fix(monkeypatch: pytest.MonkeyPatch) -> Fix:
    """Sets random numbers by name: where in its range each is, from 0 to 1. The others are in the middle."""

    def fixed(**numbers: Any) -> None:
        def uniform(key: jax.Array, count: int, name: str, low: float = 0.0, high: float = 1.0) -> jax.Array:
            share = jnp.asarray(numbers.get(name.replace(" ", "_"), 0.5), jnp.float32)
            return jnp.broadcast_to(low + share * (high - low), count)

        monkeypatch.setattr(photometric, "uniform", uniform)

    return fixed


@pytest.fixture
def recolor(fix: Fix, monkeypatch: pytest.MonkeyPatch) -> Callable[..., np.ndarray]:
    """`photometric.recolor` with gains of 1, even light, and the middle of all ranges that are not named."""

    def run(images: np.ndarray, *, grey: float = 0.0, gains: float = 0.0, **numbers: float) -> np.ndarray:
        monkeypatch.setattr(
            photometric.jax.random, "uniform", lambda key, shape, minval, maxval: jnp.full(shape, gains)
        )
        fix(**{"side_light": 0.3, **numbers})  # 0.3 of the way from -0.3 to 0.7 is none
        return np.asarray(photometric.recolor(KEY, jnp.asarray(images, jnp.float32), grey))

    return run


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """Away from black and white, so that nothing is clipped."""
    return np.random.default_rng(0).uniform(0.4, 0.6, (3, S, S, 3))


def test_numbers_are_uniform_in_their_range() -> None:
    numbers = np.asarray(photometric.uniform(KEY, 4000, "x", -3.0, 5.0))
    assert -3 <= numbers.min() < -2.95
    assert 4.95 < numbers.max() < 5
    assert numbers.mean() == pytest.approx(1.0, abs=0.15)
    plain = np.asarray(photometric.uniform(KEY, 4000, "x"))
    np.testing.assert_allclose(-3 + 8 * plain, numbers, atol=1e-5)
    assert (np.asarray(photometric.uniform(KEY, 4000, "y")) != plain).mean() > 0.99


def test_in_the_middle_of_all_ranges_nothing_changes(recolor: Any, photo: np.ndarray) -> None:
    np.testing.assert_allclose(recolor(photo), photo, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "end", "expected"),
    [
        ("brightness", 0.0, lambda x: x - 0.2),
        ("brightness", 1.0, lambda x: x + 0.2),
        ("contrast", 0.0, lambda x: 0.5 + 0.65 * (x - 0.5)),
        ("contrast", 1.0, lambda x: 0.5 + 1.35 * (x - 0.5)),
        ("gamma", 0.0, lambda x: x ** np.exp(-0.35)),
        ("gamma", 1.0, lambda x: x ** np.exp(0.35)),
        ("saturation", 0.0, lambda x: _luma(x) + 0.5 * (x - _luma(x))),
        ("saturation", 1.0, lambda x: _luma(x) + 1.5 * (x - _luma(x))),
    ],
)
def test_recolouring_at_the_ends_of_its_ranges(
    recolor: Any, photo: np.ndarray, name: str, end: float, expected: Callable[[np.ndarray], np.ndarray]
) -> None:
    np.testing.assert_allclose(recolor(photo, **{name: end}), expected(photo), atol=1e-5)


def _luma(x: np.ndarray) -> np.ndarray:
    return (x @ [0.299, 0.587, 0.114])[..., None]


@pytest.mark.parametrize("grey", [0.49, 0.5, 0.51])
def test_a_share_is_grey(recolor: Any, photo: np.ndarray, grey: float) -> None:
    """Here the number that decides is 0.5."""
    expected = _luma(photo) * np.ones(3) if grey > 0.5 else photo
    np.testing.assert_allclose(recolor(photo, grey=grey), expected, atol=1e-5)


@pytest.mark.parametrize("gain", [-1.0, 1.0])
def test_gains_of_colours_are_up_to_fifteen_hundredths(recolor: Any, photo: np.ndarray, gain: float) -> None:
    np.testing.assert_allclose(recolor(photo, gains=gain), (1 + 0.15 * gain) * photo, atol=1e-5)


@pytest.mark.parametrize(
    ("direction", "side"), [(0.5, (0, 1)), (0.0, (0, -1)), (0.75, (1, 0)), (0.25, (-1, 0))]
)
def test_light_from_one_side(recolor: Any, direction: float, side: tuple[int, int]) -> None:
    """At its strongest that border is 1.7 times as bright as the middle, and the other 0.3 times."""
    grey, across = np.full((1, S, S, 3), 0.4), np.linspace(-1, 1, S)
    lit = recolor(grey, side_light=1.0, direction=direction)
    down, right = side
    factor = 1 + 0.7 * (down * across[:, None] + right * across[None])
    np.testing.assert_allclose(lit[0], 0.4 * factor[..., None] * np.ones(3), atol=1e-5)
    np.testing.assert_allclose(recolor(grey, side_light=0.0, direction=direction), grey, atol=1e-5)


def test_recolouring_stays_in_range(recolor: Any) -> None:
    ends = np.stack([np.zeros((S, S, 3)), np.ones((S, S, 3))])
    bright, dark = recolor(ends, brightness=1.0, contrast=1.0), recolor(ends, brightness=0.0, contrast=1.0)
    assert (bright[1].min(), bright[1].max()) == (1, 1)
    assert dark[0].min() == dark[0].max() == pytest.approx(1e-3)


def test_pictures_are_recoloured_each_by_itself(photo: np.ndarray) -> None:
    same = jnp.broadcast_to(jnp.asarray(photo[:1], jnp.float32), (8, S, S, 3))
    lit = np.asarray(photometric.recolor(KEY, same, 0.0))
    assert len({picture.tobytes() for picture in lit}) == 8
    means = lit.mean((1, 2))
    assert (means[:, 0] != means[:, 1]).all(), "gains differ between colours"


def test_half_of_the_pictures_get_noise_up_to_its_standard_deviation(fix: Fix) -> None:
    shares = np.asarray([0.0, 0.25, 0.5, 0.501, 0.75, 1.0])
    fix(amount=shares)
    spread = np.asarray(photometric.add_noise(KEY, jnp.full((6, 32, 32, 3), 0.5))).std((1, 2, 3))
    assert spread[:3].tolist() == [0, 0, 0]
    np.testing.assert_allclose(spread[3:], 0.12 * (shares[3:] - 0.5), rtol=0.05)


def test_noise_is_a_crop_of_one_field_elsewhere_for_each_picture(fix: Fix) -> None:
    fix(amount=1.0)
    noisy = np.asarray(photometric.add_noise(KEY, jnp.full((16, S, S, 3), 0.5)))
    np.testing.assert_allclose(noisy.std((1, 2, 3)), 0.06, rtol=0.1)
    np.testing.assert_allclose(noisy.mean(), 0.5, atol=0.005)
    assert len({picture.tobytes() for picture in noisy}) > 10
    field = np.asarray(jax.random.normal(rng.stream(KEY, "noise"), (2 * S, 2 * S, 3)))
    windows = np.lib.stride_tricks.sliding_window_view(field, (S, S), (0, 1)).transpose(0, 1, 3, 4, 2)
    corners = [
        np.argwhere(np.abs(0.5 + 0.06 * windows[:, :, 3, 5] - picture[3, 5]).max(-1) < 1e-6)
        for picture in noisy
    ]
    places = np.concatenate(corners)
    assert len(places) == 16
    assert places.max() < S
    assert places.min(0).max() < 4
    assert places.max(0).min() > 11
    for picture, (y, x) in zip(noisy, places, strict=True):
        np.testing.assert_allclose(picture, 0.5 + 0.06 * windows[y, x], atol=1e-6)


def test_noise_stays_in_range(fix: Fix) -> None:
    fix(amount=1.0)
    ends = jnp.stack([jnp.zeros((S, S, 3)), jnp.ones((S, S, 3))])
    black, white = np.asarray(photometric.add_noise(KEY, ends))
    assert (black.min(), white.max()) == (0, 1)
    assert black.max() > 0.05
    assert white.min() < 0.95


@pytest.mark.parametrize("step", [-2.4, -1.0])
def test_compression_rounds_the_cosine_coefficients_of_blocks(fix: Fix, step: float) -> None:
    """Against SciPy, at the finest and the coarsest."""
    fix(step=(step + 2.4) / 1.4)
    photo = np.random.default_rng(0).uniform(0.2, 0.8, (2, 16, 24, 3))
    ycc = np.asarray([[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]])
    blocks = (photo @ ycc.T).reshape(2, 2, 8, 3, 8, 3)
    frequency = np.arange(8)[:, None, None, None] + np.arange(8)[:, None]
    table = 10.0**step * (1 + 0.6 * frequency) * np.asarray([1.0, 2.0, 2.0])
    coefficients = scipy.fft.dctn(blocks, axes=(2, 4), norm="ortho")
    rounded = np.round(coefficients / table) * table
    back = scipy.fft.idctn(rounded, axes=(2, 4), norm="ortho").reshape(photo.shape) @ np.linalg.inv(ycc).T
    got = np.asarray(photometric.compress(KEY, jnp.asarray(photo, jnp.float32)))
    error = np.abs(got - np.clip(back, 0, 1)).reshape(blocks.shape).max((2, 4, 5))
    # A coefficient halfway between two multiples may be rounded to either, which changes its block.
    assert (error < 1e-5).mean() > 0.7
    assert np.abs(got - photo).mean() > 10.0**step / 4


def test_compression_stays_in_range(fix: Fix) -> None:
    fix(step=1.0)
    photo = jnp.asarray(np.random.default_rng(0).integers(0, 2, (2, 16, 16, 3)), jnp.float32)
    got = np.asarray(photometric.compress(KEY, photo))
    assert (got.min(), got.max()) == (0, 1)


def test_textures_interpolate_five_by_five_colours(fix: Fix) -> None:
    fix(amount=1.0)
    grid = np.asarray(jax.random.uniform(rng.stream(KEY, "grid"), (2, 5, 5, 3)))
    axis = np.linspace(0, 4, 17)
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1)
    for got, colours in zip(photometric.texture(KEY, 2, 17), grid, strict=True):
        expected = scipy.interpolate.RegularGridInterpolator((np.arange(5), np.arange(5)), colours)(points)
        np.testing.assert_allclose(got, expected, atol=1e-5)


def test_a_third_of_the_textures_are_plain_and_some_black() -> None:
    textures = np.asarray(photometric.texture(KEY, 600, 9))
    plain = textures.std((1, 2)).max(-1) < 1e-6
    assert plain.mean() == pytest.approx(1 / 3, abs=0.06)
    black = plain & (textures.max((1, 2, 3)) == 0)
    assert black.mean() == pytest.approx(0.3 / 3, abs=0.04)
    assert textures.min() >= 0
    assert textures.max() <= 1
    # A texture that is not plain is between a plain one, or black, and the grid.
    assert 0.02 < textures[~plain].std((1, 2)).mean() < 0.3


def test_textures_start_from_the_first_colour_or_black(fix: Fix) -> None:
    grid = np.asarray(jax.random.uniform(rng.stream(KEY, "grid"), (1, 5, 5, 3)))
    for number, colour in ((0.299, 0 * grid[0, 0, 0]), (0.301, grid[0, 0, 0])):
        fix(amount=0.0, black=number)
        np.testing.assert_allclose(
            photometric.texture(KEY, 1, 8)[0], np.broadcast_to(colour, (8, 8, 3)), atol=1e-6
        )
    fix(amount=2 / 3, black=0.0)  # two thirds of the way from -0.5 to 1 is a half
    np.testing.assert_allclose(photometric.texture(KEY, 1, 5), 0.5 * grid, atol=1e-6)

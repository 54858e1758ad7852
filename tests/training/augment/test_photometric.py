"""Photometric augmentation: each operation at the ends of its range, and against a reference."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.fft
import scipy.interpolate
from training.support.chosen_numbers import with_numbers

from emojax.core import rng
from emojax.training.augment import photometric

KEY = jax.random.key(0)
S = 16


@pytest.fixture(scope="module")
def recolor() -> Callable[..., np.ndarray]:
    """`photometric.recolor` with gains of 1, even light, and the middle of all ranges that are not named."""
    names = ("grey", "saturation", "contrast", "brightness", "direction", "side light", "gamma")

    def with_gains(images: jax.Array, grey: jax.Array, gain: jax.Array) -> jax.Array:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                photometric.jax.random,
                "uniform",
                lambda key, shape, minval, maxval: jnp.broadcast_to(
                    minval + (gain + 1) / 2 * (maxval - minval), shape
                ),
            )
            return photometric.recolor(KEY, images, grey)

    compiled = with_numbers(photometric, names, with_gains)

    def run(images: np.ndarray, *, grey: float = 0.0, gain: float = 0.0, **numbers: float) -> np.ndarray:
        # 0.3 of the way from -0.3 to 0.7 is no light from one side.
        padded = np.concatenate([images, images[:1].repeat(3 - len(images), 0)]).astype(np.float32)
        return compiled(padded, grey, gain, **{"side_light": 0.3, **numbers})[: len(images)]

    return run


@pytest.fixture(scope="module")
def add_noise() -> Callable[..., np.ndarray]:
    return with_numbers(photometric, ["amount"], lambda x: photometric.add_noise(KEY, x))


@pytest.fixture(scope="module")
def compress() -> Callable[..., np.ndarray]:
    return with_numbers(photometric, ["step"], lambda x: photometric.compress(KEY, x))


@pytest.fixture(scope="module")
def texture() -> Callable[..., np.ndarray]:
    return with_numbers(photometric, ["black", "amount"], lambda: photometric.texture(KEY, 2, 17))


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
    np.testing.assert_allclose(recolor(photo, gain=gain), (1 + 0.15 * gain) * photo, atol=1e-5)


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
    lit = np.asarray(jax.jit(photometric.recolor)(KEY, same, 0.0))
    assert len({picture.tobytes() for picture in lit}) == 8
    means = lit.mean((1, 2))
    assert (means[:, 0] != means[:, 1]).all(), "gains differ between colours"


def test_half_of_the_pictures_get_noise_up_to_its_standard_deviation(add_noise: Any) -> None:
    shares = np.asarray([0.0, 0.25, 0.5, 0.501, 0.75, 1.0]).repeat(2)
    spread = add_noise(np.full((12, S, S, 3), 0.5, np.float32), amount=shares).std((1, 2, 3))
    assert spread[:6].tolist() == [0] * 6
    np.testing.assert_allclose(spread[6:], 0.12 * (shares[6:] - 0.5), rtol=0.1)


def test_noise_is_a_crop_of_one_field_elsewhere_for_each_picture(add_noise: Any) -> None:
    noisy = add_noise(np.full((12, S, S, 3), 0.5, np.float32), amount=1.0)
    assert noisy.mean() == pytest.approx(0.5, abs=0.005)
    field = np.asarray(jax.random.normal(rng.stream(KEY, "noise"), (2 * S, 2 * S, 3)))
    windows = np.lib.stride_tricks.sliding_window_view(field, (S, S), (0, 1)).transpose(0, 1, 3, 4, 2)
    pixel = 0.5 + 0.06 * windows[:, :, 3, 5]
    corners = np.concatenate([np.argwhere(np.abs(pixel - x[3, 5]).max(-1) < 1e-6) for x in noisy])
    assert len(corners) == 12, "each is found once"
    assert corners.max() < S
    assert (corners.min(0) < 5).all()
    assert (corners.max(0) > 10).all()
    assert len(np.unique(corners, axis=0)) > 9
    for picture, (y, x) in zip(noisy, corners, strict=True):
        np.testing.assert_allclose(picture, 0.5 + 0.06 * windows[y, x], atol=1e-6)


def test_noise_stays_in_range(add_noise: Any) -> None:
    ends = np.zeros((12, S, S, 3), np.float32)
    ends[6:] = 1
    noisy = add_noise(ends, amount=1.0)
    assert (noisy[:6].min(), noisy[6:].max()) == (0, 1)
    assert noisy[:6].max() > 0.05
    assert noisy[6:].min() < 0.95


@pytest.mark.parametrize("step", [-2.4, -1.0])
def test_compression_rounds_the_cosine_coefficients_of_blocks(compress: Any, step: float) -> None:
    """Against SciPy, at the finest and the coarsest."""
    photo = np.random.default_rng(0).uniform(0.2, 0.8, (2, 16, 24, 3))
    ycc = np.asarray([[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]])
    blocks = (photo @ ycc.T).reshape(2, 2, 8, 3, 8, 3)
    frequency = np.arange(8)[:, None, None, None] + np.arange(8)[:, None]
    table = 10.0**step * (1 + 0.6 * frequency) * np.asarray([1.0, 2.0, 2.0])
    rounded = np.round(scipy.fft.dctn(blocks, axes=(2, 4), norm="ortho") / table) * table
    back = scipy.fft.idctn(rounded, axes=(2, 4), norm="ortho").reshape(photo.shape) @ np.linalg.inv(ycc).T
    got = compress(photo.astype(np.float32), step=(step + 2.4) / 1.4)
    error = np.abs(got - np.clip(back, 0, 1)).reshape(blocks.shape).max((2, 4, 5))
    # A coefficient halfway between two multiples may be rounded to either, which changes its block.
    assert (error < 1e-5).mean() > 0.7
    assert np.abs(got - photo).mean() > 10.0**step / 4


def test_compression_stays_in_range(compress: Any) -> None:
    photo = np.random.default_rng(0).integers(0, 2, (2, 16, 24, 3)).astype(np.float32)
    got = compress(photo, step=1.0)
    assert (got.min(), got.max()) == (0, 1)


def _grid() -> np.ndarray:
    return np.asarray(jax.random.uniform(rng.stream(KEY, "grid"), (2, 5, 5, 3)))


def test_textures_interpolate_five_by_five_colours(texture: Any) -> None:
    axis = np.linspace(0, 4, 17)
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1)
    for got, colours in zip(texture(amount=1.0), _grid(), strict=True):
        expected = scipy.interpolate.RegularGridInterpolator((np.arange(5), np.arange(5)), colours)(points)
        np.testing.assert_allclose(got, expected, atol=1e-5)


def test_textures_start_from_the_first_colour_or_from_black(texture: Any) -> None:
    first = _grid()[:, :1, :1] * np.ones((17, 17, 1))
    np.testing.assert_allclose(texture(amount=0.0, black=0.299), 0 * first, atol=1e-6)
    np.testing.assert_allclose(texture(amount=0.0, black=0.301), first, atol=1e-6)
    # Two thirds of the way from -0.5 to 1 the colours are at half their strength; a third of it, at none.
    np.testing.assert_allclose(texture(amount=2 / 3, black=0.0)[:, ::4, ::4], 0.5 * _grid(), atol=1e-6)
    np.testing.assert_allclose(texture(amount=1 / 3, black=1.0), first, atol=1e-6)
    assert np.ptp(texture(amount=0.35, black=1.0)) > np.ptp(first)


def test_a_third_of_the_textures_are_plain_and_some_black() -> None:
    textures = np.asarray(jax.jit(photometric.texture, static_argnums=(1, 2))(KEY, 600, 9))
    plain = textures.std((1, 2)).max(-1) < 1e-6
    assert plain.mean() == pytest.approx(1 / 3, abs=0.06)
    black = plain & (textures.max((1, 2, 3)) == 0)
    assert black.mean() == pytest.approx(0.3 / 3, abs=0.04)
    assert textures.min() >= 0
    assert textures.max() <= 1
    # A texture that is not plain is between a plain one, or black, and the grid.
    assert 0.02 < textures[~plain].std((1, 2)).mean() < 0.3

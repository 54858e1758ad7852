"""Differentiable augmentation: each operation at the ends of its range, its probability, and gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.ndimage

from emojax.training.augment import differentiable
from emojax.training.augment.differentiable import Augmentation

S, COUNT = 16, 6
ALL = Augmentation(scale=0.2, rotation=10.0)
NOTHING = Augmentation(colour=0.0, translation=0.0, cutout=0.0)
MOST = 1.0 - 1e-7
"""The largest number that is drawn, almost."""

apply = jax.jit(differentiable.apply, static_argnums=0)


@pytest.fixture(scope="module")
def images() -> jax.Array:
    return jax.random.uniform(jax.random.key(3), (COUNT, S, S, 3), minval=-1)


def test_the_defaults_are_the_papers() -> None:
    """Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training", 2020, section 4."""
    expected = {"colour": 1.0, "translation": 1 / 8, "scale": 0.0, "rotation": 0.0, "cutout": 1 / 2}
    assert vars(Augmentation()) == expected


def _with(**changes: float) -> Augmentation:
    return Augmentation(**{**vars(NOTHING), **changes})


def _draws(**numbers: list[float]) -> differentiable.Draws:
    """The operations in `numbers`, which says how far they go, are applied to all images, others to none."""
    middle = {"brightness": 1, "saturation": 1, "contrast": 1, "affine": 4, "cutout": 2}
    return {
        name: jnp.tile(
            jnp.asarray([0.0, *numbers[name]] if name in numbers else [1.0] + [0.5] * count), (COUNT, 1)
        )
        for name, count in middle.items()
    }


@pytest.mark.parametrize("augmentation", [ALL, Augmentation()])
def test_at_strength_0_images_are_unchanged(augmentation: Augmentation, images: jax.Array) -> None:
    draws = differentiable.draw(jax.random.key(0), COUNT)
    np.testing.assert_allclose(apply(augmentation, images, draws, 0.0), images, atol=2e-6)
    changed = apply(augmentation, images, draws, 1.0)
    assert (jnp.abs(changed - images).mean((1, 2, 3)) > 0.05).all()


def test_strength_is_the_probability_of_an_operation() -> None:
    many = jnp.ones((2000, 2, 2, 3))
    draws = differentiable.draw(jax.random.key(0), 2000)
    changed = apply(_with(colour=1.0), many, {**draws, "contrast": jnp.ones((2000, 2))}, 0.3)
    # A white image has no saturation or contrast: only brightness changes it.
    assert float((changed != many).any((1, 2, 3)).mean()) == pytest.approx(0.3, abs=0.03)


def test_an_operation_is_applied_where_its_first_number_is_below_the_strength(images: jax.Array) -> None:
    draws = _draws() | {"brightness": jnp.asarray([[x, 1.0] for x in (0.0, 0.24, 0.25, 0.26, 0.5, 0.99)])}
    changed = apply(_with(colour=1.0), images, draws, 0.25)
    assert (changed != images).any((1, 2, 3)).tolist() == [True, True, False, False, False, False]


def test_draws_are_one_number_for_whether_and_the_others_for_how_far() -> None:
    draws = differentiable.draw(jax.random.key(0), 50)
    assert {name: x.shape for name, x in draws.items()} == {
        **dict.fromkeys(("brightness", "saturation", "contrast"), (50, 2)),
        **{"affine": (50, 5), "cutout": (50, 3)},
    }
    numbers = jnp.concatenate([x.reshape(-1) for x in draws.values()])
    assert 0 <= numbers.min() < 0.02 < 0.98 < numbers.max() < 1
    assert len(jnp.unique(numbers)) == numbers.size


@pytest.mark.parametrize(("number", "amount"), [(0.0, -1.0), (0.5, 0.0), (0.75, 0.5), (MOST, 1.0)])
@pytest.mark.parametrize("colour", [1.0, 0.4])
def test_colours_go_to_the_ends_of_their_ranges(
    colour: float, number: float, amount: float, images: jax.Array
) -> None:
    """Brightness +- 0.5, saturation times 0 to 2, contrast times 0.5 to 1.5; `colour` scales all three."""
    x, reach = np.asarray(images, np.float64), colour * amount
    grey, mean = x.mean(-1, keepdims=True), x.mean((1, 2, 3), keepdims=True)
    for name, expected in (
        ("brightness", x + 0.5 * reach),
        ("saturation", grey + (1 + reach) * (x - grey)),
        ("contrast", mean + (1 + 0.5 * reach) * (x - mean)),
    ):
        got = apply(_with(colour=colour), images, _draws(**{name: [number]}), 1.0)
        np.testing.assert_allclose(got, expected, atol=2e-6, err_msg=name)


def test_saturation_ends_at_grey_and_at_twice_the_colour(images: jax.Array) -> None:
    spread = images.max(-1) - images.min(-1)
    for number, factor in ((0.0, 0.0), (MOST, 2.0)):
        got = apply(_with(colour=1.0), images, _draws(saturation=[number]), 1.0)
        np.testing.assert_allclose(got.max(-1) - got.min(-1), factor * spread, atol=3e-6)
        np.testing.assert_allclose(got.mean(-1), images.mean(-1), atol=2e-6)


def _transformed(image: np.ndarray, shift: tuple[int, int], size: float, degrees: float) -> np.ndarray:
    """By SciPy: shifted last, each result pixel read from where it came from, with the edge repeated."""
    middle, angle = (S - 1) / 2, np.deg2rad(degrees)
    matrix = np.asarray([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / size
    offset = middle - matrix @ (middle + np.asarray(shift))
    channels = [
        scipy.ndimage.affine_transform(image[..., c], matrix, offset, order=1, mode="nearest")
        for c in range(3)
    ]
    return np.stack(channels, -1)


@pytest.mark.parametrize("rotation", [0.0, 30.0])
def test_images_are_shifted_scaled_and_rotated_about_their_middle(rotation: float, images: jax.Array) -> None:
    numbers = [0.1, 0.95, 0.9, 0.8]
    settings = _with(translation=0.2, scale=0.5, rotation=rotation)
    got = apply(settings, images, _draws(affine=numbers), 1.0)
    shift = (round(0.2 * S * -0.8), round(0.2 * S * 0.9))
    assert shift == (-3, 3)
    for image, expected in zip(got, np.asarray(images, np.float64), strict=True):
        np.testing.assert_allclose(
            image, _transformed(expected, shift, np.exp(0.5 * 0.8), 0.6 * rotation), atol=1e-4
        )


@pytest.mark.parametrize(("number", "pixels"), [(0.0, -2), (0.1, -2), (0.15, -1), (0.5, 0), (MOST, 2)])
def test_translation_is_by_whole_pixels_and_repeats_the_edge(
    number: float, pixels: int, images: jax.Array
) -> None:
    """At most two pixels of sixteen."""
    moved = apply(_with(translation=0.125), images, _draws(affine=[number, 0.5, 0.5, 0.5]), 1.0)
    rows = np.clip(np.arange(S) - pixels, 0, S - 1)
    np.testing.assert_array_equal(moved, images[:, rows])


def test_the_path_with_rotation_equals_the_path_without_where_nothing_rotates(images: jax.Array) -> None:
    draws = differentiable.draw(jax.random.key(5), COUNT)
    draws = draws | {"affine": draws["affine"].at[:, 4].set(0.5)}
    quick = apply(_with(translation=0.2, scale=0.3), images, draws, 1.0)
    general = apply(_with(translation=0.2, scale=0.3, rotation=5.0), images, draws, 1.0)
    np.testing.assert_allclose(general, quick, atol=1e-4)


@pytest.mark.parametrize(
    ("number", "share", "hidden"),
    [
        (0.0, 0.5, range(4)),  # the middle is the first pixel, so half of the square is outside
        (0.5, 0.5, range(4, 12)),
        (0.5 + 0.9 / S, 0.5, range(4, 12)),
        (0.5 + 1.1 / S, 0.5, range(5, 13)),
        (MOST, 0.5, range(11, S)),
        (0.5, 0.25, range(6, 10)),
        (0.5, 1.0, range(S)),
    ],
)
def test_cutout_sets_a_square_of_the_share_to_grey(
    number: float, share: float, hidden: range, images: jax.Array
) -> None:
    """In rows here; columns are cut about their middle."""
    bright = images + 2.0
    got = apply(_with(cutout=share), bright, _draws(cutout=[number, 0.5]), 1.0)
    columns = range(round(S * (1 - share) / 2), round(S * (1 + share) / 2))
    expected = np.array(bright)
    expected[:, hidden.start : hidden.stop, columns.start : columns.stop] = 0.0
    np.testing.assert_array_equal(got, expected)
    transposed = apply(_with(cutout=share), bright, _draws(cutout=[0.5, number]), 1.0)
    expected = np.array(bright)
    expected[:, columns.start : columns.stop, hidden.start : hidden.stop] = 0.0
    np.testing.assert_array_equal(transposed, expected)


@pytest.mark.parametrize(
    "augmentation",
    [_with(colour=1.0), _with(translation=0.125), _with(scale=0.2, rotation=10.0), _with(cutout=0.5)],
    ids=["colour", "translation", "affine", "cutout"],
)
def test_gradients_are_those_of_finite_differences(augmentation: Augmentation, images: jax.Array) -> None:
    """Along a direction; all operations are linear in the image or almost."""
    with jax.enable_x64(True):
        wide = jnp.asarray(images, jnp.float64)
        draws = jax.tree.map(
            lambda x: jnp.asarray(x, jnp.float64), differentiable.draw(jax.random.key(1), COUNT)
        )
        weight, direction = jax.random.normal(jax.random.key(2), (2, *wide.shape), jnp.float64)

        @jax.jit
        def weighted(x: jax.Array) -> jax.Array:
            return jnp.vdot(differentiable.apply(augmentation, x, draws, 1.0), weight)

        slope = jnp.vdot(jax.jit(jax.grad(weighted))(wide), direction)
        step = 1e-6
        measured = (weighted(wide + step * direction) - weighted(wide - step * direction)) / (2 * step)
        assert abs(slope) > 1e-3
        np.testing.assert_allclose(slope, measured, rtol=1e-6)

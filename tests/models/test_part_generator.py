"""The generator of faces from parts: movements move features, and parts add up."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emojax.models.emoji_parts import placing
from emojax.models.emoji_parts.generator import _resample, make_part_generator

GROUPS = (2, 3, 3, 2, 1)
MODEL = {
    "groups": GROUPS,
    "generator_widths": (12, 8),
    "grid_size": 8,
    "code": 6,
    "embedding_size": 10,
    "style": 9,
}


@pytest.fixture(scope="module")
def net() -> tuple[Callable[..., jax.Array], dict]:  # type: ignore[type-arg]
    """Draws, compiled; and variables."""
    model = make_part_generator(MODEL)
    none = jnp.zeros((1, placing.AMOUNTS)), jnp.zeros((1, sum(GROUPS)))
    variables = jax.jit(model.init)(jax.random.key(0), *none)
    return jax.jit(model.apply, static_argnames="train"), jax.tree.map(
        lambda x: 3 * x if x.ndim == 4 else x, variables
    )


def _inputs(seed: int, count: int) -> tuple[jax.Array, jax.Array]:
    keys = jax.random.split(jax.random.key(seed), 2)
    latents = jax.random.normal(keys[0], (count, placing.AMOUNTS)).at[:, -1].set(1.0)
    return latents, jax.random.bernoulli(keys[1], 0.4, (count, sum(GROUPS))).astype(jnp.float32)


def test_images_are_of_the_size_that_the_configuration_says_and_bounded(net: tuple) -> None:  # type: ignore[type-arg]
    draw, variables = net
    big = jax.tree.map(lambda x: 50 * x if x.ndim == 4 else x, variables)
    latents, classes = _inputs(1, 3)
    image = draw(big, latents, classes)
    assert image.shape == (3, 32, 32, 3)
    assert np.abs(image).max() == 1.0
    # Unbounded in training, so that what is far off still has a gradient.
    assert np.abs(draw(big, latents, classes, train=True)).max() > 1.0


def test_each_image_depends_on_its_own_inputs_alone(net: tuple) -> None:  # type: ignore[type-arg]
    draw, variables = net
    latents, classes = _inputs(2, 4)
    together = draw(variables, latents, classes)
    alone = draw(variables, latents[2:3], classes[2:3])
    np.testing.assert_allclose(together[2:3], alone, atol=1e-5)


def test_the_last_amount_mirrors(net: tuple) -> None:  # type: ignore[type-arg]
    draw, variables = net
    latents, classes = _inputs(3, 2)
    image = draw(variables, latents, classes)
    mirrored = draw(variables, latents.at[:, -1].set(-1.0), classes)
    np.testing.assert_array_equal(mirrored, image[:, :, ::-1])


def test_parts_of_different_kinds_move_with_their_own_amounts(net: tuple) -> None:  # type: ignore[type-arg]
    draw, variables = net
    # The style sees all amounts; without it only the grids move.
    still = jax.tree.map(lambda x: x, variables)
    still["params"] = variables["params"] | {
        name: jax.tree.map(jnp.zeros_like, value)
        for name, value in variables["params"].items()
        if name.startswith(("film", "style"))
    }
    eyes = jnp.zeros((1, sum(GROUPS))).at[0, GROUPS[0]].set(1.0)
    rest = jnp.zeros((1, placing.AMOUNTS)).at[:, -1].set(1.0)
    image = draw(still, rest, eyes)
    moved_mouth = draw(still, rest.at[0, 8].set(2.0), eyes)
    moved_eyes = draw(still, rest.at[0, 4].set(2.0), eyes)
    np.testing.assert_array_equal(moved_mouth, image)
    assert np.abs(moved_eyes - image).max() > 1e-3


def test_a_grid_moved_by_a_cell_is_the_grid_one_cell_further() -> None:
    grid = jax.random.normal(jax.random.key(4), (1, 8, 8, 2))
    cell = placing.SIDE / 8
    right = jnp.asarray([[[1.0, 0.0, -cell], [0.0, 1.0, 0.0]]])
    np.testing.assert_allclose(_resample(grid, right)[:, :, 1:], grid[:, :, :-1], atol=1e-5)
    np.testing.assert_allclose(_resample(grid, right)[:, :, 0], 0.0, atol=1e-6)
    half = jnp.asarray([[[1.0, 0.0, -cell / 2], [0.0, 1.0, 0.0]]])
    expected = (grid[:, :, 1:] + grid[:, :, :-1]) / 2
    np.testing.assert_allclose(_resample(grid, half)[:, :, 1:], expected, atol=1e-5)


def test_sources_are_the_inverse_of_matrices() -> None:
    amounts = jax.random.normal(jax.random.key(5), (6, placing.AMOUNTS))
    inverse = np.linalg.inv(np.asarray(placing.matrices(amounts), np.float64))[:, :, :2]
    np.testing.assert_allclose(placing.sources(amounts), inverse, rtol=1e-4, atol=1e-4)


def test_parts_move_in_the_moved_face() -> None:
    amounts = np.zeros((1, placing.AMOUNTS), np.float32)
    amounts[0, 3] = 10.0  # the face turns by 20 degrees
    amounts[0, 4] = 4.0  # the eyes go 3 units to what is then the right
    face, eyes, mouth, _ = np.asarray(placing.matrices(jnp.asarray(amounts)))[0]
    np.testing.assert_allclose(mouth, face, atol=1e-4)
    shift = eyes @ [36, 31, 1] - face @ [36, 31, 1]
    np.testing.assert_allclose(shift[:2], 3 * np.array([np.cos(np.pi / 9), np.sin(np.pi / 9)]), atol=1e-4)

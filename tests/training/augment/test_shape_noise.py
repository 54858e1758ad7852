"""The autoencoders' noise: shapes move, fray and lose pieces no further than they are told to."""

import jax
import jax.numpy as jnp
import numpy as np

from emojax.training.augment.shapes import ShapeNoise, move, spoil

NOTHING = ShapeNoise(shift=0, scale=0, rotation=0, holes=0, ragged=0, blurred=0)
COUNT, SIZE = 64, 64


def _squares() -> jax.Array:
    masks = np.zeros((COUNT, SIZE, SIZE), np.uint8)
    masks[:, 22:42, 22:42] = 17
    return jnp.asarray(masks)


def _shapes() -> jax.Array:
    return jnp.asarray(_squares() == 17, jnp.float32)[..., None]


def test_without_noise_nothing_changes() -> None:
    masks = jax.random.randint(jax.random.key(1), (4, SIZE, SIZE), 0, 19, jnp.uint8)
    np.testing.assert_array_equal(move(jax.random.key(0), masks, NOTHING), masks)
    np.testing.assert_array_equal(spoil(jax.random.key(0), _shapes(), NOTHING), _shapes())


def test_shapes_move_and_grow_within_bounds_and_keep_their_labels() -> None:
    settings = ShapeNoise(shift=0.05, scale=0.1, rotation=0)
    moved = np.asarray(move(jax.random.key(0), _squares(), settings))
    assert set(np.unique(moved)) == {0, 17}
    rows, columns = (np.asarray([np.flatnonzero((m == 17).any(a))[[0, -1]] for m in moved]) for a in (1, 0))
    for ends in (rows, columns):
        middles, sides = ends.mean(1) - 31.5, ends[:, 1] - ends[:, 0] + 1
        assert 2.0 < np.abs(middles).max() <= 0.05 * SIZE + 1
        assert 17 <= sides.min() < 19.5 < 20.5 < sides.max() <= 23
    assert len({tuple(ends) for ends in rows}) > 5
    assert (rows.mean(1) != columns.mean(1)).any()


def test_shapes_turn_about_the_middle() -> None:
    masks = jnp.zeros((COUNT, SIZE, SIZE), jnp.uint8).at[:, 30:34, 4:60].set(1)
    turned = np.asarray(move(jax.random.key(0), masks, ShapeNoise(shift=0, scale=0, rotation=10)))
    rows, columns = np.mgrid[:SIZE, :SIZE] - 31.5
    slopes = [np.polyfit(columns[m > 0], rows[m > 0], 1)[0] for m in turned]
    assert 0.08 < max(slopes) <= np.tan(np.deg2rad(10)) + 0.02
    assert -0.08 > min(slopes) >= -np.tan(np.deg2rad(10)) - 0.02
    assert (turned[:, 31, 31] == 1).all()


def test_only_the_border_is_ragged_and_blurred() -> None:
    settings = ShapeNoise(holes=0, ragged=0.8, blurred=1.0)
    spoiled, clean = np.asarray(spoil(jax.random.key(0), _shapes(), settings)), np.asarray(_shapes())
    assert spoiled.min() >= 0
    assert spoiled.max() <= 1
    assert np.abs(spoiled - clean)[:, 26:38, 26:38].max() < 1e-6  # deep inside
    far = np.ones((SIZE, SIZE), bool)
    far[18:46, 18:46] = False
    assert np.abs(spoiled - clean)[:, far].max() < 1e-6
    assert 0.005 < np.abs(spoiled - clean).mean() < 0.05


def test_the_share_told_has_holes() -> None:
    settings = ShapeNoise(holes=0.4, ragged=0, blurred=0)
    whole = jnp.ones((400, 32, 32, 2))
    spoiled = np.asarray(spoil(jax.random.key(0), whole, settings))
    lost = 1 - spoiled.mean((1, 2, 3))
    assert 0.3 < np.mean(lost > 0) < 0.5
    assert lost.max() < 0.25
    np.testing.assert_array_equal(spoiled[..., 0], spoiled[..., 1])

"""Batches: every image once per epoch, whatever the batch size."""

import jax
import numpy as np
import pytest

from emojax.data import pipeline


@pytest.mark.parametrize(
    ("dataset_size", "batch_size"), [(108, 16), (12, 5), (7, 7), (5, 16), (3, 7), (1, 4)]
)
def test_every_epoch_is_a_permutation(dataset_size: int, batch_size: int) -> None:
    draw = jax.jit(
        lambda step: pipeline.epoch_indices(
            jax.random.key(3), step, dataset_size=dataset_size, batch_size=batch_size
        )
    )
    epochs = 4
    steps = -(-epochs * dataset_size // batch_size)
    stream = np.concatenate([draw(step) for step in range(steps)])[: epochs * dataset_size]
    rows = stream.reshape(epochs, dataset_size)
    np.testing.assert_array_equal(np.sort(rows), np.broadcast_to(np.arange(dataset_size), rows.shape))
    if dataset_size > 5:
        assert len({tuple(row) for row in rows}) == epochs


def test_to_float_spans_the_range() -> None:
    np.testing.assert_allclose(pipeline.to_float(np.array([0, 255], np.uint8)), [-1, 1])


@pytest.mark.parametrize(
    ("dataset_size", "batch_size", "epochs"), [(108, 16, 2), (108, 1, 1), (16, 16, 2), (5, 16, 4), (5, 17, 5)]
)
def test_no_more_epochs_are_shuffled_than_a_batch_can_span(
    dataset_size: int, batch_size: int, epochs: int
) -> None:
    def draw(step: jax.Array) -> jax.Array:
        return pipeline.epoch_indices(
            jax.random.key(0), step, dataset_size=dataset_size, batch_size=batch_size
        )

    (slicing,) = [
        equation for equation in jax.make_jaxpr(draw)(0).eqns if equation.primitive.name == "dynamic_slice"
    ]
    assert slicing.invars[0].aval.shape == (epochs * dataset_size,)

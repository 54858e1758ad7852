"""Batches from a data set in device memory.

108 emoji, or 30,000 face parts, take a small share of an accelerator's memory. So a batch is a gather
inside the compiled step, without transfers from the host.
"""

import jax
import jax.numpy as jnp


def epoch_indices(key: jax.Array, step: jax.Array, *, dataset_size: int, batch_size: int) -> jax.Array:
    """Indices of the examples in the batch of a step.

    Batches are consecutive pieces of an endless sequence of permutations, one for each epoch. So each
    example occurs once per epoch, and all batches are full; where `batch_size` does not divide
    `dataset_size`, a batch can span two epochs or more.

    Args:
      key: of the shuffle; epoch ``e`` is permuted with ``fold_in(key, e)``.
      step: int32 scalar, from 0.
      dataset_size: number of examples.
      batch_size: number of indices.

    Returns:
      ``int32[batch_size]``.
    """
    first = step * batch_size
    epoch = first // dataset_size
    # The largest number of epochs that a batch spans: whole ones, and a part at either end.
    epochs = epoch + jnp.arange(-(-(batch_size - 1) // dataset_size) + 1)
    keys = jax.vmap(lambda e: jax.random.fold_in(key, e))(epochs)
    order = jax.vmap(lambda k: jax.random.permutation(k, dataset_size))(keys).reshape(-1)
    offset = first - epoch * dataset_size
    return jax.lax.dynamic_slice_in_dim(order, offset, batch_size).astype(jnp.int32)


def to_float(images: jax.Array) -> jax.Array:
    """Images ``uint8[...]`` to ``float32[...]`` in [-1, 1]."""
    return images.astype(jnp.float32) / 127.5 - 1.0

"""Batches from a data set that lives on the device.

108 emoji, or 30,000 face parts, fit into any accelerator's memory many times over, so a
batch is a gather inside the compiled step and no host ever stands in the way.
"""

import jax
import jax.numpy as jnp


def epoch_indices(key: jax.Array, step: jax.Array, *, dataset_size: int, batch_size: int) -> jax.Array:
    """Which examples make the batch of `step`: ``int32[batch_size]``.

    Batches are cut from an endless stream of permutations, one an epoch. Every example
    is seen exactly once per epoch and every batch is full, even where `batch_size` does
    not divide `dataset_size` or exceeds it; a batch may then straddle epochs.

    Args:
      key: key of the shuffle; epoch ``e`` is permuted by ``fold_in(key, e)``.
      step: int32 scalar.
      dataset_size: number of examples.
      batch_size: number of indices wanted.
    """
    first = step * batch_size
    epoch = first // dataset_size
    # A batch touches this many epochs at most: whole ones, and a piece at either end.
    epochs = epoch + jnp.arange(-(-(batch_size - 1) // dataset_size) + 1)
    keys = jax.vmap(lambda e: jax.random.fold_in(key, e))(epochs)
    order = jax.vmap(lambda k: jax.random.permutation(k, dataset_size))(keys).reshape(-1)
    offset = first - epoch * dataset_size
    return jax.lax.dynamic_slice_in_dim(order, offset, batch_size).astype(jnp.int32)


def to_float(images: jax.Array) -> jax.Array:
    """``uint8`` images to ``float32`` in [-1, 1]."""
    return images.astype(jnp.float32) / 127.5 - 1.0

"""Named random streams: root key → name → step.

A key is a function of the seed, the stream's name and the step. So no random state is stored, a resumed
run draws the numbers of an uninterrupted one, and a new stream does not change others.
"""

import zlib

import jax


def root(seed: int) -> jax.Array:
    """The root key of a run."""
    return jax.random.key(seed)


def stream(key: jax.Array, name: str) -> jax.Array:
    """The key of the stream `name` under `key`."""
    return jax.random.fold_in(key, zlib.crc32(name.encode()))


def at(key: jax.Array, name: str, step: jax.Array | int) -> jax.Array:
    """The key of stream `name` at `step`."""
    return jax.random.fold_in(stream(key, name), step)

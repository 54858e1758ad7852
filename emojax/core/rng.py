"""Named random streams: root key → name → step.

Nothing random is stored. A key is a function of the seed, of what it is for and of the
step, so a resumed run draws what the uninterrupted one would have drawn, and a new
stream never shifts an old one.
"""

import zlib

import jax


def root(seed: int) -> jax.Array:
    """The run's one key."""
    return jax.random.key(seed)


def stream(key: jax.Array, name: str) -> jax.Array:
    """The key of the stream called `name`."""
    return jax.random.fold_in(key, zlib.crc32(name.encode()))


def at(key: jax.Array, name: str, step: jax.Array | int) -> jax.Array:
    """The key of stream `name` at `step`."""
    return jax.random.fold_in(stream(key, name), step)

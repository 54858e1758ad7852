"""Named random streams: root key → name → step.

A key is a function of the seed, the stream's name and the step. So no random state is stored, a resumed
run draws the numbers of an uninterrupted one, and a new stream does not change others.
"""

import contextlib
import zlib
from collections.abc import Iterator

import jax
import jax.numpy as jnp


def root(seed: int) -> jax.Array:
    """The root key of a run: of Threefry, whatever the environment sets (``JAX_DEFAULT_PRNG_IMPL``,
    ``JAX_RANDOM_SEED_OFFSET``).

    Args:
      seed: 0 to 2^32 - 1.

    Raises:
      ValueError: it is another number, which would be another name of one of these.
    """
    if not 0 <= seed < 2**32:
        raise ValueError(f"the seed {seed} is not between 0 and {2**32 - 1}")
    return jax.random.wrap_key_data(jnp.asarray([0, seed], jnp.uint32), impl="threefry2x32")


@contextlib.contextmanager
def standard_settings() -> Iterator[None]:
    """Sets JAX's switches on which numbers depend to their defaults, in this thread and block.

    Otherwise ``JAX_ENABLE_X64=1``, for example, would draw other random numbers from the same key.
    """
    with (
        jax.enable_x64(False),
        jax.threefry_partitionable(True),
        jax.numpy_dtype_promotion("standard"),
        jax.numpy_rank_promotion("allow"),
        jax.default_matmul_precision(None),
    ):
        yield


def stream(key: jax.Array, name: str) -> jax.Array:
    """The key of the stream `name` under `key`."""
    return jax.random.fold_in(key, zlib.crc32(name.encode()))


def at(key: jax.Array, name: str, step: jax.Array | int) -> jax.Array:
    """The key of stream `name` at `step`."""
    return jax.random.fold_in(stream(key, name), step)

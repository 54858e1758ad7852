"""Spectral normalisation (Miyato et al., "Spectral Normalization for Generative Adversarial
Networks", 2018, section 2.1 and algorithm 1)."""

import jax
import jax.numpy as jnp
from flax import linen as nn


def normalized(module: nn.Module, kernel: jax.Array) -> jax.Array:
    """`kernel` divided by its largest singular value, as far as power iteration knows it.

    The kernel is taken as a matrix of what it reads times its output features. The singular
    vector on the side of the features is a variable ``u`` of `module`, in the collection
    ``batch_stats``: each call for which that is mutable takes one step of power iteration and
    keeps it. It depends on the kernel alone, so devices that share parameters share it.

    Args:
      module: the Linen module that owns the kernel, inside its compact method.
      kernel: ``[..., features]``.
    """
    matrix = kernel.reshape(-1, kernel.shape[-1])
    still = jax.lax.stop_gradient(matrix)
    kept = module.variable("batch_stats", "u", _start, matrix.shape[-1], matrix.dtype)
    left = _unit(still @ kept.value)
    right = _unit(still.T @ left)
    if module.is_mutable_collection("batch_stats") and not module.is_initializing():
        kept.value = right
    # The vectors are held fixed, so the gradient is that of the norm itself (equation 12).
    return kernel / (left @ matrix @ right)


def _start(size: int, dtype: jnp.dtype) -> jax.Array:
    # Any vector does that is not orthogonal to the singular one.
    return _unit(jax.random.normal(jax.random.key(0), (size,), dtype))


def _unit(vector: jax.Array) -> jax.Array:
    return vector / jnp.maximum(jnp.linalg.norm(vector), 1e-12)

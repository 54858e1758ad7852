"""Spectral normalisation (Miyato et al., "Spectral Normalization for Generative Adversarial
Networks", 2018, section 2.1 and algorithm 1)."""

import jax
import jax.numpy as jnp
from flax import linen as nn


def normalized(module: nn.Module, kernel: jax.Array) -> jax.Array:
    """`kernel` divided by an estimate of its largest singular value.

    The kernel is read as a matrix of inputs × output features. The estimate of its singular vector on
    the output side is a variable ``u`` of `module` in the collection ``batch_stats``. Each call with
    that collection mutable makes one step of power iteration and stores the result. ``u`` depends on
    the kernel alone, so devices with equal parameters have equal vectors.

    Args:
      module: the Linen module that owns the kernel, inside its compact method.
      kernel: ``float[..., features]``.

    Returns:
      The normalised kernel, in the shape and dtype of `kernel`.
    """
    matrix = kernel.reshape(-1, kernel.shape[-1])
    fixed = jax.lax.stop_gradient(matrix)
    stored = module.variable("batch_stats", "u", _initial, matrix.shape[-1], matrix.dtype)
    left = _normalize(fixed @ stored.value)
    right = _normalize(fixed.T @ left)
    if module.is_mutable_collection("batch_stats") and not module.is_initializing():
        stored.value = right
    # With the vectors fixed, the gradient is that of the spectral norm (equation 12).
    return kernel / (left @ matrix @ right)


def _initial(size: int, dtype: jnp.dtype) -> jax.Array:
    # Power iteration converges from any vector that is not orthogonal to the singular vector.
    return _normalize(jax.random.normal(jax.random.key(0), (size,), dtype))


def _normalize(vector: jax.Array) -> jax.Array:
    return vector / jnp.maximum(jnp.linalg.norm(vector), 1e-12)

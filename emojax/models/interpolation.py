"""Linear interpolation as matrix products.

Products rather than gathers: the gradient of a gather is a scatter, which is slow on accelerators and,
on GPUs, not reproducible.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike


def linear_weights(positions: Any, count: int) -> Any:
    """Weights of linear interpolation on a line of pixels, the first of which is at 0.

    Args:
      positions: ``float[...]``, NumPy or JAX, in pixels, from 0 to ``count - 1``.
      count: pixels on the line.

    Returns:
      ``float[..., count]`` of the same library and dtype: the weight of each pixel at each position. A
      position more than one pixel outside the line has weight 0 everywhere.
    """
    xp = positions.__array_namespace__()
    distances = xp.abs(positions[..., None] - xp.arange(count, dtype=positions.dtype))
    return xp.maximum(1 - distances, xp.zeros((), positions.dtype))


def resize_bilinear(x: ArrayLike, height: int, width: int, *, align_corners: bool) -> jax.Array:
    """Enlarges ``float[B, h, w, C]`` to ``float32[B, height, width, C]`` by linear interpolation.

    Args:
      x: features or scores.
      height: rows of the result, at least h.
      width: columns of the result, at least w.
      align_corners: as in PyTorch's ``interpolate``. True aligns the centres of the corner pixels of both
        grids, as the public face parser does. False aligns the outer edges of both grids, so that a shift
        by one coarse pixel is a shift by a whole number of fine pixels.
    """
    x = jnp.asarray(x, jnp.float32)
    columns = _resize_weights(x.shape[2], width, align_corners)
    rows = _resize_weights(x.shape[1], height, align_corners)
    # HIGHEST, because weights rounded to bfloat16 move edges.
    x = jnp.einsum("bhwc,wW->bhWc", x, columns, precision=jax.lax.Precision.HIGHEST)
    return jnp.einsum("bhwc,hH->bHwc", x, rows, precision=jax.lax.Precision.HIGHEST)


def _resize_weights(size: int, out: int, align_corners: bool) -> np.ndarray:
    """``float32[size, out]``: the weight of each input pixel in each output pixel."""
    if align_corners:
        positions = np.arange(out) * ((size - 1) / max(out - 1, 1))
    else:
        positions = np.clip((np.arange(out) + 0.5) * (size / out) - 0.5, 0, size - 1)
    weights: np.ndarray = linear_weights(positions, size)
    return weights.T.astype(np.float32)

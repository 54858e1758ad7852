"""3×3 convolutions of stride 1 and padding 1 with half the multiplications.

Winograd's F(4, 3) computes four outputs of a one-dimensional convolution with six products instead of
twelve (Lavin & Gray, 2016, "Fast Algorithms for Convolutional Neural Networks", section 4.3, gives its
three matrices). Here it is applied to the vertical axis: four output rows take six convolutions, with
1×3 kernels, of linear combinations of six input rows.

Applied to both axes it would take a quarter of the multiplications, as 36 small matrix products. XLA on
CPU runs a small product on one core, and spreads a convolution over all; with several cores, memory
traffic for the 36 parts costs more than the saved multiplications.

Shapes: images ``[B, H, W, C]``, kernel ``[3, 3, C, D]``, transformed kernels ``[1, 3, C, D]``.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

_TILE = 4
_WINDOW = 6

# Least channels (of input and output), pixels (of a batch) and multiplications for which this was measured
# to be faster than XLA's convolution. Below them the transforms cost more than they save.
_CHANNELS, _PIXELS, _PRODUCTS = 32, 200, 5e7


def transform_kernel(kernel: np.ndarray) -> tuple[np.ndarray, ...]:
    """The six kernels ``[1, 3, C, D]`` that `convolve` takes for one ``[3, 3, C, D]``."""
    top, middle, bottom = (kernel[row : row + 1] for row in range(3))
    outer, weighted = top + bottom, top / 24 + bottom / 6
    return (
        top / 4,
        (outer + middle) / -6,
        (outer - middle) / -6,
        weighted + middle / 12,
        weighted - middle / 12,
        bottom,
    )


def is_faster(x: jax.Array, features: int) -> bool:
    """Whether a layer from ``x``, ``[B, H, W, C]``, to `features` channels is faster by `convolve`.

    False in half precision: the combinations of rows have weights of up to eight, which amplifies
    rounding errors.
    """
    B, H, W, channels = x.shape
    pixels = B * H * W
    return (
        x.dtype == jnp.float32
        and min(channels, features) >= _CHANNELS
        and pixels >= _PIXELS
        and 9 * pixels * channels * features >= _PRODUCTS
    )


def convolve(x: jax.Array, kernels: Sequence[jax.Array]) -> jax.Array:
    """The convolution of ``[B, H, W, C]`` to ``[B, H, W, D]``, any H and W.

    Args:
      x: images.
      kernels: `transform_kernel` of the kernel.
    """
    B, H, W, C = x.shape
    tiles = -(-H // _TILE)
    padded = jnp.pad(x, [(0, 0), (1, 1 + _TILE * tiles - H), (0, 0), (0, 0)])
    last = _TILE * (tiles - 1) + 1
    rows = [lax.slice(padded, (0, i, 0, 0), (B, i + last, W, C), (1, _TILE, 1, 1)) for i in range(_WINDOW)]
    products = [
        lax.conv_general_dilated(
            row, kernel, (1, 1), ((0, 0), (1, 1)), dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        for row, kernel in zip(_transform_rows(rows), kernels, strict=True)
    ]
    outputs = jnp.stack(_transform_outputs(products), axis=2)
    return outputs.reshape(B, _TILE * tiles, W, -1)[:, :H]


def _transform_rows(d: Sequence[jax.Array]) -> tuple[jax.Array, ...]:
    even, odd = d[4] - 4 * d[2], d[3] - 4 * d[1]
    near, far = d[4] - d[2], 2 * (d[3] - d[1])
    return (
        4 * d[0] - 5 * d[2] + d[4],
        even + odd,
        even - odd,
        near + far,
        near - far,
        4 * d[1] - 5 * d[3] + d[5],
    )


def _transform_outputs(m: Sequence[jax.Array]) -> tuple[jax.Array, ...]:
    one, minus_one, two, minus_two = m[1] + m[2], m[1] - m[2], m[3] + m[4], m[3] - m[4]
    return m[0] + one + two, minus_one + 2 * minus_two, one + 4 * two, minus_one + 8 * minus_two + m[5]

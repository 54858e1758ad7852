"""3×3 convolutions of stride 1 and padding 1 in half the products.

Winograd's F(4, 3) makes four of a one-dimensional convolution's outputs from six products instead of
twelve (Lavin & Gray, 2016, "Fast Algorithms for Convolutional Neural Networks", section 4.3, has its
three matrices). Here the dimension is the rows, and what is multiplied are rows: four output rows take
six convolutions by 1×3 kernels, of sums of six input rows.

In both dimensions it would be a quarter of the products. But these are then 36 small matrix products,
which XLA on a CPU gives to one core, while it shares a convolution among all; and with several cores,
carrying 36 parts of a layer to and from memory takes the time that was won.

Shapes: images ``[B, H, W, C]``, kernel ``[3, 3, C, D]``, the parts that a kernel becomes ``[1, 3, C, D]``.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

_TILE = 4
_WINDOW = 6

# Features, places and products from which on this was measured to be faster than the plain convolution.
_FEATURES, _PLACES, _PRODUCTS = 32, 200, 5e7


def parts(kernel: np.ndarray) -> tuple[np.ndarray, ...]:
    """What `convolve` takes in the place of a kernel: six kernels of one row."""
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


def pays(x: jax.Array, features: int) -> bool:
    """Whether the layer that makes `features` of ``x`` is large enough to be faster this way.

    In half precision it never is allowed to be: sums of rows weigh up to eight times what they make.
    """
    *places, channels = x.shape
    count = places[0] * places[1] * places[2]
    return (
        x.dtype == jnp.float32
        and min(channels, features) >= _FEATURES
        and count >= _PLACES
        and 9 * count * channels * features >= _PRODUCTS
    )


def convolve(x: jax.Array, kernels: Sequence[jax.Array]) -> jax.Array:
    """The convolution of ``[B, H, W, C]`` to ``[B, H, W, D]``, any H and W.

    Args:
      x: images.
      kernels: `parts` of the kernel.
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
        for row, kernel in zip(_sums(rows), kernels, strict=True)
    ]
    outputs = jnp.stack(_outputs(products), axis=2)
    return outputs.reshape(B, _TILE * tiles, W, -1)[:, :H]


def _sums(d: Sequence[jax.Array]) -> tuple[jax.Array, ...]:
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


def _outputs(m: Sequence[jax.Array]) -> tuple[jax.Array, ...]:
    one, minus_one, two, minus_two = m[1] + m[2], m[1] - m[2], m[3] + m[4], m[3] - m[4]
    return m[0] + one + two, minus_one + 2 * minus_two, one + 4 * two, minus_one + 8 * minus_two + m[5]

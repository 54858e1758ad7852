"""3×3 convolutions that draw a picture of many features, as one matrix product.

XLA's convolutions on CPU take a vector of outputs at a time along the features, and a picture has
three. Here the product of every place with all taps gives a plane for each tap and feature, and the
planes are summed, each shifted as its tap says. The kernel's gradient is the product of the same
planes, made of the output's gradient, with the places. Rows of planes are long where three features
beside each other are short, which is what these loops cost.

Shapes: x ``[B, H, W, C]``, y ``[B, H, W, D]``, kernel ``[k, k, C, D]``, k odd, the padding k // 2.
"""

import jax
import jax.numpy as jnp
from einops import rearrange
from jax import lax


def down(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """The convolution."""
    k, C, (B, H, W, _) = kernel.shape[0], x.shape[3], x.shape
    taps = rearrange(kernel, "i j c d -> (i j d) c")
    planes = lax.dot_general(taps, x.reshape(-1, C), (((1,), (1,)), ((), ())))
    planes = _padded(planes.reshape(k, k, -1, B, H, W), k // 2)
    shifted = [planes[i, j, :, :, i : i + H, j : j + W] for i in range(k) for j in range(k)]
    return rearrange(sum(shifted[1:], shifted[0]), "d b h w -> b h w d")


def kernel_gradient(x: jax.Array, y: jax.Array, k: int) -> jax.Array:
    """The gradient of ``<y, down(x, kernel)>`` by the kernel, whose side is `k`."""
    _, H, W, C = x.shape
    padded = _padded(rearrange(y, "b h w d -> d b h w"), k // 2)
    shifts = range(k - 1, -1, -1)
    planes = jnp.stack([padded[:, :, i : i + H, j : j + W] for i in shifts for j in shifts])
    products = planes.reshape(-1, x.size // C) @ x.reshape(-1, C)
    return rearrange(products, "(i j d) c -> i j c d", i=k, j=k)


def _padded(planes: jax.Array, size: int) -> jax.Array:
    """Zeros around the last two axes."""
    return jnp.pad(planes, [(0, 0)] * (planes.ndim - 2) + [(size, size)] * 2)

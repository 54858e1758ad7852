"""Convolutions to and from pictures, as one matrix product each.

XLA's convolutions on CPU take a vector of features at a time, and a picture has three.

To a picture, by a kernel ``[k, k, C, D]`` with k odd, stride 1 and padding k // 2: the product of every
place with all taps gives a plane for each tap and feature, and the planes are summed, each shifted
as its tap says. The kernel's gradient is the product of the same planes, made of the output's
gradient, with the places. Rows of planes are long where three features beside each other are short,
which is what such loops cost.

From a picture, by a 4×4 kernel of stride 2 and padding 1: a 2×2 convolution of the image whose 2×2
blocks have become channels, and its four blocks beside each other.
"""

import jax
import jax.numpy as jnp
from einops import rearrange
from jax import lax


def to_picture(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """The convolution ``[B, H, W, C] -> [B, H, W, D]``."""
    k, C, (B, H, W, _) = kernel.shape[0], x.shape[3], x.shape
    taps = rearrange(kernel, "i j c d -> (i j d) c")
    planes = lax.dot_general(taps, x.reshape(-1, C), (((1,), (1,)), ((), ())))
    planes = _padded(planes.reshape(k, k, -1, B, H, W), k // 2)
    shifted = [planes[i, j, :, :, i : i + H, j : j + W] for i in range(k) for j in range(k)]
    return rearrange(sum(shifted[1:], shifted[0]), "d b h w -> b h w d")


def to_picture_kernel_gradient(x: jax.Array, y: jax.Array, k: int) -> jax.Array:
    """The gradient of ``<y, to_picture(x, kernel)>`` by the kernel, whose side is `k`."""
    _, H, W, C = x.shape
    padded = _padded(rearrange(y, "b h w d -> d b h w"), k // 2)
    shifts = range(k - 1, -1, -1)
    planes = jnp.stack([padded[:, :, i : i + H, j : j + W] for i in shifts for j in shifts])
    products = planes.reshape(-1, x.size // C) @ x.reshape(-1, C)
    return rearrange(products, "(i j d) c -> i j c d", i=k, j=k)


def from_picture(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """The convolution ``[B, 2H, 2W, C] -> [B, H, W, D]``."""
    B, H, W, D = len(x), x.shape[1] // 2, x.shape[2] // 2, kernel.shape[3]
    padded = jnp.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)])
    blocks = rearrange(padded, "b (h i) (w j) c -> b h w (i j c)", i=2, j=2)
    windows = jnp.concatenate([blocks[:, i : i + H, j : j + W] for i in range(2) for j in range(2)], -1)
    taps = rearrange(kernel, "(h i) (w j) c d -> (h w i j c) d", i=2, j=2)
    return (windows.reshape(B * H * W, -1) @ taps).reshape(B, H, W, D)


def _padded(planes: jax.Array, size: int) -> jax.Array:
    """Zeros around the last two axes."""
    return jnp.pad(planes, [(0, 0)] * (planes.ndim - 2) + [(size, size)] * 2)

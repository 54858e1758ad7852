"""Convolutions to and from images of three or four channels, as one matrix product each.

XLA's convolutions on CPU vectorise over the channels, and an image has too few for that.

To an image, with a kernel ``[k, k, C, D]``, k odd, stride 1 and padding k // 2: the product of all
pixels with all taps gives one plane for each tap and output channel. The planes are shifted by their
tap's offset and summed. The kernel's gradient is the product of the same shifted planes of the
output's gradient with the pixels. Loops over rows of planes are long, hence fast.

From an image, with a 4×4 kernel, stride 2 and padding 1: 2×2 blocks of pixels become channels, and
four neighbouring blocks are concatenated, which leaves one product with the kernel.
"""

import jax
import jax.numpy as jnp
from einops import rearrange
from jax import lax


def to_rgb(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """The convolution ``[B, H, W, C] -> [B, H, W, D]`` with a kernel ``[k, k, C, D]``."""
    k, C, (B, H, W, _) = kernel.shape[0], x.shape[3], x.shape
    taps = rearrange(kernel, "i j c d -> (i j d) c")
    planes = lax.dot_general(taps, x.reshape(-1, C), (((1,), (1,)), ((), ())))
    planes = _padded(planes.reshape(k, k, -1, B, H, W), k // 2)
    shifted = [planes[i, j, :, :, i : i + H, j : j + W] for i in range(k) for j in range(k)]
    return rearrange(sum(shifted[1:], shifted[0]), "d b h w -> b h w d")


def to_rgb_kernel_gradient(x: jax.Array, y: jax.Array, k: int) -> jax.Array:
    """The gradient of ``<y, to_rgb(x, kernel)>`` with respect to the kernel, whose side is `k`."""
    _, H, W, C = x.shape
    padded = _padded(rearrange(y, "b h w d -> d b h w"), k // 2)
    shifts = range(k - 1, -1, -1)
    planes = jnp.stack([padded[:, :, i : i + H, j : j + W] for i in shifts for j in shifts])
    products = planes.reshape(-1, x.size // C) @ x.reshape(-1, C)
    return rearrange(products, "(i j d) c -> i j c d", i=k, j=k)


def from_rgb(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """The convolution ``[B, 2H, 2W, C] -> [B, H, W, D]`` with a kernel ``[4, 4, C, D]``."""
    B, H, W, D = x.shape[0], x.shape[1] // 2, x.shape[2] // 2, kernel.shape[3]
    padded = jnp.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)])
    blocks = rearrange(padded, "b (h i) (w j) c -> b h w (i j c)", i=2, j=2)
    windows = jnp.concatenate([blocks[:, i : i + H, j : j + W] for i in range(2) for j in range(2)], -1)
    taps = rearrange(kernel, "(h i) (w j) c d -> (h w i j c) d", i=2, j=2)
    return (windows.reshape(B * H * W, -1) @ taps).reshape(B, H, W, D)


def _padded(planes: jax.Array, size: int) -> jax.Array:
    """Zeros around the last two axes."""
    return jnp.pad(planes, [(0, 0)] * (planes.ndim - 2) + [(size, size)] * 2)

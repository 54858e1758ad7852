"""Photometric augmentation: what light, sensors and image files do to photos, in JAX, on whole batches.

Pictures are ``float32[B, H, W, 3]`` in [0, 1]. The ranges were chosen by eye, as what photos of faces look
like. Narrower, and a net meets light and cameras that it never saw; wider, and skin, lips and hair, which
differ in little but colour, look alike.
"""

import functools
from typing import Final

import jax
import jax.numpy as jnp
import numpy as np

from emojax.core import rng

_SATURATION: Final = (0.5, 1.5)
_GAIN: Final = 0.15
"""Of each primary colour, to either side of 1: the colour of the light, lamps to shade."""
_CONTRAST: Final = (0.65, 1.35)
_BRIGHTNESS: Final = 0.2
"""Of the range from black to white, to either side."""
_SIDE_LIGHT: Final = (-0.3, 0.7)
"""How much brighter one border is than the middle; below 0, in three pictures of ten, light is even."""
_LOG_GAMMA: Final = 0.35
"""To either side: exponents of 0.70 to 1.42."""
_NOISE: Final = (-0.06, 0.06)
"""Standard deviation of sensor noise, of the range from black to white; below 0, in half, there is none."""
_LOG_JPEG_STEP: Final = (-2.4, -1.0)
"""Common logarithm of the rounding of a block's first coefficient, which is 8 times its mean. As JPEG's
example table rounds it to 16 of 255 at quality 50, these are about the qualities 97, where nothing is lost
that could be seen, and 31, below which few photos are stored."""


def uniform(key: jax.Array, count: int, name: str, low: float = 0.0, high: float = 1.0) -> jax.Array:
    """``float32[count]`` from U[low, high), from the random stream `name` of `key`."""
    return jax.random.uniform(rng.stream(key, name), (count,), minval=low, maxval=high)


def recolor(key: jax.Array, images: jax.Array, grey: float) -> jax.Array:
    """Changes saturation, colour balance, contrast, brightness, light from one side, and gamma.

    Args:
      key: of the batch.
      images: ``float32[B, H, W, 3]`` in [0, 1].
      grey: share of the pictures whose saturation becomes 0.

    Returns:
      ``float32[B, H, W, 3]`` in [0, 1].
    """
    B, H, W = images.shape[:3]
    draw = functools.partial(uniform, key, B)
    luma = jnp.asarray([0.299, 0.587, 0.114])  # ITU-R BT.601
    saturation = jnp.where(draw("grey") < grey, 0.0, draw("saturation", *_SATURATION))[:, None, None]
    mix = saturation * jnp.eye(3) + (1 - saturation) * luma[:, None]
    gains = 1 + _GAIN * jax.random.uniform(rng.stream(key, "gains"), (B, 1, 3), minval=-1, maxval=1)
    contrast = draw("contrast", *_CONTRAST)[:, None, None]
    offset = 0.5 * (1 - contrast) + draw("brightness", -_BRIGHTNESS, _BRIGHTNESS)[:, None, None]
    images = jnp.einsum("bhwc,bcd->bhwd", images, mix * gains * contrast) + offset[:, None]
    # Light from one side.
    direction, strength = draw("direction", -np.pi, np.pi), draw("side light", *_SIDE_LIGHT)
    strength = jnp.maximum(strength, 0)[:, None, None]
    across = jnp.linspace(-1, 1, W)[None, None, :] * jnp.cos(direction)[:, None, None]
    down = jnp.linspace(-1, 1, H)[None, :, None] * jnp.sin(direction)[:, None, None]
    images = images * (1 + strength * (across + down))[..., None]
    gamma = jnp.exp(draw("gamma", -_LOG_GAMMA, _LOG_GAMMA))[:, None, None, None]
    # Clipped above 0: negative numbers have no real power.
    return jnp.clip(images, 1e-3, 1) ** gamma


def add_noise(key: jax.Array, images: jax.Array) -> jax.Array:
    """Adds sensor noise to half of the pictures, ``float32[B, H, W, 3]`` in [0, 1].

    All get crops of one noise field at different places, since drawing noise is slow on a CPU.
    """
    B, H, W, C = images.shape
    noise = jax.random.normal(rng.stream(key, "noise"), (2 * H, 2 * W, C))
    corners = jax.random.randint(rng.stream(key, "corner"), (B, 2), 0, jnp.asarray([H, W]))
    amount = jnp.maximum(uniform(key, B, "amount", *_NOISE), 0)
    shifted = jnp.stack([jax.lax.dynamic_slice(noise, (c[0], c[1], 0), (H, W, C)) for c in corners])
    return jnp.clip(images + amount[:, None, None, None] * shifted, 0, 1)


def compress(key: jax.Array, images: jax.Array) -> jax.Array:
    """JPEG's losses (ITU-T T.81): rounds the cosine coefficients of 8 x 8 blocks, more coarsely in colour.

    Args:
      key: draws how coarsely, for each picture.
      images: ``float32[B, H, W, 3]`` in [0, 1]; H and W are multiples of 8.

    Returns:
      ``float32[B, H, W, 3]`` in [0, 1].
    """
    B, H, W, _ = images.shape
    step = 10 ** uniform(key, B, "step", *_LOG_JPEG_STEP)
    blocks = images.reshape(B, H // 8, 8, W // 8, 8, 3).transpose(0, 1, 3, 5, 2, 4).reshape(B, -1, 3, 64)
    blocks = jnp.einsum("bnck,dc->bndk", blocks, _YCC)
    table = step[:, None, None, None] * jnp.asarray(_COARSENESS)
    coefficients = jnp.round(blocks @ _COSINES / table) * table
    blocks = jnp.einsum("bnck,dc->bndk", coefficients @ _COSINES.T, np.linalg.inv(_YCC).astype(np.float32))
    images = blocks.reshape(B, H // 8, W // 8, 3, 8, 8).transpose(0, 1, 4, 2, 5, 3)
    return jnp.clip(images.reshape(B, H, W, 3), 0, 1)


def texture(key: jax.Array, count: int, size: int) -> jax.Array:
    """Smooth random pictures, ``float32[count, size, size, 3]`` in [0, 1].

    Each is the linear interpolation of 5 x 5 random colours; a third are of one colour, some of these black.
    """
    draw = functools.partial(uniform, key, count)
    grid = jax.random.uniform(rng.stream(key, "grid"), (count, 5, 5, 3))
    plain = jnp.where(draw("black") < 0.3, 0.0, 1.0)[:, None, None, None] * grid[:, :1, :1]
    amount = jnp.maximum(draw("amount", -0.5, 1.0), 0)[:, None, None, None]
    position = np.linspace(0, 4, size)
    weights = np.maximum(1 - np.abs(position[None] - np.arange(5)[:, None]), 0).astype(np.float32)
    return jnp.einsum("bijc,ih,jw->bhwc", plain + amount * (grid - plain), weights, weights)


def _cosines() -> np.ndarray:
    """``float32[64, 64]``: 8 x 8 pixels, flattened, to their 64 orthonormal cosine coefficients (DCT-II)."""
    n = np.arange(8)
    basis = np.cos(np.pi * (n[:, None] + 0.5) * n[None, :] / 8) * np.where(n == 0, np.sqrt(1 / 8), 0.5)
    return np.kron(basis, basis).astype(np.float32)


_COSINES = _cosines()
_YCC = np.asarray([[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]], np.float32)
# Rows: luma and two chromas. Rounding grows with frequency, about as in JPEG's example tables, and is twice
# as coarse in colour.
_COARSENESS = np.outer([1, 2, 2], 1 + 0.6 * np.add.outer(np.arange(8), np.arange(8))).astype(np.float32)

"""What light, lenses, sensors and files do to pictures, in JAX, on whole batches.

Pictures are ``float32[B, H, W, 3]`` in [0, 1].
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from emojax.core import rng


def uniform(key: jax.Array, count: int, name: str, low: float = 0.0, high: float = 1.0) -> jax.Array:
    """``float32[count]`` from the stream `name` of `key`."""
    return jax.random.uniform(rng.stream(key, name), (count,), minval=low, maxval=high)


def recolor(key: jax.Array, images: jax.Array, grey: float) -> jax.Array:
    """Changes light, contrast and colour of pictures."""
    B, H, W = images.shape[:3]
    draw = functools.partial(uniform, key, B)
    luma = jnp.asarray([0.299, 0.587, 0.114])
    saturation = jnp.where(draw("grey") < grey, 0.0, draw("saturation", 0.5, 1.5))[:, None, None]
    mix = saturation * jnp.eye(3) + (1 - saturation) * luma[:, None]
    gains = 1 + 0.15 * jax.random.uniform(rng.stream(key, "gains"), (B, 1, 3), minval=-1, maxval=1)
    contrast = draw("contrast", 0.65, 1.35)[:, None, None]
    offset = 0.5 * (1 - contrast) + draw("brightness", -0.2, 0.2)[:, None, None]
    images = jnp.einsum("bhwc,bcd->bhwd", images, mix * gains * contrast) + offset[:, None]
    # Light from one side.
    direction, strength = draw("direction", -np.pi, np.pi), draw("side light", -0.3, 0.7)
    strength = jnp.maximum(strength, 0)[:, None, None]
    across = jnp.linspace(-1, 1, W)[None, None, :] * jnp.cos(direction)[:, None, None]
    down = jnp.linspace(-1, 1, H)[None, :, None] * jnp.sin(direction)[:, None, None]
    images = images * (1 + strength * (across + down))[..., None]
    gamma = jnp.exp(draw("gamma", -0.35, 0.35))[:, None, None, None]
    return jnp.clip(images, 1e-3, 1) ** gamma


def add_noise(key: jax.Array, images: jax.Array) -> jax.Array:
    """Adds sensor noise to half of the pictures.

    All see the same noise at different places, since drawing it is dear on a CPU.
    """
    B, H, W, C = images.shape
    noise = jax.random.normal(rng.stream(key, "noise"), (2 * H, 2 * W, C))
    corners = jax.random.randint(rng.stream(key, "corner"), (B, 2), 0, jnp.asarray([H, W]))
    amount = jnp.maximum(uniform(key, B, "amount", -0.06, 0.06), 0)
    shifted = jnp.stack([jax.lax.dynamic_slice(noise, (c[0], c[1], 0), (H, W, C)) for c in corners])
    return jnp.clip(images + amount[:, None, None, None] * shifted, 0, 1)


def compress(key: jax.Array, images: jax.Array) -> jax.Array:
    """JPEG's losses: rounded cosine coefficients of 8×8 blocks, coarser in colour.

    Args:
      key: draws the coarseness.
      images: of sides that are multiples of 8.
    """
    B, H, W, _ = images.shape
    step = 10 ** uniform(key, B, "step", -2.4, -1.0)
    blocks = images.reshape(B, H // 8, 8, W // 8, 8, 3).transpose(0, 1, 3, 5, 2, 4).reshape(B, -1, 3, 64)
    blocks = jnp.einsum("bnck,dc->bndk", blocks, _YCC)
    table = step[:, None, None, None] * jnp.asarray(_COARSENESS)
    coefficients = jnp.round(blocks @ _COSINES / table) * table
    blocks = jnp.einsum("bnck,dc->bndk", coefficients @ _COSINES.T, np.linalg.inv(_YCC).astype(np.float32))
    images = blocks.reshape(B, H // 8, W // 8, 3, 8, 8).transpose(0, 1, 4, 2, 5, 3)
    return jnp.clip(images.reshape(B, H, W, 3), 0, 1)


def texture(key: jax.Array, count: int, size: int) -> jax.Array:
    """Smooth random pictures, ``float32[count, size, size, 3]`` in [0, 1]; a third are plain, some black."""
    draw = functools.partial(uniform, key, count)
    grid = jax.random.uniform(rng.stream(key, "grid"), (count, 5, 5, 3))
    plain = jnp.where(draw("black") < 0.3, 0.0, 1.0)[:, None, None, None] * grid[:, :1, :1]
    amount = jnp.maximum(draw("amount", -0.5, 1.0), 0)[:, None, None, None]
    position = np.linspace(0, 4, size)
    weights = np.maximum(1 - np.abs(position[None] - np.arange(5)[:, None]), 0).astype(np.float32)
    return jnp.einsum("bijc,ih,jw->bhwc", plain + amount * (grid - plain), weights, weights)


def _cosines() -> np.ndarray:
    """``float32[64, 64]``: 8×8 pixels, flattened, to their 8×8 orthonormal cosine coefficients."""
    n = np.arange(8)
    basis = np.cos(np.pi * (n[:, None] + 0.5) * n[None, :] / 8) * np.where(n == 0, np.sqrt(1 / 8), 0.5)
    return np.kron(basis, basis).astype(np.float32)


_COSINES = _cosines()
_YCC = np.asarray([[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]], np.float32)
# Rounding grows with frequency, about as in JPEG's example tables, and is twice as coarse in colour.
_COARSENESS = np.outer([1, 2, 2], 1 + 0.6 * np.add.outer(np.arange(8), np.arange(8))).astype(np.float32)

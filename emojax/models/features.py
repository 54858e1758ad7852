"""A small convolutional net that embeds drawings, for the evaluation of generated ones."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
from einops import rearrange
from flax import linen as nn

from emojax.models.layers import block

_BLOCK = 4
"""Side of the pixel blocks that become channels before the first layer (space to depth).

CPUs vectorise a convolution over its input channels, and an image has only three.
"""

_GROUP = 8
"""Channels normalised together."""


class EmojiFeatures(nn.Module):
    """Drawings to unit vectors: ``float32[B, size, size, 3]`` in [-1, 1] to ``float32[B, embedding]``.

    Group normalisation (Wu and He, 2018, "Group Normalization"), so that an image's embedding does not
    depend on the batch. The last feature map is flattened, not pooled: the position of a mouth matters
    as much as its presence.

    Attributes:
      widths: features of the layers, the first at a quarter of the image's side, each further one at half
        the side of the previous. Multiples of eight.
      embedding: length of the vectors.
      size: side of the images in pixels, a multiple of ``4 · 2**(len(widths) - 1)``.
      remat: whether layers are computed again for the gradient, see `emojax.models.layers.block`.
    """

    widths: tuple[int, ...] = (48, 96, 160)
    embedding: int = 128
    size: int = 64
    remat: bool = False

    @nn.compact
    def __call__(self, images: jax.Array) -> jax.Array:
        x = rearrange(images, "b (h i) (w j) c -> b h w (i j c)", i=_BLOCK, j=_BLOCK)
        for i, width in enumerate(self.widths):
            layer = functools.partial(EmojiFeatures._layer, i=i, width=width)
            x = block(layer, self.remat)(self, x)
            if i < len(self.widths) - 1:
                x = block(_Residual, self.remat)(name=f"residual_{i}")(x)
        x = nn.Dense(self.embedding, name="embedding")(x.reshape(x.shape[0], -1))
        return x * jax.lax.rsqrt(jnp.sum(x * x, axis=-1, keepdims=True) + 1e-12)

    def _layer(self, x: jax.Array, *, i: int, width: int) -> jax.Array:
        return nn.relu(_norm(f"norm_{i}")(_conv(width, 1 if i == 0 else 2, f"conv_{i}")(x)))


class _Residual(nn.Module):
    """A residual block of two 3×3 convolutions."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        y = nn.relu(_norm("norm_0")(_conv(x.shape[-1], 1, "conv_0")(x)))
        # Blocks start as the identity, for stable training from the first step (Goyal et al., 2017,
        # "Accurate, Large Minibatch SGD", section 5.1).
        return nn.relu(x + _norm("norm_1", scale=nn.initializers.zeros)(_conv(x.shape[-1], 1, "conv_1")(y)))


def _conv(features: int, stride: int, name: str) -> nn.Conv:
    return nn.Conv(
        features,
        (3, 3),
        stride,
        padding=1,
        use_bias=False,
        kernel_init=nn.initializers.he_normal(),
        name=name,
    )


def _norm(name: str, scale: nn.initializers.Initializer = nn.initializers.ones) -> nn.GroupNorm:
    return nn.GroupNorm(num_groups=None, group_size=_GROUP, scale_init=scale, name=name)


def abstract_variables(model: EmojiFeatures) -> Any:
    """Shapes and dtypes of the net's variables, without computing them."""
    images = jax.ShapeDtypeStruct((1, model.size, model.size, 3), jnp.float32)
    return jax.eval_shape(model.init, jax.random.key(0), images)

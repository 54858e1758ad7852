"""Convolutional autoencoders of small shapes, one for each type of part, trained and used together.

All have one architecture, so their parameters are stacked in one tree and `jax.vmap` runs all at once.
The bottleneck is linear, because embeddings are compared by cosine similarity and averaged: a
non-linearity after it would restrict them to part of the space.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
from einops import rearrange
from flax import linen as nn

from emojax.models.layers import Conv, ConvTranspose, block

_SLOPE = 0.1
_PATCH = 4
"""Side, in pixels, of the patches that the first layer embeds and the last one outputs.

Convolutions of stride 2 at full resolution would take more than half of a step on CPU, most of it memory
traffic, and shapes have no texture that would need them.
"""

_he_normal = nn.initializers.he_normal()
# A pixel of a 4×4 transposed convolution of stride 2 is a sum over 4 of the 16 taps, hence 2 · 4 instead of
# He's 2. The kernel's last axis is the input's.
_he_transposed = nn.initializers.variance_scaling(8.0, "fan_in", "truncated_normal", in_axis=-1, out_axis=-2)


class Autoencoder(nn.Module):
    """Shapes to embeddings and back; 0.4 million parameters by default.

    Attributes:
      widths: features of the layers, the first at a quarter of the input's side, each further one at
        half the side of the previous.
      embedding: length of the embedding.
      size: side of the input in pixels, a multiple of ``4 · 2**(len(widths) - 1)``.
      channels: of the input.
      remat: whether both halves are computed again for the gradient, see `emojax.models.layers.block`.
    """

    widths: tuple[int, ...] = (32, 64, 96)
    embedding: int = 48
    size: int = 64
    channels: int = 3
    remat: bool = False

    def setup(self) -> None:
        first, *further = self.widths
        self.patches = nn.Dense(first, kernel_init=_he_normal)
        self.down = [Conv(width, 4, 2, 1, kernel_init=_he_normal) for width in further]
        self.down_bias = [self._bias(f"down_bias_{i}", width) for i, width in enumerate(further)]
        self.bottleneck = nn.Dense(self.embedding)
        self.opening = nn.Dense(self._side**2 * self.widths[-1], kernel_init=_he_normal)
        back = self.widths[-2::-1]
        self.up = [ConvTranspose(width, 4, 2, 1, kernel_init=_he_transposed) for width in back]
        self.up_bias = [self._bias(f"up_bias_{i}", width) for i, width in enumerate(back)]
        self.drawing = nn.Dense(_PATCH**2 * self.channels)

    @property
    def _side(self) -> int:
        """Of the smallest feature map."""
        return self.size // (_PATCH * 2 ** (len(self.widths) - 1))

    def _bias(self, name: str, features: int) -> jax.Array:
        return self.param(name, nn.initializers.zeros, (features,))

    def __call__(self, shapes: jax.Array) -> jax.Array:
        """``float32[B, size, size, channels]`` to logits of that shape."""
        encode, decode = (block(half, self.remat) for half in (Autoencoder.encode, Autoencoder.decode))
        return decode(self, encode(self, shapes))

    def encode(self, shapes: jax.Array) -> jax.Array:
        """``float32[B, size, size, channels]``, 0 to 1, to ``float32[B, embedding]``."""
        x = rearrange(shapes, "b (h i) (w j) c -> b h w (i j c)", i=_PATCH, j=_PATCH)
        x = nn.leaky_relu(self.patches(x), _SLOPE)
        for layer, bias in zip(self.down, self.down_bias, strict=True):
            x = nn.leaky_relu(layer(x) + bias, _SLOPE)
        return self.bottleneck(x.reshape(x.shape[0], -1))

    def decode(self, embeddings: jax.Array) -> jax.Array:
        """``float32[B, embedding]`` to logits ``float32[B, size, size, channels]``."""
        x = nn.leaky_relu(self.opening(embeddings), _SLOPE)
        x = x.reshape(len(x), self._side, self._side, self.widths[-1])
        for layer, bias in zip(self.up, self.up_bias, strict=True):
            x = nn.leaky_relu(layer(x) + bias, _SLOPE)
        return rearrange(
            self.drawing(x), "b h w (i j c) -> b (h i) (w j) c", i=_PATCH, j=_PATCH, c=self.channels
        )


def init_stacked(model: Autoencoder, key: jax.Array, count: int) -> Any:
    """Variables of `count` autoencoders, each initialised with its own key: leaves ``[count, ...]``."""
    shapes = jnp.zeros((1, model.size, model.size, model.channels))
    return jax.vmap(lambda key: model.init(key, shapes))(jax.random.split(key, count))


def abstract_stacked(model: Autoencoder, count: int) -> Any:
    """Shapes and dtypes of `init_stacked`'s result, without computing it."""
    return jax.eval_shape(functools.partial(init_stacked, model, count=count), jax.random.key(0))

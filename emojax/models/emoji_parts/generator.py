"""A generator of faces that are told by their parts.

Its code is a picture, too: each part has an embedding, which a linear map lays out on a grid; grids are
moved as their parts are (Jaderberg et al., "Spatial Transformer Networks", 2015, section 3.3) and summed.
From there on it is a DCGAN's generator of upsampling convolutions. So what one pair of eyes is like is
learned in all faces that have them, and a mouth that never met them can be put below.
"""

import functools
from collections.abc import Mapping
from typing import Any, Final

import jax
import jax.numpy as jnp
from flax import linen as nn

from emojax.models.emoji_parts import placing
from emojax.models.layers import Conv, UpConv, block, parameter_dtype

FORMAT: Final = "emojax.part_generator.1"
"""What ``metadata["format"]`` of an exported generator says."""

_HE = nn.initializers.he_normal()
GROUPS = ("base", "eyes", "mouth", "extra", "whole")
"""Kinds of parts in the order of the classes."""

_MOVES = (0, 1, 2, 3, 0)
"""What each group moves with, of `placing.MOVED`."""


def make_part_generator(
    model: Mapping[str, Any], *, dtype: Any = jnp.float32, remat: bool = False
) -> "PartGenerator":
    """The generator of a configuration's ``model``, see ``configs/parts.py``."""
    return PartGenerator(
        groups=tuple(model["groups"]),
        widths=tuple(model["generator_widths"]),
        grid_size=model["grid_size"],
        code=model["code"],
        embedding_size=model["embedding_size"],
        style=model["style"],
        dtype=dtype,
        remat=remat,
    )


def image_size(model: Mapping[str, Any]) -> int:
    """Side of the images that a configuration's generator makes."""
    return int(model["grid_size"] * 2 ** len(model["generator_widths"]))


class PartGenerator(nn.Module):
    """Movements and parts to images: ``[B, AMOUNTS], [B, K] -> float32[B, S, S, channels]`` in [-1, 1].

    In training they are not bounded. Where nearly all faces have the ground's colour, the logits of a tanh
    become so large that the few hats and horns that are there have no gradient: with one, none was learned in
    4,000 steps.

    Attributes:
      groups: numbers of parts of each kind, see `GROUPS`; they sum to K.
      widths: features at each resolution, which doubles from one to the next; the last is half of the
        image's, whose pixels are drawn four at a time (Shi et al., "Real-Time Single Image and Video
        Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network", 2016, section 3.2).
      grid_size: side of the grid.
      code: features of the grid.
      embedding_size: of a part.
      style: features of what tells all layers about the face as a whole (Perez et al., "FiLM", 2018).
      channels: channels of the image.
      dtype: type of activations and products; parameters and output are float32 at least.
      remat: whether layers are computed again for the gradient, see `emojax.models.layers.block`.
    """

    groups: tuple[int, ...]
    widths: tuple[int, ...] = (96, 48)
    grid_size: int = 16
    code: int = 32
    embedding_size: int = 192
    style: int = 128
    channels: int = 3
    dtype: Any = jnp.float32
    remat: bool = False

    @nn.compact
    def __call__(self, latents: jax.Array, classes: jax.Array, *, train: bool = False) -> jax.Array:
        grid, whole = block(PartGenerator._grid, self.remat)(self, latents, classes)
        told = jnp.concatenate([whole, latents[:, :-1].astype(self.dtype)], 1)
        style = nn.relu(self._dense(self.style, "style")(told))
        x = grid
        for i, features in enumerate(self.widths):
            for part in "ab":
                layer = functools.partial(PartGenerator._layer, features=features, name=f"{i}{part}")
                x = block(layer, self.remat)(self, x, style)
        x = Conv(4 * self.channels, 3, 1, 1, self.dtype, name="pixels")(x)
        B, H, W, _ = x.shape
        x = x.reshape(B, H, W, 2, 2, self.channels).transpose(0, 1, 3, 2, 4, 5)
        image = x.reshape(B, 2 * H, 2 * W, self.channels).astype(parameter_dtype(self.dtype))
        if not train:
            image = jnp.clip(image, -1.0, 1.0)
        return jnp.where(latents[:, -1, None, None, None] < 0, image[:, :, ::-1], image)

    def _layer(self, x: jax.Array, style: jax.Array, *, features: int, name: str) -> jax.Array:
        """A convolution, which doubles the side where a resolution begins that is not the first."""
        if name.endswith("a") and name != "0a":
            x = UpConv(features, self.dtype, _HE, name=f"conv_{name}")(x)
        else:
            x = Conv(features, 3, 1, 1, self.dtype, _HE, name=f"conv_{name}")(x)
        return self._modulated(x, style, f"film_{name}")

    def _grid(self, latents: jax.Array, classes: jax.Array) -> tuple[jax.Array, jax.Array]:
        """The sum of the parts' moved grids, ``[B, s, s, code]``, and of their embeddings."""
        K, s = classes.shape[-1], self.grid_size
        table = self.param("table", nn.initializers.normal(1.0), (K, self.embedding_size), self._wide)
        weights, table = classes.astype(self.dtype), table.astype(self.dtype)
        lay_out = self._dense(s * s * self.code, "grid", bias=False)
        moved = placing.sources(latents)
        grid, first = jnp.zeros((latents.shape[0], s, s, self.code), self.dtype), 0
        for count, move in zip(self.groups, _MOVES, strict=True):
            embedded = weights[:, first : first + count] @ table[first : first + count]
            first += count
            grid += _resample(lay_out(embedded).reshape(-1, s, s, self.code), moved[:, move])
        return grid, weights @ table

    def _modulated(self, x: jax.Array, style: jax.Array, name: str) -> jax.Array:
        """Features of unit length, scaled and shifted by what the face as a whole is."""
        scale, shift = jnp.split(self._dense(2 * x.shape[-1], name, std=0.02)(style)[:, None, None], 2, -1)
        x = x * jax.lax.rsqrt(jnp.mean(jnp.square(x), -1, keepdims=True) + 1e-6)
        return nn.leaky_relu(x * (1 + scale) + shift, 0.2)

    def _dense(self, features: int, name: str, *, bias: bool = True, std: float | None = None) -> nn.Dense:
        init = nn.initializers.lecun_normal() if std is None else nn.initializers.normal(std)
        return nn.Dense(features, bias, dtype=self.dtype, param_dtype=self._wide, kernel_init=init, name=name)

    @property
    def _wide(self) -> Any:
        return parameter_dtype(self.dtype)


def _resample(grid: jax.Array, source: jax.Array) -> jax.Array:
    """Grids ``[B, s, s, C]`` moved, bilinearly; `source` is one of `placing.sources`, ``[B, 2, 3]``.

    As a product with a matrix, which is faster than reading single places, and whose gradient is another.
    """
    B, s, _, C = grid.shape
    axis = (jnp.arange(s) + 0.5) * (placing.SIDE / s)
    y, x = (a.reshape(-1) for a in jnp.meshgrid(axis, axis, indexing="ij"))
    places = jnp.stack([x, y, jnp.ones_like(x)])
    at = (source @ places) * (s / placing.SIDE) - 0.5  # [B, 2, s²]
    across, down = (jnp.maximum(0.0, 1.0 - jnp.abs(at[:, i, :, None] - jnp.arange(s))) for i in (0, 1))
    weights = (down[..., :, None] * across[..., None, :]).reshape(B, s * s, s * s).astype(grid.dtype)
    return jnp.einsum("bij,bjc->bic", weights, grid.reshape(B, s * s, C)).reshape(grid.shape)

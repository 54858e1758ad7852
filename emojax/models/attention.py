"""Layers that relate distant positions of an image: self-attention and skip-layer excitation."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from emojax.models.layers import Conv, parameter_dtype


class SelfAttention(nn.Module):
    """Self-attention over positions, ``[B, H, W, C] -> [B, H, W, C]``.

    Zhang et al., "Self-Attention Generative Adversarial Networks", 2019, section 3: queries and
    keys of C / 8 features, values of C / 2. The result is added to the input with a learned weight
    that starts at 0, so that the net first learns local structure.

    Attributes:
      spectral: whether the kernels are spectrally normalised.
      dtype: of activations and products; the softmax is computed in float32 at least.
    """

    spectral: bool = False
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        B, H, W, C = x.shape

        def project(features: int, name: str) -> jax.Array:
            conv = Conv(features, 1, 1, 0, self.dtype, spectral=self.spectral, name=name)
            return conv(x).reshape(B, H * W, features)

        queries, keys = project(max(C // 8, 1), "queries"), project(max(C // 8, 1), "keys")
        values = project(max(C // 2, 1), "values")
        wide = parameter_dtype(self.dtype)
        scores = jnp.einsum("bqc,bkc->bqk", queries, keys).astype(wide)
        attended = jnp.einsum("bqk,bkc->bqc", jax.nn.softmax(scores).astype(self.dtype), values)
        out = Conv(C, 1, 1, 0, self.dtype, spectral=self.spectral, name="out")(attended.reshape(B, H, W, -1))
        weight = self.param("weight", nn.initializers.zeros, (), wide)
        return x + weight.astype(self.dtype) * out


class Excitation(nn.Module):
    """Channel weights for high-resolution features from low-resolution ones.

    ``[B, h, w, C] -> [B, 1, 1, features]`` in (0, 1); h and w are multiples of 4.

    Liu et al., "Towards Faster and Stabilized GAN Training for High-fidelity Few-shot Image
    Synthesis", 2021, section 3.1: average pooling to 4×4, a 4×4 convolution without padding, and a
    1×1 convolution with a sigmoid.

    Attributes:
      features: channels of the high resolution.
      dtype: of activations and products.
    """

    features: int
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        B, H, W, C = x.shape
        x = x.reshape(B, 4, H // 4, 4, W // 4, C).mean((2, 4))
        x = nn.leaky_relu(Conv(self.features, 4, 1, 0, self.dtype, name="squeeze")(x), 0.1)
        return nn.sigmoid(Conv(self.features, 1, 1, 0, self.dtype, name="excite")(x))

"""What lets far places of a picture see each other: self-attention and skip-layer excitation."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from emojax.models.layers import Conv, parameter_dtype


class SelfAttention(nn.Module):
    """Self-attention over places, ``[B, H, W, C] -> [B, H, W, C]``.

    Zhang et al., "Self-Attention Generative Adversarial Networks", 2019, section 3: queries and
    keys of C / 8 features, values of C / 2, and a weight of the result that starts at 0, so that
    the net first learns from what is near.

    Attributes:
      spectral: whether the kernels are spectrally normalised.
      dtype: type of activations and products; the softmax is float32 at least.
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
        seen = jnp.einsum("bqk,bkc->bqc", jax.nn.softmax(scores).astype(self.dtype), values)
        out = Conv(C, 1, 1, 0, self.dtype, spectral=self.spectral, name="out")(seen.reshape(B, H, W, -1))
        weight = self.param("weight", nn.initializers.zeros, (), wide)
        return x + weight.astype(self.dtype) * out


class Excitation(nn.Module):
    """Weights of a high resolution's features, read off a low one: ``[B, h, w, C] -> [B, 1, 1, features]``.

    Liu et al., "Towards Faster and Stabilized GAN Training for High-fidelity Few-shot Image
    Synthesis", 2021, section 3.1: the low resolution is pooled to 4×4, a 4×4 convolution sees all
    of it, and a sigmoid makes factors of it.

    Attributes:
      features: of the high resolution.
      dtype: type of activations and products.
    """

    features: int
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        B, H, W, C = x.shape
        x = x.reshape(B, 4, H // 4, 4, W // 4, C).mean((2, 4))
        x = nn.leaky_relu(Conv(self.features, 4, 1, 0, self.dtype, name="squeeze")(x), 0.1)
        return nn.sigmoid(Conv(self.features, 1, 1, 0, self.dtype, name="excite")(x))

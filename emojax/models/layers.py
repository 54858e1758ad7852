"""Convolutions with PyTorch's padding semantics as Linen modules."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from emojax.models import convolution, spectral


def parameter_dtype(dtype: Any) -> Any:
    """The type parameters and outputs have when activations have `dtype`: float32 at least."""
    return jnp.promote_types(dtype, jnp.float32)


class Conv(nn.Module):
    """Convolution without bias, ``[B, H, W, C] -> [B, H', W', features]``.

    The kernel is stored as ``[k, k, C, features]``, that is PyTorch's ``weight``
    transposed by (2, 3, 1, 0). With `spectral` its largest singular value is divided out of
    it before use.
    """

    features: int
    kernel_size: int
    stride: int
    padding: int
    dtype: Any = jnp.float32
    kernel_init: nn.initializers.Initializer = nn.initializers.normal(0.02)
    spectral: bool = False

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        shape = (self.kernel_size, self.kernel_size, x.shape[-1], self.features)
        kernel = self.param("kernel", self.kernel_init, shape, parameter_dtype(self.dtype))
        if self.spectral:
            kernel = spectral.normalized(self, kernel)
        return convolution.conv(x.astype(self.dtype), kernel.astype(self.dtype), self.stride, self.padding)


class ConvTranspose(nn.Module):
    """Transposed convolution without bias, ``[B, H, W, D] -> [B, H', W', features]``.

    The kernel is stored as ``[k, k, features, D]``, that is PyTorch's ``weight``
    transposed by (2, 3, 1, 0).
    """

    features: int
    kernel_size: int
    stride: int
    padding: int
    dtype: Any = jnp.float32
    kernel_init: nn.initializers.Initializer = nn.initializers.normal(0.02)

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        shape = (self.kernel_size, self.kernel_size, self.features, x.shape[-1])
        kernel = self.param("kernel", self.kernel_init, shape, parameter_dtype(self.dtype))
        return convolution.conv_transpose(
            x.astype(self.dtype), kernel.astype(self.dtype), self.stride, self.padding
        )


class UpConv(nn.Module):
    """Nearest-neighbour upsampling, then a 3×3 convolution: ``[B, H, W, D] -> [B, 2H, 2W, features]``.

    Odena et al., "Deconvolution and Checkerboard Artifacts", 2016: all pixels of the result are
    made by equally many products, which those of a transposed convolution need not be. The two
    maps in a row are one transposed 4×4 convolution of stride 2, whose kernel is the 3×3 one
    summed over 2×2 windows, and that is how they are computed: the same result from fewer products.

    The kernel is stored as ``[3, 3, features, D]``, turned by 180° from PyTorch's ``Conv2d``.
    """

    features: int
    dtype: Any = jnp.float32
    kernel_init: nn.initializers.Initializer = nn.initializers.normal(0.02)

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        shape = (3, 3, self.features, x.shape[-1])
        kernel = self.param("kernel", self.kernel_init, shape, parameter_dtype(self.dtype))
        rows = jnp.pad(kernel, [(0, 1), (0, 0), (0, 0), (0, 0)]) + jnp.pad(
            kernel, [(1, 0), (0, 0), (0, 0), (0, 0)]
        )
        summed = jnp.pad(rows, [(0, 0), (0, 1), (0, 0), (0, 0)]) + jnp.pad(
            rows, [(0, 0), (1, 0), (0, 0), (0, 0)]
        )
        return convolution.conv_transpose(x.astype(self.dtype), summed.astype(self.dtype), 2, 1)

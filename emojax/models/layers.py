"""Convolutions with PyTorch's padding semantics as Linen modules."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from emojax.models import convolution


def parameter_dtype(dtype: Any) -> Any:
    """The type parameters and outputs have when activations have `dtype`: float32 at least."""
    return jnp.promote_types(dtype, jnp.float32)


class Conv(nn.Module):
    """Convolution without bias, ``[B, H, W, C] -> [B, H', W', features]``.

    The kernel is stored as ``[k, k, C, features]``, that is PyTorch's ``weight``
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
        shape = (self.kernel_size, self.kernel_size, x.shape[-1], self.features)
        kernel = self.param("kernel", self.kernel_init, shape, parameter_dtype(self.dtype))
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

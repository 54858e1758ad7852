"""Layers of the GANs: convolutions with PyTorch's padding, latents that select a mode; and blocks of any net
whose activations are computed again."""

from typing import Any, Final, TypeVar

import jax
import jax.numpy as jnp
from flax import linen as nn

from emojax.models import convolution, spectral

_TEMPERATURE: Final = 0.01
"""Of the softmax in `select_mode`. Smaller: the selection is a step function, and a morph between two
modes jumps. Larger: more samples are mixtures of two modes, which look like no emoji. With 48 modes the
largest latent leads by 0.4 on average; in one of twenty draws the second mode's weight is more than a
ninth of the first's."""


def parameter_dtype(dtype: Any) -> Any:
    """The dtype of parameters and outputs for activations of `dtype`: float32 at least."""
    return jnp.promote_types(dtype, jnp.float32)


Block = TypeVar("Block", bound=Any)


def block(target: Block, remat: bool) -> Block:
    """A part of a net, of which nothing but the input is kept for the gradient, if `remat`.

    What the gradient needs besides is computed again (Chen et al., 2016, "Training Deep Nets with Sublinear
    Memory Cost", section 3). Results and the names of variables are the same.

    Args:
      target: a module's class, or a function whose first argument is the module in whose compact method it is
        called; further arguments and results are arrays.
      remat: whether activations are computed again.
    """
    return nn.remat(target) if remat else target


class Conv(nn.Module):
    """Convolution without bias, ``[B, H, W, C] -> [B, H', W', features]``.

    The kernel is stored as ``[k, k, C, features]``: PyTorch's ``weight`` transposed by (2, 3, 1, 0).

    Attributes:
      features: channels of the result.
      kernel_size, stride: of both axes.
      padding: zeros on each of the four sides.
      dtype: of activations and products.
      kernel_init: initialiser of the kernel.
      spectral: whether the kernel is spectrally normalised, see `emojax.models.spectral`.
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

    The kernel is stored as ``[k, k, features, D]``: PyTorch's ``weight`` transposed by (2, 3, 1, 0).
    Attributes as in `Conv`.
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

    Odena et al., "Deconvolution and Checkerboard Artifacts", 2016: every output pixel is a sum over
    the same number of taps, which avoids the checkerboard pattern of transposed convolutions. Both
    steps together equal one transposed 4×4 convolution of stride 2 whose kernel is the 3×3 kernel
    summed over 2×2 windows. It is computed that way, with fewer products.

    The kernel is stored as ``[3, 3, features, D]``, rotated by 180° from PyTorch's ``Conv2d``.
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


def select_mode(latents: jax.Array, modes: int) -> jax.Array:
    """Turns the first latents into a nearly one-hot selection of the largest, for disconnected modes.

    A continuous function of connected latents has connected images, so a generator draws a muddy face
    between a yellow one and a red one. A selection gives it one latent region per kind of image
    (Gurumurthy et al., "DeLiGAN", 2017; Khayatkhoei et al., "Disconnected Manifold Learning for
    Generative Adversarial Networks", 2018). The latents are still drawn from N(0, 1), and the selection
    is continuous but steep, so that one emoji can be morphed into another.

    Args:
      latents: ``float[B, L]``.
      modes: how many of the first latents select, 1 to L.

    Returns:
      ``float[B, L]``. The selecting latents sum to ``sqrt(modes)``, about the length that they had as a
      vector; all but the largest are close to 0 unless two were nearly equal. The others are unchanged.
    """
    selection = jax.nn.softmax(latents[:, :modes] / _TEMPERATURE, axis=-1)
    return jnp.concatenate([modes**0.5 * selection, latents[:, modes:]], 1)

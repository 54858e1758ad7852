"""DCGAN generator and discriminator (Radford et al., "Unsupervised Representation
Learning with Deep Convolutional Generative Adversarial Networks", 2016, section 3).

Initial values are section 4's: kernels from N(0, 0.02²), batch-norm scales from
N(1, 0.02²).
"""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from emojax.models.layers import Conv, ConvTranspose, parameter_dtype


def _scale_init(key: jax.Array, shape: tuple[int, ...], dtype: Any = jnp.float32) -> jax.Array:
    return 1.0 + 0.02 * jax.random.normal(key, shape, dtype)


def _batch_norm(
    train: bool, axis_name: str | None, dtype: Any, name: str, momentum: float = 0.9
) -> nn.BatchNorm:
    # Momentum and epsilon are PyTorch's defaults (its momentum 0.1 is 0.9 here).
    return nn.BatchNorm(
        use_running_average=not train,
        momentum=momentum,
        epsilon=1e-5,
        axis_name=axis_name,
        dtype=dtype,
        param_dtype=parameter_dtype(dtype),
        scale_init=_scale_init,
        name=name,
    )


class Generator(nn.Module):
    """Latents to images: ``[B, latent_size] -> float32[B, S, S, channels]`` in [-1, 1].

    The image side ``S`` is ``4 · 2**len(widths)``: the published shape, 64, comes from
    five 4×4 transposed convolutions with 512, 256, 128, 64 and 3 features. The first
    opens the 1×1 latent to 4×4, each further one doubles the side.

    Attributes:
      widths: features of all layers but the last.
      channels: channels of the image.
      dtype: type of activations and products; parameters and output are float32 at least.
      axis_name: mapped axis over which batch statistics are averaged, if any.
      momentum: weight of the old value in the running statistics; 0 measures a batch.
    """

    widths: tuple[int, ...] = (512, 256, 128, 64)
    channels: int = 3
    dtype: Any = jnp.float32
    axis_name: str | None = None
    momentum: float = 0.9

    @nn.compact
    def __call__(self, latents: jax.Array, *, train: bool) -> jax.Array:
        x = latents[:, None, None, :]
        for i, features in enumerate(self.widths):
            stride, padding = (1, 0) if i == 0 else (2, 1)
            x = ConvTranspose(features, 4, stride, padding, self.dtype, name=f"conv_{i}")(x)
            norm = _batch_norm(train, self.axis_name, self.dtype, f"norm_{i}", self.momentum)
            x = nn.relu(norm(x))
        x = ConvTranspose(self.channels, 4, 2, 1, self.dtype, name=f"conv_{len(self.widths)}")(x)
        return jnp.tanh(x.astype(parameter_dtype(self.dtype)))


class Discriminator(nn.Module):
    """Images to logits: ``[B, S, S, channels] -> float32[B]``, ``S = 4 · 2**len(widths)``.

    Five 4×4 convolutions in the published shape: 64, 128, 256, 512 and one feature,
    batch norm on all but the first and the last, LeakyReLU of slope 0.2. There is no
    sigmoid: the losses take logits.

    Attributes: as for `Generator`.
    """

    widths: tuple[int, ...] = (64, 128, 256, 512)
    dtype: Any = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, images: jax.Array, *, train: bool) -> jax.Array:
        x = images
        for i, features in enumerate(self.widths):
            x = Conv(features, 4, 2, 1, self.dtype, name=f"conv_{i}")(x)
            if i > 0:
                x = _batch_norm(train, self.axis_name, self.dtype, f"norm_{i}")(x)
            x = nn.leaky_relu(x, 0.2)
        logits = Conv(1, 4, 1, 0, self.dtype, name=f"conv_{len(self.widths)}")(x)
        return logits.astype(parameter_dtype(self.dtype)).reshape(images.shape[0])

"""Which eyes and which mouth a face has."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from emojax.models.layers import Conv


class PartClassifier(nn.Module):
    """Images to logits: ``[B, S, S, 3] -> float32[B, eyes], float32[B, mouths]``, S a multiple of 16.

    Strided convolutions, and one linear map of all that is left of the picture for each answer: eyes and
    mouths differ in small things, and in where they are.

    Attributes:
      eyes, mouths: how many there are to choose from.
      widths: features of the convolutions.
    """

    eyes: int
    mouths: int
    widths: tuple[int, ...] = (32, 64, 96, 128)

    @nn.compact
    def __call__(self, images: jax.Array) -> tuple[jax.Array, jax.Array]:
        x: Any = images
        for i, features in enumerate(self.widths):
            x = Conv(features, 4, 2, 1, kernel_init=nn.initializers.he_normal(), name=f"conv_{i}")(x)
            scale = self.param(f"scale_{i}", nn.initializers.ones, (features,))
            x = nn.relu(x * jax.lax.rsqrt(jnp.mean(jnp.square(x), -1, keepdims=True) + 1e-6) * scale)
        x = x.reshape(len(images), -1)
        return nn.Dense(self.eyes, name="eyes")(x), nn.Dense(self.mouths, name="mouths")(x)

"""Linear answers to many questions about one vector of features."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn


class AttributeHeads(nn.Module):
    """Features to the logits of all words of all attributes: ``float32[B, F] -> float32[B, W]``.

    Features are standardised by the collection ``statistics`` (their mean, and the inverse of their standard
    deviation), clipped, so that one that is far off in an unusual photo cannot decide alone, and multiplied
    by its ``gain``, so that groups of many features count no more than groups of few.

    Attributes:
      words: W, of all attributes together.
      limit: of standardised features, in standard deviations.
    """

    words: int
    limit: float = 6.0

    @nn.compact
    def __call__(self, features: jax.Array) -> jax.Array:
        F = features.shape[-1]
        mean: Any = self.variable("statistics", "mean", jnp.zeros, (F,)).value
        inverse: Any = self.variable("statistics", "inverse", jnp.ones, (F,)).value
        gain: Any = self.variable("statistics", "gain", jnp.ones, (F,)).value
        x = jnp.clip((features.astype(jnp.float32) - mean) * inverse, -self.limit, self.limit)
        return nn.Dense(self.words, kernel_init=nn.initializers.zeros, name="heads")(x * gain)

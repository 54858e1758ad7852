"""A small deep set from a description to the emoji that it names."""

from collections.abc import Mapping
from typing import Any, Final

import jax
import jax.numpy as jnp
from flax import linen as nn

from emojax.models.text.tokens import BUCKETS

FORMAT: Final = "emojax.naming.1"
"""What ``metadata["format"]`` of an exported net says."""


def make_namer(model: Mapping[str, Any]) -> "EmojiNamer":
    """The net of a configuration's ``model``, see ``configs/naming.py``."""
    return EmojiNamer(count=model["num_classes"], features=model["features"])


class EmojiNamer(nn.Module):
    """N-grams of a text to logits of what it names: ``int32[B, L], float32[B, L] -> float32[B, count]``.

    The text is the weighted sum of its n-grams' vectors, in no order (Zaheer et al., "Deep Sets", 2017,
    section 3; Joulin et al., "Bag of Tricks for Efficient Text Classification", 2016), and one residual
    layer. Each answer has a learned vector; its logit is their product.

    Attributes:
      count: answers.
      features: of a text.
    """

    count: int
    features: int = 64

    @nn.compact
    def __call__(self, ngrams: jax.Array, shares: jax.Array) -> jax.Array:
        table = self.param("table", nn.initializers.normal(0.3), (BUCKETS, self.features))
        x = (table[ngrams] * shares[..., None]).sum(-2)
        x = nn.LayerNorm(use_scale=False, use_bias=False, name="norm_in")(x)
        y = nn.gelu(nn.Dense(2 * self.features, name="inner")(x))
        x += nn.Dense(self.features, name="outer")(y)
        x = nn.LayerNorm(use_bias=False, name="norm_out")(x)
        found: Any = nn.Dense(self.count, name="answers")(x)
        return jnp.asarray(found)

"""A small transformer from a description to what is in each slot of a face."""

import functools
from collections.abc import Mapping
from typing import Any, Final

import jax
import jax.numpy as jnp
from flax import linen as nn

from emojax.models.layers import block
from emojax.models.text.tokens import BUCKETS, MAX_WORDS

FORMAT: Final = "emojax.text.1"
"""What ``metadata["format"]`` of an exported net says."""


def make_text_encoder(model: Mapping[str, Any], *, remat: bool = False) -> "TextEncoder":
    """The net of a configuration's ``model``, see ``configs/text.py``."""
    return TextEncoder(
        counts=tuple(model["counts"]),
        features=model["features"],
        heads=model["heads"],
        layers=model["layers"],
        remat=remat,
    )


class TextEncoder(nn.Module):
    """Words to logits of what is in each slot: ``int32[B, T, N] -> float32[B, sum(counts)]``.

    A word is the mean of its n-grams' vectors. Words attend to each other (Vaswani et al., "Attention Is All
    You Need", 2017); then each slot, which has a vector of its own, attends to the words and to the other
    slots, so that "heart eyes and a tear" gives one slot its hearts and another its tear.

    Attributes:
      counts: numbers of answers of each slot; a slot's logits follow the previous slot's.
      features: of a word.
      heads: of attention.
      layers: of words' attention to each other. Slots have one.
      remat: whether layers are computed again for the gradient, see `emojax.models.layers.block`.
    """

    counts: tuple[int, ...]
    features: int = 64
    heads: int = 4
    layers: int = 2
    remat: bool = False

    @nn.compact
    def __call__(self, ngrams: jax.Array, *, dropout: float = 0.0) -> jax.Array:
        D, normal = self.features, nn.initializers.normal
        table = self.param("table", normal(0.3), (BUCKETS, D))
        there = (ngrams > 0).astype(jnp.float32)
        number = there.sum(-1, keepdims=True)
        x = (table[ngrams] * there[..., None]).sum(-2) / jnp.sqrt(jnp.maximum(number, 1.0))
        # A text of no words still has one place to attend to.
        is_word = (jnp.asarray(number)[..., 0] > 0).at[:, 0].set(True)
        positions = self.param("positions", normal(0.1), (MAX_WORDS, D))
        x = nn.Dropout(dropout, deterministic=dropout == 0.0)(x + positions[: x.shape[1]])
        mask = is_word[:, None, None, :]
        for i in range(self.layers):
            layer = functools.partial(TextEncoder._layer, i=i)
            x = block(layer, self.remat)(self, x, mask)
        x = nn.LayerNorm(name="norm_words")(x)
        queries = self.param("slots", normal(0.3), (len(self.counts), D))
        slots = jnp.broadcast_to(queries, (x.shape[0], *queries.shape))
        slots += self._attention("read")(slots, x, mask=mask)
        y = nn.LayerNorm(name="norm_slots")(slots)
        slots += self._attention("slots_slots")(y, y)
        slots += self._mlp(nn.LayerNorm(name="norm_slots_b")(slots), "mlp_slots")
        slots = nn.LayerNorm(name="norm_out")(slots)
        logits = [nn.Dense(count, name=f"slot_{i}")(slots[:, i]) for i, count in enumerate(self.counts)]
        return jnp.concatenate(logits, -1)

    def _layer(self, x: jax.Array, mask: jax.Array, *, i: int) -> jax.Array:
        y = nn.LayerNorm(name=f"norm_{i}a")(x)
        x += self._attention(f"words_{i}")(y, y, mask=mask)
        return x + self._mlp(nn.LayerNorm(name=f"norm_{i}b")(x), f"mlp_{i}")

    def _attention(self, name: str) -> nn.MultiHeadDotProductAttention:
        return nn.MultiHeadDotProductAttention(num_heads=self.heads, deterministic=True, name=name)

    def _mlp(self, x: jax.Array, name: str) -> jax.Array:
        y: Any = nn.Dense(3 * self.features, name=f"{name}_in")(x)
        return nn.Dense(self.features, name=f"{name}_out")(nn.gelu(y))

"""A classifier of eyes and mouths, trained on composed faces: what generated faces are read by."""

import dataclasses
import functools
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import optax

from emojax.core import rng
from emojax.data.openmoji.parts import composing
from emojax.data.openmoji.parts.composing import Distribution
from emojax.data.openmoji.parts.part_set import SLOTS, PartSet
from emojax.models.emoji_parts.classifier import PartClassifier

STEPS: Final = 2_500
"""With half as many a tenth of the eyes of composed faces are read wrongly."""

_BATCH: Final = 64
_RATE: Final = 1.5e-3
_EVERY: Final = Distribution(own=0.0, mirrored=0.5, pairs="all")


@dataclasses.dataclass(frozen=True)
class Reader:
    """A trained classifier.

    Attributes:
      net, params: of the classifier.
      eyes, mouths: numbers of the parts that its answers stand for; the last mouth is none.
    """

    net: PartClassifier
    params: Any
    eyes: np.ndarray
    mouths: np.ndarray

    def read(self, images: np.ndarray) -> np.ndarray:
        """The eyes and mouth of faces ``uint8[N, S, S, 3]``: part numbers ``int[N, 2]``."""
        found = []
        for i in range(0, len(images), _BATCH):
            chunk = images[i : i + _BATCH]
            padded = np.concatenate([chunk, np.zeros((_BATCH - len(chunk), *chunk.shape[1:]), np.uint8)])
            eyes, mouths = self._answers(self.params, padded)
            both = np.stack([self.eyes[np.asarray(eyes)], self.mouths[np.asarray(mouths)]], 1)
            found.append(both[: len(chunk)])
        return np.concatenate(found)

    @functools.cached_property
    def _answers(self) -> Any:
        def answers(params: Any, images: jax.Array) -> tuple[jax.Array, jax.Array]:
            found: Any = self.net.apply({"params": params}, images / 127.5 - 1.0)
            eyes, mouths = found
            return eyes.argmax(-1), mouths.argmax(-1)

        return jax.jit(answers)


def train(parts: PartSet, tables: composing.Tables, *, seed: int, steps: int = STEPS) -> Reader:
    """Trains a classifier on composed faces on black, none of which it sees twice.

    Args:
      parts: P of them.
      tables: of `composing.tables`, with layers.
      seed: of the weights and the faces.
      steps: of 64 faces.
    """
    eyes = np.asarray(parts.numbers("eyes"))
    mouths = np.asarray([*parts.numbers("mouth"), len(parts.parts)])
    net = PartClassifier(len(eyes), len(mouths))
    tx = optax.adam(optax.cosine_decay_schedule(_RATE, steps))
    key = rng.root(seed)
    side = round(np.shape(tables["pixels"])[-1] ** 0.5) // 2
    params = net.init(rng.stream(key, "classifier"), jnp.zeros((1, side, side, 3)))["params"]
    state = params, tx.init(params)
    answer = np.zeros(len(parts.parts) + 1, np.int32)
    answer[eyes], answer[mouths] = np.arange(len(eyes)), np.arange(len(mouths))

    @functools.partial(jax.jit, donate_argnums=0)
    def step(state: Any, tables: composing.Tables, i: jax.Array) -> Any:
        params, opt_state = state
        chosen, amounts = composing.draw_many(tables, rng.at(key, "classifier faces", i), _BATCH, _EVERY)
        images = composing.on((0, 0, 0), composing.compose(tables, chosen, amounts))
        wanted = jnp.asarray(answer)[chosen]

        def loss(params: Any) -> jax.Array:
            logits: Any = net.apply({"params": params}, images)
            return sum(
                optax.softmax_cross_entropy_with_integer_labels(each, wanted[:, SLOTS.index(slot)]).mean()
                for each, slot in zip(logits, ("eyes", "mouth"), strict=True)
            )

        updates, opt_state = tx.update(jax.grad(loss)(params), opt_state)
        return optax.apply_updates(params, updates), opt_state

    tables = jax.device_put(tables)
    for i in range(steps):
        state = step(state, tables, jnp.asarray(i))
    return Reader(net, state[0], eyes, mouths)

"""Adaptive discriminator augmentation: its probability is steered by how much the discriminator overfits.

Karras et al., 2020, "Training Generative Adversarial Networks with Limited Data", section 3.
"""

import jax
import jax.numpy as jnp
from flax import struct

_MEMORY = 0.9
"""Decay per step of the mean of signs. Smaller, and the noise of single batches of 16 moves the probability;
larger, and it reacts to overfitting tens of steps late and oscillates."""


@struct.dataclass
class Strength:
    """The state of the augmentation's probability.

    Attributes:
      probability: of each change to each image, float32 scalar.
      sign: moving average of ``sign(logit)`` over real images, float32 scalar: 0 where the discriminator
        cannot tell real from generated, 1 where it recognises all real images (r_t of the paper).
    """

    probability: jax.Array
    sign: jax.Array


def start(probability: float) -> Strength:
    """The strength before the first step; the moving average of signs starts at 0."""
    return Strength(jnp.asarray(probability, jnp.float32), jnp.zeros((), jnp.float32))


def update(strength: Strength, real_sign: jax.Array, *, target: float, step: float) -> Strength:
    """The strength after a step.

    Args:
      strength: before.
      real_sign: mean of ``sign(logit)`` over the step's real images.
      target: of the mean of signs; above it images are augmented more often, below it less often.
      step: change of the probability in a step.
    """
    sign = _MEMORY * strength.sign + (1.0 - _MEMORY) * real_sign
    probability = strength.probability + step * jnp.sign(sign - target)
    return Strength(jnp.clip(probability, 0.0, 1.0), sign)

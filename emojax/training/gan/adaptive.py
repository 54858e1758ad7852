"""Strength of augmentation that follows how much the discriminator overfits (Karras et al.,
"Training Generative Adversarial Networks with Limited Data", 2020, section 3.1)."""

import jax
import jax.numpy as jnp
from flax import struct

_MEMORY = 0.9
"""Of the mean of signs per step: it is noisy in small batches."""


@struct.dataclass
class Strength:
    """What a run carries.

    Attributes:
      probability: of each change to each image, float32 scalar.
      sign: mean of ``sign(logit)`` over real images lately, float32 scalar: 0 where the
        discriminator tells nothing, 1 where it knows all real images for such.
    """

    probability: jax.Array
    sign: jax.Array


def start(probability: float) -> Strength:
    """The strength before the first step, of signs that nothing is known of."""
    return Strength(jnp.asarray(probability, jnp.float32), jnp.zeros((), jnp.float32))


def follow(strength: Strength, real_sign: jax.Array, *, target: float, step: float) -> Strength:
    """The strength after a step.

    Args:
      strength: before.
      real_sign: mean of ``sign(logit)`` over the step's real images.
      target: of the mean of signs; above it images are changed more often, below it less.
      step: how far the probability goes in a step.
    """
    sign = _MEMORY * strength.sign + (1.0 - _MEMORY) * real_sign
    probability = strength.probability + step * jnp.sign(sign - target)
    return Strength(jnp.clip(probability, 0.0, 1.0), sign)

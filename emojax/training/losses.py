"""Adversarial losses on logits."""

import jax
import jax.numpy as jnp


def discriminator_loss(real_logits: jax.Array, fake_logits: jax.Array) -> jax.Array:
    """``-E log D(x) - E log(1 - D(G(z)))`` (Goodfellow et al., 2014, equation 1).

    Args:
      real_logits: ``[B]``, ``log(D / (1 - D))`` of real images.
      fake_logits: ``[B]``, the same of generated ones.

    Returns:
      A scalar. With D the sigmoid of a logit, ``-log D = softplus(-logit)`` and
      ``-log(1 - D) = softplus(logit)``, which neither overflow nor round to log 0.
    """
    return jnp.mean(jax.nn.softplus(-real_logits)) + jnp.mean(jax.nn.softplus(fake_logits))


def generator_loss(fake_logits: jax.Array) -> jax.Array:
    """``-E log D(G(z))``, the non-saturating form (Goodfellow et al., 2014, section 3).

    Args:
      fake_logits: ``[B]``.
    """
    return jnp.mean(jax.nn.softplus(-fake_logits))

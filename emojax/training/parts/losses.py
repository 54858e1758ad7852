"""The loss of the parts' autoencoders."""

import jax
import jax.numpy as jnp

_MIN_AREA = 1 / 16
"""Share of the picture that a shape's cross-entropy is divided by at least. Smaller, and an empty shape or a
speck of few pixels outweighs all others; larger, and thin shapes such as brows count for little."""


def shape_loss(logits: jax.Array, shapes: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Cross-entropy and Dice loss of shapes, which weigh small and large shapes alike.

    Args:
      logits: ``float32[B, H, W, C]``.
      shapes: ``float32[B, H, W, C]``, 0 or 1.

    Returns:
      Two scalars, means over the batch and sums over the channels, both of each shape by itself: the
      cross-entropy, summed over the picture and divided by the area of the shape, and the Dice loss
      ``1 - (2 overlap + 1) / (area + drawn area + 1)`` (Milletari et al., 2016, "V-Net", section 3). The ones
      keep it defined for an empty shape, whose losses are small only where nothing is drawn.
    """
    pixels = shapes.shape[1] * shapes.shape[2]
    # log(1 + exp(x)) - x y is -log of the sigmoid, or of 1 minus it, without overflow.
    cross_entropy = jnp.sum(jax.nn.softplus(logits) - logits * shapes, axis=(1, 2))
    area = jnp.sum(shapes, axis=(1, 2))
    drawn = jax.nn.sigmoid(logits)
    overlap = jnp.sum(drawn * shapes, axis=(1, 2))
    dice = 1.0 - (2.0 * overlap + 1.0) / (area + jnp.sum(drawn, axis=(1, 2)) + 1.0)
    weighted = cross_entropy / jnp.maximum(area, _MIN_AREA * pixels)
    return jnp.mean(jnp.sum(weighted, -1)), jnp.mean(jnp.sum(dice, -1))

"""The loss of the parts' autoencoders."""

import jax
import jax.numpy as jnp


def shape_loss(logits: jax.Array, shapes: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Cross-entropy and Dice loss of shapes, each of which counts alike, however small it is.

    Args:
      logits: ``float32[B, H, W, C]``.
      shapes: of that shape, 0 or 1.

    Returns:
      Two scalars, means over the batch and sums over the channels: the cross-entropy per pixel of
      the shape rather than of the picture, and the Dice loss (Milletari et al., 2016), both for
      each shape by itself. Both are small for an empty shape only where nothing is drawn.
    """
    pixels = shapes.shape[1] * shapes.shape[2]
    # log(1 + exp(x)) - x y is -log of the sigmoid, or of 1 minus it, without overflow.
    cross_entropy = jnp.sum(jax.nn.softplus(logits) - logits * shapes, axis=(1, 2))
    area = jnp.sum(shapes, axis=(1, 2))
    drawn = jax.nn.sigmoid(logits)
    overlap = jnp.sum(drawn * shapes, axis=(1, 2))
    missed = 1.0 - (2.0 * overlap + 1.0) / (area + jnp.sum(drawn, axis=(1, 2)) + 1.0)
    # A speck's, or an empty shape's, pixels shall not outweigh all others.
    weighted = cross_entropy / jnp.maximum(area, pixels / 16)
    return jnp.mean(jnp.sum(weighted, -1)), jnp.mean(jnp.sum(missed, -1))

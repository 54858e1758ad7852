"""Losses on logits: adversarial ones, of segmentation, and of shapes."""

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


def segmentation_loss(
    logits: jax.Array,
    labels: jax.Array,
    class_weights: jax.Array,
    dice_weight: float,
    axis_name: str | None = None,
) -> jax.Array:
    """Weighted cross-entropy plus soft Dice loss (Milletari et al., 2016, "V-Net", section 3).

    Args:
      logits: ``float32[B, H, W, K]``.
      labels: ``int[B, H, W]``; pixels with labels outside 0 to K - 1 count for nothing.
      class_weights: ``[K]``, weights of the pixels of each class in the cross-entropy.
      dice_weight: of the Dice loss, which looks at the overlap of whole classes, however
        small, over the batch. Classes that the batch lacks are left out of it.
      axis_name: mapped axis over which the batch is split; neither loss is a mean of its
        parts' losses.

    Returns:
      A scalar, that of the whole batch.
    """

    def total(x: jax.Array) -> jax.Array:
        return x if axis_name is None else jax.lax.psum(x, axis_name)

    # One-hot products rather than indexing, whose gradient is a scatter.
    truth = jax.nn.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
    known = jnp.sum(truth, axis=-1)
    log_probabilities = jax.nn.log_softmax(logits)
    weights = jnp.einsum("bhwk,k->bhw", truth, class_weights)
    cross_entropy = -total(jnp.sum(jnp.sum(truth * log_probabilities, axis=-1) * weights))
    cross_entropy /= jnp.maximum(total(jnp.sum(weights)), 1.0)

    probabilities = jnp.exp(log_probabilities) * known[..., None]
    overlap = total(jnp.sum(probabilities * truth, axis=(0, 1, 2)))
    pixels = total(jnp.sum(truth, axis=(0, 1, 2)))
    dice = 2.0 * overlap / jnp.maximum(pixels + total(jnp.sum(probabilities, axis=(0, 1, 2))), 1.0)
    present = pixels > 0
    missed = jnp.sum(jnp.where(present, 1.0 - dice, 0.0)) / jnp.maximum(jnp.sum(present), 1)
    return cross_entropy + dice_weight * missed


def shape_loss(logits: jax.Array, shapes: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Cross-entropy and Dice loss of shapes, each of which counts alike, however small it is.

    Args:
      logits: ``float32[B, H, W, C]``.
      shapes: of that shape, 0 or 1.

    Returns:
      Two scalars, means over the batch and sums over the channels: the cross-entropy per pixel of
      the shape rather than of the picture, and the Dice loss (as in `segmentation_loss`), both for
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

"""The face parser's loss."""

import jax
import jax.numpy as jnp


def segmentation_loss(
    logits: jax.Array,
    labels: jax.Array,
    class_weights: jax.Array,
    dice_weight: float,
    axis_name: str | None = None,
) -> jax.Array:
    """Weighted cross-entropy plus soft Dice loss (Milletari et al., 2016, "V-Net: Fully Convolutional Neural
    Networks for Volumetric Medical Image Segmentation", section 3).

    Args:
      logits: ``float32[B, H, W, K]``.
      labels: ``int[B, H, W]``; pixels with labels outside 0 to K - 1 are ignored.
      class_weights: ``float32[K]``, weights of the pixels of each class in the cross-entropy.
      dice_weight: of the Dice loss, the mean of 1 - Dice over the classes that the batch has. It weighs
        classes alike, however few pixels they have.
      axis_name: mapped axis over which the batch is split. Sums are taken over it, since neither loss is
        the mean of its shares' losses.

    Returns:
      A scalar, the loss of the whole batch.
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
    dice_loss = jnp.sum(jnp.where(present, 1.0 - dice, 0.0)) / jnp.maximum(jnp.sum(present), 1)
    return cross_entropy + dice_weight * dice_loss

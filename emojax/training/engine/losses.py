"""Losses on logits: adversarial ones, of segmentation, and of shapes."""

from collections.abc import Callable

import jax
import jax.numpy as jnp


def discriminator_loss(
    real_logits: jax.Array, fake_logits: jax.Array, *, name: str = "bce", smoothing: float = 0.0
) -> jax.Array:
    """What the discriminator minimises.

    ``"bce"`` is ``-E log D(x) - E log(1 - D(G(z)))`` (Goodfellow et al., 2014, equation 1), where
    `smoothing` s has it aim at 1 - s for real images and at s for others (Salimans et al.,
    "Improved Techniques for Training GANs", 2016, section 3.4). ``"hinge"`` is
    ``E max(0, 1 - logit(x)) + E max(0, 1 + logit(G(z)))`` (Lim & Ye, "Geometric GAN", 2017).

    Args:
      real_logits: ``[B]``, ``log(D / (1 - D))`` of real images.
      fake_logits: ``[B]``, the same of generated ones.
      name: "bce" or "hinge".
      smoothing: of the targets, for "bce".

    Returns:
      A scalar. With D the sigmoid of a logit, ``-log D = softplus(-logit)`` and
      ``-log(1 - D) = softplus(logit)``, which neither overflow nor round to log 0.
    """
    if name == "hinge":
        return jnp.mean(jax.nn.relu(1.0 - real_logits)) + jnp.mean(jax.nn.relu(1.0 + fake_logits))
    loss = jnp.mean(jax.nn.softplus(-real_logits)) + jnp.mean(jax.nn.softplus(fake_logits))
    if smoothing:
        # -(1 - s) log D - s log(1 - D) = softplus(-logit) + s logit, since the two logarithms
        # differ by the logit.
        loss += smoothing * (jnp.mean(real_logits) - jnp.mean(fake_logits))
    return loss


def generator_loss(fake_logits: jax.Array, *, name: str = "bce") -> jax.Array:
    """What the generator minimises.

    ``"bce"`` is ``-E log D(G(z))``, the non-saturating form (Goodfellow et al., 2014, section 3),
    ``"hinge"`` is ``-E logit(G(z))``.

    Args:
      fake_logits: ``[B]``.
      name: "bce" or "hinge".
    """
    return -jnp.mean(fake_logits) if name == "hinge" else jnp.mean(jax.nn.softplus(-fake_logits))


def coarse_difference(images: jax.Array, others: jax.Array, side: int) -> jax.Array:
    """Mean absolute difference of pictures averaged down: of what they show, not of detail.

    Beside an adversarial loss it does what the L1 term of Isola et al., "Image-to-Image Translation
    with Conditional Adversarial Networks", 2017, section 3.1, does for low frequencies.

    Args:
      images, others: ``[B, S, S, C]``, S a multiple of `side`.
      side: in pixels.
    """
    B, S, _, C = images.shape
    coarse = (images - others).reshape(B, side, S // side, side, S // side, C).mean((2, 4))
    return jnp.mean(jnp.abs(coarse))


def squared_gradients(logits_of: Callable[[jax.Array], jax.Array], images: jax.Array) -> jax.Array:
    """``‖∇D(x)‖²`` of each image, ``[B]``: what the R1 penalty is the mean of.

    Mescheder et al., "Which Training Methods for GANs do actually Converge?", 2018, equation 9.

    Args:
      logits_of: ``[B, H, W, C] -> [B]``, each image judged by itself, so no batch norm in training.
      images: ``[B, H, W, C]``.
    """
    gradients = jax.grad(lambda x: jnp.sum(logits_of(x)))(images)
    return jnp.sum(jnp.square(gradients), axis=(1, 2, 3))


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

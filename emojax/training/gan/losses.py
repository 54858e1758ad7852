"""GAN losses on logits. A new one is a function here and a line in `LOSSES`, for ``config.loss.name``."""

from collections.abc import Callable, Mapping
from typing import Final, Literal, Protocol

import jax
import jax.numpy as jnp

Role = Literal["real", "fake", "generator"]
"""Which loss it is: the discriminator's of real images, the discriminator's of generated images, or the
generator's."""


class AdversarialLoss(Protocol):
    """A GAN's loss as a function of logits, ``log(D / (1 - D))``."""

    def __call__(self, logits: jax.Array, role: Role, *, smoothing: float = 0.0) -> jax.Array:
        """The mean loss of ``float[B]`` logits in that role: a scalar."""
        ...


def bce(logits: jax.Array, role: Role, *, smoothing: float = 0.0) -> jax.Array:
    """Binary cross-entropy; the discriminator minimises ``-E log D(x) - E log(1 - D(G(z)))``.

    Goodfellow et al., 2014, equation 1; the generator minimises ``-E log D(G(z))``, the non-saturating
    form of section 3. With D the sigmoid of a logit, ``-log D = softplus(-logit)`` and
    ``-log(1 - D) = softplus(logit)``, which neither overflow nor round to log 0.

    Args:
      logits: ``[B]``.
      role: see `Role`.
      smoothing: the discriminator's targets are 1 - s for real images and s for generated ones (Salimans
        et al., 2016, "Improved Techniques for Training GANs", section 3.4).
    """
    sign = 1.0 if role == "fake" else -1.0
    loss = jnp.mean(jax.nn.softplus(sign * logits))
    if smoothing and role != "generator":
        # -(1 - s) log D - s log(1 - D) = softplus(-logit) + s logit, since the two logarithms
        # differ by the logit.
        loss -= sign * smoothing * jnp.mean(logits)
    return loss


def hinge(logits: jax.Array, role: Role, *, smoothing: float = 0.0) -> jax.Array:
    """``E max(0, 1 - logit(x)) + E max(0, 1 + logit(G(z)))``, and ``-E logit(G(z))`` for the generator.

    Lim & Ye, 2017, "Geometric GAN", equations 13 and 14. It has no targets to smooth.
    """
    if role == "generator":
        return -jnp.mean(logits)
    return jnp.mean(jax.nn.relu(1.0 + logits if role == "fake" else 1.0 - logits))


LOSSES: Final[Mapping[str, AdversarialLoss]] = {"bce": bce, "hinge": hinge}
"""By the name that ``config.loss.name`` gives."""


def coarse_difference(images: jax.Array, others: jax.Array, side: int) -> jax.Array:
    """Mean absolute difference of images that are averaged down first, so that detail below that is ignored.

    Isola et al., 2017, "Image-to-Image Translation with Conditional Adversarial Networks", section 3.1, the
    L1 term beside an adversarial loss: there at full resolution, which is `side` equal to S.

    Args:
      images, others: ``[B, S, S, C]``, S a multiple of `side`.
      side: to which both are averaged down, in pixels.

    Returns:
      A scalar.
    """
    B, S, _, C = images.shape
    coarse = (images - others).reshape(B, side, S // side, side, S // side, C).mean((2, 4))
    return jnp.mean(jnp.abs(coarse))


def squared_gradients(logits_of: Callable[[jax.Array], jax.Array], images: jax.Array) -> jax.Array:
    """``|∇D(x)|²`` of each image, whose mean is the R1 penalty.

    Mescheder et al., 2018, "Which Training Methods for GANs do actually Converge?", equation 9.

    Args:
      logits_of: ``[B, H, W, C] -> [B]``. An image's logit must not depend on other images: no batch norm in
        training mode.
      images: ``[B, H, W, C]``.

    Returns:
      ``[B]``.
    """
    gradients = jax.grad(lambda x: jnp.sum(logits_of(x)))(images)
    return jnp.sum(jnp.square(gradients), axis=(1, 2, 3))

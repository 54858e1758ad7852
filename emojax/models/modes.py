"""Latents that choose, so that a generator need not draw what lies between two kinds of image.

Latents from N(0, 1) are all of one piece, and so is what a continuous function makes of them. Pictures
are not: between a yellow face and a red one there is none, yet such a generator draws it, a muddy one.
Of latents that come in pieces it need not (Gurumurthy et al., "DeLiGAN", 2017; Khayatkhoei et al.,
"Disconnected Manifold Learning for Generative Adversarial Networks", 2018).

Here some latents are turned into the nearly one-hot choice of the largest of them. All latents are still
from N(0, 1), and the choice is a continuous if steep function of them, so that one emoji can be morphed
into another.
"""

import jax
import jax.numpy as jnp

_SHARPNESS = 0.01
"""How much larger than the next the largest latent is where the next has 1/e of its weight. Among 48 it is
0.4 larger in the mean; in one of twenty draws the next has more than a ninth of its weight."""


def as_modes(latents: jax.Array, modes: int) -> jax.Array:
    """`latents` ``[B, L]``, the first `modes` of which become the choice of one of them.

    These sum to ``sqrt(modes)``, which is about as long as they were as a vector, and all but one of them
    are next to 0, save where two of the latents were nearly the largest.
    """
    choice = jax.nn.softmax(latents[:, :modes] / _SHARPNESS, axis=-1)
    return jnp.concatenate([modes**0.5 * choice, latents[:, modes:]], 1)

"""Movements of a face and of its parts, as affine maps of the picture.

A vector of amounts says how a face is moved as a whole and, in it, its eyes, its mouth and its extras: each
to the right, down, in size and by a turn. Amounts are standard deviations of what is usual.
"""

from typing import Final

import jax
import jax.numpy as jnp
import numpy as np

MOVED: Final = ("face", "eyes", "mouth", "extra")
AMOUNTS: Final = 4 * len(MOVED) + 1
"""The last amount mirrors the face where it is negative."""

SIDE: Final = 72.0
"""Units along the side of a picture; OpenMoji's."""

DEVIATIONS: Final = np.asarray(
    [(0.6, 0.6, 0.02, 2.0), (0.75, 0.75, 0.03, 1.5), (0.75, 0.75, 0.03, 2.0), (0.75, 0.75, 0.03, 2.0)],
    np.float32,
)
"""Of each row of `MOVED`: units to the right and down, logarithm of size, degrees. With twice as much, eyes
meet mouths that stand well below them; half as much is next to nothing at 64 pixels."""

MIDDLES: Final = np.asarray([(36.0, 36.0), (36.0, 31.0), (36.0, 47.0), (36.0, 36.0)], np.float32)
"""What each is turned and scaled about, in units."""


def matrices(amounts: jax.Array) -> jax.Array:
    """Where things are moved to.

    Args:
      amounts: ``float32[B, AMOUNTS]``.

    Returns:
      ``float32[B, 4, 3, 3]``, maps of homogeneous (x, y) in units, of the face and of each part in the moved
      face. Mirroring is not in them.
    """
    moved = amounts[:, :-1].reshape(-1, len(MOVED), 4) * DEVIATIONS
    turn, factor = jnp.deg2rad(moved[..., 3]), jnp.exp(moved[..., 2])
    c, s = factor * jnp.cos(turn), factor * jnp.sin(turn)
    x, y = MIDDLES[:, 0], MIDDLES[:, 1]
    zero, one = jnp.zeros_like(c), jnp.ones_like(c)
    rows = [
        jnp.stack([c, -s, x + moved[..., 0] - c * x + s * y], -1),
        jnp.stack([s, c, y + moved[..., 1] - s * x - c * y], -1),
        jnp.stack([zero, zero, one], -1),
    ]
    each = jnp.stack(rows, -2)
    face = each[:, :1]
    return jnp.concatenate([face, face @ each[:, 1:]], 1)


def sources(amounts: jax.Array) -> jax.Array:
    """The inverse of `matrices` without its last row, ``[B, 4, 2, 3]``: where a place of the picture is
    from."""
    m = matrices(amounts)
    linear, shift = m[..., :2, :2], m[..., :2, 2:]
    a, b, c, d = linear[..., 0, 0], linear[..., 0, 1], linear[..., 1, 0], linear[..., 1, 1]
    adjugate = jnp.stack([jnp.stack([d, -b], -1), jnp.stack([-c, a], -1)], -2)
    inverse = adjugate / (a * d - b * c)[..., None, None]
    return jnp.concatenate([inverse, -inverse @ shift], -1)

"""What synthesised necklaces and earrings share: where a label is in a photo, colours, light, soft edges."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from emojax.core import rng
from emojax.data.faces.labels import CLASSES
from emojax.training.augment.photometric import uniform

_SKIN = tuple(CLASSES.index(name) for name in ("skin", "neck"))

PEARLS = np.asarray([(0.93, 0.9, 0.85), (0.97, 0.96, 0.94)], np.float32)
_METALS = np.asarray(
    # Pearls, silver, gold, rose gold, jet.
    [*PEARLS, (0.78, 0.79, 0.82), (0.84, 0.66, 0.32), (0.83, 0.6, 0.5), (0.1, 0.1, 0.11)],
    np.float32,
)

_SHADE = 0.85
"""Brightness between the beads of a necklace and within an earring: what is not covered lies in its shade."""


class Place(NamedTuple):
    """Moments of a label in a label map, in sides of it; ``float32[B, 1, 1]`` each.

    Attributes:
      x, y: the mean position.
      half_width, half_height: of a rectangle with the same variances.
      share: of the map's pixels.
    """

    x: jax.Array
    y: jax.Array
    half_width: jax.Array
    half_height: jax.Array
    share: jax.Array


def paint(
    pixels: jax.Array,
    worn: jax.Array,
    squared: jax.Array,
    *,
    light: jax.Array,
    color: jax.Array,
    label: int,
    edge: jax.Array,
) -> jax.Array:
    """Labels the pixels in `worn`, and paints those of them that the jewel covers, with soft edges.

    Args:
      pixels: ``uint8[B, S, S, 4]``.
      worn: ``bool[B, S, S]``, the jewel and the gaps in it.
      squared: ``float32[B, S, S]``, squared distance from the jewel's middle line or centre, 1 at its edge.
      light: ``float32[B, S, S]``, a factor of the colour.
      color: ``float32[B, 3]`` in [0, 1].
      label: of `worn`.
      edge: ``float32[B, 1, 1]``, half the thickness in pixels.

    Returns:
      ``uint8[B, S, S, 4]``.
    """
    photo = pixels[..., :3].astype(jnp.float32) / 255.0
    # Lit as the skin is: pearls are dark in a dark photo, and white on a black coat.
    skin = jnp.isin(pixels[..., 3], jnp.asarray(_SKIN, jnp.uint8))[..., None]
    lit = jnp.sum(jnp.where(skin, photo, 0.0), axis=(1, 2, 3)) / jnp.maximum(
        3 * jnp.sum(skin, axis=(1, 2, 3)), 1
    )
    scene = jnp.clip(0.45 + 0.9 * lit, 0.4, 1.25)[:, None, None]
    jewel = color[:, None, None, :] * (light * scene)[..., None]
    cover = jnp.clip((1 - jnp.sqrt(squared)) * edge + 0.5, 0, 1) * worn
    shaded = photo * jnp.where(worn, _SHADE, 1.0)[..., None]
    painted = jnp.clip(shaded + cover[..., None] * (jewel - shaded), 0, 1)
    labels = jnp.where(worn, jnp.uint8(label), pixels[..., 3])
    return jnp.concatenate([jnp.round(painted * 255).astype(jnp.uint8), labels[..., None]], axis=-1)


def colors(key: jax.Array, count: int) -> jax.Array:
    """``float32[count, 3]``: of `_METALS` for three quarters, any colour for the others."""
    odd = jax.random.uniform(rng.stream(key, "odd"), (count, 3))
    return jnp.where((uniform(key, count, "is odd") < 0.25)[:, None], odd, metals(key, count))


def metals(key: jax.Array, count: int) -> jax.Array:
    """``float32[count, 3]``, rows of `_METALS`."""
    return jnp.asarray(_METALS)[choose(key, count, "metal", len(_METALS))]


def choose(key: jax.Array, count: int, name: str, options: int) -> jax.Array:
    """``int32[count]`` below `options`."""
    return jax.random.randint(rng.stream(key, name), (count,), 0, options)


def sheen(x: jax.Array, y: jax.Array, round_: jax.Array | bool) -> jax.Array:
    """Brightness of a ball, or of a tube along x, lit from above: about 1 on average.

    Args:
      x, y: ``float32[B, S, S]``, position in units of its radius.
      round_: where it is a ball.
    """
    x = jnp.where(round_, x, 0.0)
    depth = jnp.sqrt(jnp.maximum(1 - x**2 - y**2, 0))
    lit = 0.45 * depth - 0.35 * y - 0.2 * x
    return 0.75 + 0.6 * lit + 0.6 * jnp.maximum(lit - 0.4, 0)


def place(mask: jax.Array) -> Place:
    """The moments of ``bool[B, S, S]``; all are 0 where nothing is set."""
    S = mask.shape[1]
    x, y = axes(S)
    pixels = jnp.sum(mask, axis=(1, 2), keepdims=True)

    def mean(values: jax.Array) -> jax.Array:
        return jnp.sum(jnp.where(mask, values, 0.0), axis=(1, 2), keepdims=True) / jnp.maximum(pixels, 1)

    middle_x, middle_y = mean(x), mean(y)
    # A uniform distribution's half width is sqrt(3) standard deviations.
    half_width = jnp.sqrt(3 * mean((x - middle_x) ** 2))
    half_height = jnp.sqrt(3 * mean((y - middle_y) ** 2))
    return Place(middle_x, middle_y, half_width, half_height, pixels / S**2)


def axes(size: int) -> tuple[jax.Array, jax.Array]:
    """x ``[1, 1, size]`` and y ``[1, size, 1]`` of pixels' middles, in [0, 1]."""
    axis = (jnp.arange(size) + 0.5) / size
    return axis[None, None, :], axis[None, :, None]


def scalar(key: jax.Array, count: int, name: str, low: float = 0.0, high: float = 1.0) -> jax.Array:
    """``float32[count, 1, 1]`` from U[low, high), from the random stream `name` of `key`."""
    return uniform(key, count, name, low, high)[:, None, None]

"""Differentiable augmentation of what a discriminator is given.

Zhao et al., 2020, "Differentiable Augmentation for Data-Efficient GAN Training", section 3: real and
generated images pass through the same random operations, and the generator's gradient passes through them
too. So the discriminator cannot memorise its few images, and the generator does not learn the operations.
Each operation is applied to each image with a probability, the strength (Karras et al., 2020, "Training
Generative Adversarial Networks with Limited Data", section 2).

Images are ``float32[B, S, S, 3]`` in [-1, 1]; colours may leave that range, as in the paper.
"""

import dataclasses

import jax
import jax.numpy as jnp

from emojax.core import rng

Draws = dict[str, jax.Array]
"""For each operation ``[B, n]``: numbers from U[0, 1). The first says whether the operation is applied, the
others how far it goes."""

_NUMBERS = {"brightness": 2, "saturation": 2, "contrast": 2, "affine": 5, "cutout": 3}


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """Ranges of the operations; 0 switches one off.

    The defaults are the paper's. With none, samples are nearer to the training images: after 1,688 steps the
    copying ratio is 1.07 instead of 1.22 (docs/gan.md, rows unaugmented and short). Ranges so wide that
    unchanged images become rare leak: generated images look augmented (Karras et al., 2020, section 2.2).

    Attributes:
      colour: factor of the ranges of brightness (half of this, added), saturation (distance from grey
        multiplied by 1 +- this) and contrast (distance from the mean multiplied by 1 +- half of this).
      translation: largest shift, as a share of the side.
      scale: largest change of the logarithm of the size.
      rotation: largest angle in degrees.
      cutout: side of the square that is set to grey, as a share of the image's side.
    """

    colour: float = 1.0
    translation: float = 0.125
    scale: float = 0.0
    rotation: float = 0.0
    cutout: float = 0.5


def draw(key: jax.Array, count: int) -> Draws:
    """The random numbers for `count` images, ``float32[count, n]`` for each operation."""
    return {name: jax.random.uniform(rng.stream(key, name), (count, n)) for name, n in _NUMBERS.items()}


def apply(
    augmentation: Augmentation, images: jax.Array, draws: Draws, strength: jax.Array | float
) -> jax.Array:
    """Augmented images.

    Args:
      augmentation: ranges of the operations.
      images: ``float32[B, S, S, 3]``.
      draws: of `draw`.
      strength: probability of each operation for each image, in [0, 1]; at 0 images are returned unchanged,
        up to rounding.

    Returns:
      ``float32[B, S, S, 3]``.
    """
    if augmentation.colour:
        images = _recolor(augmentation.colour, images, draws, strength)
    if augmentation.translation or augmentation.scale or augmentation.rotation:
        images = _transform(augmentation, images, draws["affine"], strength)
    if augmentation.cutout:
        images = _cut_out(augmentation.cutout, images, draws["cutout"], strength)
    return images


def _applied(draws: jax.Array, strength: jax.Array | float) -> jax.Array:
    """1 for the images that an operation is applied to, else 0: ``[B, 1, 1, 1]``."""
    return (draws[:, 0] < strength).astype(draws.dtype)[:, None, None, None]


def _recolor(colour: float, images: jax.Array, draws: Draws, strength: jax.Array | float) -> jax.Array:
    def amount(name: str) -> jax.Array:
        """In [-colour, colour), and 0 for an image that the operation is not applied to."""
        drawn = 2.0 * draws[name][:, 1, None, None, None] - 1.0
        return colour * drawn * _applied(draws[name], strength)

    # The paper's ranges in [-1, 1]: brightness +- 0.5, saturation times 0 to 2, contrast times 0.5 to 1.5.
    images = images + 0.5 * amount("brightness")
    grey = images.mean(-1, keepdims=True)
    images = images + amount("saturation") * (images - grey)
    mean = images.mean((1, 2, 3), keepdims=True)
    return images + 0.5 * amount("contrast") * (images - mean)


def _transform(
    augmentation: Augmentation, images: jax.Array, draws: jax.Array, strength: jax.Array | float
) -> jax.Array:
    """Shifts, scales and rotates. Beyond the image its edge is repeated, which is background."""
    S = images.shape[1]
    amounts = (2.0 * draws[:, 1:] - 1.0) * _applied(draws, strength)[:, 0, 0]
    # Whole pixels, which blur nothing.
    shift = jnp.round(augmentation.translation * S * amounts[:, :2])
    size = jnp.exp(augmentation.scale * amounts[:, 2])
    if not augmentation.rotation:
        rows, columns = (_resampling(S, size, shift[:, axis]) for axis in (0, 1))
        images = jnp.einsum("bij,bjwc->biwc", rows, images, precision="highest")
        return jnp.einsum("bij,bhjc->bhic", columns, images, precision="highest")
    angle = jnp.deg2rad(augmentation.rotation) * amounts[:, 3]
    return _rotated(images, angle, size, shift)


def _resampling(side: int, size: jax.Array, shift: jax.Array) -> jax.Array:
    """``[B, side, side]``: matrices that scale a line of pixels about its middle and shift it.

    The gradient of a matrix product is another product and as fast; that of a gather is a slow scatter.
    """
    pixels, middle = jnp.arange(side, dtype=size.dtype), 0.5 * (side - 1)
    source = (pixels - middle - shift[:, None]) / size[:, None] + middle
    source = jnp.clip(source, 0.0, side - 1.0)
    return jnp.maximum(1.0 - jnp.abs(source[:, :, None] - pixels), 0.0)


def _rotated(images: jax.Array, angle: jax.Array, size: jax.Array, shift: jax.Array) -> jax.Array:
    """Rotated by `angle` ``[B]`` in radians, scaled by `size` ``[B]`` and shifted by `shift` ``[B, 2]``."""
    side = images.shape[1]
    middle = 0.5 * (side - 1)
    y, x = jnp.meshgrid(jnp.arange(side) - middle, jnp.arange(side) - middle, indexing="ij")

    def one(image: jax.Array, angle: jax.Array, size: jax.Array, shift: jax.Array) -> jax.Array:
        dy, dx = (y - shift[0]) / size, (x - shift[1]) / size
        cos, sin = jnp.cos(angle), jnp.sin(angle)
        sources = [cos * dy - sin * dx + middle, sin * dy + cos * dx + middle]
        channels = [
            jax.scipy.ndimage.map_coordinates(image[..., c], sources, order=1, mode="nearest")
            for c in range(image.shape[-1])
        ]
        return jnp.stack(channels, -1)

    return jax.vmap(one)(images, angle, size, shift)


def _cut_out(share: float, images: jax.Array, draws: jax.Array, strength: jax.Array | float) -> jax.Array:
    """Sets a square to grey, 0. Its middle is anywhere in the image, and the image's border cuts it off."""
    S = images.shape[1]
    pixels, half = jnp.arange(S) + 0.5, 0.5 * share * S
    inside = [jnp.abs(pixels - jnp.floor(draws[:, i, None] * S)) < half for i in (1, 2)]
    hole = (inside[0][:, :, None] & inside[1][:, None, :])[..., None]
    return images * (1.0 - hole * _applied(draws, strength))

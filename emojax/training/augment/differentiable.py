"""Differentiable augmentation of what a discriminator sees (Zhao et al., "Differentiable
Augmentation for Data-Efficient GAN Training", 2020).

Real and generated images pass through the same random changes, and the gradient goes through
them to the generator, so that the discriminator cannot learn its few images by heart and the
generator does not learn the changes. Each change is made to each image with a probability, the
strength (Karras et al., "Training Generative Adversarial Networks with Limited Data", 2020).

Images are ``float32[B, S, S, 3]`` in [-1, 1].
"""

import dataclasses

import jax
import jax.numpy as jnp

from emojax.core import rng

Draws = dict[str, jax.Array]
"""For each change ``[B, n]``: numbers from U[0, 1), the first of which says whether it is made."""

_NUMBERS = {"brightness": 2, "saturation": 2, "contrast": 2, "affine": 5, "cutout": 3}


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """How far images are changed.

    Attributes:
      colour: of brightness, saturation and contrast; 1 is the paper's.
      translation: as a share of the side; the paper's is 1/8.
      scale: largest change of the logarithm of the size.
      rotation: largest angle in degrees.
      cutout: side of the square that is painted over, as a share of the image's.
    """

    colour: float = 1.0
    translation: float = 0.125
    scale: float = 0.0
    rotation: float = 0.0
    cutout: float = 0.5


def draw(key: jax.Array, count: int) -> Draws:
    """What is random in the changes of `count` images."""
    return {name: jax.random.uniform(rng.stream(key, name), (count, n)) for name, n in _NUMBERS.items()}


def apply(
    augmentation: Augmentation, images: jax.Array, draws: Draws, strength: jax.Array | float
) -> jax.Array:
    """The images changed.

    Args:
      augmentation: how far.
      images: ``float32[B, S, S, 3]``.
      draws: of `draw`.
      strength: probability of each change; at 0 images are as they were.
    """
    if augmentation.colour:
        images = _recolor(augmentation.colour, images, draws, strength)
    if augmentation.translation or augmentation.scale or augmentation.rotation:
        images = _move(augmentation, images, draws["affine"], strength)
    if augmentation.cutout:
        images = _cut_out(augmentation.cutout, images, draws["cutout"], strength)
    return images


def _made(draws: jax.Array, strength: jax.Array | float) -> jax.Array:
    """1 for the images that are changed, else 0: ``[B, 1, 1, 1]``."""
    return (draws[:, 0] < strength).astype(draws.dtype)[:, None, None, None]


def _recolor(colour: float, images: jax.Array, draws: Draws, strength: jax.Array | float) -> jax.Array:
    def amount(name: str) -> jax.Array:
        """In [-colour, colour), and 0 for an image that keeps its own."""
        drawn = 2.0 * draws[name][:, 1, None, None, None] - 1.0
        return colour * drawn * _made(draws[name], strength)

    images = images + 0.5 * amount("brightness")
    grey = images.mean(-1, keepdims=True)
    images = images + amount("saturation") * (images - grey)
    mean = images.mean((1, 2, 3), keepdims=True)
    return images + 0.5 * amount("contrast") * (images - mean)


def _move(
    augmentation: Augmentation, images: jax.Array, draws: jax.Array, strength: jax.Array | float
) -> jax.Array:
    """Shifts, scales and turns; what comes in from outside repeats the edge, which is background."""
    S = images.shape[1]
    amounts = (2.0 * draws[:, 1:] - 1.0) * _made(draws, strength)[:, 0, 0]
    # Whole pixels, which blur nothing.
    shift = jnp.round(augmentation.translation * S * amounts[:, :2])
    size = jnp.exp(augmentation.scale * amounts[:, 2])
    if not augmentation.rotation:
        rows, columns = (_resampling(S, size, shift[:, axis]) for axis in (0, 1))
        images = jnp.einsum("bij,bjwc->biwc", rows, images, precision="highest")
        return jnp.einsum("bij,bhjc->bhic", columns, images, precision="highest")
    angle = jnp.deg2rad(augmentation.rotation) * amounts[:, 3]
    return _turned(images, angle, size, shift)


def _resampling(side: int, size: jax.Array, shift: jax.Array) -> jax.Array:
    """``[B, side, side]``: matrices that enlarge a line of pixels about its middle and shift it.

    Products with them, unlike gathers, have a gradient that is as fast as they are.
    """
    pixels, middle = jnp.arange(side, dtype=size.dtype), 0.5 * (side - 1)
    from_ = (pixels - middle - shift[:, None]) / size[:, None] + middle
    from_ = jnp.clip(from_, 0.0, side - 1.0)
    return jnp.maximum(1.0 - jnp.abs(from_[:, :, None] - pixels), 0.0)


def _turned(images: jax.Array, angle: jax.Array, size: jax.Array, shift: jax.Array) -> jax.Array:
    side = images.shape[1]
    middle = 0.5 * (side - 1)
    y, x = jnp.meshgrid(jnp.arange(side) - middle, jnp.arange(side) - middle, indexing="ij")

    def one(image: jax.Array, angle: jax.Array, size: jax.Array, shift: jax.Array) -> jax.Array:
        dy, dx = (y - shift[0]) / size, (x - shift[1]) / size
        cos, sin = jnp.cos(angle), jnp.sin(angle)
        places = [cos * dy - sin * dx + middle, sin * dy + cos * dx + middle]
        channels = [
            jax.scipy.ndimage.map_coordinates(image[..., c], places, order=1, mode="nearest")
            for c in range(image.shape[-1])
        ]
        return jnp.stack(channels, -1)

    return jax.vmap(one)(images, angle, size, shift)


def _cut_out(share: float, images: jax.Array, draws: jax.Array, strength: jax.Array | float) -> jax.Array:
    """Paints a square grey, as large as `share` where it lies within the image."""
    S = images.shape[1]
    pixels, half = jnp.arange(S) + 0.5, 0.5 * share * S
    inside = [jnp.abs(pixels - jnp.floor(draws[:, i, None] * S)) < half for i in (1, 2)]
    hole = (inside[0][:, :, None] & inside[1][:, None, :])[..., None]
    return images * (1.0 - hole * _made(draws, strength))

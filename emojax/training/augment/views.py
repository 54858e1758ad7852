"""The same drawing seen a little differently, in JAX, on whole batches: views of one exemplar.

Drawings are not mirrored: OpenMoji has pairs that are each other's mirror images and mean two things.
What a view may do to a drawing, the net learns not to see. All of it is small, therefore: a net that does
not see blur or noise could not judge a generator that makes them.
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
from flax import struct

from emojax.core import rng
from emojax.training.augment.photometric import uniform


@struct.dataclass
class Views:
    """How far views go, each by a random share of these.

    Attributes:
      shift: of the picture's side, to either side.
      scale: in logarithms, larger or smaller; either axis a quarter of that by itself.
      rotation: in degrees, to either side.
      still: share of the views that are not moved, and so as sharp as the drawing.
      color: of each primary colour's strength, to either side.
      contrast: likewise of the contrast.
      brightness: of the range from black to white, to either side.
      blur: standard deviation in pixels, in half of the views.
      noise: standard deviation, of the range from black to white, in half of the views.
    """

    shift: float
    scale: float
    rotation: float
    still: float
    color: float
    contrast: float
    brightness: float
    blur: float
    noise: float

    def times(self, strength: float) -> "Views":
        """These, but so much stronger; as many of them are not moved."""
        return dataclasses.replace(
            self, **{name: strength * value for name, value in vars(self).items() if name != "still"}
        )


def view(key: jax.Array, drawings: jax.Array, settings: Views) -> jax.Array:
    """A view of each drawing.

    Args:
      key: of the batch.
      drawings: ``uint8[B, S, S, 3]``; beyond them it is black.
      settings: how far to go.

    Returns:
      ``float32[B, S, S, 3]`` in [-1, 1].
    """
    images = _recolored(
        rng.stream(key, "color"), _moved(rng.stream(key, "move"), drawings, settings), settings
    )
    images = _blurred(rng.stream(key, "blur"), images, settings.blur)
    return 2.0 * _noisy(rng.stream(key, "noise"), images, settings.noise) - 1.0


def _moved(key: jax.Array, drawings: jax.Array, settings: Views) -> jax.Array:
    """Shifted, scaled and turned by linear interpolation, ``float32[B, S, S, 3]`` in [0, 1]."""
    B, S = drawings.shape[:2]
    moves = uniform(key, B, "still") >= settings.still

    def draw(name: str, reach: float) -> jax.Array:
        return jnp.where(moves, uniform(key, B, name, -reach, reach), 0.0)[:, None, None]

    angle, zoom = draw("angle", settings.rotation) * (jnp.pi / 180), jnp.exp(draw("zoom", settings.scale))
    stretch = jnp.exp(draw("stretch", settings.scale / 4))
    axis = jnp.arange(S) - (S - 1) / 2
    u = axis[None, None, :] - draw("x", settings.shift * S)
    v = axis[None, :, None] - draw("y", settings.shift * S)
    x = (u * jnp.cos(angle) + v * jnp.sin(angle)) / (zoom * stretch) + (S - 1) / 2
    y = (v * jnp.cos(angle) - u * jnp.sin(angle)) * stretch / zoom + (S - 1) / 2

    # One word a pixel, and a black rim: a picture is read by four gathers without a test at its border.
    padded = jnp.pad(drawings, ((0, 0), (1, 1), (1, 1), (0, 1)))
    words = jax.lax.bitcast_convert_type(padded, jnp.uint32).reshape(-1)
    x, y = (jnp.clip(t + 1, 0, S + 0.999) for t in (x, y))
    left, top = jnp.floor(x), jnp.floor(y)
    fx, fy = (x - left)[..., None], (y - top)[..., None]
    corner = (top * (S + 2) + left).astype(jnp.int32) + (jnp.arange(B) * (S + 2) ** 2)[:, None, None]

    def read(down: int, across: int) -> jax.Array:
        word = words.at[corner + down * (S + 2) + across].get(mode="promise_in_bounds")
        return jax.lax.bitcast_convert_type(word, jnp.uint8)[..., :3].astype(jnp.float32)

    upper = read(0, 0) * (1 - fx) + read(0, 1) * fx
    lower = read(1, 0) * (1 - fx) + read(1, 1) * fx
    return (upper * (1 - fy) + lower * fy) / 255.0


def _recolored(key: jax.Array, images: jax.Array, settings: Views) -> jax.Array:
    B = len(images)
    draw = functools.partial(uniform, key, B)
    gains = 1 + settings.color * jax.random.uniform(rng.stream(key, "gains"), (B, 3), minval=-1, maxval=1)
    gains *= 1 + draw("contrast", -settings.contrast, settings.contrast)[:, None]
    offset = draw("brightness", -settings.brightness, settings.brightness)[:, None, None, None]
    return jnp.clip(images * gains[:, None, None, :] + offset, 0, 1)


def _blurred(key: jax.Array, images: jax.Array, blur: float) -> jax.Array:
    """By Gaussians, half of them so narrow that nothing changes.

    As products with matrices: XLA on CPU fuses sums of shifted pictures with what made these, and makes
    them again for each shift.
    """
    S = images.shape[1]
    sigma = jnp.maximum(uniform(key, len(images), "sigma", -blur, blur), 1e-2)[:, None, None]
    kernels = jnp.exp(-0.5 * jnp.square((jnp.arange(S)[:, None] - jnp.arange(S)) / sigma))
    kernels /= jnp.sum(kernels, axis=-1, keepdims=True)
    return jnp.einsum("bhy,bwx,byxc->bhwc", kernels, kernels, images)


def _noisy(key: jax.Array, images: jax.Array, noise: float) -> jax.Array:
    """All see the same noise at different places, since drawing it is dear on a CPU."""
    B, H, W, C = images.shape
    field = jax.random.normal(rng.stream(key, "field"), (2 * H, 2 * W, C))
    corners = jax.random.randint(rng.stream(key, "corner"), (B, 2), 0, jnp.asarray([H, W]))
    shifted = jnp.stack([jax.lax.dynamic_slice(field, (c[0], c[1], 0), (H, W, C)) for c in corners])
    amount = jnp.maximum(uniform(key, B, "amount", -noise, noise), 0)[:, None, None, None]
    return jnp.clip(images + amount * shifted, 0, 1)

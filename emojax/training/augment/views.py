"""Views: small random changes of drawings, in JAX, on whole batches.

Every drawing is a class of its own of which a net is given views (Dosovitskiy et al., 2014, "Discriminative
Unsupervised Feature Learning with Convolutional Neural Networks", section 2.1). Drawings are not mirrored:
OpenMoji has pairs that are each other's mirror images and mean two things.

The net learns to ignore what views change. All of it is small, therefore: a net that ignored blur or noise
could not judge a generator that makes them.
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
from flax import struct

from emojax.core import rng
from emojax.training.augment.photometric import uniform

_NO_BLUR = 1e-2
"""Standard deviation in pixels of a Gaussian that changes nothing: one pixel away it is exp(-5000)."""


@struct.dataclass
class Views:
    """How strong the changes are. Each view's are random, up to these.

    The values of ``configs/features.py`` give a net whose nearest smiley to a view is the view's own in 99 %.
    Stronger by half, 92 %, and twice as strong, 82 % (``emojax/weights/features.md``): views of drawings that
    differ in few pixels are then the same.

    Attributes:
      shift: of the picture's side, to either side.
      scale: of the logarithm of the size, larger or smaller; of width against height a quarter of that.
      rotation: in degrees, to either side.
      still: share of the views that are not resampled, and so as sharp as the drawing.
      color: of each primary colour's strength, to either side of 1.
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
        """These with every range multiplied by `strength`; `still`, a share, stays."""
        return dataclasses.replace(
            self, **{name: strength * value for name, value in vars(self).items() if name != "still"}
        )


def view(key: jax.Array, drawings: jax.Array, settings: Views) -> jax.Array:
    """A view of each drawing.

    Args:
      key: of the batch.
      drawings: ``uint8[B, S, S, 3]``; beyond them it is black.
      settings: how strong the changes are.

    Returns:
      ``float32[B, S, S, 3]`` in [-1, 1].
    """
    images = _transformed(rng.stream(key, "move"), drawings, settings)
    images = _recolored(rng.stream(key, "color"), images, settings)
    images = _blurred(rng.stream(key, "blur"), images, settings.blur)
    return 2.0 * _noisy(rng.stream(key, "noise"), images, settings.noise) - 1.0


def _transformed(key: jax.Array, drawings: jax.Array, settings: Views) -> jax.Array:
    """Shifted, scaled and rotated by bilinear interpolation, ``float32[B, S, S, 3]`` in [0, 1]."""
    B, S = drawings.shape[:2]
    moves = uniform(key, B, "still") >= settings.still

    def draw(name: str, limit: float) -> jax.Array:
        return jnp.where(moves, uniform(key, B, name, -limit, limit), 0.0)[:, None, None]

    angle, zoom = draw("angle", settings.rotation) * (jnp.pi / 180), jnp.exp(draw("zoom", settings.scale))
    stretch = jnp.exp(draw("stretch", settings.scale / 4))
    axis = jnp.arange(S) - (S - 1) / 2
    u = axis[None, None, :] - draw("x", settings.shift * S)
    v = axis[None, :, None] - draw("y", settings.shift * S)
    x = (u * jnp.cos(angle) + v * jnp.sin(angle)) / (zoom * stretch) + (S - 1) / 2
    y = (v * jnp.cos(angle) - u * jnp.sin(angle)) * stretch / zoom + (S - 1) / 2

    # Pixels are packed into 32-bit words and get a black rim: a view is four gathers without bounds checks.
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
    """Convolved with Gaussians, half of them so narrow that nothing changes.

    As products with matrices: XLA on CPU fuses sums of shifted pictures with the operations before them, and
    computes these again for each shift.
    """
    S = images.shape[1]
    sigma = jnp.maximum(uniform(key, len(images), "sigma", -blur, blur), _NO_BLUR)[:, None, None]
    kernels = jnp.exp(-0.5 * jnp.square((jnp.arange(S)[:, None] - jnp.arange(S)) / sigma))
    kernels /= jnp.sum(kernels, axis=-1, keepdims=True)
    return jnp.einsum("bhy,bwx,byxc->bhwc", kernels, kernels, images)


def _noisy(key: jax.Array, images: jax.Array, noise: float) -> jax.Array:
    """With crops of one noise field at different places, since drawing noise is slow on a CPU."""
    B, H, W, C = images.shape
    field = jax.random.normal(rng.stream(key, "field"), (2 * H, 2 * W, C))
    corners = jax.random.randint(rng.stream(key, "corner"), (B, 2), 0, jnp.asarray([H, W]))
    shifted = jnp.stack([jax.lax.dynamic_slice(field, (c[0], c[1], 0), (H, W, C)) for c in corners])
    amount = jnp.maximum(uniform(key, B, "amount", -noise, noise), 0)[:, None, None, None]
    return jnp.clip(images + amount * shifted, 0, 1)

"""Noise for the denoising autoencoders of face parts: what parsing errors, hair and hands do to a shape.

The input is a shape that is moved, partly covered, ragged at its border and blurred; the target is the clean
shape (Vincent et al., 2008, "Extracting and Composing Robust Features with Denoising Autoencoders", section
2.3).
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
from jax import lax

from emojax.core import rng
from emojax.training.augment.photometric import uniform

_HOLE_RADII = (0.04, 0.25)
"""Half axes of the ellipse that covers a part of a shape, in sides of the picture: chosen by eye. Smaller
ones are within two pixels of 64, what the ragged border looks like anyway; larger ones cover more than half
of the picture's width, so a whole brow or eye, and nothing is left to reconstruct it from."""


@dataclasses.dataclass(frozen=True)
class ShapeNoise:
    """How strong the noise is.

    The defaults were chosen by eye, from what a face parser's errors look like. Less noise than these errors,
    and vectors of a part depend on them; so much that variants of a part cannot be told apart, and their
    vectors become one. ``configs/autoencoder.py`` moves shapes by about half of the defaults.

    Attributes:
      shift: largest shift along either axis, in sides of the picture.
      scale: largest share by which the shape becomes smaller or larger.
      rotation: largest angle in degrees. Larger, and the tilt of brows, which is an expression, is lost.
      holes: share of the shapes that an ellipse covers in part.
      ragged: a pixel is flipped with at most this probability times the share of other values in the 3 x 3
        pixels about it.
      blurred: largest weight of the blurred shape in its mean with the sharp one.
    """

    shift: float = 0.05
    scale: float = 0.1
    rotation: float = 4.0
    holes: float = 0.4
    ragged: float = 0.8
    blurred: float = 1.0


def move(key: jax.Array, masks: jax.Array, settings: ShapeNoise) -> jax.Array:
    """Shifts, scales and rotates label maps, to the nearest pixel; beyond them their border is repeated.

    Args:
      key: of the batch.
      masks: ``uint8[N, S, S]``.
      settings: how far; each map is moved by an amount of its own.

    Returns:
      ``uint8[N, S, S]``.
    """
    N, S = masks.shape[:2]
    draw = functools.partial(uniform, key, N)
    angle = jnp.deg2rad(draw("angle", -settings.rotation, settings.rotation))
    zoom = 1.0 + draw("zoom", -settings.scale, settings.scale)
    across, down = (draw(name, -settings.shift, settings.shift)[:, None, None] for name in ("x", "y"))
    axis = (jnp.arange(S) + 0.5) / S - 0.5
    u, v = axis[None, None, :] - across, axis[None, :, None] - down
    cos, sin = (f(angle)[:, None, None] / zoom[:, None, None] for f in (jnp.cos, jnp.sin))
    column, row = (
        jnp.clip(jnp.floor((t + 0.5) * S).astype(jnp.int32), 0, S - 1)
        for t in (u * cos + v * sin, v * cos - u * sin)
    )
    index = (row * S + column).reshape(N, -1)
    return jnp.take_along_axis(masks.reshape(N, -1), index, axis=1).reshape(masks.shape)


def corrupt(key: jax.Array, shapes: jax.Array, settings: ShapeNoise) -> jax.Array:
    """Covers shapes in part, makes their borders ragged and blurs them.

    Args:
      key: of the batch.
      shapes: ``float32[N, S, S, C]`` of 0 and 1; a hole covers all channels of a shape.
      settings: how strong the noise is.

    Returns:
      ``float32[N, S, S, C]`` in [0, 1].
    """
    N, S = shapes.shape[:2]
    draw = functools.partial(uniform, key, N)
    shapes = shapes * ~_hole(key, N, S, settings.holes)[..., None]
    # Bytes, because drawing random bits is most of what this costs.
    noise = jax.random.bits(rng.stream(key, "border"), (N, S, S), jnp.uint8).astype(jnp.float32) / 256
    strength = draw("ragged", 0.0, settings.ragged)[:, None, None, None]
    # Compiled, the mean of equal ones may be off by rounding: then a byte of 0 flips one pixel in 256 inside.
    flips = noise[..., None] < strength * jnp.abs(_mean3(shapes) - shapes)
    shapes = jnp.where(flips, 1.0 - shapes, shapes)
    weight = draw("blurred", 0.0, settings.blurred)[:, None, None, None]
    return shapes + weight * (_mean3(_mean3(shapes)) - shapes)


def _hole(key: jax.Array, N: int, S: int, share: float) -> jax.Array:
    """``bool[N, S, S]``: an ellipse in `share` of the pictures, nothing in the others."""
    draw = functools.partial(uniform, key, N)
    axis = (jnp.arange(S) + 0.5) / S
    x, y = (
        ((axis[None] - draw(f"hole {name}")[:, None]) / draw(f"hole {name} radius", *_HOLE_RADII)[:, None])
        ** 2
        for name in ("x", "y")
    )
    present = draw("hole") < share
    return (y[:, :, None] + x[:, None, :] < 1.0) & present[:, None, None]


def _mean3(x: jax.Array) -> jax.Array:
    """Mean of every pixel of ``[N, S, S, C]`` and its eight neighbours; beyond the border it is repeated."""
    x = jnp.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)], mode="edge")
    for axis in (1, 2):
        window = tuple(3 if i == axis else 1 for i in range(4))
        x = lax.reduce_window(x, 0.0, lax.add, window, (1, 1, 1, 1), "VALID") / 3.0
    return x

"""What a face parser, hair and hands do to a part's shape: the noise of denoising autoencoders.

A shape is seen moved, covered in places, ragged at its border and blurred, and is to be drawn as it is
(Vincent et al., "Extracting and Composing Robust Features with Denoising Autoencoders", 2008).
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
from jax import lax

from emojax.core import rng
from emojax.training.augment.photometric import uniform


@dataclasses.dataclass(frozen=True)
class ShapeNoise:
    """How far the noise goes.

    Attributes:
      shift: in sides of the picture, to every side.
      scale: share by which the shape is smaller or larger at most.
      rotation: in degrees, to either side. Little: the tilt of a brow is an expression.
      holes: share of the shapes that have something before them.
      ragged: chance, at most, that a pixel is taken for what all of those about it are; what has
        like ones beside it is safer.
      blurred: weight of the blurred picture, at most.
    """

    shift: float = 0.05
    scale: float = 0.1
    rotation: float = 4.0
    holes: float = 0.4
    ragged: float = 0.8
    blurred: float = 1.0


def move(key: jax.Array, masks: jax.Array, settings: ShapeNoise) -> jax.Array:
    """Shifts, scales and turns label maps ``uint8[N, S, S]``; what comes in repeats the border."""
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


def spoil(key: jax.Array, shapes: jax.Array, settings: ShapeNoise) -> jax.Array:
    """Covers, frays and blurs ``float32[N, S, S, C]`` of 0 and 1; the result lies between these."""
    N, S = shapes.shape[:2]
    draw = functools.partial(uniform, key, N)
    shapes = shapes * ~_hole(key, N, S, settings.holes)[..., None]
    # Bytes, because random bits are most of what this costs.
    noise = jax.random.bits(rng.stream(key, "border"), (N, S, S), jnp.uint8).astype(jnp.float32) / 256
    strength = draw("ragged", 0.0, settings.ragged)[:, None, None, None]
    flips = noise[..., None] < strength * jnp.abs(_mean3(shapes) - shapes)
    shapes = jnp.where(flips, 1.0 - shapes, shapes)
    weight = draw("blurred", 0.0, settings.blurred)[:, None, None, None]
    return shapes + weight * (_mean3(_mean3(shapes)) - shapes)


def _hole(key: jax.Array, N: int, S: int, share: float) -> jax.Array:
    """``bool[N, S, S]``: an ellipse of up to half the picture in `share` of them, nothing in the others."""
    draw = functools.partial(uniform, key, N)
    axis = (jnp.arange(S) + 0.5) / S
    x, y = (
        ((axis[None] - draw(f"hole {name}")[:, None]) / draw(f"hole {name} radius", 0.04, 0.25)[:, None]) ** 2
        for name in ("x", "y")
    )
    there = draw("hole") < share
    return (y[:, :, None] + x[:, None, :] < 1.0) & there[:, None, None]


def _mean3(x: jax.Array) -> jax.Array:
    """Of every pixel of ``[N, S, S, C]`` and its eight neighbours; beyond the border is what lies on it."""
    x = jnp.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)], mode="edge")
    for axis in (1, 2):
        window = tuple(3 if i == axis else 1 for i in range(4))
        x = lax.reduce_window(x, 0.0, lax.add, window, (1, 1, 1, 1), "VALID") / 3.0
    return x

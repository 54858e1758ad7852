"""Augmentation of photos of faces together with their label maps, in JAX, on whole batches.

A batch is sampled from an image pyramid of its photos by one gather of packed pixels: rotation, scale,
stretch, shift and mirroring cost the same together as any of them alone, and sampling a coarser level than
the scale asks for is blur and low resolution at once. Everything after is arithmetic on the result.

Some operations are for a fixed share of the batch: its order is random already, and an operation that is not
computed for the others costs nothing there.
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np

from emojax.core import rng
from emojax.data.faces.labels import CLASSES, MIRRORED
from emojax.training.augment import photometric
from emojax.training.augment.photometric import uniform

_NOSE = CLASSES.index("nose")

_LEVELS = 4
"""Levels of the image pyramid: the photos, and halved one, two and three times."""

_NEAR_LOG_ZOOM = 0.2
"""To either side of the photo's own scale, for the share `Augmentation.near`."""
_LOG_STRETCH = 0.08
"""Of width against height, to either side. Larger, and faces look distorted."""
_NARROW = 1 / 4
"""Standard deviation of most rotations, of `Augmentation.max_rotation`: heads are rarely tilted far."""
_MIN_SHIFT = 0.08
"""Of the frame's side, to either side, for photos that fill the frame."""


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """How strong the augmentation is.

    The defaults are for a parser of any photo. Less, and it fails on what it never saw: a first one, with
    narrower rotation and scale, had an F1 of 0.59 on faces rotated by 45 degrees and 0.63 at half scale,
    where the shipped one has 0.79 and 0.81. The last rounds of ``configs/bisenet.py`` go back to less, for
    the upright faces of one size that face detection gives.

    Attributes:
      min_zoom: smallest scale of the photo in the frame; the frame around it is filled.
      max_zoom: largest scale.
      near: share of faces at about the photo's own scale.
      max_rotation: in degrees, to either side.
      turned: share of faces rotated by any angle up to that; the others are rotated much less.
      coarse: share of faces at a half, a quarter or an eighth of their resolution.
      grey: share of faces without colour.
      jpeg: share of the batch that is compressed.
      occluders: shapes that may cover a face, each on a third of the faces.
      accessories: share of the batch on which another face's hat is pasted, and likewise for each of
        `copy_paste.ACCESSORIES`. Only for photos in which all faces are aligned.
      jewellery: share of the batch on which a necklace is synthesised, and likewise earrings; see
        `emojax.training.augment.jewellery`.
    """

    min_zoom: float = 0.4
    max_zoom: float = 1.7
    near: float = 0.4
    max_rotation: float = 55.0
    turned: float = 0.25
    coarse: float = 0.35
    grey: float = 0.08
    jpeg: float = 0.25
    occluders: int = 2
    accessories: float = 0.125
    jewellery: float = 0.0


def pack(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """``uint8[N, S, S, 3]`` and ``uint8[N, S, S]`` to ``uint8[N, S, S, 4]``, labels last."""
    return np.concatenate([images, masks[..., None]], axis=-1)


def augment(
    key: jax.Array, pixels: jax.Array, size: int, settings: Augmentation
) -> tuple[jax.Array, jax.Array]:
    """Warps, occludes, recolours, adds noise and compresses.

    Args:
      key: of the batch.
      pixels: ``uint8[B, S, S, 4]`` from `pack`, S a multiple of 8.
      size: side of the result in pixels, a multiple of 8 where images are compressed.
      settings: how strong the augmentation is.

    Returns:
      ``float32[B, size, size, 3]`` in [-1, 1] and labels ``int32[B, size, size]``.
    """
    images, masks = warp(rng.stream(key, "warp"), pixels, size, settings)
    images, masks = occlude(rng.stream(key, "occlude"), images, masks, settings.occluders)
    images = photometric.recolor(rng.stream(key, "recolor"), images, settings.grey)
    images = photometric.add_noise(rng.stream(key, "noise"), images)
    compressed = round(settings.jpeg * len(pixels))
    if compressed:
        images = jnp.concatenate(
            [photometric.compress(rng.stream(key, "jpeg"), images[:compressed]), images[compressed:]]
        )
    return 2.0 * images - 1.0, masks


def warp(key: jax.Array, pixels: jax.Array, size: int, settings: Augmentation) -> tuple[jax.Array, jax.Array]:
    """Shifts, rotates, scales, stretches and mirrors photos and labels, and lowers the photos' resolution.

    Beyond the photo is its reflection, in half of the photos that nearly fill the frame, or a smooth texture
    labelled background.

    Args:
      key, pixels, size, settings: see `augment`.

    Returns:
      ``float32[B, size, size, 3]`` in [0, 1] and labels ``int32[B, size, size]``.
    """
    B, S = pixels.shape[:2]
    draw = functools.partial(uniform, key, B)
    spread = settings.max_rotation
    narrow = jnp.clip(jax.random.normal(rng.stream(key, "angle"), (B,)) * spread * _NARROW, -spread, spread)
    angle = jnp.deg2rad(jnp.where(draw("turned") < settings.turned, draw("wide", -spread, spread), narrow))
    zoom = jnp.exp(draw("zoom", np.log(settings.min_zoom), np.log(settings.max_zoom)))
    zoom = jnp.where(
        draw("near") < settings.near, jnp.exp(draw("near zoom", -_NEAR_LOG_ZOOM, _NEAR_LOG_ZOOM)), zoom
    )
    stretch = jnp.exp(draw("stretch", -_LOG_STRETCH, _LOG_STRETCH))
    mirrored = draw("mirror") < 0.5
    # The photo's middle is anywhere in the frame where the photo fits, or a little off where it does not.
    room = _MIN_SHIFT + 0.5 * jnp.maximum(1 - zoom, 0)
    shift_x, shift_y = draw("x", -1, 1) * room, draw("y", -1, 1) * room

    axis = (jnp.arange(size) + 0.5) / size - 0.5
    u = axis[None, None, :] - shift_x[:, None, None]
    v = axis[None, :, None] - shift_y[:, None, None]
    cos, sin = jnp.cos(angle) / zoom, jnp.sin(angle) / zoom
    flip = jnp.where(mirrored, -stretch, stretch)
    x = 0.5 + (u * (cos * flip)[:, None, None] + v * (sin * flip)[:, None, None])
    y = 0.5 + (v * (cos / stretch)[:, None, None] - u * (sin / stretch)[:, None, None])

    inside = (jnp.abs(x - 0.5) < 0.5) & (jnp.abs(y - 0.5) < 0.5)
    reflects = ((zoom > 0.75) & (draw("outside") < 0.5))[:, None, None]
    x, y = (1 - jnp.abs(jnp.abs(t) - 1) for t in (x, y))  # reflected once; beyond that, clipped below

    words, offsets = _pyramid(pixels)
    coarser = 1 + (draw("how coarse") < 0.4).astype(jnp.int32) + (draw("coarsest") < 0.15)
    level = jnp.floor(jnp.log2(S / (size * zoom)) + 0.25) + jnp.where(
        draw("coarse") < settings.coarse, coarser, 0
    )
    level = jnp.clip(level, 0, _LEVELS - 1).astype(jnp.int32)
    side = (S >> level)[:, None, None]
    base = jnp.asarray(offsets)[level][:, None, None] + (jnp.arange(B) * words.shape[1])[:, None, None]
    table = words.reshape(-1)

    def read(row: jax.Array, column: jax.Array) -> jax.Array:
        row, column = (jnp.clip(t, 0, side - 1) for t in (row, column))
        word = table.at[base + row * side + column].get(mode="promise_in_bounds")
        return jnp.stack([(word >> shift) & 255 for shift in (0, 8, 16)], -1).astype(jnp.float32)

    px, py = x * side - 0.5, y * side - 0.5
    left, top = jnp.floor(px), jnp.floor(py)
    fx, fy = (px - left)[..., None], (py - top)[..., None]
    left, top = left.astype(jnp.int32), top.astype(jnp.int32)
    upper = read(top, left) * (1 - fx) + read(top, left + 1) * fx
    lower = read(top + 1, left) * (1 - fx) + read(top + 1, left + 1) * fx
    images = (upper * (1 - fy) + lower * fy) / 255.0

    # Labels come from the finest level: a blurred photo still has sharp ones.
    row, column = (jnp.clip((t * S).astype(jnp.int32), 0, S - 1) for t in (y, x))
    start = (jnp.arange(B) * words.shape[1])[:, None, None]
    masks = (table.at[start + row * S + column].get(mode="promise_in_bounds") >> 24).astype(jnp.int32)
    sides = jnp.where(mirrored, len(MIRRORED), 0)[:, None, None]
    both = jnp.concatenate([jnp.arange(len(MIRRORED)), jnp.asarray(MIRRORED)])
    masks = both.at[masks + sides].get(mode="promise_in_bounds")

    visible = inside | reflects
    fill = photometric.texture(rng.stream(key, "fill"), B, size)
    return jnp.where(visible[..., None], images, fill), jnp.where(visible, masks, 0)


def occlude(key: jax.Array, images: jax.Array, masks: jax.Array, count: int) -> tuple[jax.Array, jax.Array]:
    """Covers faces by ellipses, boxes and hands of finger-like bars, labelled background.

    Half of them have the colour of the face's nose, as a hand would.

    Args:
      key: of the batch.
      images: ``float32[B, S, S, 3]`` in [0, 1].
      masks: ``int32[B, S, S]``.
      count: occluders that may cover a face; each covers a third of the faces.

    Returns:
      Images and labels of the same shapes.
    """
    B, size = masks.shape[:2]
    axis = (jnp.arange(size) + 0.5) / size - 0.5
    nose = (masks == _NOSE)[..., None]
    skin = jnp.sum(images * nose, axis=(1, 2)) / jnp.maximum(jnp.sum(nose, axis=(1, 2)), 1)
    has_nose = jnp.any(nose, axis=(1, 2))[:, 0]
    for index in range(count):
        stream = rng.stream(key, f"shape {index}")
        draw = functools.partial(uniform, stream, B)
        angle = draw("angle", -np.pi, np.pi)
        cos, sin = jnp.cos(angle)[:, None, None], jnp.sin(angle)[:, None, None]
        u = axis[None, None, :] - draw("x", -0.45, 0.45)[:, None, None]
        v = axis[None, :, None] - draw("y", -0.4, 0.5)[:, None, None]
        a = (u * cos + v * sin) / draw("width", 0.04, 0.3)[:, None, None]
        b = (v * cos - u * sin) / draw("height", 0.04, 0.16)[:, None, None]
        kind = draw("kind")[:, None, None]
        ellipse, box = a * a + b * b, jnp.maximum(jnp.abs(a), jnp.abs(b))
        fingers = jnp.maximum(box, jnp.where(a > 0, 2.4 * jnp.abs(2 * b - jnp.round(2 * b)), 0.0))
        distance = jnp.where(kind < 0.4, ellipse, jnp.where(kind < 0.65, box, fingers))
        present = draw("present") < 1 / 3
        cover = jnp.clip((1 - distance) * 8, 0, 1) * present[:, None, None]
        paint = photometric.texture(rng.stream(stream, "paint"), B, size)
        tint = (skin * draw("light", 0.75, 1.2)[:, None])[:, None, None, :]
        tinted = tint + 0.2 * (paint - jnp.mean(paint, axis=(1, 2), keepdims=True))
        is_skin = has_nose & (draw("skin") < 0.5)
        paint = jnp.where(is_skin[:, None, None, None], tinted, paint)
        images += cover[..., None] * (paint - images)
        masks = jnp.where(cover > 0.5, 0, masks)
    return images, masks


def _pyramid(pixels: jax.Array) -> tuple[jax.Array, np.ndarray]:
    """The pyramid's levels end to end, one ``uint32`` a pixel ``[B, P]``, and where each level starts."""
    B, S = pixels.shape[:2]
    levels = [jax.lax.bitcast_convert_type(pixels, jnp.uint32).reshape(B, -1)]
    colors = pixels[..., :3].astype(jnp.float32)
    for level in range(1, _LEVELS):
        side = S >> level
        colors = colors.reshape(B, side, 2, side, 2, 3).mean((2, 4))
        r, g, b = (jnp.round(colors[..., i]).astype(jnp.uint32) for i in range(3))
        levels.append((r | (g << 8) | (b << 16)).reshape(B, -1))
    return jnp.concatenate(levels, 1), np.cumsum([0, *(level.shape[1] for level in levels)])[:-1]

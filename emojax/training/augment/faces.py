"""Augmentation of faces and their label maps, in JAX, on whole batches.

A batch is read from a pyramid of its photos by one gather of packed pixels: rotation,
scale, stretch, shift and mirroring cost the same together as any of them alone, and
reading from a coarser level than the scale asks for is blur and low resolution at once.
Everything after is arithmetic on the result.

Some effects are for a fixed share of the batch: its order is random already, and what
is left out costs nothing.
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

NOSE, HAIR, HAT = (CLASSES.index(name) for name in ("nose", "hair", "hat"))

_FACE = ("skin", *(f"{side} {part}" for part in ("brow", "eye") for side in ("left", "right")), "nose")
_FACE += ("eyeglasses", "mouth", "upper lip", "lower lip")

ACCESSORIES: dict[str, tuple[str, ...]] = {
    "hat": (),
    "eyeglasses": (),
    # Of a head that is turned further, they would lie on a cheek.
    "earring": _FACE,
    "necklace": (*_FACE, "hair"),
}
"""What a face may borrow from another, and where on it that is never worn."""

_LEVELS = 4
"""Of the pyramid: the photos, and halved one, two and three times."""


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """How far the augmentation goes.

    Attributes:
      min_zoom: smallest scale of the photo in the frame; what lies outside it is filled.
      max_zoom: largest scale.
      near: share of faces at about the photo's own scale.
      max_rotation: in degrees, to either side.
      turned: share of faces that may turn as far; the others turn much less.
      coarse: share of faces at a half, a quarter or an eighth of their resolution.
      grey: share of faces without colour.
      jpeg: share of the batch that is compressed.
      occluders: shapes that may be laid on a face, each on a third of the faces.
      accessories: share of the batch that is given another face's hat, and likewise for each of
        `ACCESSORIES`. Only for photos in which all faces are aligned.
      jewellery: share of the batch on which a necklace is drawn, and likewise earrings; see
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
    """Faces as a camera might have taken them.

    Args:
      key: of the batch.
      pixels: ``uint8[B, S, S, 4]`` from `pack`, S a multiple of 8.
      size: side of the result.
      settings: how far to go.

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


def paste_accessory(recipients: jax.Array, donors: jax.Array, name: str) -> jax.Array:
    """Puts one of the donors' `ACCESSORIES` on aligned recipients: ``uint8[B, S, S, 4]`` each.

    With a hat come the donor's surroundings above it, where the recipient's hair would stick out.
    """
    theirs, mine = donors[..., 3], recipients[..., 3]
    label = CLASSES.index(name)
    bare = jnp.isin(mine, jnp.asarray([CLASSES.index(place) for place in ACCESSORIES[name]], mine.dtype))
    taken = (theirs == label) & ~bare
    if label == HAT:
        below = jnp.cumsum(taken[:, ::-1], axis=1)[:, ::-1] > 0
        taken |= below & (theirs == 0) & ((mine == HAIR) | (mine == HAT))
    return jnp.where(taken[..., None], donors, recipients)


def warp(key: jax.Array, pixels: jax.Array, size: int, settings: Augmentation) -> tuple[jax.Array, jax.Array]:
    """Moves, turns, scales, stretches, mirrors and coarsens; see `augment`. Images are in [0, 1].

    Outside the photo is its mirror image, for small excursions, or a smooth texture
    labelled background.
    """
    B, S = pixels.shape[:2]
    draw = functools.partial(uniform, key, B)
    spread = settings.max_rotation
    narrow = jnp.clip(jax.random.normal(rng.stream(key, "angle"), (B,)) * spread / 4, -spread, spread)
    angle = jnp.deg2rad(jnp.where(draw("turned") < settings.turned, draw("wide", -spread, spread), narrow))
    zoom = jnp.exp(draw("zoom", np.log(settings.min_zoom), np.log(settings.max_zoom)))
    zoom = jnp.where(draw("near") < settings.near, jnp.exp(draw("near zoom", -0.2, 0.2)), zoom)
    stretch = jnp.exp(draw("stretch", -0.08, 0.08))
    mirrored = draw("mirror") < 0.5
    # Where in the frame the photo's middle goes: anywhere it fits, or a little off where it does not.
    room = 0.08 + 0.5 * jnp.maximum(1 - zoom, 0)
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

    shown = inside | reflects
    fill = photometric.texture(rng.stream(key, "fill"), B, size)
    return jnp.where(shown[..., None], images, fill), jnp.where(shown, masks, 0)


def occlude(key: jax.Array, images: jax.Array, masks: jax.Array, count: int) -> tuple[jax.Array, jax.Array]:
    """Lays ellipses, boxes and hands of finger-like bars before the faces, labelled background.

    Half of them have the colour of the face's nose, as a hand would.
    """
    B, size = masks.shape[:2]
    axis = (jnp.arange(size) + 0.5) / size - 0.5
    nose = (masks == NOSE)[..., None]
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
    """The photos and their halvings as 32-bit words ``uint32[B, P]``, and where each level starts."""
    B, S = pixels.shape[:2]
    levels = [jax.lax.bitcast_convert_type(pixels, jnp.uint32).reshape(B, -1)]
    colors = pixels[..., :3].astype(jnp.float32)
    for level in range(1, _LEVELS):
        side = S >> level
        colors = colors.reshape(B, side, 2, side, 2, 3).mean((2, 4))
        r, g, b = (jnp.round(colors[..., i]).astype(jnp.uint32) for i in range(3))
        levels.append((r | (g << 8) | (b << 16)).reshape(B, -1))
    return jnp.concatenate(levels, 1), np.cumsum([0, *(level.shape[1] for level in levels)])[:-1]

"""Drawn necklaces and earrings: few faces of a data set wear any, and no two alike.

Both are painted on the photos themselves, before these are moved, blurred and recoloured, where the
label maps show bare necks and lobes of ears. Shapes, sizes and metals are drawn for each face.
"""

import functools
from typing import Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from emojax.core import rng
from emojax.data.faces.labels import CLASSES
from emojax.training.augment.photometric import uniform

SKIN, NECK, CLOTH, EARRING, NECKLACE = (
    CLASSES.index(name) for name in ("skin", "neck", "cloth", "earring", "necklace")
)
EARS = tuple(CLASSES.index(name) for name in ("left ear", "right ear"))

_BEHIND_EARRINGS = tuple(
    CLASSES.index(name) for name in ("background", "left ear", "right ear", "neck", "cloth", "hair")
)
"""What an earring may hang before; of a face turned aside, one behind the cheek is hidden."""

_PEARLS = np.asarray([(0.93, 0.9, 0.85), (0.97, 0.96, 0.94)], np.float32)
_METALS = np.asarray(
    # Pearls, silver, gold, rose gold, jet.
    [*_PEARLS, (0.78, 0.79, 0.82), (0.84, 0.66, 0.32), (0.83, 0.6, 0.5), (0.1, 0.1, 0.11)],
    np.float32,
)

_LEAST = 0.004
"""Share of the photo that a neck must cover, and a sixteenth of it an ear, to be hung with anything."""


class _Place(NamedTuple):
    """Where a label lies in a label map, in parts of its side; ``float32[B, 1, 1]`` each."""

    x: jax.Array
    y: jax.Array
    half_width: jax.Array
    half_height: jax.Array
    share: jax.Array


def add_necklaces(key: jax.Array, pixels: jax.Array) -> jax.Array:
    """Strings of beads and chains on bare necks: short or long, some of several rows or with a pendant.

    Args:
      key: of the batch.
      pixels: ``uint8[B, S, S, 4]`` from `augment.pack`, faces upright.

    Returns:
      ``uint8[B, S, S, 4]``; faces whose neck is hidden are as they were.
    """
    B, S = pixels.shape[:2]
    draw = functools.partial(_scalar, key, B)
    masks = pixels[..., 3]
    neck = _place(masks == NECK)
    x, y = _axes(S)
    across = x - neck.x - draw("aside", -0.1, 0.1) * neck.half_width
    reach = jnp.maximum(neck.half_width, 0.02)
    # Long ones are over before the photo is: what it shows runs down beside the throat.
    long = draw("long") < 0.5
    # White pearls beside the throat look most like the collar that they are not.
    pearls = long & (draw("pearls") < 0.6)
    # |x|^1 hangs from a heavy pendant, |x|^2.5 lies round the neck.
    power = jnp.where(long, draw("long power", 1.2, 3.0), draw("power", 1.0, 2.5))
    drop = jnp.where(long, draw("long height", 1.2, 5.0), draw("height", -0.5, 1.2))
    steep = drop * neck.half_height / reach * draw("long sag", 0.7, 1.5)
    sag = jnp.where(long, steep, draw("sag", 0.15, 1.2))
    u = jnp.abs(across) / reach
    lowest = neck.y + drop * neck.half_height
    slope = -sag * power * jnp.maximum(u, 1e-3) ** (power - 1)
    length = jnp.sqrt(1 + slope**2)
    away = (y - (lowest - sag * reach * u**power)) / length
    along = across * length
    # Thinner ones, masks leave out.
    thick = jnp.exp(draw("thick", np.log(0.004), np.log(0.016)))
    thick = jnp.where(pearls, draw("pearl size", 0.008, 0.016), thick)
    # Rows lie one above the other, their beads in each other's gaps.
    rows = jnp.where(pearls, 0.0, jnp.maximum(jnp.floor(draw("strings", -2.0, 4.0)), 0.0))
    row = jnp.clip(jnp.round(away / (2.1 * thick)), -rows, 0.0)
    away -= 2.1 * thick * row

    beads = (draw("kind") < 0.6) | pearls
    period = thick * draw("period", 2.0, 2.6)
    nearest = (jnp.mod(along / period + 0.5 * row, 1.0) - 0.5) * period
    squared = (away**2 + jnp.where(beads, nearest**2, 0.0)) / thick**2
    light = _sheen(nearest / thick, away / thick, beads)
    # Links of a chain catch the light by turns.
    light = jnp.where(beads, light, light * (0.75 + 0.35 * jnp.cos(2 * np.pi * along / (1.7 * thick))))
    band = jnp.abs(away) < thick

    size = thick * draw("pendant size", 1.5, 6.0)
    px, py = across / size, (y - lowest - size) / (size * draw("pendant shape", 0.8, 1.8))
    pendant = (px**2 + py**2 < 1) & (draw("pendant") < 0.35) & ~beads
    squared = jnp.where(pendant, px**2 + py**2, squared)
    light = jnp.where(pendant, _sheen(px, py, pendant), light)

    dressed = pearls | (draw("over cloth") < jnp.where(long, 0.8, 0.4))
    free = (masks == NECK) | ((masks == CLOTH) & dressed & (u < 1.6))
    worn = (neck.share > _LEAST) & free & (band | pendant)
    # Rows of any colour would be a scarf.
    color = jnp.where(rows[:, 0] > 0, _metals(key, B), _colors(key, B))
    color = jnp.where(pearls[:, 0], jnp.asarray(_PEARLS)[_choose(key, B, "pearl", len(_PEARLS))], color)
    return _paint(pixels, worn, squared, light, color, NECKLACE, edge=thick * S)


def add_earrings(key: jax.Array, pixels: jax.Array) -> jax.Array:
    """Studs, hoops, drops and discs on ears that show, alike on both; arguments as of `add_necklaces`."""
    B, S = pixels.shape[:2]
    draw = functools.partial(_scalar, key, B)
    masks = pixels[..., 3]
    x, y = _axes(S)
    kind = draw("kind")
    hoop, drop, disc = (kind >= 0.3) & (kind < 0.6), (kind >= 0.6) & (kind < 0.85), kind >= 0.85
    radius = jnp.exp(draw("radius", np.log(0.006), np.log(0.025)))
    ring, wire = jnp.exp(draw("ring", np.log(0.012), np.log(0.1))), draw("wire", 0.08, 0.35)
    swing, tall, flat = draw("swing", -0.3, 0.3), draw("tall", 1.0, 5.0), draw("flat", 0.6, 1.0)
    mesh = 2 * np.pi * draw("mesh", 1.0, 4.0)
    color = _colors(key, B)
    behind = jnp.isin(masks, jnp.asarray(_BEHIND_EARRINGS, masks.dtype))
    for label in EARS:
        ear = masks == label
        place = _place(ear)
        # The lobe: the middle of the ear's lowest pixels.
        bottom = jnp.max(jnp.where(ear, y, 0.0), axis=(1, 2), keepdims=True)
        lobe = _place(ear & (y > bottom - 0.02))
        cx, cy = lobe.x, bottom - 0.25 * radius
        px, py = (x - cx) / radius, (y - cy) / radius
        stud = px**2 + py**2
        hx, hy = (x - cx) / (ring * flat), (y - cy - 0.8 * ring) / ring
        from_middle = jnp.sqrt(hx**2 + hy**2)
        around = ((from_middle - 1) / wire) ** 2
        dx = (x - cx - swing * (y - cy)) / radius
        dy = (y - cy - (1.2 + tall) * radius) / (radius * tall)
        hanging = jnp.minimum(dx**2 + dy**2, 2.0 * stud)
        squared = jnp.where(hoop, around, stud)
        squared = jnp.where(drop, hanging, jnp.where(disc, from_middle**2, squared))
        filigree = 0.8 + 0.3 * jnp.cos(mesh * from_middle) * jnp.cos(mesh * jnp.arctan2(hy, hx))
        light = jnp.where(hoop, 1.0 - 0.4 * hy, _sheen(px, py, True))
        light = jnp.where(drop, _sheen(dx, dy, True), light)
        light = jnp.where(disc, filigree, light)
        worn = (squared < 1) & behind & (place.share > _LEAST / 16)
        edge = jnp.where(hoop, ring * wire, jnp.where(disc, ring, radius)) * S
        pixels = _paint(pixels, worn, squared, light, color, EARRING, edge)
    return pixels


KINDS: Final = (add_necklaces, add_earrings)


def _paint(
    pixels: jax.Array,
    worn: jax.Array,
    squared: jax.Array,
    light: jax.Array,
    color: jax.Array,
    label: int,
    edge: jax.Array,
) -> jax.Array:
    """Labels `worn`, and paints where `squared`, the distance from the middle, is below 1.

    Args:
      pixels: ``uint8[B, S, S, 4]``.
      worn: ``bool[B, S, S]``.
      squared: ``float32[B, S, S]``, in units of half the thickness.
      light: ``float32[B, S, S]``, by which the colour is multiplied.
      color: ``float32[B, 3]``.
      label: for `worn`.
      edge: half the thickness in pixels.
    """
    photo = pixels[..., :3].astype(jnp.float32) / 255.0
    # In a dark picture pearls are dark, and on a black coat they are not.
    skin = jnp.isin(pixels[..., 3], jnp.asarray((SKIN, NECK), jnp.uint8))[..., None]
    lit = jnp.sum(jnp.where(skin, photo, 0.0), axis=(1, 2, 3)) / jnp.maximum(
        3 * jnp.sum(skin, axis=(1, 2, 3)), 1
    )
    scene = jnp.clip(0.45 + 0.9 * lit, 0.4, 1.25)[:, None, None]
    paint = color[:, None, None, :] * (light * scene)[..., None]
    cover = jnp.clip((1 - jnp.sqrt(squared)) * edge + 0.5, 0, 1) * worn
    # What is not covered, as between beads, lies in their shade.
    shaded = photo * jnp.where(worn, 0.85, 1.0)[..., None]
    painted = jnp.clip(shaded + cover[..., None] * (paint - shaded), 0, 1)
    labels = jnp.where(worn, jnp.uint8(label), pixels[..., 3])
    return jnp.concatenate([jnp.round(painted * 255).astype(jnp.uint8), labels[..., None]], axis=-1)


def _colors(key: jax.Array, count: int) -> jax.Array:
    """A metal's for most, any for a quarter: ``float32[count, 3]``."""
    odd = jax.random.uniform(rng.stream(key, "odd"), (count, 3))
    return jnp.where((uniform(key, count, "is odd") < 0.25)[:, None], odd, _metals(key, count))


def _metals(key: jax.Array, count: int) -> jax.Array:
    return jnp.asarray(_METALS)[_choose(key, count, "metal", len(_METALS))]


def _choose(key: jax.Array, count: int, name: str, options: int) -> jax.Array:
    return jax.random.randint(rng.stream(key, name), (count,), 0, options)


def _sheen(x: jax.Array, y: jax.Array, round_: jax.Array | bool) -> jax.Array:
    """Light on a ball, or on a tube along x, that comes from above: about 1 on average."""
    x = jnp.where(round_, x, 0.0)
    depth = jnp.sqrt(jnp.maximum(1 - x**2 - y**2, 0))
    lit = 0.45 * depth - 0.35 * y - 0.2 * x
    return 0.75 + 0.6 * lit + 0.6 * jnp.maximum(lit - 0.4, 0)


def _place(mask: jax.Array) -> _Place:
    S = mask.shape[1]
    x, y = _axes(S)
    pixels = jnp.sum(mask, axis=(1, 2), keepdims=True)

    def mean(values: jax.Array) -> jax.Array:
        return jnp.sum(jnp.where(mask, values, 0.0), axis=(1, 2), keepdims=True) / jnp.maximum(pixels, 1)

    middle_x, middle_y = mean(x), mean(y)
    # Of something that fills a rectangle, sqrt(3) standard deviations are half a side.
    half_width = jnp.sqrt(3 * mean((x - middle_x) ** 2))
    half_height = jnp.sqrt(3 * mean((y - middle_y) ** 2))
    return _Place(middle_x, middle_y, half_width, half_height, pixels / S**2)


def _axes(size: int) -> tuple[jax.Array, jax.Array]:
    """x ``[1, 1, size]`` and y ``[1, size, 1]`` of pixels' middles, in [0, 1]."""
    axis = (jnp.arange(size) + 0.5) / size
    return axis[None, None, :], axis[None, :, None]


def _scalar(key: jax.Array, count: int, name: str, low: float = 0.0, high: float = 1.0) -> jax.Array:
    return uniform(key, count, name, low, high)[:, None, None]

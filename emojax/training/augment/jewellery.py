"""Synthesised necklaces and earrings: few faces of a data set wear any, and no two alike.

Both are painted on the photos themselves, before these are warped, blurred and recoloured, where the label
maps have bare necks and lobes of ears. Shapes, sizes and metals are random for each face.

The ranges come from looking at CelebAMask-HQ and at what parsers got wrong:

* Portraits end below the chin, so that of a long necklace only two strings beside the throat can be seen:
  with short ones alone a net misses those.
* Masks leave out thin necklaces, and most pixels of earrings belong to a few large ones.
* White pearls beside the throat look like a collar. Drawn more often, and rows of beads in metals' colours
  alone instead of in any, gave the pearls of the validation portraits a mean probability of 0.21 instead of
  0.11 after 550 steps: nets had taken scarves for necklaces.

Lengths without a unit are in sides of the photo.
"""

import functools
from typing import Final

import jax
import jax.numpy as jnp
import numpy as np

from emojax.data.faces.labels import CLASSES
from emojax.training.augment import painting

NECK, CLOTH, EARRING, NECKLACE = (CLASSES.index(name) for name in ("neck", "cloth", "earring", "necklace"))
EARS = tuple(CLASSES.index(name) for name in ("left ear", "right ear"))

_BEHIND_EARRINGS = tuple(
    CLASSES.index(name) for name in ("background", "left ear", "right ear", "neck", "cloth", "hair")
)
"""Labels that an earring may cover: not the face, for on the far side of a turned head the cheek hides it."""

_MIN_NECK = 0.004
"""Smallest share of the photo that a neck has to wear a necklace: 16 x 16 pixels of 256. Smaller, and a strip
of neck under a collar or beard, which shows no necklace, gets one; larger, and narrow necks never do."""
_MIN_EAR = _MIN_NECK / 16
"""The same of an ear for an earring: 4 x 4 pixels of 256."""

_THICKNESS = (0.004, 0.016)
"""Half of a necklace's. Masks leave thinner ones out, so that a net would learn to see what true labels say
is not there; thicker ones are scarves."""
_PEARL_SIZE = (0.008, 0.016)


def add_necklaces(key: jax.Array, pixels: jax.Array) -> jax.Array:
    """Paints strings of beads and chains on bare necks, some of them long, in several rows or with a pendant.

    Args:
      key: of the batch.
      pixels: ``uint8[B, S, S, 4]`` from `faces.pack`, faces upright.

    Returns:
      ``uint8[B, S, S, 4]``; faces whose neck is hidden are unchanged.
    """
    B, S = pixels.shape[:2]
    draw = functools.partial(painting.scalar, key, B)
    masks = pixels[..., 3]
    neck = painting.place(masks == NECK)
    x, y = painting.axes(S)
    across = x - neck.x - draw("aside", -0.1, 0.1) * neck.half_width
    reach = jnp.maximum(neck.half_width, 0.02)
    # Of a long one the photo shows what runs down beside the throat, before its lower edge cuts it off.
    long = draw("long") < 0.5
    # White pearls beside the throat are the hardest to tell from a collar.
    pearls = long & (draw("pearls") < 0.6)
    # The string is y = |x|^power: 1 as with a heavy pendant, 2.5 as close round the neck.
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
    thick = jnp.exp(draw("thick", *np.log(_THICKNESS)))
    thick = jnp.where(pearls, draw("pearl size", *_PEARL_SIZE), thick)
    # Rows are one above the other, their beads in each other's gaps.
    rows = jnp.where(pearls, 0.0, jnp.maximum(jnp.floor(draw("strings", -2.0, 4.0)), 0.0))
    row = jnp.clip(jnp.round(away / (2.1 * thick)), -rows, 0.0)
    away -= 2.1 * thick * row

    beads = (draw("kind") < 0.6) | pearls
    period = thick * draw("period", 2.0, 2.6)
    nearest = (jnp.mod(along / period + 0.5 * row, 1.0) - 0.5) * period
    squared = (away**2 + jnp.where(beads, nearest**2, 0.0)) / thick**2
    light = painting.sheen(nearest / thick, away / thick, beads)
    # Links of a chain are bright and dark by turns.
    light = jnp.where(beads, light, light * (0.75 + 0.35 * jnp.cos(2 * np.pi * along / (1.7 * thick))))
    band = jnp.abs(away) < thick

    size = thick * draw("pendant size", 1.5, 6.0)
    px, py = across / size, (y - lowest - size) / (size * draw("pendant shape", 0.8, 1.8))
    pendant = (px**2 + py**2 < 1) & (draw("pendant") < 0.35) & ~beads
    squared = jnp.where(pendant, px**2 + py**2, squared)
    light = jnp.where(pendant, painting.sheen(px, py, pendant), light)

    over_cloth = pearls | (draw("over cloth") < jnp.where(long, 0.8, 0.4))
    free = (masks == NECK) | ((masks == CLOTH) & over_cloth & (u < 1.6))
    worn = (neck.share > _MIN_NECK) & free & (band | pendant)
    # Rows in any colour look like a scarf, which a net then takes for a necklace.
    color = jnp.where(rows[:, 0] > 0, painting.metals(key, B), painting.colors(key, B))
    pearl = jnp.asarray(painting.PEARLS)[painting.choose(key, B, "pearl", len(painting.PEARLS))]
    color = jnp.where(pearls[:, 0], pearl, color)
    return painting.paint(pixels, worn, squared, light=light, color=color, label=NECKLACE, edge=thick * S)


def add_earrings(key: jax.Array, pixels: jax.Array) -> jax.Array:
    """Paints studs, hoops, drops or discs on visible ears, the same on both.

    Args:
      key: of the batch.
      pixels: ``uint8[B, S, S, 4]`` from `faces.pack`, faces upright.

    Returns:
      ``uint8[B, S, S, 4]``; faces without visible ears are unchanged.
    """
    B, S = pixels.shape[:2]
    draw = functools.partial(painting.scalar, key, B)
    masks = pixels[..., 3]
    x, y = painting.axes(S)
    kind = draw("kind")
    hoop, drop, disc = (kind >= 0.3) & (kind < 0.6), (kind >= 0.6) & (kind < 0.85), kind >= 0.85
    # In logarithms, since most earrings are small and most pixels of earrings belong to large ones.
    radius = jnp.exp(draw("radius", np.log(0.006), np.log(0.025)))
    ring, wire = jnp.exp(draw("ring", np.log(0.012), np.log(0.1))), draw("wire", 0.08, 0.35)
    swing, tall, flat = draw("swing", -0.3, 0.3), draw("tall", 1.0, 5.0), draw("flat", 0.6, 1.0)
    mesh = 2 * np.pi * draw("mesh", 1.0, 4.0)
    color = painting.colors(key, B)
    behind = jnp.isin(masks, jnp.asarray(_BEHIND_EARRINGS, masks.dtype))
    for label in EARS:
        ear = masks == label
        place = painting.place(ear)
        # The lobe: the middle of the ear's lowest pixels.
        bottom = jnp.max(jnp.where(ear, y, 0.0), axis=(1, 2), keepdims=True)
        lobe = painting.place(ear & (y > bottom - 0.02))
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
        light = jnp.where(hoop, 1.0 - 0.4 * hy, painting.sheen(px, py, True))
        light = jnp.where(drop, painting.sheen(dx, dy, True), light)
        light = jnp.where(disc, filigree, light)
        worn = (squared < 1) & behind & (place.share > _MIN_EAR)
        edge = jnp.where(hoop, ring * wire, jnp.where(disc, ring, radius)) * S
        pixels = painting.paint(pixels, worn, squared, light=light, color=color, label=EARRING, edge=edge)
    return pixels


KINDS: Final = (add_necklaces, add_earrings)
"""Each is applied to its own share of a batch. The functions' names are those of their random streams."""

"""Faces drawn at random and composed of their parts' layers, on the device.

Everything here is a pure function of arrays: `tables` gathers them, `draw` chooses parts and movements, and
`compose` draws what was chosen.
"""

import dataclasses
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from emojax.core import rng
from emojax.data.openmoji.parts.layers import LAYERS, Layers
from emojax.data.openmoji.parts.part_set import SLOTS, PartSet
from emojax.models.emoji_parts import placing
from emojax.models.emoji_parts.placing import MOVED, SIDE

_BOUND: Final = 3.0
"""Standard deviations that movements stay within, so that what `rules` keeps apart stays apart."""

_OWN: Final = 0.35
"""Of the usual movements, what OpenMoji's own faces make beside their own offsets."""

_SELDOM: Final = 0.07
"""A part that fits fewer pairs of eyes and mouth than this share is learned from its own face alone. Streams
of tears fit 1 %, a long nose 5 %, a saluting hand 13 %. Lower, and the nose is learned wrongly; higher, and
the share of the other faces falls."""

_OFTEN: Final = 4.0
"""How often, among OpenMoji's own faces, one with such a part, or one that does not come apart, is drawn,
where another is once. At 1 it is seen once in 70 batches; at 16 half of the own faces are such ones."""

_DRAWN: Final = (
    ("back", "extra"),
    ("front", "base"),
    ("front", "mouth"),
    ("front", "eyes"),
    ("front", "extra"),
)
"""Layers from the bottom to the top."""

Tables = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Distribution:
    """How faces are drawn.

    Attributes:
      own: share of faces that have the parts of one of OpenMoji's own.
      mirrored: share of faces that are mirrored, of those that may be.
      pairs: "trained", "held out" or "all": which pairs of eyes and mouth there are, but for OpenMoji's own.
    """

    own: float = 0.15
    mirrored: float = 0.5
    pairs: str = "trained"


def tables(parts: PartSet, layers: Layers | None = None) -> Tables:
    """What `draw` and, with `layers`, `compose` need of a set of P parts. Part number P is none."""
    P = len(parts.parts)
    faces = np.full((len(parts.faces), len(SLOTS)), P, np.int32)
    offsets = np.zeros((len(parts.faces), len(MOVED), 4), np.float32)
    for i, face in enumerate(parts.faces):
        for kind, number in face.parts.items():
            slot = SLOTS.index("base" if kind == "whole" else kind)
            faces[i, slot] = number
            if slot:
                offsets[i, slot, :2] = np.asarray(face.offsets[kind]) / placing.DEVIATIONS[slot, :2]

    pairs = _fitting_pairs(parts)
    seldom = [min(pairs[i] for i in face.parts.values()) < _SELDOM for face in parts.faces]
    shares = np.where(seldom, _OFTEN, 1.0).astype(np.float32)

    def column(values: list[Any], none: Any) -> np.ndarray:
        return np.asarray([*values, none])

    found = {
        "faces": faces,
        "shares": shares,
        "offsets": offsets,
        "fits": np.pad(parts.fits, (0, 1), constant_values=True),
        "held_out": np.pad(parts.held_out, (0, 1), constant_values=False),
        "weights": np.pad(parts.weights, ((0, 0), (0, 1))),
        "room": column([part.room for part in parts.parts], 0.0).astype(np.float32),
        "outlined": column([part.outlined for part in parts.parts], False),
        "mirrors": column([part.mirrors for part in parts.parts], True),
    }
    if layers is not None:
        found["pixels"] = layers.pixels.reshape((P + 1) * len(LAYERS), -1)
    return found


def _fitting_pairs(parts: PartSet) -> list[float]:
    """Of pairs of eyes and mouth, the share that each part can be seen with."""
    eyes, mouths = (parts.fits[:, parts.numbers(kind)].mean(1) for kind in ("eyes", "mouth"))
    shares = {"base": 1.0, "eyes": 1.0, "whole": 0.0}
    return [
        float(eyes[i] * (mouths[i] if part.kind == "extra" else 1.0))
        if part.kind in ("mouth", "extra")
        else shares[part.kind]
        for i, part in enumerate(parts.parts)
    ]


def draw(
    table: Tables,
    key: jax.Array,
    how: Distribution,
    *,
    fixed: jax.Array | None = None,
    face: jax.Array | None = None,
) -> tuple[jax.Array, jax.Array]:
    """One random face.

    Args:
      table: of `tables`.
      key: all that is random.
      how: see there.
      fixed: ``int32[4]``, parts by slot that are given; -1 where none is. The others fit them.
      face: int32 scalar, one of OpenMoji's own that it is to be; -1 for any.

    Returns:
      Parts by slot, ``int32[4]``, and amounts of `placing`, ``float32[AMOUNTS]``: truncated N(0, 1), and last
      1 or -1.
    """
    P = table["fits"].shape[0] - 1
    fixed = jnp.full((len(SLOTS),), -1) if fixed is None else fixed
    allowed = jnp.all(table["fits"][fixed] | (fixed < 0)[:, None], axis=0)
    chosen: dict[str, jax.Array] = {}
    for slot in ("eyes", "mouth", "extra", "base"):
        weights = table["weights"][SLOTS.index(slot)]
        fitting = weights * allowed
        # As often as the weights say there is none; else one of those that fit.
        share = jnp.sum(weights) * fitting / jnp.maximum(jnp.sum(fitting), 1e-9)
        share = share.at[P].set(1.0 - jnp.sum(share))
        picked = jax.random.categorical(rng.stream(key, slot), jnp.log(share + 1e-30))
        chosen[slot] = jnp.where(fixed[SLOTS.index(slot)] < 0, picked, fixed[SLOTS.index(slot)])
        allowed &= table["fits"][chosen[slot]]
        if slot == "eyes" and how.pairs != "all":
            held_out = table["held_out"][chosen[slot]]
            allowed &= held_out if how.pairs == "held out" else ~held_out
        if slot == "mouth" and how.pairs == "held out":  # of extras and bases nothing is
            allowed = jnp.all(table["fits"][jnp.stack([chosen["eyes"], picked])], axis=0)
    parts = jnp.stack([chosen[slot] for slot in SLOTS])
    amounts = jax.random.truncated_normal(rng.stream(key, "amounts"), -_BOUND, _BOUND, (len(MOVED), 4))
    if how.own or face is not None:
        which = jax.random.categorical(rng.stream(key, "faces"), jnp.log(table["shares"]))
        own = jax.random.bernoulli(rng.stream(key, "own"), float(how.own)) & (fixed < 0).all()
        if face is not None:
            which, own = jnp.where(face < 0, which, face), own | (face >= 0)
        parts = jnp.where(own, table["faces"][which], parts)
        near = amounts.at[1:].multiply(_OWN) + table["offsets"][which]
        amounts = jnp.where(own, near, amounts)
    # A part without room does not move, and its amounts say so.
    room = table["room"][parts]
    amounts = amounts.at[1:].multiply((room[1:] > 0)[:, None])
    mirrored = jax.random.bernoulli(rng.stream(key, "mirror"), how.mirrored)
    sign = jnp.where(mirrored & table["mirrors"][parts].all(), -1.0, 1.0)
    return parts.astype(jnp.int32), jnp.append(amounts.reshape(-1), sign)


def draw_many(table: Tables, key: jax.Array, count: int, how: Distribution) -> tuple[jax.Array, jax.Array]:
    """`draw` of `count` keys: ``int32[count, 4]`` and ``float32[count, AMOUNTS]``."""
    return jax.vmap(lambda key: draw(table, key, how))(jax.random.split(key, count))


def classes(chosen: jax.Array, parts: int) -> jax.Array:
    """``float32[N, parts]``, 1 for each part of a face."""
    return jax.nn.one_hot(chosen, parts).sum(1)


def compose(table: Tables, chosen: jax.Array, amounts: jax.Array) -> jax.Array:
    """Draws faces.

    Args:
      table: of `tables`, with layers.
      chosen, amounts: as of `draw_many`.

    Returns:
      ``float32[N, S, S, 4]`` from 0 to 255, premultiplied RGBA.
    """
    V = round(table["pixels"].shape[-1] ** 0.5)
    axis = (jnp.arange(V // 2) + 0.5) * (SIDE / (V // 2))
    y, x = jnp.meshgrid(axis, axis, indexing="ij")
    x = jnp.where(amounts[:, -1, None, None] < 0, SIDE - x, x)
    source = placing.sources(amounts)[..., None, None] * ((V - 1) / SIDE)
    taps: dict[str, Taps] = {}
    for i, slot in enumerate(SLOTS):
        u, v = (source[:, i, row, 0] * x + source[:, i, row, 1] * y + source[:, i, row, 2] for row in (0, 1))
        taps[slot] = _taps(u, v, V)
    outlined = table["outlined"][chosen].any(1)
    total = [jnp.zeros_like(x)] * 4
    for layer, slot in _DRAWN:
        which = jnp.full((len(chosen),), LAYERS.index(layer))
        if slot == "base":
            which = jnp.where(outlined, LAYERS.index("back"), which)
        above = _sampled(table["pixels"], chosen[:, SLOTS.index(slot)] * len(LAYERS) + which, taps[slot])
        total = [new + (1.0 - above[3] / 255.0) * old for new, old in zip(above, total, strict=True)]
    return jnp.stack(total, -1)


def on(background: tuple[int, int, int], pictures: jax.Array) -> jax.Array:
    """Premultiplied RGBA of `compose` to ``float32[N, S, S, 3]`` in [-1, 1] on a ground."""
    ground = jnp.asarray(background, jnp.float32)
    return (pictures[..., :3] + (1.0 - pictures[..., 3:] / 255.0) * ground) / 127.5 - 1.0


def svg_transforms(amounts: np.ndarray) -> list[dict[str, str]]:
    """For each row of amounts the SVG transforms, by slot and of the "face", that move as `compose` does."""
    found = []
    for row, sign in zip(np.asarray(placing.matrices(jnp.asarray(amounts))), amounts[:, -1], strict=True):
        inner = np.linalg.inv(row[0])
        matrices = {name: row[i] if i == 0 else inner @ row[i] for i, name in enumerate(MOVED)}
        if sign < 0:
            matrices["face"] = np.asarray([[-1, 0, SIDE], [0, 1, 0], [0, 0, 1]]) @ matrices["face"]
        texts = {
            name: f"matrix({' '.join(f'{m[r, c]:.5g}' for c in range(3) for r in range(2))})"
            for name, m in matrices.items()
        }
        found.append({name: text for name, text in texts.items() if text != "matrix(1 0 0 1 0 0)"})
    return found


Taps = tuple[jax.Array, jax.Array, jax.Array]


def _taps(u: jax.Array, v: jax.Array, V: int) -> Taps:
    """The upper left of the four entries around each place, and how far the place is from that."""
    u, v = jnp.clip(u, 0.0, V - 1.001), jnp.clip(v, 0.0, V - 1.001)
    left, top = jnp.floor(u), jnp.floor(v)
    return (top * V + left).astype(jnp.int32), u - left, v - top


def _sampled(pixels: jax.Array, number: jax.Array, taps: Taps) -> list[jax.Array]:
    """Red, green, blue and alpha, each ``float32[N, S, S]``, of layers ``uint32[L, V²]``."""
    V, flat = round(pixels.shape[-1] ** 0.5), jnp.asarray(pixels).reshape(-1)
    index, right, down = taps
    index = number[:, None, None] * (V * V) + index
    # The barrier keeps XLA from reading each entry once a channel.
    entries = jax.lax.optimization_barrier(
        [flat.at[index + step].get(mode="promise_in_bounds") for step in (0, 1, V, V + 1)]
    )
    found = []
    for shift in (0, 8, 16, 24):
        a, b, c, d = (((entry >> shift) & 255).astype(jnp.float32) for entry in entries)
        top, bottom = a + right * (b - a), c + right * (d - c)
        found.append(top + down * (bottom - top))
    return found

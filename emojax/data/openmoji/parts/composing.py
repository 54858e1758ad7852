"""Faces composed of parts on the device, from random draws or from a choice."""

import dataclasses
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from emojax.core import rng
from emojax.data.openmoji.parts.catalogue import Catalogue
from emojax.data.openmoji.parts.layers import LAYERS, Layers
from emojax.data.openmoji.parts.rules import Rules
from emojax.models import placing
from emojax.models.placing import MOVED

SLOTS: Final = ("base", "eyes", "mouth", "extra")
"""Columns of a choice. A whole drawing is chosen as the base of a face that has nothing else."""

_BOUND: Final = 3.0  # standard deviations

_LAYERS: Final = (("back", "extra"), ("front", "base"), ("front", "mouth"), ("front", "eyes"), ("front", "extra"))
"""From the bottom to the top."""


@dataclasses.dataclass(frozen=True)
class Distribution:
    """How faces are drawn.

    Attributes:
      drawn: share of faces that are OpenMoji's own.
      mirrored: share of faces that are mirrored, of those that may be.
      pairs: "trained", "held out" or "all" pairs of eyes and mouth.
    """

    drawn: float = 0.15
    mirrored: float = 0.5
    pairs: str = "trained"


def tables(catalogue: Catalogue, rules: Rules, layers: Layers) -> dict[str, np.ndarray]:
    """Everything that `draw` and `compose` need, as arrays to lie on the device."""
    P = len(catalogue.parts)
    faces = np.full((len(catalogue.faces), len(SLOTS)), P, np.int32)
    offsets = np.zeros((len(catalogue.faces), len(MOVED), 4), np.float32)
    for i, face in enumerate(catalogue.faces):
        for kind, number in face.parts.items():
            slot = SLOTS.index("base" if kind == "whole" else kind)
            faces[i, slot] = number
            if slot:
                offsets[i, slot, :2] = np.asarray(face.offsets[kind]) / placing.DEVIATIONS[slot, :2]
    empty = np.zeros(1)

    def column(values: list[Any], fill: Any) -> np.ndarray:
        return np.asarray([*values, fill])

    def square(table: np.ndarray, fill: bool) -> np.ndarray:
        return np.pad(table, ((0, 1), (0, 1)), constant_values=fill)

    return {
        "pixels": layers.pixels.reshape((P + 1) * len(LAYERS), -1),
        "faces": faces,
        "offsets": offsets,
        "fits": square(rules.fits, True),
        "held_out": square(rules.held_out, False),
        "weights": np.stack([np.concatenate([rules.weights[s], empty]) for s in SLOTS]).astype(np.float32),
        "room": column([part.room for part in catalogue.parts], 0.0).astype(np.float32),
        "outlined": column([part.outlined for part in catalogue.parts], False),
        "mirrors": column([part.mirrors for part in catalogue.parts], True),
    }


def draw(table: dict[str, Any], key: jax.Array, count: int, how: Distribution) -> tuple[jax.Array, jax.Array]:
    """Random faces.

    Args:
      table: of `tables`.
      key: all that is random.
      count: how many.
      how: see there.

    Returns:
      Parts by number, ``int32[count, 4]`` in the order of `SLOTS`, where P is none; and amounts
      ``float32[count, AMOUNTS]``, of which the movements are from N(0, 1) and the last is 1 or -1.
    """
    P = table["fits"].shape[0] - 1
    keys = {name: rng.stream(key, name) for name in ("base", "eyes", "mouth", "extra")}

    def pick(slot: str, allowed: jax.Array) -> jax.Array:
        weights = table["weights"][SLOTS.index(slot)]
        # Of the parts that fit; as often as the weights say there is none.
        fitting = weights * allowed
        share = jnp.sum(weights) * fitting / jnp.maximum(jnp.sum(fitting, -1, keepdims=True), 1e-9)
        none = 1.0 - jnp.sum(share, -1)
        share = share.at[:, P].set(none)
        return jax.random.categorical(keys[slot], jnp.log(share + 1e-30), axis=-1)

    everything = jnp.ones((count, P + 1))
    eyes = pick("eyes", everything)
    pairs = table["fits"][eyes]
    if how.pairs == "trained":
        pairs = pairs & ~table["held_out"][eyes]
    elif how.pairs == "held out":
        pairs = pairs & table["held_out"][eyes]
    mouth = pick("mouth", pairs)
    extra = pick("extra", table["fits"][eyes] & table["fits"][mouth])
    base = pick("base", table["fits"][eyes] & table["fits"][mouth] & table["fits"][extra])
    chosen = jnp.stack([base, eyes, mouth, extra], 1)
    amounts = jax.random.truncated_normal(
        rng.stream(key, "amounts"), -_BOUND, _BOUND, (count, len(MOVED), 4)
    )
    if how.drawn:
        which = jax.random.randint(rng.stream(key, "faces"), (count,), 0, len(table["faces"]))
        own = jax.random.bernoulli(rng.stream(key, "own"), how.drawn, (count,))
        chosen = jnp.where(own[:, None], table["faces"][which], chosen)
        inner = amounts.at[:, 1:].multiply(0.35) + table["offsets"][which]
        amounts = jnp.where(own[:, None, None], inner, amounts)
    amounts = amounts.at[:, 1:].multiply(_movable(table, chosen))
    mirrored = jax.random.bernoulli(rng.stream(key, "mirror"), how.mirrored, (count,))
    mirrored &= table["mirrors"][chosen].all(1)
    sign = jnp.where(mirrored, -1.0, 1.0)[:, None]
    return chosen.astype(jnp.int32), jnp.concatenate([amounts.reshape(count, -1), sign], 1)


def _movable(table: dict[str, Any], chosen: jax.Array) -> jax.Array:
    """``[N, 3, 1]``: 1 where a part may move, else 0, so that amounts say what is seen."""
    return (table["room"][chosen[:, 1:]] > 0)[..., None]


def classes(chosen: jax.Array, parts: int) -> jax.Array:
    """``float32[N, parts]``, 1 for each part of a face."""
    return jax.nn.one_hot(chosen, parts).sum(1)


def compose(table: dict[str, Any], chosen: jax.Array, amounts: jax.Array) -> jax.Array:
    """Draws faces.

    Args:
      table: of `tables`.
      chosen, amounts: as `draw` gives them.

    Returns:
      ``float32[N, S, S, 4]`` from 0 to 255, premultiplied RGBA.
    """
    N, V = len(chosen), round(table["pixels"].shape[-1] ** 0.5)
    S = V // 2
    inverse, sign = placing.sources(amounts), amounts[:, -1]
    axis = (jnp.arange(S) + 0.5) * (placing.SIDE / S)
    y, x = jnp.meshgrid(axis, axis, indexing="ij")
    x = jnp.where(sign[:, None, None] < 0, placing.SIDE - x, x)
    outlined = table["outlined"][chosen].any(1)
    total = [jnp.zeros((N, S, S))] * 4
    taps = {}
    for i, slot in enumerate(SLOTS):
        m = inverse[:, i, :, :, None, None] * ((V - 1) / placing.SIDE)
        taps[slot] = _taps(*(m[:, row, 0] * x + m[:, row, 1] * y + m[:, row, 2] for row in (0, 1)), V)
    for layer, slot in _LAYERS:
        which = jnp.full((N,), LAYERS.index(layer))
        if slot == "base":
            which = jnp.where(outlined, LAYERS.index("back"), which)
        number = chosen[:, SLOTS.index(slot)] * len(LAYERS) + which
        source = _sampled(table["pixels"], number, *taps[slot])
        total = [above + (1.0 - source[3] / 255.0) * below for above, below in zip(source, total, strict=True)]
    return jnp.stack(total, -1)


def on(background: tuple[int, int, int], pictures: jax.Array) -> jax.Array:
    """Premultiplied RGBA of `compose` to ``float32[N, S, S, 3]`` in [-1, 1] on a ground."""
    ground = jnp.asarray(background, jnp.float32)
    return (pictures[..., :3] + (1.0 - pictures[..., 3:] / 255.0) * ground) / 127.5 - 1.0


def _taps(u: jax.Array, v: jax.Array, V: int) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The upper left of the four entries around each place, and how far it is from that."""
    u, v = jnp.clip(u, 0.0, V - 1.001), jnp.clip(v, 0.0, V - 1.001)
    left, top = jnp.floor(u), jnp.floor(v)
    return (top * V + left).astype(jnp.int32), u - left, v - top


def _sampled(
    pixels: jax.Array, number: jax.Array, index: jax.Array, right: jax.Array, down: jax.Array
) -> list[jax.Array]:
    """Red, green, blue and alpha, each ``float32[N, S, S]``, of layers ``uint32[P, V²]``."""
    V, flat = round(pixels.shape[-1] ** 0.5), pixels.reshape(-1)
    index = number[:, None, None] * (V * V) + index
    # The barrier keeps XLA from reading them once for each channel.
    taps = jax.lax.optimization_barrier([flat.at[index + step].get(mode="promise_in_bounds") for step in (0, 1, V, V + 1)])
    found = []
    for shift in (0, 8, 16, 24):
        a, b, c, d = (((tap >> shift) & 255).astype(jnp.float32) for tap in taps)
        top, bottom = a + right * (b - a), c + right * (d - c)
        found.append(top + down * (bottom - top))
    return found

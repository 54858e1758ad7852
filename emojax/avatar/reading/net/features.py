"""What the attribute net sees of a portrait: features of the face parser pooled over zones of the face.

A zone is where certain labels are, in certain rows and columns of the aligned frame: hair above the forehead,
skin beside the mouth. The parser's features are averaged over each, and so are colours and the strength and
direction of fine detail, which the parser was not trained to keep.
"""

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from emojax.avatar.faces.parser import FaceParser
from emojax.avatar.reading.net import verdicts
from emojax.data.faces.labels import CLASSES
from emojax.models import inference

_FRAME: Final = 306


class _Zone(NamedTuple):
    """Labels (None for any), rows and columns of the frame; several columns for both sides of the face."""

    labels: tuple[str, ...] | None
    rows: tuple[int, int] = (0, _FRAME)
    columns: tuple[tuple[int, int], ...] = ((0, _FRAME),)


_HAIR, _SKIN = ("hair",), ("skin",)
ZONES: Final[dict[str, _Zone]] = {
    "hair": _Zone(_HAIR),
    "hair_top": _Zone(_HAIR, (0, 60)),
    "hair_forehead": _Zone(_HAIR, (50, 125), ((85, 221),)),
    "hair_sides": _Zone(_HAIR, (60, 200), ((0, 85), (221, 306))),
    "hair_low": _Zone(_HAIR, (200, 306)),
    "top": _Zone(None, (0, 60)),
    "forehead": _Zone(_SKIN, (0, 125)),
    "fringe": _Zone(None, (55, 120), ((85, 221),)),
    "cheeks": _Zone(_SKIN, (165, 225), ((70, 120), (186, 236))),
    "under_eyes": _Zone(_SKIN, (150, 180), ((90, 140), (166, 216))),
    "beside_eyes": _Zone(_SKIN, (125, 165), ((0, 95), (211, 306))),
    "between_brows": _Zone(_SKIN, (110, 150), ((138, 168),)),
    "upper_lip": _Zone(_SKIN, (195, 225), ((115, 191),)),
    "chin": _Zone(_SKIN, (240, 290), ((115, 191),)),
    "jaw": _Zone(_SKIN, (215, 285), ((0, 115), (191, 306))),
    "beside_mouth": _Zone(_SKIN, (195, 240), ((95, 125), (181, 211))),
    "brows": _Zone(("left brow", "right brow")),
    "eyes": _Zone(("left eye", "right eye")),
    "around_eyes": _Zone(None, (130, 162), ((85, 140), (166, 221))),
    "lips": _Zone(("upper lip", "lower lip")),
    "around_mouth": _Zone(None, (208, 255), ((105, 201),)),
    "inside_mouth": _Zone(("mouth",)),
    "nose": _Zone(("nose",)),
    "ears": _Zone(("left ear", "right ear")),
    "around_ears": _Zone(None, (165, 250), ((30, 85), (221, 276))),
    "earring": _Zone(("earring",)),
    "eyeglasses": _Zone(("eyeglasses",)),
    "hat": _Zone(("hat",)),
    "cloth": _Zone(("cloth",)),
    "around_brows": _Zone(None, (105, 140), ((80, 226),)),
    "beside_neck": _Zone(None, (220, 306), ((0, 85), (221, 306))),
    "behind": _Zone(("background",), (0, 100)),
    "all": _Zone(None),
}
"""Where features are pooled. Rows and columns were set by eye, from the places that docs/styles.md gives."""

_CELL: Final = 4
"""Side in pixels of the cells in which colours and detail are averaged before zones are."""

_GRID: Final = ("hair", "skin", "hat", "cloth", "background", "neck")


ORDER: Final = (
    *("stride4", "stride4_spread", "stride8", "stride8_spread", "fusion", "stride16", "stride32"),
    *("areas", "grid", "mouth_grid", "brow_grid", "color", "color_spread", "cheeks", "detail", "direction"),
    "verdicts",
)
"""The groups of features, in the order in which they are joined."""


def compute(parser: FaceParser, pixels: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """The features of a portrait: one at a time, so that one compiled program serves any number.

    Args:
      parser: whose net sees the portrait.
      pixels: ``uint8[306, 306, 3]``.
      labels: ``uint8[306, 306]``, indices into `CLASSES`, or `UNKNOWN`.

    Returns:
      ``float32[_]`` by group of `ORDER`: the net's stages, areas, label maps on coarse grids, colours,
      detail, and `verdicts`.
    """
    found = _compiled(parser.model, parser.size)(parser.folded, pixels[None], labels[None])
    measured = verdicts.measure(pixels, labels)
    return {"verdicts": measured} | {name: np.asarray(x)[0] for name, x in found.items()}


def join(found: Mapping[str, np.ndarray], order: Sequence[str] = ORDER) -> np.ndarray:
    """``float32[F]``: groups of features, one after the other."""
    return np.concatenate([found[name] for name in order])


@functools.lru_cache(maxsize=4)
def _compiled(model: Any, size: int) -> Any:
    def features(variables: Any, images: jax.Array, labels: jax.Array) -> dict[str, jax.Array]:
        return pool(run_net(model, variables, images, size)[0], images, labels)

    return inference.compiled(features)  # type: ignore[arg-type]


def pool(seen: dict[str, jax.Array], images: jax.Array, labels: jax.Array) -> dict[str, jax.Array]:
    """The features of `compute` but for the verdicts, of what `run_net` returned first.

    Args:
      seen: of the B images.
      images: ``uint8[B, 306, 306, 3]``.
      labels: ``uint8[B, 306, 306]``.
    """
    side = 2 * seen["stride4"].shape[1]
    # Every other pixel: label maps are smooth, and the finest features are at a quarter of the side.
    near = (np.arange(side) * _FRAME) // side
    one_hot = _halved(jax.nn.one_hot(labels[:, near][:, :, near], len(CLASSES), dtype=jnp.float32))
    found = _pooled_stages(seen, one_hot) | _shapes(labels, one_hot) | _appearance(images, labels)
    return {name: x.reshape(len(images), -1) for name, x in found.items()}


def run_net(
    model: Any, variables: Any, images: jax.Array, size: int
) -> tuple[dict[str, jax.Array], jax.Array]:
    """The parser's features of ``uint8[B, 306, 306, 3]`` at strides 4, 8, 16 and 32, the fusion of them at
    stride 8, and its scores."""
    enlarged = jax.image.resize(images.astype(jnp.float32), (len(images), size, size, 3), "linear")
    parsing, state = model.apply(
        variables,
        enlarged / 127.5 - 1,
        train=False,
        auxiliary=False,
        upsample=False,
        capture_intermediates=lambda module, _: module.name in ("trunk", "fusion"),
        mutable=["intermediates"],
    )
    found = state["intermediates"]
    stages = found["trunk"]["__call__"][0]
    names = ("stride4", "stride8", "stride16", "stride32")
    seen = dict(zip(names, stages, strict=True)) | {"fusion": found["fusion"]["__call__"][0]}
    return seen, parsing.logits


def _pooled_stages(seen: dict[str, jax.Array], one_hot: jax.Array) -> dict[str, jax.Array]:
    found = {}
    halved = _halved(one_hot)
    masks_of = {"stride4": _masks(one_hot), "stride8": _masks(halved), "stride16": _masks(_halved(halved))}
    for name in ("stride4", "stride8", "fusion", "stride16"):
        x, masks = seen[name], masks_of["stride8" if name == "fusion" else name]
        # Of zones that are hardly there the mean tends to zero.
        total = masks.sum((1, 2))[..., None] + 1e-4 * x.shape[1] ** 2
        mean = jnp.einsum("bhwc,bhwz->bzc", x, masks) / total
        found[name] = mean
        if name in ("stride4", "stride8"):
            square = jnp.einsum("bhwc,bhwz->bzc", x * x, masks) / total
            found[f"{name}_spread"] = jnp.sqrt(jnp.maximum(square - mean * mean, 0))
    last = seen["stride32"]
    B, *_, C = last.shape
    coarse = jax.image.resize(last, (B, 3, 3, C), "linear").reshape(B, -1)
    found["stride32"] = jnp.concatenate([last.mean((1, 2)), last.max((1, 2)), coarse], -1)
    return found


def _shapes(labels: jax.Array, one_hot: jax.Array) -> dict[str, jax.Array]:
    """Areas of zones, and where labels are: of the whole frame, of the mouth, and of brows and eyes."""
    B = len(one_hot)

    def is_in(*names: str) -> jax.Array:
        return jnp.isin(labels, jnp.array([CLASSES.index(name) for name in names])).astype(jnp.float32)

    brows, eyes = is_in("left brow", "right brow"), is_in("left eye", "right eye")
    pairs = jnp.stack([brows, eyes], -1)[:, 101:165, 73:233]
    # Both sides of the face on one: a lifted brow is one on either side.
    halves = _means(pairs + pairs[:, :, ::-1], 4)[:, :, :20]
    mouth = jnp.stack([is_in(name) for name in ("mouth", "upper lip", "lower lip")], -1)
    coarse = one_hot[:, :, :, jnp.array([CLASSES.index(name) for name in _GRID])]
    return {
        "areas": jnp.log(_masks(_halved(one_hot)).mean((1, 2)) + 1e-3),
        "grid": jax.image.resize(coarse, (B, 18, 18, len(_GRID)), "linear"),
        "mouth_grid": _means(mouth[:, 200:264, 93:213], 4),
        "brow_grid": halves,
    }


def _appearance(images: jax.Array, labels: jax.Array) -> dict[str, jax.Array]:
    """Colour of zones beside the cheeks', and how strong and how directed fine detail is in them."""
    light = jnp.log(images.astype(jnp.float32) / 255 + 0.05)
    red, green, blue = light[..., 0], light[..., 1], light[..., 2]
    luma = light.mean(-1)
    color = jnp.stack([luma, red - green, blue - (red + green) / 2], -1)
    middle = np.arange(_CELL // 2, _FRAME // _CELL * _CELL, _CELL)
    masks = _masks(jax.nn.one_hot(labels[:, middle][:, :, middle], len(CLASSES), dtype=jnp.float32))
    area = masks.sum((1, 2))[..., None]
    visible = area > 2

    def mean(x: jax.Array) -> jax.Array:
        return jnp.einsum("bhwc,bhwz->bzc", x, masks) / (area + 2)

    cells = _means(color, _CELL)
    colors = mean(cells)
    spread = jnp.sqrt(jnp.maximum(mean(cells * cells) - colors * colors, 0))
    cheeks = colors[:, list(ZONES).index("cheeks")]
    blurred = [luma, *(_blur(luma, sigma) for sigma in (0.8, 1.6, 3.2, 6.4))]
    bands = jnp.stack([jnp.abs(a - b) for a, b in itertools.pairwise(blurred)], -1)
    directions = jnp.concatenate([_directions(x, mean) for x in blurred[1:3]], -1)
    return {
        "color": jnp.where(visible, colors - cheeks[:, None], 0),
        "color_spread": spread,
        "cheeks": cheeks,
        "detail": jnp.where(visible, jnp.log(mean(_means(bands, _CELL)) + 3e-3), np.log(0.02)),
        "direction": jnp.where(visible, directions, 0),
    }


def _directions(x: jax.Array, mean: Callable[[jax.Array], jax.Array]) -> jax.Array:
    """Of each zone: upright against level, slanted, coherent nearby, and all of the gradient together."""
    down = jnp.pad(x[:, 2:] - x[:, :-2], ((0, 0), (1, 1), (0, 0))) / 2
    right = jnp.pad(x[:, :, 2:] - x[:, :, :-2], ((0, 0), (0, 0), (1, 1))) / 2
    cells = _means(jnp.stack([right * right, down * down, right * down], -1), _CELL)
    rr, dd, rd = cells[..., 0], cells[..., 1], cells[..., 2]
    coherence = jnp.sqrt((rr - dd) ** 2 + 4 * rd**2) / (rr + dd + 1e-5)
    means = mean(jnp.stack([rr, dd, jnp.abs(rd), coherence], -1))
    energy = means[..., 0] + means[..., 1] + 1e-6
    upright = (means[..., 0] - means[..., 1]) / energy
    return jnp.stack([upright, means[..., 2] / energy, means[..., 3], jnp.log(energy + 1e-5)], -1)


def _masks(one_hot: jax.Array) -> jax.Array:
    """``float32[B, S, S, 19]``, shares of labels, to ``[B, S, S, Z]``: how much of a cell is in each zone."""
    side = one_hot.shape[1]
    centres = (np.arange(side) + 0.5) * _FRAME / side
    selected = np.zeros((len(CLASSES), len(ZONES)), np.float32)
    inside = np.zeros((side, side, len(ZONES)), np.float32)
    for z, zone in enumerate(ZONES.values()):
        selected[[CLASSES.index(name) for name in zone.labels or CLASSES], z] = 1
        rows = (centres >= zone.rows[0]) & (centres < zone.rows[1])
        columns = np.any([(centres >= first) & (centres < last) for first, last in zone.columns], 0)
        inside[..., z] = rows[:, None] & columns
    return jnp.einsum("bhwc,cz->bhwz", one_hot, selected) * inside


def _means(x: jax.Array, cell: int) -> jax.Array:
    """``float32[B, H, W, C]`` to means of cells; what is left over is left out."""
    B, H, W, C = x.shape
    h, w = H // cell, W // cell
    return x[:, : h * cell, : w * cell].reshape(B, h, cell, w, cell, C).mean((2, 4))


def _halved(x: jax.Array) -> jax.Array:
    return _means(x, 2)


def _blur(x: jax.Array, sigma: float) -> jax.Array:
    """``float32[B, S, S]`` blurred by a Gaussian, as products with a matrix: CPUs are slow at convolving one
    channel."""
    at = np.arange(x.shape[1])
    kernel = np.exp(-((at[:, None] - at) ** 2) / (2 * sigma**2))
    kernel = (kernel / kernel.sum(1, keepdims=True)).astype(np.float32)
    return jnp.einsum("ij,bjk,lk->bil", kernel, x, kernel)

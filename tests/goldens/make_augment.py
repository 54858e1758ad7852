"""Writes augment.json: what each augmentation makes of a batch of drawn faces, in numbers.

``python tests/goldens/make_augment.py``. Weights that ship were trained with these augmentations. Run it
after a change that is meant to change them, and look at what they make before you commit the file.
"""

import functools
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1])]

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

from emojax.data.faces.labels import CLASSES  # noqa: E402
from emojax.training.augment import differentiable, faces, jewellery, photometric, shapes, views  # noqa: E402

GOLDEN: Final = HERE / "augment.json"
SIDE: Final = 96
COUNT: Final = 96

Batch = Callable[[jax.Array, jax.Array], jax.Array]


def batch() -> np.ndarray:
    """``uint8[COUNT, SIDE, SIDE, 4]``: shaded heads with hair, eyes, nose, ears, neck and clothes."""
    masks = np.zeros((COUNT, SIDE, SIDE), np.uint8)

    def fill(name: str, rows: tuple[int, int], columns: tuple[int, int]) -> None:
        masks[:, rows[0] : rows[1], columns[0] : columns[1]] = CLASSES.index(name)

    fill("hair", (6, 66), (24, 72))
    fill("cloth", (76, 96), (12, 84))
    fill("neck", (64, 84), (36, 60))
    fill("skin", (16, 68), (30, 66))
    fill("left ear", (36, 50), (66, 72))
    fill("right ear", (36, 50), (24, 30))
    fill("left eye", (32, 37), (52, 61))
    fill("right eye", (32, 37), (35, 44))
    fill("nose", (36, 50), (44, 52))
    y, x, c, n = np.ogrid[:SIDE, :SIDE, :3, :COUNT]
    shade = 60 * np.sin(x / 7 + n) * np.cos(y / 9) + 20 * np.cos(c + n / 5)
    light = 40 + 8 * masks[0][..., None, None] + 30 * (c == 0) + shade
    pixels = np.moveaxis(np.clip(light, 0, 255), -1, 0).astype(np.uint8)
    return faces.pack(pixels, masks)


def _joined(found: tuple[jax.Array, jax.Array]) -> jax.Array:
    images, masks = found
    return jnp.concatenate([images, masks[..., None] / 18.0], -1)


def augmentations() -> Mapping[str, Batch]:
    """Each takes a key and `batch`, and gives an array whose first axis is the batch's."""
    strong = faces.Augmentation(coarse=0.5, turned=0.3)
    seen = views.Views(
        shift=0.08,
        scale=0.1,
        rotation=8.0,
        still=0.1,
        color=0.2,
        contrast=0.2,
        brightness=0.2,
        blur=1.0,
        noise=0.02,
    )
    moves = differentiable.Augmentation(scale=0.2, rotation=0.2)

    def images(pixels: jax.Array) -> jax.Array:
        return pixels[..., :3] / 255.0

    def shape(pixels: jax.Array) -> jax.Array:
        return (pixels[..., 3:] == CLASSES.index("skin")).astype(jnp.float32)

    return {
        "warp": lambda key, pixels: _joined(faces.warp(key, pixels, SIDE, strong)),
        "occlude": lambda key, pixels: _joined(
            faces.occlude(key, images(pixels), pixels[..., 3].astype(jnp.int32), 3)
        ),
        "recolor": lambda key, pixels: photometric.recolor(key, images(pixels), 0.2),
        "add_noise": lambda key, pixels: photometric.add_noise(key, images(pixels)),
        "compress": lambda key, pixels: photometric.compress(key, images(pixels)),
        "add_necklaces": lambda key, pixels: jewellery.add_necklaces(key, pixels) / 255.0,
        "add_earrings": lambda key, pixels: jewellery.add_earrings(key, pixels) / 255.0,
        "move": lambda key, pixels: shapes.move(key, pixels[..., 3], shapes.ShapeNoise())[..., None] / 18.0,
        "corrupt": lambda key, pixels: shapes.corrupt(key, shape(pixels), shapes.ShapeNoise()),
        "view": lambda key, pixels: views.view(key, pixels[..., :3], seen),
        "differentiable": lambda key, pixels: differentiable.apply(
            moves, 2 * images(pixels) - 1, differentiable.draw(key, COUNT), 0.7
        ),
    }


def measure(augment: Batch) -> np.ndarray:
    """``float64[COUNT, 2]``: of each example the log of how much was changed, and a mean weight of the
    places, channels and signs of the changes, in [-1, 1]."""
    pixels = batch()
    found = np.asarray(jax.jit(augment)(jax.random.key(0), pixels), np.float64)
    before = np.asarray(pixels, np.float64) / 255.0
    changed = found - (before if found.shape == before.shape else 0.0)
    weight = functools.reduce(
        np.multiply.outer, [np.cos(np.arange(n) / (3.0 + n / 9)) for n in found.shape[1:]]
    )
    amount = np.abs(changed).sum((1, 2, 3))
    return np.stack([np.log1p(amount), (changed * weight).sum((1, 2, 3)) / (amount + 1.0)], -1)


def main() -> None:
    """Writes the file."""
    found = {name: measure(augment).round(4).tolist() for name, augment in augmentations().items()}
    GOLDEN.write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()

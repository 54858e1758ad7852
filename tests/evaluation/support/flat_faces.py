"""Faces as the measures of texture expect them: flat colours, antialiased edges, on black."""

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

_FINE = 8


def faces(count: int = 12, *, size: int = 64, seed: int = 0) -> np.ndarray:
    """``uint8[count, size, size, 3]``, all different."""
    rng = np.random.default_rng(seed)
    return np.stack([_face(rng, size) for _ in range(count)])


def _face(rng: np.random.Generator, size: int) -> np.ndarray:
    side = size * _FINE
    image = Image.new("RGB", (side, side))
    draw = ImageDraw.Draw(image)

    def disc(x: float, y: float, r: float, color: tuple[int, int, int]) -> None:
        draw.ellipse([side * (x - r), side * (y - r), side * (x + r), side * (y + r)], fill=color)

    disc(0.5, 0.5, 0.31, (252, 234, 43))
    for x in (0.4, 0.6):
        disc(x, 0.42 + rng.uniform(-0.03, 0.03), rng.uniform(0.025, 0.06), (0, 0, 0))
    bend = rng.uniform(0.04, 0.12)
    box = [side * 0.36, side * (0.6 - bend), side * 0.64, side * (0.6 + bend)]
    draw.arc(box, 10, 170, fill=(0, 0, 0), width=round(0.028 * side))
    return np.asarray(image.resize((size, size), Image.Resampling.BOX))


def noisy(images: np.ndarray, sigma: float, *, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, sigma, images.shape)
    return np.clip(np.rint(images + noise), 0, 255).astype(np.uint8)


def blurred(images: np.ndarray, sigma: float) -> np.ndarray:
    soft = ndimage.gaussian_filter(images.astype(np.float64), (0, sigma, sigma, 0))
    return np.rint(soft).astype(np.uint8)

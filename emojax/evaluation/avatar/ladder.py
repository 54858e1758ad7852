"""Drawn portraits, disturbed step by step as photos and face parsers would: picture and labels together."""

from typing import Final

import cv2
import numpy as np

from emojax.avatar.faces.portraits import Portrait

STRENGTHS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Of the ladder's rungs. At 0 nothing is done, at 1 all that is said below."""

SHIFT: Final = 0.04
"""Of the frame's side, in a random direction."""

SCALE: Final = 0.08
"""Larger or smaller, about the frame's middle."""

BLUR: Final = 3.0
"""Standard deviation of the Gaussian, in pixels of the frame, for the picture and for the labels."""

NOISE: Final = 20.0
"""Standard deviation of each value of the picture, of 255."""

WOBBLE: Final = 2.0
_WAVE: Final = 6.0
"""Pixels by which labels' borders are off, which is what noise does to a parser, and over which that
changes."""

GAIN: Final = 0.2
"""Most by which red, green and blue are each made brighter or darker."""


def disturb(portrait: Portrait, strength: float, rng: np.random.Generator) -> Portrait:
    """A portrait shifted, scaled, blurred, recoloured and with noise, all at once.

    The face stays one of the frame: what comes into it repeats its border.

    Args:
      portrait: drawn, with labels that are all known.
      strength: from 0 to 1. With one state of `rng` the same things happen at every strength, the
        stronger the further.
      rng: says which way.
    """
    if not strength:
        return portrait
    size = len(portrait.labels)
    angle, larger = rng.uniform(0, 2 * np.pi), rng.choice([-1, 1])
    gains = 1 + strength * rng.uniform(-GAIN, GAIN, 3)
    wobble = _field(rng, size)
    noise = rng.standard_normal(portrait.pixels.shape)

    middle = (size - 1) / 2
    shift = strength * SHIFT * size * np.asarray([np.cos(angle), np.sin(angle)])
    steps = (np.arange(size) - middle) / (1 + strength * SCALE * larger)
    x, y = np.meshgrid(steps + middle - shift[0], steps + middle - shift[1])
    pixels = _moved(portrait.pixels, x, y, cv2.INTER_LINEAR)
    off = strength * WOBBLE * wobble
    labels = _moved(portrait.labels, x + off[0], y + off[1], cv2.INTER_NEAREST)

    pixels = cv2.GaussianBlur(pixels, (0, 0), strength * BLUR)
    pixels = np.clip(np.rint(pixels * gains + strength * NOISE * noise), 0, 255).astype(np.uint8)
    return Portrait(pixels, _blurred(labels, strength * BLUR))


def _moved(pixels: np.ndarray, x: np.ndarray, y: np.ndarray, interpolation: int) -> np.ndarray:
    maps = x.astype(np.float32), y.astype(np.float32)
    return cv2.remap(pixels, *maps, interpolation, borderMode=cv2.BORDER_REPLICATE)


def _field(rng: np.random.Generator, size: int) -> np.ndarray:
    """``float64[2, size, size]``: a smooth random displacement, of standard deviation 1."""
    fields = [cv2.GaussianBlur(rng.standard_normal((size, size)), (0, 0), _WAVE) for _ in range(2)]
    return np.stack([field / field.std() for field in fields])


def _blurred(labels: np.ndarray, sigma: float) -> np.ndarray:
    """The labels that prevail where each one's map is blurred: ``uint8`` of the same shape."""
    present = np.unique(labels)
    weights = [cv2.GaussianBlur((labels == each).astype(np.float32), (0, 0), sigma) for each in present]
    return present[np.argmax(weights, axis=0)]

"""Corrupts drawn portraits as photos and face parsers would, at a severity: picture and labels together."""

from typing import Final

import cv2
import numpy as np

from emojax.avatar.faces.portraits import Portrait
from emojax.media import warp

SEVERITIES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
"""At 0 nothing is done, at 1 all that is said below. What is said is a choice, not a fit: at 1 faces are as
blurred, as badly placed and as coloured as in a poor webcam picture. Larger values make the task harder,
smaller ones easier, and figures of reports with other values cannot be compared."""

SHIFT: Final = 0.04
"""Of the frame's side, in a random direction."""

SCALE: Final = 0.08
"""Larger or smaller, about the frame's middle."""

BLUR: Final = 3.0
"""Standard deviation of the Gaussian, in pixels of the frame, for the picture and for the labels."""

NOISE: Final = 20.0
"""Standard deviation of the noise of each value of the picture, of 255."""

BORDER: Final = 2.0
"""Standard deviation, in pixels, of the displacement of labels' borders: what noise does to a parser."""

_SMOOTHNESS: Final = 6.0
"""Standard deviation, in pixels, of the Gaussian that smooths that displacement. Much less gives ragged
borders, much more only shifts the labels."""

GAIN: Final = 0.2
"""Most by which red, green and blue are each made brighter or darker."""


def corrupt(portrait: Portrait, severity: float, rng: np.random.Generator) -> Portrait:
    """A portrait shifted, scaled, blurred, recoloured and with noise, all at once.

    What comes into the frame repeats its border.

    Args:
      portrait: drawn, with labels that are all known.
      severity: from 0 to 1. With one state of `rng` the same is done at every severity, to that extent.
      rng: chooses directions, colours and noise.
    """
    if not severity:
        return portrait
    size = len(portrait.labels)
    angle, larger = rng.uniform(0, 2 * np.pi), rng.choice([-1, 1])
    gains = 1 + severity * rng.uniform(-GAIN, GAIN, 3)
    displacement = _smooth_field(rng, size)
    noise = rng.standard_normal(portrait.pixels.shape)

    middle = (size - 1) / 2
    shift = severity * SHIFT * size * np.asarray([np.cos(angle), np.sin(angle)])
    steps = (np.arange(size) - middle) / (1 + severity * SCALE * larger)
    x, y = np.meshgrid(steps + middle - shift[0], steps + middle - shift[1])
    pixels = warp.remap(portrait.pixels, x, y)
    off = severity * BORDER * displacement
    labels = warp.remap(portrait.labels, x + off[0], y + off[1], nearest=True)

    pixels = cv2.GaussianBlur(pixels, (0, 0), severity * BLUR)
    pixels = np.clip(np.rint(pixels * gains + severity * NOISE * noise), 0, 255).astype(np.uint8)
    return Portrait(pixels, _blurred(labels, severity * BLUR))


def _smooth_field(rng: np.random.Generator, size: int) -> np.ndarray:
    """``float64[2, size, size]``: a smooth random displacement, of standard deviation 1."""
    fields = [cv2.GaussianBlur(rng.standard_normal((size, size)), (0, 0), _SMOOTHNESS) for _ in range(2)]
    return np.stack([field / field.std() for field in fields])


def _blurred(labels: np.ndarray, sigma: float) -> np.ndarray:
    """At each pixel the label whose blurred mask is largest there: ``uint8`` of the same shape."""
    present = np.unique(labels)
    weights = [cv2.GaussianBlur((labels == each).astype(np.float32), (0, 0), sigma) for each in present]
    return present[np.argmax(weights, axis=0)]

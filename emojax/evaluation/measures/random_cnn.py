"""Features of an untrained net: means and deviations of random convolutions at several scales.

Untrained nets describe pictures well enough to compare sets of them (Ulyanov et al., 2018, "Deep Image
Prior"; Naeem et al., 2020, "Reliable Fidelity and Diversity Metrics", section 4.4). Means and deviations of
many filters' responses describe texture (Portilla and Simoncelli, 2000): they change with edges, colours,
speckle and blur, but not with where a mouth is.

The constants are not tuned, and any other value of them gives other features: with it, `VERSION` must change.
"""

from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

VERSION: Final = "1"
"""Of the features; another one for whatever changes a number in them."""

SIZE: Final = 64
"""Side of the pictures in pixels."""

_SCALES: Final = 3
_WIDTHS: Final = (24, 48)
_SEED: Final = 20160226
_PICTURES: Final = 64
"""Dead leaves pictures that the features are standardised on."""

_LEAVES: Final = 12
"""Discs in each of these."""


def variables() -> dict[str, np.ndarray]:
    """The net's weights, and the mean and scale that standardise its features.

    Returns:
      ``kernel_S_L`` (``float32[k, k, C_in, C_out]``) and ``bias_S_L`` (``float32[C_out]``) of layer L at
      scale S; ``center`` and ``spread``, ``float32[432]``.
    """
    # RandomState's streams are frozen by NumPy's compatibility policy; those of newer generators are not.
    rng = np.random.RandomState(_SEED)
    weights = {}
    for scale in range(_SCALES):
        for layer, (kernel, before, width) in enumerate(((5, 3, _WIDTHS[0]), (3, *_WIDTHS))):
            filters = rng.standard_normal((kernel, kernel, before, width)) * np.sqrt(2 / (kernel**2 * before))
            weights[f"kernel_{scale}_{layer}"] = filters.astype(np.float32)
            # Filters with different thresholds: the means of their responses tell distributions apart.
            weights[f"bias_{scale}_{layer}"] = (0.3 * rng.standard_normal(width)).astype(np.float32)
    leaves = dead_leaves(rng, _PICTURES)
    raw = jax.jit(_statistics)
    found = np.concatenate([np.asarray(raw(weights, leaf[None])) for leaf in leaves]).astype(np.float64)
    return weights | {
        "center": found.mean(0).astype(np.float32),
        # A filter that hardly ever responds must not outweigh all others when it does.
        "spread": np.maximum(found.std(0), 0.5 * np.median(found.std(0))).astype(np.float32),
    }


def features(weights: dict[str, Any], images: jax.Array) -> jax.Array:
    """``float32[B, SIZE, SIZE, 3]`` in [-1, 1] to ``float32[B, 432]``, standardised on dead leaves."""
    return (_statistics(weights, images) - weights["center"]) / weights["spread"]


def _statistics(weights: dict[str, Any], images: jax.Array) -> jax.Array:
    """Mean and standard deviation over places of every filter's responses, ``float32[B, 432]``."""
    found = []
    for scale in range(_SCALES):
        x = images
        for layer in range(len(_WIDTHS)):
            x = x if layer == 0 else _half_size(x)
            x = _convolve(x, weights[f"kernel_{scale}_{layer}"])
            x = jax.nn.relu(x + weights[f"bias_{scale}_{layer}"])
            found += [x.mean((1, 2)), jnp.sqrt(x.var((1, 2)) + 1e-6)]
        images = _half_size(images)
    return jnp.concatenate(found, axis=-1)


def _convolve(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """A convolution without padding, with the kernel's columns stacked as channels.

    On CPU it is four times as fast so: XLA vectorises over channels, and pictures have three only.
    """
    side, inside = len(kernel), x.shape[2] - len(kernel) + 1
    columns = jnp.concatenate([x[:, :, j : j + inside] for j in range(side)], axis=-1)
    kernel = kernel.reshape(side, 1, -1, kernel.shape[-1])
    return jax.lax.conv_general_dilated(
        columns, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def _half_size(x: jax.Array) -> jax.Array:
    """Means of 2×2 pixels; an odd last row or column is left out."""
    B, H, W, C = x.shape
    return x[:, : H // 2 * 2, : W // 2 * 2].reshape(B, H // 2, 2, W // 2, 2, C).mean((2, 4))


def dead_leaves(rng: np.random.RandomState, count: int) -> np.ndarray:
    """Dead leaves pictures: coloured discs on black that cover each other.

    Their radii follow the power law under which such pictures have the statistics of natural ones (Lee,
    Mumford and Huang, 2001, "Occlusion Models for Natural Images"): flat areas and edges, as in drawings.

    Returns:
      ``float32[count, SIZE, SIZE, 3]`` in [-1, 1].
    """
    rows, columns = np.mgrid[:SIZE, :SIZE].astype(np.float64)
    pictures = np.full((count, SIZE, SIZE, 3), -1.0, np.float32)
    for picture in pictures:
        for _ in range(_LEAVES):
            # Density r**-3 from 4 to 28 pixels: the inverse of its distribution function.
            radius = (4.0**-2 - rng.uniform() * (4.0**-2 - 28.0**-2)) ** -0.5
            y, x = SIZE / 2 + SIZE / 6 * rng.standard_normal(2)
            cover = np.clip(radius + 0.5 - np.hypot(rows - y, columns - x), 0, 1)[..., None]
            picture += cover * (rng.uniform(-1, 1, 3) - picture)
    return pictures

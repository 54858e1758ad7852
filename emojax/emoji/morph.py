"""Interpolation between emoji in latent and class space, with even changes from image to image.

frames = morph.line(generator, ends, 24)     # uint8[24, S, S, 3]
images = morph.grid(generator, corners, 8)   # uint8[64, S, S, 3], row by row
"""

import dataclasses
from collections.abc import Callable
from typing import Final

import numpy as np

from emojax.emoji.generate import EmojiGenerator

_ROUNDS: Final = 8
"""Bisections of the widest gaps of a path. Fewer: a path that changes within 1 % of its length is sampled
too coarsely, and its frames jump. More: images are drawn in vain at jumps that no sampling
resolves; eight are enough for changes 2^8 times as fast as the mean."""


@dataclasses.dataclass(frozen=True)
class LatentPoints:
    """Inputs of a generator, to interpolate between.

    Attributes:
      latents: ``float32[N, latent_size]``, none of them zero.
      classes: ``float32[N, K]``, weights that sum to one; None for a generator without labels.
    """

    latents: np.ndarray
    classes: np.ndarray | None = None

    def interpolate(self, start: int, end: int, t: np.ndarray) -> "LatentPoints":
        """Points between two of the points.

        Latents are interpolated spherically, classes linearly, so that a mixture's embedding is the
        mixture of the embeddings.

        Args:
          start, end: indices of the two points.
          t: ``float[T]`` in [0, 1], 0 at `start` and 1 at `end`.

        Returns:
          T points.
        """
        latents = slerp(self.latents[start], self.latents[end], t)
        if self.classes is None:
            return LatentPoints(latents)
        weights = t[:, None].astype(np.float32)
        return LatentPoints(latents, (1 - weights) * self.classes[start] + weights * self.classes[end])


def line(generator: EmojiGenerator, ends: LatentPoints, count: int) -> np.ndarray:
    """Images from the first of two points to the second, at nearly equal distances in pixels.

    Equal steps in latent space would not do: generators show one face for long and then jump to the next.

    Args:
      generator: draws the images.
      ends: two points.
      count: of images, at least 2.

    Returns:
      ``uint8[count, S, S, 3]``.
    """

    def draw(t: np.ndarray) -> np.ndarray:
        return _draw(generator, ends.interpolate(0, 1, t))

    return draw(equidistant_times(draw, count))


def grid(generator: EmojiGenerator, corners: LatentPoints, side: int) -> np.ndarray:
    """Images between four points, in a square grid.

    Columns are spaced so that the upper and the lower edge, taken together, change evenly; rows
    likewise by the left and the right edge.

    Args:
      generator: draws the images.
      corners: four points: upper left, upper right, lower left, lower right.
      side: rows, and columns, of the grid, at least 2.

    Returns:
      ``uint8[side², S, S, 3]``, row by row.
    """

    def edge_times(first: tuple[int, int], second: tuple[int, int]) -> np.ndarray:
        def draw(t: np.ndarray) -> np.ndarray:
            edges = [_draw(generator, corners.interpolate(*edge, t)) for edge in (first, second)]
            return np.concatenate(edges, axis=1)

        return equidistant_times(draw, side)

    across, down = edge_times((0, 1), (2, 3)), edge_times((0, 2), (1, 3))
    left, right = corners.interpolate(0, 2, down), corners.interpolate(1, 3, down)
    rows = []
    for i in range(side):
        ends = LatentPoints(
            np.stack([left.latents[i], right.latents[i]]),
            None
            if left.classes is None or right.classes is None
            else np.stack([left.classes[i], right.classes[i]]),
        )
        rows.append(_draw(generator, ends.interpolate(0, 1, across)))
    return np.concatenate(rows)


def equidistant_times(draw: Callable[[np.ndarray], np.ndarray], count: int) -> np.ndarray:
    """Times on a path of images between which the distance in pixels is the same.

    The path is sampled, and its widest gaps are bisected until none is wider than half a step. Then the
    times are interpolated from the accumulated distance.

    Args:
      draw: times ``float64[T]`` in [0, 1] to images ``uint8[T, ...]``; called for at most 20 `count` times
        in all.
      count: at least 2.

    Returns:
      ``float64[count]``, rising from 0 to 1.
    """
    t = np.linspace(0.0, 1.0, 2 * count + 1)
    images = draw(t)
    gaps = _distances(images)
    for _ in range(_ROUNDS):
        wide = np.flatnonzero(gaps > gaps.sum() / (count - 1) / 2)
        if len(wide) == 0:
            break
        middles = (t[wide] + t[wide + 1]) / 2
        t = np.insert(t, wide + 1, middles)
        images = np.insert(images, wide + 1, draw(middles), axis=0)
        gaps = _distances(images)
    # The small multiple of time keeps the length rising where the images do not change.
    length = np.concatenate([[0.0], np.cumsum(gaps)]) + 1e-6 * t
    return np.interp(np.linspace(0.0, length[-1], count), length, t)


def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Spherical interpolation (Shoemake, 1985; for latents: White, "Sampling Generative Networks", 2016).

    Gaussian latents of n dimensions are close to a sphere of radius √n. A straight line between two of
    them passes through its interior, where the generator was not trained; the arc does not. Lengths are
    interpolated linearly.

    Args:
      a, b: ``float32[D]``, not zero.
      t: ``float[T]`` in [0, 1].

    Returns:
      ``float32[T, D]``; exactly `a` at 0 and `b` at 1.
    """
    length_a, length_b = np.linalg.norm(a), np.linalg.norm(b)
    u, v = a / length_a, b / length_b
    angle = np.arccos(np.clip(u @ v, -1.0, 1.0))
    t = t[:, None]
    if np.sin(angle) < 1e-6:  # parallel: the arc is the line; opposite: no arc is preferred
        path = (1 - t) * u + t * v
    else:
        path = (np.sin((1 - t) * angle) * u + np.sin(t * angle) * v) / np.sin(angle)
    path = path * ((1 - t) * length_a + t * length_b)
    return np.where(t == 0, a, np.where(t == 1, b, path)).astype(np.float32)


def _draw(generator: EmojiGenerator, points: LatentPoints) -> np.ndarray:
    return generator.draw(points.latents, points.classes)


def _distances(images: np.ndarray) -> np.ndarray:
    """RMS difference of each image and the next, in grey levels: ``float64[T - 1]``."""
    flat = images.reshape(len(images), -1).astype(np.float32)
    return np.sqrt(np.mean(np.square(np.diff(flat, axis=0)), axis=1, dtype=np.float64))

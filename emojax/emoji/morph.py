"""Paths between emoji, in latent and class space, at a speed that looks constant.

frames = morph.line(generator, ends, 24)      # uint8[24, S, S, 3]
sheet = morph.sheet(generator, corners, 8)    # uint8[64, S, S, 3], row by row
"""

import dataclasses
from collections.abc import Callable
from typing import Final

import numpy as np

from emojax.emoji.generate import EmojiGenerator

_ROUNDS: Final = 8
"""How often the widest gaps of a path are halved; enough for one 2^8 times as fast as its mean."""


@dataclasses.dataclass(frozen=True)
class Places:
    """Points to go between.

    Attributes:
      latents: ``float32[N, latent_size]``, none of them zero.
      classes: ``float32[N, K]``, weights that sum to one; None where the generator has no labels.
    """

    latents: np.ndarray
    classes: np.ndarray | None = None

    def between(self, start: int, end: int, t: np.ndarray) -> "Places":
        """Places at `t`, ``float[T]`` in [0, 1], on the way from one point to another.

        Latents go along the sphere. Classes are mixed linearly: so the mixture's embedding is the
        mixture of the embeddings.
        """
        latents = slerp(self.latents[start], self.latents[end], t)
        if self.classes is None:
            return Places(latents)
        weights = t[:, None].astype(np.float32)
        return Places(latents, (1 - weights) * self.classes[start] + weights * self.classes[end])


def line(generator: EmojiGenerator, ends: Places, count: int) -> np.ndarray:
    """`count` pictures from the first of two places to the second, ``uint8[count, S, S, 3]``.

    Each differs from the one before by about the same distance in pixels. Equal steps in latent space
    would not do: generators stay with one face for long and then jump to the next.
    """

    def draw(t: np.ndarray) -> np.ndarray:
        return _draw(generator, ends.between(0, 1, t))

    return draw(even_times(draw, count))


def sheet(generator: EmojiGenerator, corners: Places, side: int) -> np.ndarray:
    """`side` rows of as many pictures between four places, ``uint8[side², S, S, 3]``.

    The places are the corners: the upper left, the upper right, the lower left and the lower right
    one. Columns are spaced so that the upper and the lower edge change evenly, taken together; rows so
    that the left and the right one do.
    """

    def edges(first: tuple[int, int], second: tuple[int, int]) -> np.ndarray:
        def draw(t: np.ndarray) -> np.ndarray:
            both = [_draw(generator, corners.between(*edge, t)) for edge in (first, second)]
            return np.concatenate(both, axis=1)

        return even_times(draw, side)

    across, down = edges((0, 1), (2, 3)), edges((0, 2), (1, 3))
    left, right = corners.between(0, 2, down), corners.between(1, 3, down)
    rows = []
    for i in range(side):
        pair = Places(
            np.stack([left.latents[i], right.latents[i]]),
            None
            if left.classes is None or right.classes is None
            else np.stack([left.classes[i], right.classes[i]]),
        )
        rows.append(_draw(generator, pair.between(0, 1, across)))
    return np.concatenate(rows)


def even_times(draw: Callable[[np.ndarray], np.ndarray], count: int) -> np.ndarray:
    """Times at which a path has been `count` pictures of the same distance from one to the next.

    The path is sampled finely, and more so where its pictures change fast, until no gap is wider than
    half of a step; then steps are cut from its length.

    Args:
      draw: times ``float64[T]`` in [0, 1] to pictures ``uint8[T, ...]``; at most 20 `count` in all.
      count: at least 2.

    Returns:
      ``float64[count]``, rising from 0 to 1.
    """
    t = np.linspace(0.0, 1.0, 2 * count + 1)
    pictures = draw(t)
    gaps = _distances(pictures)
    for _ in range(_ROUNDS):
        wide = np.flatnonzero(gaps > gaps.sum() / (count - 1) / 2)
        if len(wide) == 0:
            break
        middles = (t[wide] + t[wide + 1]) / 2
        t = np.insert(t, wide + 1, middles)
        pictures = np.insert(pictures, wide + 1, draw(middles), axis=0)
        gaps = _distances(pictures)
    # With a little of the time itself, so that a path along which nothing changes has steps, too.
    length = np.concatenate([[0.0], np.cumsum(gaps)]) + 1e-6 * t
    return np.interp(np.linspace(0.0, length[-1], count), length, t)


def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Spherical interpolation (Shoemake, 1985; for latents: White, "Sampling Generative Networks", 2016).

    Gaussian latents of n dimensions lie close to a sphere of radius √n. A straight line
    between two of them runs through its inside, where the generator was never trained;
    the arc does not. Lengths are interpolated linearly.

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
    if np.sin(angle) < 1e-6:  # parallel: every arc is the line; opposite: none is preferred
        path = (1 - t) * u + t * v
    else:
        path = (np.sin((1 - t) * angle) * u + np.sin(t * angle) * v) / np.sin(angle)
    path = path * ((1 - t) * length_a + t * length_b)
    return np.where(t == 0, a, np.where(t == 1, b, path)).astype(np.float32)


def _draw(generator: EmojiGenerator, places: Places) -> np.ndarray:
    return generator.draw(places.latents, places.classes)


def _distances(pictures: np.ndarray) -> np.ndarray:
    """Root mean square difference of each picture and the next, in grey levels: ``float64[T - 1]``."""
    flat = pictures.reshape(len(pictures), -1).astype(np.float32)
    return np.sqrt(np.mean(np.square(np.diff(flat, axis=0)), axis=1, dtype=np.float64))

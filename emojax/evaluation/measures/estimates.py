"""Confidence intervals by bootstrap, and the checks of their input that all measures share."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from emojax.core.errors import UserError

BLOCK: Final = 1024
"""Samples that are compared with each other at once; more are split into blocks. With smaller blocks fewer
pairs are used and figures are noisier; with larger ones time and memory grow with their square."""

SHARE: Final = (0.0, 1.0)
"""Limits of a share of samples."""

_NO_LIMITS: Final = (-np.inf, np.inf)
_ROUNDS: Final = 200
"""Resamples of a bootstrap. The standard error is itself uncertain by ``1 / √(2 rounds)``: by 5 % here, by
10 % with 50. More of them take longer, and make little difference to that."""


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A figure, its 95 % confidence interval and its standard error, all in the figure's own unit."""

    value: float
    low: float
    high: float
    standard_error: float


def bootstrap(
    statistic: Callable[[np.ndarray], float],
    count: int,
    *,
    seed: int,
    rounds: int = _ROUNDS,
    limits: tuple[float, float] = _NO_LIMITS,
) -> Estimate:
    """Bootstrap estimate of a statistic over samples (Efron and Tibshirani 1993, chapters 6 and 13).

    Resamples repeat some samples and miss others, which biases figures that count what is found at all,
    such as coverage. So the interval is that of the deviations from the resamples' mean, put around the
    value of the samples themselves.

    Args:
      statistic: maps sample numbers ``int64[count]``, which may repeat, to the figure of these samples.
      count: how many samples there are, at least 1.
      seed: of the resampling; the same seed gives the same digits.
      rounds: resamples, at least 2.
      limits: of the figure, to which its interval is clipped.

    Returns:
      The value of all samples, each taken once, with the interval and the standard error over resamples.
    """
    found = [statistic(index) for index in resamples(count, seed=seed, rounds=rounds)]
    return summary(float(statistic(np.arange(count))), np.asarray(found, np.float64), limits)


def resamples(count: int, *, seed: int, rounds: int = _ROUNDS) -> Iterator[np.ndarray]:
    """The sample numbers that `bootstrap` draws: ``int64[count]`` in each round."""
    rng = np.random.default_rng(seed)
    for _ in range(rounds):
        yield rng.integers(0, count, count)


def summary(value: float, resampled: np.ndarray, limits: tuple[float, float] = _NO_LIMITS) -> Estimate:
    """The `Estimate` of a value by those of ``float64[rounds]`` resamples, at least 2; see `bootstrap`."""
    deviations = np.percentile(resampled - resampled.mean(), (2.5, 97.5))
    low, high = np.clip(value + deviations, *limits)
    return Estimate(value, float(low), float(high), float(resampled.std(ddof=1)))


def bootstrap_mean(values: np.ndarray, *, seed: int, rounds: int = _ROUNDS) -> Estimate:
    """`bootstrap` of the mean of one value for each sample, ``float[N]``; that of ``bool[N]`` is a share."""
    limits = SHARE if values.dtype == bool else _NO_LIMITS
    values = np.asarray(values, np.float64)
    return bootstrap(
        lambda index: float(values[index].mean()), len(values), seed=seed, rounds=rounds, limits=limits
    )


def require(figure: str, *, samples: int, least: int) -> None:
    """Refuses a figure of too few samples.

    Raises:
      UserError: there are fewer than `least`; the message names `figure`.
    """
    if samples < least:
        raise UserError(f"{figure} needs at least {least} samples, not {samples}: give more, or leave it out")


def check_features(figure: str, *sets: np.ndarray) -> list[np.ndarray]:
    """Feature sets as ``float64[N, D]``, all of one D.

    Raises:
      UserError: one is no matrix, holds a number that is not finite, or D differs; the message names
        `figure`.
    """
    found = [np.asarray(features, np.float64) for features in sets]
    shapes = ", ".join(str(list(features.shape)) for features in found)
    if any(features.ndim != 2 for features in found) or len({features.shape[1] for features in found}) != 1:
        raise UserError(
            f"{figure}: features must be [samples, D] with one D, not {shapes}: use one extractor"
        )
    if not all(np.isfinite(features).all() for features in found):
        raise UserError(f"{figure}: features hold numbers that are not finite: check the extractor's weights")
    return found


def check_varied(figure: str, features: np.ndarray) -> None:
    """Refuses real pictures ``float64[M, D]`` without variance, which others cannot be compared with.

    Raises:
      UserError: all rows are equal; the message names `figure`.
    """
    if not np.ptp(features, axis=0).any():
        raise UserError(f"{figure}: real pictures are all the same: give different ones")


def check_images(figure: str, *sets: np.ndarray, least_side: int = 1) -> list[np.ndarray]:
    """Sets of pictures ``uint8[N, H, W, 3]``, all of one size of at least `least_side` pixels.

    Raises:
      UserError: one is no such array, too small, or sizes differ; the message names `figure`.
    """
    found = [np.asarray(images) for images in sets]
    shapes = " and ".join(str(list(images.shape)) for images in found)
    if any(images.ndim != 4 or images.shape[-1] != 3 or images.dtype != np.uint8 for images in found):
        raise UserError(f"{figure}: pictures must be uint8 [N, H, W, 3], not {shapes}: convert them")
    sizes = {images.shape[1:3] for images in found}
    if len(sizes) != 1 or min(map(min, sizes)) < least_side:
        raise UserError(
            f"{figure}: pictures must be of one size of at least {least_side} pixels, not {shapes}: resize"
        )
    return found


def blocks(features: np.ndarray, *, seed: int) -> list[np.ndarray]:
    """Shuffles samples ``float64[N, D]`` into the fewest blocks of at most `BLOCK`, of nearly equal sizes.

    Samples are first sorted by their contents, so that neither the order they come in nor the way they were
    batched changes what is computed of them. The key is their sum, because rounding on another machine then
    moves a sample by a place or two only, which hardly changes a figure.

    Returns:
      The samples' numbers, ``int64[n]`` for each block.
    """
    rows = np.ascontiguousarray(features)
    sums = rows.sum(axis=1)
    by_content = np.asarray(sorted(range(len(rows)), key=lambda i: (sums[i], rows[i].tobytes())), np.int64)
    shuffled = by_content[np.random.default_rng(seed).permutation(len(rows))]
    return np.array_split(shuffled, -(-len(rows) // BLOCK))

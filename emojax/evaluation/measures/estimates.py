"""Figures with their uncertainty, and the refusal to give one that too few samples would make up."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from emojax.core.errors import UserError

BLOCK: Final = 1024
"""Samples that are compared with each other at once; more are taken in blocks, so that cost grows with
their number and not with its square."""


SHARE: Final = (0.0, 1.0)
"""Limits of a share of samples."""

_NONE: Final = (-np.inf, np.inf)


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A figure, its 95 % interval and its standard error, all in the figure's own unit."""

    value: float
    low: float
    high: float
    standard_error: float


def bootstrap(
    statistic: Callable[[np.ndarray], float],
    count: int,
    *,
    seed: int,
    rounds: int = 200,
    limits: tuple[float, float] = _NONE,
) -> Estimate:
    """How far a figure would be off had other samples been drawn (Efron and Tibshirani 1993, chapter 13).

    Resamples repeat some samples and miss others, which biases figures that count what is found at all,
    such as coverage. So the interval is that of the deviations from the resamples' mean, put around the
    value of the samples themselves.

    Args:
      statistic: the figure of the samples ``int64[count]`` names, which may be named repeatedly.
      count: how many samples there are, at least 1.
      seed: of the resampling; the same seed gives the same digits.
      rounds: resamples, at least 2.
      limits: which the figure cannot leave, and so neither can its interval.

    Returns:
      The value of all samples, each taken once, with what resampling says of it.
    """
    found = [statistic(index) for index in resamples(count, seed=seed, rounds=rounds)]
    return summary(float(statistic(np.arange(count))), np.asarray(found, np.float64), limits)


def resamples(count: int, *, seed: int, rounds: int = 200) -> Iterator[np.ndarray]:
    """What `bootstrap` draws: ``int64[count]`` for each round."""
    rng = np.random.default_rng(seed)
    for _ in range(rounds):
        yield rng.integers(0, count, count)


def summary(value: float, resampled: np.ndarray, limits: tuple[float, float] = _NONE) -> Estimate:
    """What `bootstrap` says of a value and those of ``float64[rounds]`` resamples."""
    deviations = np.percentile(resampled - resampled.mean(), (2.5, 97.5))
    low, high = np.clip(value + deviations, *limits)
    return Estimate(value, float(low), float(high), float(resampled.std(ddof=1)))


def bootstrap_mean(values: np.ndarray, *, seed: int, rounds: int = 200) -> Estimate:
    """`bootstrap` of the mean of ``float[N]``, one value for each sample; that of ``bool[N]`` is a share."""
    limits = SHARE if values.dtype == bool else _NONE
    values = np.asarray(values, np.float64)
    return bootstrap(
        lambda index: float(values[index].mean()), len(values), seed=seed, rounds=rounds, limits=limits
    )


def require(figure: str, *, samples: int, least: int) -> None:
    """Refuses a figure that so few samples do not support.

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


def blocks(features: np.ndarray, *, seed: int) -> list[np.ndarray]:
    """Shuffles ``float64[N, D]`` into the fewest blocks of at most `BLOCK`, of nearly equal sizes.

    Samples are first put in an order of their contents, so that neither the order they come in nor the
    way they were batched changes what is computed of them. It is that of their sums: another machine's last
    digits move a sample by a place or two, and hardly a figure.

    Returns:
      The samples' numbers, ``int64[n]`` for each block.
    """
    rows = np.ascontiguousarray(features)
    sums = rows.sum(axis=1)
    by_content = np.asarray(sorted(range(len(rows)), key=lambda i: (sums[i], rows[i].tobytes())), np.int64)
    shuffled = by_content[np.random.default_rng(seed).permutation(len(rows))]
    return np.array_split(shuffled, -(-len(rows) // BLOCK))

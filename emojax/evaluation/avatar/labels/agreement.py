"""How well two labellings of the same faces agree: counts, balanced accuracy and Cohen's kappa."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.stats import binomtest

from emojax.evaluation.measures import estimates

_ROUNDS: Final = 1000
"""Bootstrap resamples. With 200 the ends of an interval move by about 0.01 from seed to seed; more than
this changes nothing that is reported, and takes longer."""


@dataclasses.dataclass(frozen=True)
class Interval:
    """A figure with its 95 % confidence interval; `low` and `high` are None where none can be given."""

    value: float
    low: float | None
    high: float | None


@dataclasses.dataclass(frozen=True)
class Agreement:
    """How a second labelling of the same faces agrees with a first, which counts as true.

    Attributes:
      classes: K names.
      counts: faces, ``[K][K]``: rows are the first labelling's class, columns the second's.
      faces: sum of `counts`.
      recalls: of the faces that the first labelling puts in a class, the share that the second puts there
        too, by class; None where there are no such faces. Wilson intervals.
      accuracy: share of faces in the same class, Wilson interval; None without faces.
      balanced_accuracy: mean of `recalls` over the classes that occur; None where fewer than two do, so that
        there is nothing to tell apart.
      kappa: Cohen's kappa; None without faces, or where both labellings know one class only.
    """

    classes: list[str]
    counts: list[list[int]]
    faces: int
    recalls: dict[str, Interval | None]
    accuracy: Interval | None
    balanced_accuracy: Interval | None
    kappa: Interval | None


def agreement(first: Sequence[str], second: Sequence[str], *, classes: Sequence[str], seed: int) -> Agreement:
    """Compares two labellings of N faces.

    Args:
      first: each face's class, which counts as true.
      second: each face's class.
      classes: all that there are.
      seed: of the bootstrap.

    Raises:
      ValueError: a class is none of `classes`, or the labellings differ in length.
    """
    counts = np.zeros((len(classes), len(classes)), np.int64)
    for true, other in zip(first, second, strict=True):
        counts[classes.index(true), classes.index(other)] += 1
    recalls = {name: _wilson(int(counts[i, i]), int(counts[i].sum())) for i, name in enumerate(classes)}
    return Agreement(
        classes=list(classes),
        counts=counts.tolist(),
        faces=len(first),
        recalls=recalls,
        accuracy=_wilson(int(np.trace(counts)), len(first)),
        balanced_accuracy=_mean([recall for recall in recalls.values() if recall is not None]),
        kappa=_kappa_interval(counts, seed),
    )


def kappa(counts: np.ndarray) -> np.ndarray:
    """Cohen's kappa, ``(p_o - p_e) / (1 - p_e)`` with the observed and the expected share of agreement.

    Cohen, 1960, "A coefficient of agreement for nominal scales".

    Args:
      counts: ``[..., K, K]`` faces by the class of either labelling, at least one face each.

    Returns:
      ``float64[...]``; NaN where all faces are in one class of both labellings.
    """
    shares = counts / counts.sum((-2, -1), keepdims=True)
    observed = np.trace(shares, axis1=-2, axis2=-1)
    expected = (shares.sum(-1) * shares.sum(-2)).sum(-1)
    with np.errstate(invalid="ignore"):
        return (observed - expected) / (1 - expected)


def _kappa_interval(counts: np.ndarray, seed: int) -> Interval | None:
    faces = int(counts.sum())
    if not faces or math.isnan(value := float(kappa(counts))):
        return None
    if np.trace(counts) == faces:  # every resample agrees fully too, which is no interval
        return Interval(value, None, None)
    # Counts of faces drawn with replacement are multinomial in the cells.
    cells = np.random.default_rng(seed).multinomial(faces, counts.ravel() / faces, size=_ROUNDS)
    resampled = kappa(cells.reshape(_ROUNDS, *counts.shape))
    found = estimates.summary(value, resampled[np.isfinite(resampled)], (-1.0, 1.0))
    return Interval(found.value, found.low, found.high)


def _wilson(hits: int, tries: int) -> Interval | None:
    """A share with Wilson's interval (1927), which is one for 0 and 100 % too."""
    if not tries:
        return None
    ends = binomtest(hits, tries).proportion_ci(0.95, method="wilson")
    return Interval(hits / tries, float(ends.low), float(ends.high))


def _mean(shares: Sequence[Interval]) -> Interval | None:
    """The mean of independent shares, its interval from theirs (the method MOVER).

    Zou and Donner, 2008, "Construction of confidence limits about effect measures: a general approach".
    """
    if len(shares) < 2:
        return None
    value = sum(share.value for share in shares) / len(shares)
    below = math.hypot(*(share.value - share.low for share in shares if share.low is not None))
    above = math.hypot(*(share.high - share.value for share in shares if share.high is not None))
    return Interval(value, value - below / len(shares), value + above / len(shares))

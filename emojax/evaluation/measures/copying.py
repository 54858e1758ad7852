"""Whether samples are new or copies of training pictures: their distance to the nearest one.

Distances are relative to those between the training pictures themselves.
"""

import dataclasses
from typing import Final

import numpy as np
from scipy.spatial.distance import cdist
from scipy.stats import mannwhitneyu

from emojax.core.errors import UserError
from emojax.evaluation.measures.estimates import BLOCK, Estimate, bootstrap_mean, check_features, require

_NEAR: Final = 5.0
"""Per cent of training pictures with another one nearer than the threshold of a near copy. With fewer, the
threshold is one or two pairs' distance and depends on these; with more, new pictures count as near copies."""

_LEAST: Final = 20
"""Training pictures and samples: `_NEAR` per cent of fewer are less than one picture."""


@dataclasses.dataclass(frozen=True)
class Copying:
    """How near samples are to the training pictures.

    Attributes:
      ratio: the samples' mean distance to the nearest training picture, over the training pictures' mean
        distance to the nearest other one. 0 where all samples are copies, about 1 where they are as far from
        the training set as its members are from each other.
      near_copies: share of samples nearer to a training picture than all but the nearest 5 % of training
        pictures are to each other; about 0.05 is to be expected.
      p_value: of the one-sided rank test (Mann and Whitney 1947) that samples are as far from the training
        set as its pictures are from the others; small where samples are nearer. Related samples, such as a
        repeated picture, make it smaller than it should be.
    """

    ratio: Estimate
    near_copies: Estimate
    p_value: float


def nearest(train: np.ndarray, fake: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest training picture of each sample, by Euclidean distance.

    Args:
      train: ``[M, D]``, M at least 1.
      fake: ``[N, D]``.

    Returns:
      index: ``int64[N]``, the first of equally near ones.
      distance: ``float64[N]``, exactly 0 for a copy.

    Raises:
      UserError: there is no training picture, or features cannot be compared.
    """
    train, fake = check_features("nearest neighbour", train, fake)
    require("nearest neighbour (training)", samples=len(train), least=1)
    index, distance = np.empty(len(fake), np.int64), np.empty(len(fake))
    for start in range(0, len(fake), BLOCK):
        distances = cdist(fake[start : start + BLOCK], train)
        index[start : start + BLOCK] = distances.argmin(1)
        distance[start : start + BLOCK] = distances.min(1)
    return index, distance


def leave_one_out(train: np.ndarray) -> np.ndarray:
    """Distance of each of ``[M, D]`` to the nearest other one: ``float64[M]``.

    Raises:
      UserError: there are fewer than two, or features cannot be compared.
    """
    (train,) = check_features("distance between real pictures", train)
    require("distance between real pictures", samples=len(train), least=2)
    distances = cdist(train, train)
    np.fill_diagonal(distances, np.inf)
    return distances.min(1)


def copying(train: np.ndarray, fake: np.ndarray, *, seed: int) -> Copying:
    """Measures `Copying`.

    Args:
      train: features of the pictures that the model was trained on, ``[M, D]``, M at least 20.
      fake: of the samples, ``[N, D]``, N at least 20.
      seed: of the confidence intervals, which are over samples.

    Raises:
      UserError: too few samples, features that cannot be compared, or training pictures that are all
        repeated.
    """
    require("copying (training)", samples=len(train), least=_LEAST)
    require("copying", samples=len(fake), least=_LEAST)
    among = leave_one_out(train)
    if not among.any():
        raise UserError("copying: every training picture occurs twice: remove repeated ones")
    _, distance = nearest(train, fake)
    test = mannwhitneyu(distance, among, alternative="less")
    return Copying(
        ratio=bootstrap_mean(distance / among.mean(), seed=seed),
        near_copies=bootstrap_mean(distance < np.percentile(among, _NEAR), seed=seed),
        p_value=float(test.pvalue),
    )

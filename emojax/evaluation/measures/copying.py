"""Whether samples are new, or training pictures come back.

Everything is measured against how near pictures of the kind are to each other anyway.
"""

import dataclasses

import numpy as np
from scipy.spatial.distance import cdist
from scipy.stats import mannwhitneyu

from emojax.core.errors import UserError
from emojax.evaluation.measures.estimates import BLOCK, Estimate, bootstrap_mean, check_features, require

_NEAR = 5.0  # per cent of training pictures that have a neighbour so near


@dataclasses.dataclass(frozen=True)
class Copying:
    """How near samples are to what they were trained on.

    Attributes:
      ratio: the samples' mean distance to the nearest training picture, over the training pictures' mean
        distance to their own nearest other. 0 where all are copies, about 1 where samples are as far from
        the training set as its members are from each other.
      near_copies: share of samples nearer to a training picture than all but the nearest 5 % of training
        pictures are to each other; about 0.05 is to be expected.
      near: the distance below which a sample counts as that.
      nearer_than_held_out: probability that a random sample is nearer to the training set than a random
        picture that was not trained on, ties counted half; 0.5 is what an honest sampler has, 1 is
        copying. Without held-out pictures the training pictures stand in, each left out in its turn.
      p_value: of the one-sided rank test (Mann and Whitney 1947) of that; small where samples are nearer
        than chance explains. Related samples (a repeated picture) make it smaller than it should be.
    """

    ratio: Estimate
    near_copies: Estimate
    near: float
    nearer_than_held_out: float
    p_value: float


def nearest(train: np.ndarray, fake: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest of ``[M, D]`` to each of ``[N, D]``, by Euclidean distance.

    Returns:
      index: ``int64[N]``, the first of equally near ones.
      distance: ``float64[N]``, exactly 0 for a copy.

    Raises:
      UserError: there is no training picture, or features cannot be compared.
    """
    train, fake = check_features("nearest neighbour", train, fake)
    require("nearest neighbour (training)", samples=len(train), least=1)
    index, distance = np.zeros(len(fake), np.int64), np.zeros(len(fake))
    for start in range(0, len(fake), BLOCK):
        apart = cdist(fake[start : start + BLOCK], train)
        index[start : start + BLOCK] = apart.argmin(1)
        distance[start : start + BLOCK] = apart.min(1)
    return index, distance


def leave_one_out(train: np.ndarray) -> np.ndarray:
    """Distance of each of ``[M, D]`` to its nearest other: ``float64[M]``.

    Raises:
      UserError: there are fewer than two.
    """
    (train,) = check_features("distance between real pictures", train)
    require("distance between real pictures", samples=len(train), least=2)
    apart = cdist(train, train)
    np.fill_diagonal(apart, np.inf)
    return apart.min(1)


def copying(
    train: np.ndarray, fake: np.ndarray, held_out: np.ndarray | None = None, *, seed: int = 0
) -> Copying:
    """`Copying` of samples.

    Args:
      train: ``[M, D]``, what the model was trained on, M at least 20: the nearest 5 % of fewer are none.
      fake: ``[N, D]``, at least 20.
      held_out: ``[H, D]``, pictures of the kind that the model never saw, at least 5.
      seed: of the intervals, which are over samples.

    Raises:
      UserError: too few samples, features that cannot be compared, or training pictures that are all
        repeated.
    """
    require("copying (training)", samples=len(train), least=20)
    require("copying", samples=len(fake), least=20)
    among = leave_one_out(train)
    if among.mean() == 0.0:
        raise UserError("copying: every training picture has its double: remove repeated ones")
    _, distance = nearest(train, fake)
    if held_out is None:
        unseen = among
    else:
        require("copying (held out)", samples=len(held_out), least=5)
        _, unseen = nearest(train, held_out)
    near = float(np.percentile(among, _NEAR))
    # The asymptotic form, with its correction for ties, whatever the counts: "auto" would change method.
    test = mannwhitneyu(distance, unseen, alternative="less", method="asymptotic")
    return Copying(
        ratio=bootstrap_mean(distance / among.mean(), seed=seed),
        near_copies=bootstrap_mean(distance < near, seed=seed),
        near=near,
        nearer_than_held_out=1.0 - float(test.statistic) / (len(distance) * len(unseen)),
        p_value=float(test.pvalue),
    )

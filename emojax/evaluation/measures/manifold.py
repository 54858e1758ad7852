"""Precision, recall, density and coverage: whether samples lie among real pictures, and near all of them."""

import dataclasses

import numpy as np
from scipy.spatial.distance import cdist

from emojax.evaluation.measures.estimates import SHARE, Estimate, blocks, bootstrap, check_features, require


@dataclasses.dataclass(frozen=True)
class Manifold:
    """Four figures, each near 1 where both sets come from one distribution.

    The ball of a picture is centred on its features and reaches to its k-th nearest neighbour in its own set.

    Attributes:
      precision: share of samples in any real picture's ball (Kynkäänniemi et al. 2019, equation 1).
      recall: share of real pictures in any sample's ball (the same); the mean over blocks of samples where
        these are more than `estimates.BLOCK`.
      density: how many real pictures' balls a sample is in, over k (Naeem et al. 2020, equation 2); may
        exceed 1.
      coverage: share of real pictures' balls that hold a sample (the same, equation 3).
    """

    precision: float
    recall: float
    density: float
    coverage: float


@dataclasses.dataclass(frozen=True)
class ManifoldEstimates:
    """`Manifold` with confidence intervals over samples; the real pictures, and all balls, are fixed."""

    precision: Estimate
    recall: Estimate
    density: Estimate
    coverage: Estimate


def prdc(real: np.ndarray, fake: np.ndarray, *, neighbours: int) -> Manifold:
    """`Manifold` of two sets of features.

    Args:
      real: ``[M, D]``, M above `neighbours`.
      fake: samples ``[N, D]``, N above `neighbours`. All but precision and density depend on N: compare only
        figures of equal numbers. Memory and time grow with ``N (M + estimates.BLOCK)``.
      neighbours: k, at least 1.

    Raises:
      UserError: too few samples, or features that cannot be compared.
    """
    inside, reached = _balls(real, fake, neighbours)
    all_once = np.arange(len(inside))
    return Manifold(
        precision=_precision(inside, all_once),
        recall=_recall(reached, all_once),
        density=_density(inside, all_once, neighbours),
        coverage=_coverage(inside, all_once),
    )


def prdc_estimates(real: np.ndarray, fake: np.ndarray, *, neighbours: int, seed: int) -> ManifoldEstimates:
    """`prdc` with 95 % confidence intervals; the same arguments and errors."""
    inside, reached = _balls(real, fake, neighbours)
    N = len(inside)
    return ManifoldEstimates(
        precision=bootstrap(lambda index: _precision(inside, index), N, seed=seed, limits=SHARE),
        recall=bootstrap(lambda index: _recall(reached, index), N, seed=seed, limits=SHARE),
        density=bootstrap(lambda index: _density(inside, index, neighbours), N, seed=seed),
        coverage=bootstrap(lambda index: _coverage(inside, index), N, seed=seed, limits=SHARE),
    )


def _balls(real: np.ndarray, fake: np.ndarray, neighbours: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Which pictures are in which balls.

    Returns:
      inside: ``bool[N, M]``, whether sample n is in the ball of real picture m, samples in the order of the
        blocks.
      reached: for each block of samples ``bool[n, M]``, whether real picture m is in the ball of sample n.
    """
    real, fake = check_features("precision and recall", real, fake)
    require("precision and recall (real)", samples=len(real), least=neighbours + 1)
    require("precision and recall", samples=len(fake), least=neighbours + 1)
    parts = [fake[part] for part in blocks(fake, seed=0)]
    radii = _radii(real, neighbours)
    distances = [cdist(part, real) for part in parts]
    reached = [d <= _radii(part, neighbours)[:, None] for d, part in zip(distances, parts, strict=True)]
    return np.concatenate([d <= radii for d in distances]), reached


def _radii(points: np.ndarray, neighbours: int) -> np.ndarray:
    """Distances of ``[N, D]`` to their k-th nearest other point: ``float64[N]``."""
    # Differences are squared as they are: expanding the square would not give copies a distance of zero.
    return np.sort(cdist(points, points))[:, neighbours]


def _precision(inside: np.ndarray, index: np.ndarray) -> float:
    return float(inside[index].any(1).mean())


def _density(inside: np.ndarray, index: np.ndarray, neighbours: int) -> float:
    return float(inside.sum(1)[index].mean() / neighbours)


def _coverage(inside: np.ndarray, index: np.ndarray) -> float:
    return float(inside[index].any(0).mean())


def _recall(reached: list[np.ndarray], index: np.ndarray) -> float:
    drawn = np.bincount(index, minlength=sum(map(len, reached))) > 0
    parts = np.split(drawn, np.cumsum([len(block) for block in reached])[:-1])
    return float(np.mean([block[kept].any(0).mean() for block, kept in zip(reached, parts, strict=True)]))

"""Distances between the distributions of two sets of features: the kernel and the Fréchet distance."""

from typing import Final

import numpy as np

from emojax.evaluation.measures.estimates import (
    Estimate,
    blocks,
    bootstrap,
    check_features,
    require,
    resamples,
    summary,
)

_FLAT: Final = 1e-8
"""Standard deviation, relative to the largest, below which a direction counts as one without variance.
Rounding leaves about 1e-16; a larger bound would drop directions in which real pictures do vary."""


def kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """``k(x, y) = (x · y / D + 1)^3`` of ``float64[M, D]`` and ``[N, D]``: ``float64[M, N]``."""
    return (x @ y.T / x.shape[1] + 1.0) ** 3


def kernel_distance(real: np.ndarray, fake: np.ndarray, *, seed: int) -> Estimate:
    """KID, the squared maximum mean discrepancy under `kernel` (Bińkowski et al. 2018, sections 2 and 4).

    ``mean k(r, r') + mean k(f, f') - 2 mean k(r, f)``, where a sample is never paired with itself (Gretton et
    al. 2012, equation 3). It is unbiased: where both sets come from one distribution its mean is zero, and so
    it is often below zero, however few samples there are. It is not multiplied by 1000.

    Of more than `estimates.BLOCK` samples only those in one block are paired with each other: still unbiased,
    and cost grows linearly in N. All real pictures are paired with all samples.

    The confidence interval is over samples; the real pictures are fixed, since there are no others. A
    resample weighs samples by how often they were drawn and does not pair one with its own repeats. Where
    both sets come from one distribution the standard error is up to √3 times too large.

    Args:
      real: ``[M, D]``, M at least 2.
      fake: samples ``[N, D]``, N at least 2; their order does not matter.
      seed: of blocks and resamples.

    Raises:
      UserError: too few samples, or features that cannot be compared.
    """
    real, fake = check_features("kernel distance", real, fake)
    require("kernel distance (real)", samples=len(real), least=2)
    require("kernel distance", samples=len(fake), least=2)
    parts = blocks(fake, seed=seed)
    fake = fake[np.concatenate(parts)]  # now blocks are slices, and sums run in one order
    once = np.ones((1, len(fake)))
    drawn = [np.bincount(index, minlength=len(fake)) for index in resamples(len(fake), seed=seed)]
    weights = np.concatenate([once, np.asarray(drawn, np.float64)])
    paired, pairs = np.zeros((2, len(weights)))
    start = 0
    for part in parts:
        block = slice(start, start := start + len(part))
        w = weights[:, block]
        paired += ((w @ _between_different(fake[block])) * w).sum(1)
        pairs += w.sum(1) ** 2 - (w**2).sum(1)
    among_real = _between_different(real).sum() / (len(real) * (len(real) - 1))
    across = weights @ kernel(fake, real).mean(1) / len(fake)
    distances = among_real + paired / pairs - 2.0 * across
    return summary(float(distances[0]), distances[1:])


def _between_different(features: np.ndarray) -> np.ndarray:
    """The kernel's Gram matrix ``float64[N, N]`` with zeros on its diagonal."""
    gram = kernel(features, features)
    np.fill_diagonal(gram, 0.0)
    return gram


def frechet_distance(real: np.ndarray, fake: np.ndarray, *, components: int) -> float:
    """FD, the Fréchet distance of two normal distributions with the sets' means and covariances.

    ``|μr - μf|² + tr(Σr + Σf - 2 (Σr Σf)^½)`` (Dowson and Landau 1982; Heusel et al. 2017) of the features
    projected on the first principal components of the real set. It is not FID: the features are others, and
    a hundred pictures do not determine a covariance of more than some dozens of dimensions. Differences
    outside these components do not count. It is biased upwards, the more so the fewer the samples: compare
    only figures of equal numbers.

    Args:
      real: ``[M, D]``, M above `components`.
      fake: samples ``[N, D]``, N at least twice `components`.
      components: dimensions, at least 1; fewer are used where the real set varies in fewer.

    Returns:
      In squared units of the features, 0 or more.

    Raises:
      UserError: too few samples, or features that cannot be compared.
    """
    return _frechet(*_projected(real, fake, components))


def frechet_estimate(real: np.ndarray, fake: np.ndarray, *, components: int, seed: int) -> Estimate:
    """`frechet_distance` with its confidence interval over samples; the same arguments and errors."""
    real, fake = _projected(real, fake, components)
    return bootstrap(lambda index: _frechet(real, fake[index]), len(fake), seed=seed)


def _projected(real: np.ndarray, fake: np.ndarray, components: int) -> tuple[np.ndarray, np.ndarray]:
    """Both sets on the principal components of the real one: ``[M, components]``, ``[N, components]``."""
    real, fake = check_features("FD", real, fake)
    require("FD (real)", samples=len(real), least=components + 1)
    require("FD", samples=len(fake), least=2 * components)
    center = real.mean(0)
    _, scales, axes = np.linalg.svd(real - center, full_matrices=False)
    # A direction without variance is arbitrary, and would make the figure so.
    axes = axes[:components][scales[:components] > _FLAT * max(scales[0], np.finfo(np.float64).tiny)]
    return (real - center) @ axes.T, (fake - center) @ axes.T


def _frechet(real: np.ndarray, fake: np.ndarray) -> float:
    """The distance of `_projected` features, the real of which have the mean zero."""
    size = real.shape[1]
    shift = fake.mean(0)
    real_covariance, fake_covariance = (np.cov(x, rowvar=False).reshape(size, size) for x in (real, fake))
    # (Σr Σf)^½ has the trace of (Σr^½ Σf Σr^½)^½, which is symmetric, so no complex numbers arise.
    values, vectors = np.linalg.eigh(real_covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ fake_covariance @ root), 0.0)).sum()
    distance = shift @ shift + np.trace(real_covariance) + np.trace(fake_covariance) - 2.0 * cross
    return float(max(distance, 0.0))

"""The kernel distance between two sets of features (KID; Bińkowski et al. 2018, sections 2 and 4)."""

import numpy as np

from emojax.evaluation.measures.estimates import Estimate, blocks, check_features, require, resamples, summary


def kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """``k(x, y) = (x · y / D + 1)^3`` of ``float64[M, D]`` and ``[N, D]``: ``float64[M, N]``."""
    return (x @ y.T / x.shape[1] + 1.0) ** 3


def kernel_distance(real: np.ndarray, fake: np.ndarray, *, seed: int) -> Estimate:
    """The squared maximum mean discrepancy under `kernel`, unbiased, as it is (not times 1000).

    ``mean k(r, r') + mean k(f, f') - 2 mean k(r, f)``, where a sample is never paired with itself
    (Gretton et al. 2012, equation 3). Being unbiased it is zero in the mean, so often below it, where both
    sets come from one distribution, however few they are.

    Of more than `estimates.BLOCK` fake samples only those in one block are paired with each other: still
    unbiased, and cost grows linearly in N. Real and fake samples are all paired.

    The interval is over fake samples; the real ones are taken as they are, being all there are. A
    resample weighs samples by how often they were drawn and does not pair one with its own repeats. Where
    both sets come from one distribution the standard error is up to √3 times too large.

    Args:
      real: ``[M, D]``, M at least 2.
      fake: ``[N, D]``, N at least 2; their order does not matter.
      seed: of blocks and resamples.

    Raises:
      UserError: too few samples, or features that cannot be compared.
    """
    real, fake = check_features("kernel distance", real, fake)
    require("kernel distance (real)", samples=len(real), least=2)
    require("kernel distance", samples=len(fake), least=2)
    parts = blocks(fake, seed=seed)
    fake = fake[np.concatenate(parts)]  # now blocks are slices, and sums run in one order
    everyone = np.ones((1, len(fake)))
    drawn = [np.bincount(index, minlength=len(fake)) for index in resamples(len(fake), seed=seed)]
    weights = np.concatenate([everyone, np.asarray(drawn, np.float64)])
    paired, pairs = np.zeros((2, len(weights)))
    start = 0
    for part in parts:
        block = slice(start, start := start + len(part))
        w = weights[:, block]
        paired += ((w @ _others(fake[block])) * w).sum(1)
        pairs += w.sum(1) ** 2 - (w**2).sum(1)
    among_real = _others(real).sum() / (len(real) * (len(real) - 1))
    across = weights @ kernel(fake, real).mean(1) / len(fake)
    distances = among_real + paired / pairs - 2.0 * across
    return summary(float(distances[0]), distances[1:])


def _others(features: np.ndarray) -> np.ndarray:
    """The kernel among one set, a sample's with itself left out."""
    gram = kernel(features, features)
    np.fill_diagonal(gram, 0.0)
    return gram

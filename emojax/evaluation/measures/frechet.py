"""The Fréchet distance between two sets of features, in a space that few pictures can fill."""

import numpy as np

from emojax.evaluation.measures.estimates import Estimate, bootstrap, check_features, require


def frechet_distance(real: np.ndarray, fake: np.ndarray, *, components: int = 32) -> float:
    """FD: how far apart two normal distributions are that have the sets' means and covariances.

    ``|μr - μf|² + tr(Σr + Σf - 2 (Σr Σf)^½)`` (Dowson and Landau 1982; Heusel et al. 2017) of the features
    projected on the first principal components of the real set. It is not FID: the features are others, and
    a hundred pictures do not determine a covariance of more than some dozens of dimensions. What lies outside
    the real set's components is not seen. It is biased upwards, the more so the fewer the samples: compare
    only figures of equal numbers.

    Args:
      real: ``[M, D]``, M above `components`.
      fake: ``[N, D]``, N at least twice `components`.
      components: dimensions, at least 1; fewer are used where the real set varies in fewer.

    Returns:
      In squared units of the features, 0 or more.

    Raises:
      UserError: too few samples, or features that cannot be compared.
    """
    return _distance(*_projected(real, fake, components))


def frechet_estimate(real: np.ndarray, fake: np.ndarray, *, seed: int, components: int = 32) -> Estimate:
    """`frechet_distance` with its interval over fake samples; the same arguments and errors."""
    real, fake = _projected(real, fake, components)
    return bootstrap(lambda index: _distance(real, fake[index]), len(fake), seed=seed)


def _projected(real: np.ndarray, fake: np.ndarray, components: int) -> tuple[np.ndarray, np.ndarray]:
    """``[M, D]`` and ``[N, D]`` in the basis of the real set: ``[M, components]`` and ``[N, components]``."""
    real, fake = check_features("FD", real, fake)
    require("FD (real)", samples=len(real), least=components + 1)
    require("FD", samples=len(fake), least=2 * components)
    center = real.mean(0)
    _, scales, axes = np.linalg.svd(real - center, full_matrices=False)
    # A direction without variance is arbitrary, and would make the figure so.
    axes = axes[:components][scales[:components] > 1e-8 * max(scales[0], np.finfo(np.float64).tiny)]
    return (real - center) @ axes.T, (fake - center) @ axes.T


def _distance(real: np.ndarray, fake: np.ndarray) -> float:
    size = real.shape[1]
    shift = real.mean(0) - fake.mean(0)
    real_covariance, fake_covariance = (np.cov(x, rowvar=False).reshape(size, size) for x in (real, fake))
    # (Σr Σf)^½ has the trace of (Σr^½ Σf Σr^½)^½, which is symmetric, so no complex numbers arise.
    values, vectors = np.linalg.eigh(real_covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ fake_covariance @ root), 0.0)).sum()
    distance = shift @ shift + np.trace(real_covariance) + np.trace(fake_covariance) - 2.0 * cross
    return float(max(distance, 0.0))

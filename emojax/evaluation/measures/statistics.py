"""Statistics of sets: colours of pictures; variance, pairwise distances and maps (PCA, t-SNE) of features."""

from typing import Final

import numpy as np
from scipy.spatial.distance import pdist
from scipy.stats import wasserstein_distance

from emojax.core.errors import UserError
from emojax.evaluation.measures.estimates import blocks, check_features, check_images, check_varied, require

CHANNELS: Final = ("red", "green", "blue")

_PERPLEXITY: Final = 30.0
"""About how many neighbours count in t-SNE. The paper suggests 5 to 50: with fewer, clusters split by chance;
with more, they merge."""

_MOST_MAPPED: Final = 4096
"""Features that t-SNE embeds at most, which bounds its time."""


def color_histograms(images: np.ndarray, *, bins: int) -> dict[str, np.ndarray]:
    """The distribution of levels in each of `CHANNELS`.

    Args:
      images: ``uint8[N, H, W, 3]``, at least one.
      bins: of equal width, 1 to 256.

    Returns:
      By channel ``float64[bins]``, the share of pixels in each bin; they sum to 1.

    Raises:
      UserError: there are no pictures, or they are no such array.
    """
    (images,) = check_images("colour distribution", images)
    require("colour distribution", samples=len(images), least=1)
    of_level = np.arange(256) * bins // 256
    found = {}
    for i, channel in enumerate(CHANNELS):
        counts = np.bincount(images[..., i].ravel(), minlength=256)
        found[channel] = np.bincount(of_level, weights=counts, minlength=bins) / counts.sum()
    return found


def color_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Wasserstein's first distance between two sets' distributions of levels, the mean of the channels.

    Args:
      first: ``uint8[N, H, W, 3]``, at least one.
      second: ``uint8[M, H, W, 3]``, at least one; sizes may differ.

    Returns:
      0 to 255 levels.

    Raises:
      UserError: as of `color_histograms`.
    """
    one, other = color_histograms(first, bins=256), color_histograms(second, bins=256)
    levels = np.arange(256)
    distances = [wasserstein_distance(levels, levels, one[name], other[name]) for name in CHANNELS]
    return float(np.mean(distances))


def feature_variance(real: np.ndarray, fake: np.ndarray) -> float:
    """Total variance of samples over that of real pictures, ``Σ_d var_d(fake) / Σ_d var_d(real)``.

    Variances are unbiased. It is also the ratio of the mean squared distance between two samples to that
    between two real pictures: 0 where one picture is repeated.

    Args:
      real: ``[M, D]``, M at least 2, not all the same.
      fake: samples ``[N, D]``, N at least 2.

    Raises:
      UserError: too few samples, real ones that are all the same, or features that cannot be compared.
    """
    real, fake = check_features("feature variance", real, fake)
    require("feature variance (real)", samples=len(real), least=2)
    require("feature variance", samples=len(fake), least=2)
    check_varied("feature variance", real)
    return float(fake.var(0, ddof=1).sum() / real.var(0, ddof=1).sum())


def pairwise_distances(features: np.ndarray, *, seed: int) -> np.ndarray:
    """Euclidean distances between the rows of ``[N, D]``.

    Returns:
      ``float64[n (n - 1) / 2]``, each pair once, where n is N. Where N is above `estimates.BLOCK`, n is the
      size of one block, which `seed` chooses whatever their order.

    Raises:
      UserError: there are fewer than two samples, or they are no features.
    """
    (features,) = check_features("pairwise distances", features)
    require("pairwise distances", samples=len(features), least=2)
    return pdist(features[blocks(features, seed=seed)[0]])


def pca(real: np.ndarray, fake: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Two sets of features on the first two principal components of the real one.

    Args:
      real: ``[M, D]``, M at least 3, D at least 2, not all the same.
      fake: samples ``[N, D]``.

    Returns:
      real: ``float64[M, 2]``.
      fake: ``float64[N, 2]``.
      explained: share of the real set's variance along these two, 0 to 1.

    Raises:
      UserError: too few real pictures, all the same ones, or features that cannot be compared.
    """
    real, fake = check_features("principal components", real, fake)
    require("principal components (real)", samples=len(real), least=3)
    require("principal components (features of a sample)", samples=real.shape[1], least=2)
    check_varied("principal components", real)
    from sklearn.decomposition import PCA  # here, because it takes a second and is for plots only

    axes = PCA(n_components=2, svd_solver="full").fit(real)
    return axes.transform(real), axes.transform(fake), float(axes.explained_variance_ratio_.sum())


def tsne(*sets: np.ndarray, seed: int) -> list[np.ndarray]:
    """Embeds sets of features in the plane together (t-SNE; van der Maaten and Hinton 2008).

    For plots only: distances between groups mean nothing, and another machine's rounding gives another
    layout. On one machine it is the same each time.

    Args:
      *sets: ``[N, D]`` each, together 10 to 4096.
      seed: of the optimizer.

    Returns:
      ``float64[N, 2]`` of each set.

    Raises:
      UserError: too few or too many samples, or features that cannot be compared.
    """
    found = check_features("t-SNE", *sets)
    together = np.concatenate(found)
    require("t-SNE", samples=len(together), least=10)
    if len(together) > _MOST_MAPPED:
        raise UserError(f"t-SNE embeds at most {_MOST_MAPPED} samples, not {len(together)}: give it fewer")
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(_PERPLEXITY, (len(together) - 1) / 3)
    solver = TSNE(perplexity=perplexity, init="pca", random_state=seed)
    with threadpool_limits(1):  # threads add up in another order each time
        layout = np.asarray(solver.fit_transform(together), np.float64)
    return np.split(layout, np.cumsum([len(features) for features in found])[:-1])

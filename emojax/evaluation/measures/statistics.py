"""What sets of pictures and of features are like: colours, variance, distances, and maps to look at."""

from typing import Final

import numpy as np
from scipy.spatial.distance import pdist

from emojax.core.errors import UserError
from emojax.evaluation.measures.estimates import blocks, check_features, require

CHANNELS: Final = ("red", "green", "blue")


def color_histograms(images: np.ndarray, *, bins: int = 32) -> dict[str, np.ndarray]:
    """How levels are distributed in each of `CHANNELS`.

    Args:
      images: ``uint8[N, H, W, 3]``, at least one.
      bins: of equal width, 1 to 256.

    Returns:
      ``float64[bins]`` by channel: shares of all pixels, which sum to 1.

    Raises:
      UserError: there are no pictures, or they are no such array.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] != 3 or images.dtype != np.uint8:
        raise UserError(f"colour distribution: pictures must be uint8 [N, H, W, 3], not {list(images.shape)}")
    require("colour distribution", samples=len(images), least=1)
    of_level = np.arange(256) * bins // 256
    found = {}
    for i, channel in enumerate(CHANNELS):
        counts = np.bincount(images[..., i].ravel(), minlength=256)
        found[channel] = np.bincount(of_level, weights=counts, minlength=bins) / counts.sum()
    return found


def color_distance(first: np.ndarray, second: np.ndarray) -> float:
    """How far, in levels, colours must be moved to turn one set's into the other's, the mean of the channels.

    Wasserstein's first distance of the levels of ``uint8[N, H, W, 3]`` and another such: 0 to 255.

    Raises:
      UserError: as of `color_histograms`.
    """
    one, other = color_histograms(first, bins=256), color_histograms(second, bins=256)
    return float(np.mean([np.abs((one[name] - other[name]).cumsum()).sum() for name in CHANNELS]))


def feature_variance(real: np.ndarray, fake: np.ndarray) -> float:
    """Total variance of samples over that of real pictures, ``Σ_d var_d(fake) / Σ_d var_d(real)``, unbiased.

    It is also the ratio of the mean squared distances of two samples and of two real pictures: 0 where one
    picture is repeated.

    Args:
      real: ``[M, D]``, M at least 2, not all the same.
      fake: ``[N, D]``, N at least 2.

    Raises:
      UserError: too few samples, real ones that are all the same, or features that cannot be compared.
    """
    real, fake = check_features("feature variance", real, fake)
    require("feature variance (real)", samples=len(real), least=2)
    require("feature variance", samples=len(fake), least=2)
    if not np.ptp(real, axis=0).any():
        raise UserError("feature variance: real pictures are all the same: give different ones")
    return float(fake.var(0, ddof=1).sum() / real.var(0, ddof=1).sum())


def pairwise_distances(features: np.ndarray, *, seed: int) -> np.ndarray:
    """Euclidean distances between two samples of ``[N, D]``.

    Returns:
      ``float64[n (n - 1) / 2]``, each pair once, where n is N, or as many as are in one block where N is
      above `estimates.BLOCK`: chosen by `seed`, whatever their order.

    Raises:
      UserError: there are fewer than two samples, or they are no features.
    """
    (features,) = check_features("pairwise distances", features)
    require("pairwise distances", samples=len(features), least=2)
    return pdist(features[blocks(features, seed=seed)[0]])


def pca(real: np.ndarray, fake: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Two sets of features on the first two principal axes of the real one.

    Args:
      real: ``[M, D]``, M at least 3, D at least 2.
      fake: ``[N, D]``.

    Returns:
      real: ``float64[M, 2]``.
      fake: ``float64[N, 2]``.
      explained: share of the real set's variance that lies along the two, 0 to 1.

    Raises:
      UserError: too few real samples, or features that cannot be compared.
    """
    real, fake = check_features("principal components", real, fake)
    require("principal components (real)", samples=len(real), least=3)
    require("principal components (features of a sample)", samples=real.shape[1], least=2)
    center = real.mean(0)
    _, scales, axes = np.linalg.svd(real - center, full_matrices=False)
    axes = axes[:2]
    # The sign of an axis is the library's whim: its largest loading is made positive.
    axes = axes * np.sign(axes[np.arange(2), np.abs(axes).argmax(1)])[:, None]
    whole = (scales**2).sum()
    explained = float((scales[:2] ** 2).sum() / whole) if whole > 0 else 0.0
    return (real - center) @ axes.T, (fake - center) @ axes.T, explained


def tsne(*sets: np.ndarray, seed: int, perplexity: float = 30.0) -> list[np.ndarray]:
    """Sets of features laid out in the plane together (t-SNE; van der Maaten and Hinton 2008).

    A picture to look at, not a figure: distances between groups mean nothing, and another machine's rounding
    gives another layout. On one machine it is the same each time.

    Args:
      *sets: ``[N, D]`` each, together 10 to 4096.
      seed: of the optimizer.
      perplexity: about how many neighbours count; less where there are fewer than three times as many.

    Returns:
      ``float64[N, 2]`` of each set.

    Raises:
      UserError: too few or too many samples, or features that cannot be compared.
    """
    found = check_features("t-SNE", *sets)
    together = np.concatenate(found)
    require("t-SNE", samples=len(together), least=10)
    if len(together) > 4096:
        raise UserError(f"t-SNE lays out at most 4096 samples, not {len(together)}: give it fewer")
    # Imported here: the two take over a second, and only this function needs them.
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    solver = TSNE(perplexity=min(perplexity, (len(together) - 1) / 3), init="pca", random_state=seed)
    with threadpool_limits(1):  # sums over threads end in another order each time
        layout = np.asarray(solver.fit_transform(together), np.float64)
    return np.split(layout, np.cumsum([len(features) for features in found])[:-1])

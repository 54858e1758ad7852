"""Histograms, variance, distances and maps of sets follow their definitions."""

import numpy as np
import pytest
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from emojax.core.errors import UserError
from emojax.evaluation.measures import estimates, statistics
from emojax.evaluation.measures.statistics import (
    CHANNELS,
    color_distance,
    color_histograms,
    feature_variance,
    pairwise_distances,
    pca,
    tsne,
)


def _two(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(40, 5)) * [5, 3, 1, 1, 1], rng.normal(size=(60, 5))


def test_colors_are_counted_by_channel() -> None:
    images = np.zeros((2, 4, 4, 3), np.uint8)
    images[0, ..., 0] = 255
    images[:, :2, :, 1] = 100
    found = color_histograms(images, bins=8)
    assert list(found) == list(CHANNELS)
    np.testing.assert_array_equal(found["red"], [0.5, 0, 0, 0, 0, 0, 0, 0.5])
    np.testing.assert_array_equal(found["green"], [0.5, 0, 0, 0.5, 0, 0, 0, 0])
    np.testing.assert_array_equal(found["blue"], [1, 0, 0, 0, 0, 0, 0, 0])


def test_bins_have_equal_width() -> None:
    levels = np.repeat(np.array([0, 31, 32, 223, 224, 255], np.uint8), 3).reshape(1, 6, 1, 3)
    np.testing.assert_allclose(color_histograms(levels, bins=8)["blue"] * 6, [2, 1, 0, 0, 0, 0, 1, 2])
    assert np.flatnonzero(color_histograms(levels, bins=256)["red"]).tolist() == [0, 31, 32, 223, 224, 255]


def test_the_distance_of_colors_is_how_far_levels_are_moved() -> None:
    images = np.random.default_rng(0).integers(0, 200, (3, 8, 8, 3)).astype(np.uint8)
    assert color_distance(images, images[::-1, ::-1]) == 0
    assert color_distance(images, images + np.uint8(30)) == pytest.approx(30)
    other = np.random.default_rng(1).integers(0, 256, (3, 8, 8, 3)).astype(np.uint8)
    moved = np.abs(np.sort(images.reshape(-1, 3), 0) - np.sort(other.reshape(-1, 3), 0).astype(int))
    assert color_distance(images, other) == pytest.approx(moved.mean())


def test_variance_is_relative_to_the_real_set() -> None:
    real, fake = _two()
    assert feature_variance(real, real + 7) == pytest.approx(1)
    assert feature_variance(real, real * 0.5) == pytest.approx(0.25)
    assert feature_variance(real, np.repeat(fake[:1], 9, 0)) == pytest.approx(0, abs=1e-12)
    ratio = (pairwise_distances(fake, seed=0) ** 2).mean() / (pairwise_distances(real, seed=0) ** 2).mean()
    assert feature_variance(real, fake) == pytest.approx(ratio)


def test_every_pair_has_its_distance_once(monkeypatch: pytest.MonkeyPatch) -> None:
    _, fake = _two()
    expected = sorted(np.linalg.norm(a - b) for i, a in enumerate(fake) for b in fake[:i])
    np.testing.assert_allclose(np.sort(pairwise_distances(fake, seed=0)), expected)
    monkeypatch.setattr(estimates, "BLOCK", 20)
    some = pairwise_distances(fake, seed=0)
    assert len(some) == 20 * 19 / 2
    np.testing.assert_array_equal(some, pairwise_distances(fake[::-1], seed=0))


def test_principal_axes_are_the_real_set_s() -> None:
    real, fake = _two()
    real_map, fake_map, explained = pca(real, fake)
    spectrum = np.sort(np.linalg.eigvalsh(np.cov(real.T)))[::-1]
    np.testing.assert_allclose(real_map.var(0, ddof=1), spectrum[:2])
    assert explained == pytest.approx(spectrum[:2].sum() / spectrum.sum())
    np.testing.assert_allclose(real_map.mean(0), 0, atol=1e-12)
    # Distances along the axes survive for both sets, and so does which way an axis points.
    np.testing.assert_allclose(pca(real, real)[1], real_map)
    assert fake_map.shape == (60, 2)
    turned, _, _ = pca(real[:, ::-1], fake[:, ::-1])
    np.testing.assert_allclose(turned, real_map)


def test_tsne_keeps_groups_and_repeats_itself() -> None:
    rng = np.random.default_rng(0)
    sets = rng.normal(size=(30, 4)), rng.normal(20, 1, (20, 4)), rng.normal(-20, 1, (25, 4))
    found = tsne(*sets, seed=0)
    assert [layout.shape for layout in found] == [(30, 2), (20, 2), (25, 2)]
    centers = [layout.mean(0) for layout in found]
    spread = max(np.linalg.norm(x - x.mean(0), axis=1).mean() for x in found)
    assert min(np.linalg.norm(centers[i] - centers[i - 1]) for i in range(3)) > 2 * spread
    np.testing.assert_array_equal(found[1], tsne(*sets, seed=0)[1])


@pytest.mark.parametrize(("count", "perplexity"), [(13, 4), (110, 30)])
def test_tsne_counts_at_most_a_third_as_neighbours(count: int, perplexity: float) -> None:
    features = np.random.default_rng(0).normal(size=(count, 4))
    with threadpool_limits(1):
        expected = TSNE(perplexity=perplexity, random_state=0).fit_transform(features)
    np.testing.assert_array_equal(tsne(features, seed=0)[0], expected)


def test_too_little_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = _two()
    image = np.zeros((1, 4, 4, 3), np.uint8)
    assert color_distance(image, image) == 0
    with pytest.raises(UserError, match="colour distribution needs at least 1"):
        color_histograms(image[:0], bins=8)
    with pytest.raises(UserError, match="colour distribution: .*uint8"):
        color_histograms(image.astype(float), bins=8)
    assert feature_variance(real[:2], fake[:2]) > 0
    with pytest.raises(UserError, match="feature variance needs at least 2"):
        feature_variance(real, fake[:1])
    with pytest.raises(UserError, match=r"feature variance \(real\) needs at least 2"):
        feature_variance(real[:1], fake)
    with pytest.raises(UserError, match="feature variance: .*all the same"):
        feature_variance(np.repeat(real[:1], 5, 0), fake)
    assert len(pairwise_distances(fake[:2], seed=0)) == 1
    with pytest.raises(UserError, match="pairwise distances needs at least 2"):
        pairwise_distances(fake[:1], seed=0)
    assert pca(real[:3, :2], fake[:, :2])[2] == pytest.approx(1)
    with pytest.raises(UserError, match=r"principal components \(real\) needs at least 3"):
        pca(real[:2], fake)
    with pytest.raises(UserError, match=r"\(features of a sample\) needs at least 2 samples, not 1"):
        pca(real[:, :1], fake[:, :1])
    with pytest.raises(UserError, match="principal components: .*all the same"):
        pca(np.repeat(real[:1], 5, 0), fake)
    with pytest.raises(UserError, match="t-SNE needs at least 10 samples, not 9"):
        tsne(real[:4], fake[:5], seed=0)
    monkeypatch.setattr(statistics, "_MOST_MAPPED", 12)
    assert len(tsne(fake[:12], seed=0)[0]) == 12
    with pytest.raises(UserError, match="at most 12 samples, not 13"):
        tsne(real[:4], fake[:9], seed=0)

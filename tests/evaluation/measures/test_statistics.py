"""Histograms, variance, distances and maps say of sets what they are defined to say."""

import numpy as np
import pytest

from emojax.core.errors import UserError
from emojax.evaluation.measures import estimates
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
    first, second = rng.normal(size=(30, 4)), rng.normal(20, 1, (20, 4))
    one, other = tsne(first, second, seed=0)
    assert one.shape == (30, 2)
    assert other.shape == (20, 2)
    apart = np.linalg.norm(one.mean(0) - other.mean(0))
    assert apart > 2 * max(np.linalg.norm(x - x.mean(0), axis=1).mean() for x in (one, other))
    np.testing.assert_array_equal(one, tsne(first, second, seed=0)[0])


def test_too_little_is_refused_by_name() -> None:
    real, fake = _two()
    with pytest.raises(UserError, match="colour distribution"):
        color_histograms(np.zeros((0, 4, 4, 3), np.uint8))
    with pytest.raises(UserError, match="uint8"):
        color_histograms(np.zeros((1, 4, 4, 3)))
    with pytest.raises(UserError, match="feature variance needs"):
        feature_variance(real, fake[:1])
    with pytest.raises(UserError, match="all the same"):
        feature_variance(np.repeat(real[:1], 5, 0), fake)
    with pytest.raises(UserError, match="pairwise distances"):
        pairwise_distances(fake[:1], seed=0)
    with pytest.raises(UserError, match="principal components"):
        pca(real[:2], fake)
    with pytest.raises(UserError, match="t-SNE needs at least 10"):
        tsne(real[:4], fake[:5], seed=0)
    with pytest.raises(UserError, match="at most 4096"):
        tsne(np.zeros((4097, 2)), seed=0)

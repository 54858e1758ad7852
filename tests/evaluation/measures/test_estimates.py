"""Confidence intervals, blocks, and refusals of what cannot be compared."""

import math

import numpy as np
import pytest

from emojax.core.errors import UserError
from emojax.evaluation.measures import estimates
from emojax.evaluation.measures.estimates import (
    blocks,
    bootstrap,
    bootstrap_mean,
    check_features,
    check_images,
    check_varied,
    require,
    resamples,
    summary,
)


def test_the_bootstrap_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(0).exponential(size=400)
    found = bootstrap_mean(values, seed=0, rounds=2000)
    expected = values.std(ddof=1) / 20
    assert found.value == pytest.approx(values.mean())
    assert found.standard_error == pytest.approx(expected, rel=0.1)
    assert found.high - found.low == pytest.approx(2 * 1.96 * expected, rel=0.1)
    assert found == bootstrap_mean(values, seed=0, rounds=2000)
    assert found.low != bootstrap(lambda index: float(values[index].mean()), 400, seed=1).low


def test_an_interval_is_that_of_the_deviations_around_the_value() -> None:
    resampled = np.arange(101.0) + 7.0  # of mean 57, so that deviations are -50 to 50
    found = summary(1000.0, resampled)
    assert (found.value, found.low, found.high) == (1000.0, 1000.0 - 47.5, 1000.0 + 47.5)
    assert found.standard_error == pytest.approx(math.sqrt(101 * 102 / 12))  # unbiased: n (n + 1) / 12
    clipped = summary(1000.0, resampled, (960.0, 1010.0))
    assert (clipped.value, clipped.low, clipped.high) == (1000.0, 960.0, 1010.0)


def test_resamples_draw_as_many_samples_with_repetition() -> None:
    drawn = list(resamples(50, seed=0, rounds=300))
    assert len(drawn) == 300
    assert all(len(index) == 50 for index in drawn)
    counts = np.bincount(np.concatenate(drawn), minlength=50)
    assert counts.sum() == 15_000
    assert abs(counts / 300 - 1).max() < 0.25  # every sample equally often
    distinct = np.mean([len(np.unique(index)) for index in drawn])
    assert distinct / 50 == pytest.approx(1 - (49 / 50) ** 50, abs=0.02)
    assert len(list(resamples(3, seed=0))) == 200


def test_intervals_of_shares_are_clipped() -> None:
    rare = np.arange(400) < 1
    found = bootstrap_mean(rare, seed=0)
    assert found.low == 0 < found.value < found.high
    assert bootstrap_mean(~rare, seed=0).high == 1
    assert bootstrap_mean(rare.astype(float), seed=0).low < 0, "the mean of any numbers has no such limits"


def test_rounding_of_another_machine_leaves_blocks_nearly_as_they_are() -> None:
    """Other blocks, and other resamples of them, would change figures."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2500, 32))
    nearly = features * (1 + 1e-7 * rng.normal(size=features.shape))
    before, after = (np.concatenate(blocks(x, seed=0)) for x in (features, nearly))
    assert (before != after).mean() < 0.01
    order = rng.permutation(len(features))
    again = order[np.concatenate(blocks(features[order], seed=0))]
    np.testing.assert_array_equal(before, again, "nor does the order that samples come in")


def test_samples_of_one_sum_have_an_order_too() -> None:
    features = np.array([[1.0, 2.0], [2.0, 1.0], [0.0, 3.0], [3.0, 0.0]])
    first = features[np.concatenate(blocks(features, seed=0))]
    np.testing.assert_array_equal(first, features[::-1][np.concatenate(blocks(features[::-1], seed=0))])


def test_blocks_are_few_of_nearly_equal_sizes_and_shuffled(monkeypatch: pytest.MonkeyPatch) -> None:
    features = np.random.default_rng(0).normal(size=(241, 3))
    assert [len(part) for part in blocks(features, seed=0)] == [241]
    monkeypatch.setattr(estimates, "BLOCK", 24)
    parts = blocks(features, seed=0)
    assert [len(part) for part in parts] == [22] * 10 + [21]
    assert sorted(np.concatenate(parts)) == list(range(241))
    assert [len(part) for part in blocks(features[:240], seed=0)] == [24] * 10
    assert set(parts[0]) != set(blocks(features, seed=1)[0])
    sums = features.sum(1)
    assert abs(np.corrcoef(sums[np.concatenate(parts)], np.arange(241))[0, 1]) < 0.2, "no longer sorted"


def test_what_cannot_be_compared_is_refused_by_name() -> None:
    with pytest.raises(UserError, match="coverage needs at least 6 samples, not 5"):
        require("coverage", samples=5, least=6)
    require("coverage", samples=6, least=6)
    features = np.ones((4, 3), np.float32)
    (found,) = check_features("KID", features)
    assert found.dtype == np.float64
    for wrong in ((features, features[:, :2]), (features[0], features[0]), (features, np.ones((2, 3, 5)))):
        with pytest.raises(UserError, match="KID: features must be .* one D"):
            check_features("KID", *wrong)
    for value in (np.nan, np.inf):
        with pytest.raises(UserError, match="KID: .*not finite"):
            check_features("KID", features, np.where(np.arange(3) == 1, value, features))
    check_varied("KID", np.array([[1.0, 1.0], [1.0, 2.0]]))
    with pytest.raises(UserError, match="KID: real pictures are all the same"):
        check_varied("KID", np.array([[1.0, 2.0], [1.0, 2.0]]))


def test_pictures_are_arrays_of_one_size() -> None:
    images = np.zeros((2, 16, 20, 3), np.uint8)
    (same, other) = check_images("SSIM", images, images[:1], least_side=16)
    assert (same.shape, other.shape) == (images.shape, (1, 16, 20, 3))
    for wrong in (images.astype(np.float32), images[0], images[..., :2]):
        with pytest.raises(UserError, match="SSIM: pictures must be uint8"):
            check_images("SSIM", images, wrong)
    with pytest.raises(
        UserError, match=r"one size of at least 1 pixels, not \[2, 16, 20, 3\] and \[2, 16, 19"
    ):
        check_images("SSIM", images, images[:, :, :19])
    for small in (images, images.swapaxes(1, 2)):
        with pytest.raises(UserError, match="at least 17 pixels"):
            check_images("SSIM", small, least_side=17)

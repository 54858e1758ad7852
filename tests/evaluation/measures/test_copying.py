"""Copies are detected, and new pictures are not taken for them."""

import numpy as np
import pytest

from emojax.core.errors import UserError
from emojax.evaluation.measures.copying import copying, leave_one_out, nearest


@pytest.fixture(scope="module")
def train() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(100, 6))


@pytest.fixture(scope="module")
def new() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(300, 6))


def test_the_nearest_is_the_nearest(train: np.ndarray, new: np.ndarray) -> None:
    index, distance = nearest(train, new)
    for row, i, d in zip(new, index, distance, strict=True):
        distances = [float(np.linalg.norm(row - other)) for other in train]
        assert i == int(np.argmin(distances))
        assert d == pytest.approx(min(distances))
    many = np.tile(new, (5, 1))  # in several blocks
    np.testing.assert_array_equal(nearest(train, many)[0], np.tile(index, 5))
    np.testing.assert_array_equal(nearest(train, many)[1], np.tile(distance, 5))
    assert nearest(train[:1], new)[0].tolist() == [0] * 300


def test_left_out_pictures_are_not_their_own_neighbours(train: np.ndarray) -> None:
    expected = [nearest(np.delete(train, i, 0), train[i : i + 1])[1][0] for i in range(len(train))]
    np.testing.assert_allclose(leave_one_out(train), expected)
    np.testing.assert_allclose(leave_one_out(np.array([[0.0, 0.0], [3.0, 4.0]])), 5.0)


def test_new_samples_are_no_copies(train: np.ndarray, new: np.ndarray) -> None:
    found = copying(train, new, seed=0)
    assert found.ratio.low < 1.1
    assert found.ratio.high > 0.9
    assert found.near_copies.value < 0.15
    assert found.p_value > 0.05


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_copies_are_detected(train: np.ndarray, noise: float) -> None:
    rng = np.random.default_rng(3)
    copies = train[rng.integers(0, 100, 300)] + rng.normal(0, noise, (300, 6))
    found = copying(train, copies, seed=0)
    assert found.ratio.high < 0.15
    assert found.near_copies.low > 0.9
    assert found.p_value < 1e-6
    if not noise:
        assert found.ratio.value == 0.0


def test_distant_samples_are_no_copies(train: np.ndarray, new: np.ndarray) -> None:
    found = copying(train, new + 5.0, seed=0)
    assert found.ratio.low > 3
    assert found.near_copies.value == 0
    assert found.p_value > 0.99


def test_ratio_and_threshold_are_those_of_the_training_pictures_distances() -> None:
    # On a line: 30 pairs of pictures 10 to 39 apart, every pair far from the others, and a single one.
    gaps = np.arange(10.0, 40.0)
    starts = 1000.0 * np.arange(30)
    train = np.concatenate([starts, starts + gaps, [-500.0]])[:, None]
    threshold = 11.0  # of the sorted 10, 10, 11, 11, 12, ... the 5th percentile is at place 0.05 × 60 = 3
    nearer, as_near = starts - threshold + 0.01, starts - threshold
    found = copying(train, np.concatenate([nearer, as_near])[:, None], seed=0)
    assert found.near_copies.value == 0.5
    assert found.ratio.value == pytest.approx((threshold - 0.005) / ((2 * gaps.sum() + 500) / 61))
    assert found.near_copies.low < 0.5 < found.near_copies.high


def test_the_p_value_is_that_of_shuffled_distances(train: np.ndarray) -> None:
    """By Monte Carlo: how often random halves of all distances have rank sums as low as the samples'."""
    rng = np.random.default_rng(5)
    fake = 0.93 * np.concatenate([rng.normal(size=(70, 6)), train[:3]])  # somewhat nearer, with ties
    among, distance = leave_one_out(train), nearest(train, fake)[1]
    pooled = np.concatenate([distance, among])
    ranks = (pooled[:, None] > pooled).sum(1) + (pooled[:, None] == pooled).sum(1) / 2
    shuffled = np.array([rng.permutation(ranks)[: len(fake)].sum() for _ in range(4000)])
    expected = (shuffled <= ranks[: len(fake)].sum()).mean()
    assert 0.02 < expected < 0.6
    assert copying(train, fake, seed=0).p_value == pytest.approx(expected, abs=0.02)


def test_rotation_and_order_do_not_matter(train: np.ndarray, new: np.ndarray) -> None:
    rotation = np.linalg.qr(np.random.default_rng(9).normal(size=(6, 6)))[0]
    first, second = copying(train, new, seed=0), copying(train @ rotation, (new @ rotation)[::-1], seed=0)
    assert first.ratio.value == pytest.approx(second.ratio.value)
    assert first.near_copies.value == second.near_copies.value
    assert first.p_value == pytest.approx(second.p_value)
    assert first == copying(train, new, seed=0)
    assert first.ratio.low != copying(train, new, seed=1).ratio.low
    assert first.near_copies.low != copying(train, new, seed=1).near_copies.low


def test_too_little_is_refused_by_name(train: np.ndarray, new: np.ndarray) -> None:
    with pytest.raises(UserError, match="copying needs at least 20"):
        copying(train, new[:19], seed=0)
    with pytest.raises(UserError, match=r"copying \(training\)"):
        copying(train[:19], new, seed=0)
    copying(train[:20], new[:20], seed=0)
    with pytest.raises(UserError, match="occurs twice"):
        copying(np.repeat(train[:20], 2, 0), new, seed=0)
    copying(np.concatenate([train, train[:1]]), new, seed=0)  # one picture may
    with pytest.raises(UserError, match=r"nearest neighbour \(training\) needs at least 1"):
        nearest(train[:0], new)
    with pytest.raises(UserError, match="distance between real pictures needs at least 2"):
        leave_one_out(train[:1])
    with pytest.raises(UserError, match="one D"):
        nearest(train, new[:, :2])

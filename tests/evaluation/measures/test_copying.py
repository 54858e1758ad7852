"""Copies are caught, and new pictures are not taken for them; labels are told by the nearest picture."""

import numpy as np
import pytest

from emojax.core.errors import UserError
from emojax.evaluation.measures.copying import copying, leave_one_out, nearest
from emojax.evaluation.measures.labelling import label_accuracy, label_variety


@pytest.fixture(scope="module")
def train() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(100, 6))


@pytest.fixture(scope="module")
def new() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(300, 6))


def test_the_nearest_is_the_nearest(train: np.ndarray, new: np.ndarray) -> None:
    index, distance = nearest(train, new)
    for row, i, d in zip(new, index, distance, strict=True):
        apart = [float(np.linalg.norm(row - other)) for other in train]
        assert i == int(np.argmin(apart))
        assert d == pytest.approx(min(apart))
    many = np.tile(new, (5, 1))  # in several blocks
    np.testing.assert_array_equal(nearest(train, many)[1], np.tile(distance, 5))


def test_left_out_pictures_are_not_their_own_neighbours(train: np.ndarray) -> None:
    expected = [nearest(np.delete(train, i, 0), train[i : i + 1])[1][0] for i in range(len(train))]
    np.testing.assert_allclose(leave_one_out(train), expected)


def test_new_samples_are_no_copies(train: np.ndarray, new: np.ndarray) -> None:
    found = copying(train, new)
    assert found.ratio.low < 1.1
    assert found.ratio.high > 0.9
    assert found.near_copies.value < 0.15
    assert 0.4 < found.nearer_than_held_out < 0.6
    assert found.p_value > 0.05
    held_out = np.random.default_rng(2).normal(size=(40, 6))
    assert copying(train, new, held_out).p_value > 0.05


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_copies_are_caught(train: np.ndarray, noise: float) -> None:
    rng = np.random.default_rng(3)
    copies = train[rng.integers(0, 100, 300)] + rng.normal(0, noise, (300, 6))
    held_out = rng.normal(size=(40, 6))
    for found in (copying(train, copies), copying(train, copies, held_out)):
        assert found.ratio.high < 0.15
        assert found.near_copies.low > 0.9
        assert found.nearer_than_held_out > 0.97
        assert found.p_value < 1e-6
    if not noise:
        assert copying(train, copies).ratio.value == 0.0


def test_what_lies_far_off_is_no_copy(train: np.ndarray, new: np.ndarray) -> None:
    found = copying(train, new + 5.0)
    assert found.ratio.low > 3
    assert found.near_copies.value == 0
    assert found.p_value > 0.99


def test_the_rank_statistic_counts_pairs(train: np.ndarray, new: np.ndarray) -> None:
    held_out = np.concatenate([new[:10], new[40:45]])  # some equal to samples, so that there are ties
    samples = new[:30]
    ours, theirs = nearest(train, samples)[1], nearest(train, held_out)[1]
    pairs = [1.0 if a < b else 0.5 if a == b else 0.0 for a in ours for b in theirs]
    assert copying(train, samples, held_out).nearer_than_held_out == pytest.approx(np.mean(pairs))


def test_rotation_and_order_do_not_matter(train: np.ndarray, new: np.ndarray) -> None:
    turned = np.linalg.qr(np.random.default_rng(9).normal(size=(6, 6)))[0]
    first, second = copying(train, new), copying(train @ turned, (new @ turned)[::-1])
    assert first.ratio.value == pytest.approx(second.ratio.value)
    assert first.near_copies.value == second.near_copies.value
    assert first.p_value == pytest.approx(second.p_value)
    assert first == copying(train, new)


def test_labels_are_those_of_the_nearest(train: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(100) // 2  # two pictures of each
    wanted = rng.integers(0, 50, 200)
    asked = train[2 * wanted + rng.integers(0, 2, 200)] + rng.normal(0, 0.01, (200, 6))
    assert label_accuracy(train, labels, asked, wanted) == 1.0
    assert label_accuracy(train, labels, asked, (wanted + 1) % 50) == 0.0
    half = np.where(np.arange(200) < 100, wanted, (wanted + 1) % 50)
    assert label_accuracy(train, labels, asked, half) == 0.5


def test_one_picture_for_each_label_is_no_variety(train: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    wanted = np.repeat(np.arange(20), 40)
    assert label_variety(train, train[wanted], wanted) == pytest.approx(0, abs=1e-12)
    assert label_variety(train, rng.normal(size=(800, 6)), wanted) == pytest.approx(1.0, abs=0.1)
    spread = label_variety(train, train[wanted] + rng.normal(0, 0.1, (800, 6)), wanted)
    assert spread == pytest.approx(0.1, abs=0.02)
    # The mean squared distance of pairs, spelled out.
    one = rng.normal(size=(5, 6))
    squares = [((a - b) ** 2).sum() for i, a in enumerate(one) for b in one[:i]]
    among = [((a - b) ** 2).sum() for i, a in enumerate(train) for b in train[:i]]
    expected = np.sqrt(np.mean(squares) / np.mean(among))
    assert label_variety(train, one, np.zeros(5, int)) == pytest.approx(expected)


def test_too_little_is_refused_by_name(train: np.ndarray, new: np.ndarray) -> None:
    with pytest.raises(UserError, match="copying needs at least 20"):
        copying(train, new[:19])
    with pytest.raises(UserError, match=r"copying \(training\)"):
        copying(train[:19], new)
    with pytest.raises(UserError, match="held out"):
        copying(train, new, new[:4])
    with pytest.raises(UserError, match="double"):
        copying(np.repeat(train[:20], 2, 0), new)
    with pytest.raises(UserError, match="one D"):
        nearest(train, new[:, :2])
    with pytest.raises(UserError, match="one for each"):
        label_accuracy(train, np.arange(99), new, np.zeros(300, int))
    with pytest.raises(UserError, match="of one label"):
        label_variety(train, new[:3], np.arange(3))
    with pytest.raises(UserError, match="label accuracy"):
        label_accuracy(train, np.arange(100), new[:0], np.zeros(0, int))

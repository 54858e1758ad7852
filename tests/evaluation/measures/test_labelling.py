"""Labels are recognised by the nearest training picture, and one picture for each is no variety."""

import numpy as np
import pytest

from emojax.core.errors import UserError
from emojax.evaluation.measures.labelling import label_accuracy, label_variety


@pytest.fixture(scope="module")
def train() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(100, 6))


def test_labels_are_those_of_the_nearest(train: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(100) // 2  # two pictures of each
    requested = rng.integers(0, 50, 200)
    asked = train[2 * requested + rng.integers(0, 2, 200)] + rng.normal(0, 0.01, (200, 6))
    assert label_accuracy(train, labels, asked, requested) == 1.0
    assert label_accuracy(train, labels, asked, (requested + 1) % 50) == 0.0
    half = np.where(np.arange(200) < 100, requested, (requested + 1) % 50)
    assert label_accuracy(train, labels, asked, half) == 0.5
    assert label_accuracy(train, labels, asked[:1], requested[:1]) == 1.0


def test_one_picture_for_each_label_is_no_variety(train: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    requested = np.repeat(np.arange(20), 40)
    assert label_variety(train, train[requested], requested) == pytest.approx(0, abs=1e-12)
    assert label_variety(train, rng.normal(size=(800, 6)), requested) == pytest.approx(1.0, abs=0.1)
    spread = label_variety(train, train[requested] + rng.normal(0, 0.1, (800, 6)), requested)
    assert spread == pytest.approx(0.1, abs=0.02)


def _mean_square(points: np.ndarray) -> float:
    """Mean squared distance of pairs, by loops."""
    return float(np.mean([((a - b) ** 2).sum() for i, a in enumerate(points) for b in points[:i]]))


def test_variety_is_the_mean_over_samples_of_repeated_labels(train: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    fake = rng.normal(size=(8, 6)) * np.array([1, 1, 1, 1, 1, 3, 3, 9])[:, None]
    requested = np.array([0, 0, 0, 0, 0, 4, 4, 2])  # the last label only once, which counts for nothing
    spreads = np.sqrt(_mean_square(fake[:5])), np.sqrt(_mean_square(fake[5:7]))
    expected = (5 * spreads[0] + 2 * spreads[1]) / 7 / np.sqrt(_mean_square(train))
    assert label_variety(train, fake, requested) == pytest.approx(expected)
    order = rng.permutation(8)
    assert label_variety(train, fake[order], requested[order]) == pytest.approx(expected)
    assert label_variety(train[:2], fake[:2], requested[:2]) > 0


def test_too_little_is_refused_by_name(train: np.ndarray) -> None:
    fake = train[:30] + 1.0
    with pytest.raises(UserError, match=r"\(training\): 100 pictures but labels \[99\]"):
        label_accuracy(train, np.arange(99), fake, np.zeros(30, int))
    with pytest.raises(UserError, match=r"label accuracy: 30 pictures but labels \[29\]"):
        label_accuracy(train, np.arange(100), fake, np.zeros(29, int))
    with pytest.raises(UserError, match="label accuracy needs at least 1"):
        label_accuracy(train, np.arange(100), fake[:0], np.zeros(0, int))
    with pytest.raises(UserError, match=r"\(of one label\) needs at least 2 samples, not 1"):
        label_variety(train, fake[:3], np.arange(3))
    with pytest.raises(UserError, match=r"\(of one label\) needs at least 2 samples, not 0"):
        label_variety(train, fake[:0], np.zeros(0, int))
    with pytest.raises(UserError, match=r"\(training\) needs at least 2"):
        label_variety(train[:1], fake, np.zeros(30, int))
    with pytest.raises(UserError, match="one for each"):
        label_variety(train, fake, np.zeros(29, int))
    with pytest.raises(UserError, match="variety within labels: real pictures are all the same"):
        label_variety(np.ones((5, 6)), fake, np.zeros(30, int))

"""Balanced accuracy, kappa and their intervals: known values, references, and how often intervals cover."""

import numpy as np
import pytest
from sklearn import metrics

from emojax.evaluation.avatar.labels.agreement import agreement, kappa

CLASSES = ["none", "short", "long"]


def _labellings(seed: int, count: int = 60) -> tuple[list[str], list[str]]:
    rng = np.random.default_rng(seed)
    first = rng.choice(3, count, p=[0.6, 0.3, 0.1])
    second = np.where(rng.random(count) < 0.7, first, rng.integers(0, 3, count))
    return [CLASSES[i] for i in first], [CLASSES[i] for i in second]


@pytest.mark.parametrize("seed", range(4))
def test_scores_are_those_of_a_reference(seed: int) -> None:
    first, second = _labellings(seed)
    found = agreement(first, second, classes=CLASSES, seed=0)
    assert found.classes == CLASSES
    assert found.faces == 60
    assert found.counts == metrics.confusion_matrix(first, second, labels=CLASSES).tolist()
    assert found.accuracy is not None
    assert found.balanced_accuracy is not None
    assert found.kappa is not None
    assert found.accuracy.value == pytest.approx(metrics.accuracy_score(first, second))
    reference = metrics.balanced_accuracy_score(first, second)
    assert found.balanced_accuracy.value == pytest.approx(reference)
    assert found.kappa.value == pytest.approx(metrics.cohen_kappa_score(first, second))
    recalls = metrics.recall_score(first, second, labels=CLASSES, average=None)
    assert [found.recalls[name].value for name in CLASSES] == pytest.approx(list(recalls))  # type: ignore[union-attr]


def test_rows_are_the_first_labelling_and_columns_the_second() -> None:
    found = agreement(["none", "none", "long"], ["none", "long", "short"], classes=CLASSES, seed=0)
    assert found.counts == [[1, 0, 1], [0, 0, 0], [0, 1, 0]]
    assert found.recalls["none"] is not None
    assert found.recalls["none"].value == 0.5
    assert found.recalls["short"] is None
    assert found.balanced_accuracy is not None
    assert found.balanced_accuracy.value == 0.25  # of the two classes that occur


def test_chance_has_no_kappa_and_its_opposite_a_negative_one() -> None:
    assert kappa(np.array([[25, 25], [25, 25]])) == pytest.approx(0)
    assert kappa(np.array([[0, 5], [5, 0]])) == pytest.approx(-1)
    assert kappa(np.array([[8, 0], [0, 2]])) == pytest.approx(1)
    assert kappa(np.array([[[20, 5], [10, 15]], [[1, 0], [0, 1]]])) == pytest.approx(
        [0.4, 1]
    )  # Cohen's formula
    assert np.isnan(kappa(np.array([[7, 0], [0, 0]])))


def test_where_all_agree_shares_have_an_interval_and_kappa_none() -> None:
    found = agreement(["none", "long"] * 5, ["none", "long"] * 5, classes=CLASSES, seed=0)
    assert found.kappa is not None
    assert (found.kappa.value, found.kappa.low, found.kappa.high) == (1, None, None)
    recall = found.recalls["long"]
    assert recall is not None
    # Wilson's for 5 of 5: 5 / (5 + 1.96²) to 1.
    assert (recall.value, recall.low, recall.high) == pytest.approx((1, 5 / (5 + 1.959964**2), 1))
    balanced = found.balanced_accuracy
    assert balanced is not None
    assert balanced.low is not None
    assert recall.low is not None
    assert recall.low < balanced.low < 1
    assert balanced.high == 1


def test_no_interval_goes_beyond_what_is_possible() -> None:
    found = agreement(["none", "long"] * 5, ["none", "long"] * 4 + ["none"] * 2, classes=CLASSES, seed=0)
    opposed = agreement(["none", "long"] * 5, ["long", "none"] * 5, classes=CLASSES, seed=0)
    assert found.kappa is not None
    assert opposed.kappa is not None
    assert found.kappa.high == 1
    assert (opposed.kappa.value, opposed.kappa.low) == (-1, -1)
    for each in (found, opposed):
        assert each.balanced_accuracy is not None
        assert each.balanced_accuracy.low is not None
        assert each.balanced_accuracy.high is not None
        assert 0 <= each.balanced_accuracy.low < each.balanced_accuracy.high <= 1


def test_without_faces_or_with_one_class_what_cannot_be_said_is_not() -> None:
    nothing = agreement([], [], classes=CLASSES, seed=0)
    assert nothing.faces == 0
    assert (nothing.accuracy, nothing.balanced_accuracy, nothing.kappa) == (None, None, None)
    single = agreement(["none"] * 4, ["none"] * 4, classes=CLASSES, seed=0)
    assert (single.kappa, single.balanced_accuracy) == (None, None)
    assert single.accuracy is not None
    assert single.accuracy.value == 1
    with pytest.raises(ValueError, match="bald"):
        agreement(["bald"], ["none"], classes=CLASSES, seed=0)
    with pytest.raises(ValueError, match="longer"):
        agreement(["none"], ["none", "none"], classes=CLASSES, seed=0)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    """Of many samples from one joint distribution, 95 % of the intervals hold its value, give or take."""
    joint = np.array([[0.5, 0.1, 0.0], [0.05, 0.2, 0.05], [0.02, 0.03, 0.05]])
    true_balanced = float(np.mean(np.diag(joint) / joint.sum(1)))
    true_kappa = float(kappa(joint))
    rng = np.random.default_rng(1)
    covered = {"balanced": 0, "kappa": 0}
    for seed in range(150):
        cells = rng.choice(9, 120, p=joint.ravel())
        found = agreement(
            [CLASSES[c // 3] for c in cells], [CLASSES[c % 3] for c in cells], classes=CLASSES, seed=seed
        )
        for name, true, interval in (
            ("balanced", true_balanced, found.balanced_accuracy),
            ("kappa", true_kappa, found.kappa),
        ):
            assert interval is not None
            assert interval.low is not None
            assert interval.high is not None
            assert -1 <= interval.low < interval.value < interval.high <= 1
            covered[name] += interval.low <= true <= interval.high
    assert 0.9 <= covered["balanced"] / 150 <= 0.99
    assert 0.9 <= covered["kappa"] / 150 <= 0.99


def test_the_same_seed_gives_the_same_interval() -> None:
    first, second = _labellings(0)
    found = [agreement(first, second, classes=CLASSES, seed=seed) for seed in (0, 0, 1)]
    assert found[0] == found[1]
    assert found[0].kappa != found[2].kappa

"""No ratio is stated that other load or disagreeing rounds could have made."""

import pytest

from emojax.benchmark import agreement

OURS = [[10.0, 12.0, 11.0], [20.0, 22.0, 24.0], [10.0, 11.0, 12.0], [11.0, 11.0, 11.0]]


def theirs(*ratios: float) -> list[list[float]]:
    return [[sorted(ours)[1] * ratio] * 3 for ours, ratio in zip(OURS, ratios, strict=True)]


def test_the_ratio_is_the_median_of_the_rounds_own() -> None:
    # The machine was half as fast in the second round, for both.
    found = agreement.ratio(OURS, theirs(1.5, 1.5, 1.5, 1.5), [0.0, 0.0, 0.0, 0.0])
    assert found == pytest.approx(1.5)
    assert agreement.ratio(OURS, theirs(1.0, 1.1, 1.1, 1.2), [None] * 4) == pytest.approx(1.1)


def test_busy_rounds_do_not_count() -> None:
    others = [0.0, agreement.MAX_OTHERS * 1.01, agreement.MAX_OTHERS, None]
    assert agreement.quiet(others) == [0, 2, 3]
    found = agreement.ratio(OURS, theirs(1.5, 6.0, 1.5, 1.5), others)
    assert found == pytest.approx(1.5)


def test_too_few_quiet_rounds_give_the_load_instead() -> None:
    others = [0.0, 0.5, 1.25, 0.02]
    found = agreement.ratio(OURS, theirs(1.5, 1.5, 1.5, 1.5), others)
    assert found == "other processes used 0.50 to 1.25 cores in 2 of 4 rounds"
    assert agreement.counted(others) == [0, 1, 2, 3]
    short = agreement.ratio(OURS[:2], theirs(1.5, 1.5, 1.5, 1.5)[:2], [0.0, 0.0])
    assert short == "only 2 rounds were measured; 3 are needed"


def test_disagreeing_rounds_give_no_ratio() -> None:
    # Quartiles of 1, 1, r, r are 1 and r, and their median is (1 + r) / 2.
    assert isinstance(agreement.ratio(OURS, theirs(1.0, 1.0, 1.16, 1.16), [0.0] * 4), float)
    found = agreement.ratio(OURS, theirs(1.0, 1.0, 1.17, 1.17), [0.0] * 4)
    assert found == "rounds disagree: the middle half of the ratios is 1.00 to 1.17"

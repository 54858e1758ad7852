"""Precision, recall, density and coverage: against definitions by loops, and what they react to."""

import math

import numpy as np
import pytest

from emojax.core.errors import UserError
from emojax.evaluation.measures import estimates
from emojax.evaluation.measures.manifold import prdc, prdc_estimates


def _sets(real: int = 30, fake: int = 40, size: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(real, size)), rng.normal(0.3, 1.2, (fake, size))


def _by_loops(real: np.ndarray, fake: np.ndarray, k: int) -> tuple[float, float, float, float]:
    def apart(a: np.ndarray, b: np.ndarray) -> float:
        return math.sqrt(math.fsum((float(x) - float(y)) ** 2 for x, y in zip(a, b, strict=True)))

    def radii(points: np.ndarray) -> list[float]:
        return [
            sorted(apart(p, q) for j, q in enumerate(points) if j != i)[k - 1] for i, p in enumerate(points)
        ]

    real_radii, fake_radii = radii(real), radii(fake)
    precise = recalled = covered = counted = 0
    for f in fake:
        holding = sum(apart(r, f) <= d for r, d in zip(real, real_radii, strict=True))
        precise += holding > 0
        counted += holding
    for r, d in zip(real, real_radii, strict=True):
        recalled += any(apart(r, f) <= e for f, e in zip(fake, fake_radii, strict=True))
        covered += any(apart(r, f) <= d for f in fake)
    return precise / len(fake), recalled / len(real), counted / len(fake) / k, covered / len(real)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_definitions_by_loops_agree(seed: int) -> None:
    real, fake = _sets(seed=seed)
    found = prdc(real, fake, neighbours=3)
    assert (found.precision, found.recall, found.density, found.coverage) == pytest.approx(
        _by_loops(real, fake, 3), abs=1e-12
    )


def test_recall_of_blocks_is_their_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = _sets(fake=45, size=2)
    whole = prdc(real, fake, neighbours=1)
    monkeypatch.setattr(estimates, "BLOCK", 16)
    found = prdc(real, fake, neighbours=1)
    parts = [fake[part] for part in estimates.blocks(fake, seed=0)]
    assert len(parts) == 3
    recalls = [_by_loops(real, part, 1)[1] for part in parts]
    assert len(set(recalls)) > 1
    assert found.recall == pytest.approx(np.mean(recalls))
    assert (found.precision, found.density, found.coverage) == pytest.approx(
        (whole.precision, whole.density, whole.coverage)
    )
    order = np.random.default_rng(1).permutation(len(fake))
    assert vars(found) == pytest.approx(vars(prdc(real, fake[order], neighbours=1)), rel=1e-12)
    assert found == prdc(real, fake, neighbours=1)  # to the last digit


def test_rotation_does_not_matter() -> None:
    real, fake = _sets()
    rotation = np.linalg.qr(np.random.default_rng(9).normal(size=(6, 6)))[0]
    rotated = prdc(real @ rotation, fake @ rotation, neighbours=3)
    assert vars(prdc(real, fake, neighbours=3)) == pytest.approx(vars(rotated), rel=1e-9)


def test_each_fault_lowers_its_own_figure() -> None:
    """Real against real is good; a shifted, a copied and a repeated set each fail where they must."""
    rng = np.random.default_rng(0)
    real, other = rng.normal(size=(2, 100, 8))
    good, bad = prdc(real, other, neighbours=5), prdc(real, other + 2.0, neighbours=5)
    assert min(good.precision, good.coverage) > 0.8
    assert max(bad.precision, bad.coverage) < 0.3
    assert bad.density < good.density / 2

    one = prdc(real, np.repeat(real[:1], 100, 0), neighbours=5)
    assert one.precision == 1.0
    assert one.coverage < 0.15
    assert one.recall == pytest.approx(0.01)  # only the repeated picture itself

    copied = prdc(real, real, neighbours=5)
    assert copied.precision == copied.recall == copied.coverage == 1.0
    assert prdc(real, real, neighbours=1).density == 2.0, "the neighbour at a ball's border is in it"


def test_intervals_hold_the_value_and_narrow_with_samples() -> None:
    real, many = _sets(real=200, fake=200)
    few, more = (prdc_estimates(real, fake, seed=0, neighbours=5) for fake in (many[:50], many))
    plain = prdc(real, many[:50], neighbours=5)
    other = prdc_estimates(real, many[:50], seed=1, neighbours=5)
    for name in ("precision", "recall", "density", "coverage"):
        estimate = getattr(few, name)
        assert estimate.value == getattr(plain, name)
        assert estimate.low <= estimate.value <= estimate.high
        assert 0 < getattr(more, name).standard_error < estimate.standard_error
        assert estimate.standard_error != getattr(other, name).standard_error
    # That of a mean over samples, each 0 or 1.
    expected = math.sqrt(plain.precision * (1 - plain.precision) / 50)
    assert few.precision.standard_error == pytest.approx(expected, rel=0.2)


def test_intervals_of_shares_are_clipped() -> None:
    real, fake = _sets(fake=400)
    found = prdc_estimates(real, real, seed=0, neighbours=1)
    assert found.coverage.low < found.coverage.value == found.coverage.high == 1
    assert found.recall.low < found.recall.value == found.recall.high == 1
    one_outside = np.concatenate([real, real[:19], [real[0] + 100]])
    highs = [prdc_estimates(real, one_outside, seed=seed, neighbours=1).precision.high for seed in range(5)]
    assert max(highs) == 1
    near = prdc_estimates(real, real[:1] + 0.01 * fake, seed=0, neighbours=5)
    assert near.precision.high == near.precision.value == 1
    assert near.recall.low >= 0
    assert near.density.high > near.density.value > 1, "density is no share"


def test_too_little_is_refused_by_name() -> None:
    real, fake = _sets()
    with pytest.raises(UserError, match="precision and recall needs at least 6"):
        prdc(real, fake[:5], neighbours=5)
    with pytest.raises(UserError, match=r"precision and recall \(real\) needs at least 6"):
        prdc(real[:5], fake, neighbours=5)
    assert prdc(real[:6], fake[:6], neighbours=5).precision >= 0
    with pytest.raises(UserError, match="not finite"):
        prdc(real, np.full_like(fake, np.nan), neighbours=5)

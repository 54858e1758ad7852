"""KID, FD, precision, recall, density, coverage: against definitions spelled out in loops."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from emojax.core.errors import UserError
from emojax.evaluation.measures import estimates
from emojax.evaluation.measures.estimates import blocks, bootstrap, bootstrap_mean, require
from emojax.evaluation.measures.frechet import frechet_distance, frechet_estimate
from emojax.evaluation.measures.kernel_distance import kernel_distance
from emojax.evaluation.measures.manifold import prdc, prdc_estimates


def _sets(real: int = 30, fake: int = 40, size: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(real, size)), rng.normal(0.3, 1.2, (fake, size))


def _rotated(size: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(9).normal(size=(size, size)))[0]


def _kid_by_loops(real: np.ndarray, fake: np.ndarray) -> float:
    def k(a: np.ndarray, b: np.ndarray) -> float:
        return (sum(float(x) * float(y) for x, y in zip(a, b, strict=True)) / len(a) + 1) ** 3

    def among(points: np.ndarray) -> float:
        pairs = [k(a, b) for i, a in enumerate(points) for j, b in enumerate(points) if i != j]
        return math.fsum(pairs) / len(pairs)

    across = [k(a, b) for a in real for b in fake]
    return among(real) + among(fake) - 2 * math.fsum(across) / len(across)


def _prdc_by_loops(real: np.ndarray, fake: np.ndarray, k: int) -> tuple[float, float, float, float]:
    def apart(a: np.ndarray, b: np.ndarray) -> float:
        return math.sqrt(math.fsum((float(x) - float(y)) ** 2 for x, y in zip(a, b, strict=True)))

    def reach(points: np.ndarray) -> list[float]:
        return [
            sorted(apart(p, q) for j, q in enumerate(points) if j != i)[k - 1] for i, p in enumerate(points)
        ]

    real_reach, fake_reach = reach(real), reach(fake)
    precise = recalled = covered = counted = 0
    for f in fake:
        holding = sum(apart(r, f) <= d for r, d in zip(real, real_reach, strict=True))
        precise += holding > 0
        counted += holding
    for r, d in zip(real, real_reach, strict=True):
        recalled += any(apart(r, f) <= e for f, e in zip(fake, fake_reach, strict=True))
        covered += any(apart(r, f) <= d for f in fake)
    return (
        precise / len(fake),
        recalled / len(real),
        counted / len(fake) / k,
        covered / len(real),
    )


def _fd_by_eigenvalues(real: np.ndarray, fake: np.ndarray, components: int) -> float:
    """By another road: components from the covariance, and tr (AB)^½ from AB's own eigenvalues."""
    _, axes = np.linalg.eigh(np.cov(real.T))
    axes = axes[:, ::-1][:, :components]
    real, fake = real @ axes, fake @ axes
    A, B = np.cov(real.T), np.cov(fake.T)
    cross = np.sqrt(np.linalg.eigvals(A @ B).astype(complex)).real.sum()
    return float(((real.mean(0) - fake.mean(0)) ** 2).sum() + np.trace(A) + np.trace(B) - 2 * cross)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_definitions_in_loops_agree(seed: int) -> None:
    real, fake = _sets(seed=seed)
    assert kernel_distance(real, fake, seed=0).value == pytest.approx(_kid_by_loops(real, fake), rel=1e-10)
    found = prdc(real, fake, neighbours=3)
    assert (found.precision, found.recall, found.density, found.coverage) == pytest.approx(
        _prdc_by_loops(real, fake, 3), abs=1e-12
    )
    assert frechet_distance(real, fake, components=4) == pytest.approx(
        _fd_by_eigenvalues(real, fake, 4), rel=1e-9
    )


def test_last_digits_leave_blocks_as_they_are() -> None:
    """Those of another machine's features: blocks, and what is drawn anew of them, would change figures."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2500, 32))
    nearly = features * (1 + 1e-7 * rng.normal(size=features.shape))
    before, after = (np.concatenate(blocks(x, seed=0)) for x in (features, nearly))
    assert (before != after).mean() < 0.01
    order = rng.permutation(len(features))
    again = order[np.concatenate(blocks(features[order], seed=0))]
    np.testing.assert_array_equal(before, again, "nor does the order that samples come in")


def test_blocks_are_unbiased_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = _sets(fake=240)
    whole = kernel_distance(real, fake, seed=0)
    monkeypatch.setattr(estimates, "BLOCK", 24)
    in_blocks = [kernel_distance(real, fake, seed=seed).value for seed in range(40)]
    assert np.mean(in_blocks) == pytest.approx(whole.value, abs=4 * np.std(in_blocks) / math.sqrt(40))
    assert np.std(in_blocks) > 0  # they are different blocks
    parts = estimates.blocks(fake, seed=0)
    assert [len(part) for part in parts] == [24] * 10
    assert sorted(np.concatenate(parts)) == list(range(240))


def test_the_kernel_distance_of_one_distribution_is_zero_in_the_mean() -> None:
    rng = np.random.default_rng(0)
    found = [kernel_distance(*rng.normal(size=(2, 25, 4)), seed=0).value for _ in range(300)]
    assert abs(np.mean(found)) < 3 * np.std(found) / math.sqrt(300)
    # Paired with themselves, samples would raise each by far more than that.
    assert min(found) < 0


def test_the_standard_error_is_the_spread_over_other_samples() -> None:
    rng = np.random.default_rng(0)
    real = rng.normal(size=(60, 4))
    found = [kernel_distance(real, rng.normal(0.7, 1.0, (80, 4)), seed=0) for _ in range(150)]
    spread = np.std([estimate.value for estimate in found])
    assert np.mean([estimate.standard_error for estimate in found]) == pytest.approx(spread, rel=0.25)
    truth = np.mean([estimate.value for estimate in found])
    assert np.mean([estimate.low <= truth <= estimate.high for estimate in found]) > 0.88


@pytest.mark.parametrize(
    "measure",
    [
        lambda real, fake: list(vars(kernel_distance(real, fake, seed=3)).values()),
        lambda real, fake: [frechet_distance(real, fake, components=4)],
        lambda real, fake: list(vars(prdc(real, fake, neighbours=3)).values()),
    ],
    ids=["kid", "fd", "prdc"],
)
def test_rotation_and_order_do_not_matter(
    measure: Callable[[np.ndarray, np.ndarray], list[float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimates, "BLOCK", 16)  # so that there are several blocks
    real, fake = _sets()
    order = np.random.default_rng(1).permutation(len(fake))
    found = measure(real, fake)
    assert found == measure(real, fake)  # to the last digit
    assert found == pytest.approx(measure(real, fake[order]), rel=1e-12)
    monkeypatch.setattr(estimates, "BLOCK", 1024)  # blocks are drawn by what features are
    turned = _rotated(real.shape[1])
    assert measure(real, fake)[0] == pytest.approx(measure(real @ turned, fake @ turned)[0], rel=1e-9)


def test_what_is_wrong_is_seen() -> None:
    """Real against real is good; a shifted, a copied and a repeated set each fail where they must."""
    rng = np.random.default_rng(0)
    real, other = rng.normal(size=(2, 100, 8))
    repeated, shifted = np.repeat(real[:1], 100, 0), other + 2.0

    good, bad = prdc(real, other), prdc(real, shifted)
    assert good.precision > 0.8
    assert good.coverage > 0.8
    assert bad.precision < 0.3
    assert bad.coverage < 0.3
    assert bad.density < good.density / 2

    one = prdc(real, repeated)
    assert one.precision == 1.0
    assert one.coverage < 0.15
    assert one.recall == pytest.approx(0.01)  # only the repeated picture itself

    copied = prdc(real, real)
    assert copied.precision == copied.recall == copied.coverage == 1.0

    distances = [kernel_distance(real, fake, seed=0) for fake in (other, shifted, repeated)]
    assert distances[0].low <= 0 <= distances[0].high
    assert min(distances[1].low, distances[2].low) > distances[0].high
    assert frechet_distance(real, real, components=8) == pytest.approx(0, abs=1e-9)
    fd = [frechet_distance(real, fake, components=8) for fake in (other, shifted, repeated)]
    assert 0 < fd[0] < min(fd[1:]) / 5


def test_fd_ignores_directions_the_real_set_does_not_vary_in() -> None:
    real, fake = _sets()
    flat_real, flat_fake = np.pad(real, ((0, 0), (0, 3))), np.pad(fake, ((0, 0), (0, 3)))
    assert frechet_distance(flat_real, flat_fake, components=8) == pytest.approx(
        frechet_distance(real, fake, components=6)
    )


def test_intervals_hold_the_value_and_narrow_with_samples() -> None:
    real, many = _sets(fake=400)
    few = prdc_estimates(real, many[:50], seed=0)
    more = prdc_estimates(real, many, seed=0)
    plain = prdc(real, many[:50])
    for name in ("precision", "recall", "density", "coverage"):
        estimate = getattr(few, name)
        assert estimate.value == getattr(plain, name)
        assert estimate.low <= estimate.value <= estimate.high
    assert more.precision.standard_error < few.precision.standard_error
    distance = frechet_estimate(real, many, seed=0, components=4)
    assert distance.value == frechet_distance(real, many, components=4)
    assert distance.low < distance.value < distance.high


def test_intervals_of_shares_end_where_shares_do() -> None:
    rare, everywhere = np.arange(400) < 1, _sets(fake=400)
    found = bootstrap_mean(rare, seed=0)
    assert found.low == 0 < found.value < found.high
    assert bootstrap_mean(~rare, seed=0).high == 1
    assert bootstrap_mean(rare.astype(float), seed=0).low < 0, "a mean of anything has no such end"
    covered = prdc_estimates(everywhere[0], np.concatenate(everywhere), seed=0).coverage
    assert covered.low <= covered.value == covered.high == 1


def test_the_bootstrap_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(0).exponential(size=400)
    found = bootstrap_mean(values, seed=0, rounds=2000)
    expected = values.std(ddof=1) / 20
    assert found.value == pytest.approx(values.mean())
    assert found.standard_error == pytest.approx(expected, rel=0.1)
    assert found.high - found.low == pytest.approx(2 * 1.96 * expected, rel=0.1)
    assert found == bootstrap_mean(values, seed=0, rounds=2000)
    assert found.low != bootstrap(lambda index: float(values[index].mean()), 400, seed=1).low


def test_too_little_is_refused_by_name() -> None:
    real, fake = _sets()
    with pytest.raises(UserError, match="coverage needs at least 6 samples, not 5"):
        require("coverage", samples=5, least=6)
    with pytest.raises(UserError, match="kernel distance"):
        kernel_distance(real, fake[:1], seed=0)
    with pytest.raises(UserError, match="FD needs at least 8"):
        frechet_distance(real, fake[:7], components=4)
    with pytest.raises(UserError, match=r"FD \(real\)"):
        frechet_distance(real, fake, components=30)
    with pytest.raises(UserError, match="precision and recall needs at least 6"):
        prdc(real, fake[:5])
    with pytest.raises(UserError, match="one D"):
        kernel_distance(real, fake[:, :3], seed=0)
    with pytest.raises(UserError, match="not finite"):
        prdc(real, np.full_like(fake, np.nan))

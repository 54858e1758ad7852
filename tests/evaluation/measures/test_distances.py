"""Kernel and Fréchet distance: against definitions by loops, and unbiased with honest intervals."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics.pairwise import polynomial_kernel

from emojax.core.errors import UserError
from emojax.evaluation.measures import estimates
from emojax.evaluation.measures.distances import frechet_distance, frechet_estimate, kernel, kernel_distance


def _sets(real: int = 30, fake: int = 40, size: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(real, size)), rng.normal(0.3, 1.2, (fake, size))


def _kid_by_loops(real: np.ndarray, fake: np.ndarray) -> float:
    def k(a: np.ndarray, b: np.ndarray) -> float:
        return (sum(float(x) * float(y) for x, y in zip(a, b, strict=True)) / len(a) + 1) ** 3

    def among(points: np.ndarray) -> float:
        pairs = [k(a, b) for i, a in enumerate(points) for j, b in enumerate(points) if i != j]
        return math.fsum(pairs) / len(pairs)

    across = [k(a, b) for a in real for b in fake]
    return among(real) + among(fake) - 2 * math.fsum(across) / len(across)


def _fd_by_eigenvalues(real: np.ndarray, fake: np.ndarray, components: int) -> float:
    """Another way: components from the covariance, and tr (AB)^½ from AB's own eigenvalues."""
    _, axes = np.linalg.eigh(np.cov(real.T))
    axes = axes[:, ::-1][:, :components]
    real, fake = real @ axes, fake @ axes
    A, B = np.cov(real.T), np.cov(fake.T)
    cross = np.sqrt(np.linalg.eigvals(A @ B).astype(complex)).real.sum()
    return float(((real.mean(0) - fake.mean(0)) ** 2).sum() + np.trace(A) + np.trace(B) - 2 * cross)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_definitions_by_loops_agree(seed: int) -> None:
    real, fake = _sets(seed=seed)
    assert kernel_distance(real, fake, seed=0).value == pytest.approx(_kid_by_loops(real, fake), rel=1e-10)
    assert frechet_distance(real, fake, components=4) == pytest.approx(
        _fd_by_eigenvalues(real, fake, 4), rel=1e-9
    )
    np.testing.assert_allclose(kernel(real, fake), polynomial_kernel(real, fake, degree=3))


def test_a_resample_does_not_pair_samples_with_their_own_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = _sets(fake=5)
    order = estimates.blocks(fake, seed=0)[0]
    drawn = np.array([0, 0, 1, 3, 3])  # of the samples in the order of the block
    weighed = fake[order][drawn]
    found: list[np.ndarray] = []
    monkeypatch.setattr("emojax.evaluation.measures.distances.resamples", lambda *a, **k: [drawn, drawn])
    monkeypatch.setattr(
        "emojax.evaluation.measures.distances.summary", lambda value, each: found.append(each)
    )
    kernel_distance(real, fake, seed=0)
    pairs = [
        float(kernel(weighed[i : i + 1], weighed[j : j + 1])[0, 0])
        for i in range(5)
        for j in range(5)
        if drawn[i] != drawn[j]
    ]
    among = _kid_by_loops(real, real + 0.0) + 2 * kernel(real, real).mean()  # twice the mean of real pairs
    expected = among / 2 + np.mean(pairs) - 2 * kernel(real, weighed).mean()
    np.testing.assert_allclose(found[0], [expected] * 2)


def test_blocks_are_unbiased(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = _sets(fake=240)
    whole = kernel_distance(real, fake, seed=0)
    monkeypatch.setattr(estimates, "BLOCK", 24)
    in_blocks = [kernel_distance(real, fake, seed=seed).value for seed in range(40)]
    assert np.mean(in_blocks) == pytest.approx(whole.value, abs=4 * np.std(in_blocks) / math.sqrt(40))
    assert np.std(in_blocks) > 0  # they are different blocks
    parts = [fake[part] for part in estimates.blocks(fake, seed=3)]
    real_term = _kid_by_loops(real, real) + 2 * kernel(real, real).mean()  # twice that of real pairs
    fake_term = np.mean([_kid_by_loops(part, part) / 2 + kernel(part, part).mean() for part in parts])
    expected = real_term / 2 + fake_term - 2 * kernel(real, fake).mean()
    assert in_blocks[3] == pytest.approx(expected)


def test_the_kernel_distance_of_one_distribution_is_zero_in_the_mean() -> None:
    rng = np.random.default_rng(0)
    found = [kernel_distance(*rng.normal(size=(2, 25, 4)), seed=0).value for _ in range(300)]
    assert abs(np.mean(found)) < 3 * np.std(found) / math.sqrt(300)
    # Paired with themselves, samples would raise each by far more than that.
    assert min(found) < 0


def test_the_standard_error_is_the_spread_over_other_samples() -> None:
    rng = np.random.default_rng(0)
    real = rng.normal(size=(60, 4))
    found = [kernel_distance(real, rng.normal(0.7, 1.0, (60, 4)), seed=0) for _ in range(100)]
    spread = np.std([estimate.value for estimate in found])
    assert np.mean([estimate.standard_error for estimate in found]) == pytest.approx(spread, rel=0.25)
    truth = np.mean([estimate.value for estimate in found])
    assert np.mean([estimate.low <= truth <= estimate.high for estimate in found]) > 0.88


@pytest.mark.parametrize(
    "measure",
    [
        lambda real, fake: list(vars(kernel_distance(real, fake, seed=3)).values()),
        lambda real, fake: [frechet_distance(real, fake, components=4)],
    ],
    ids=["kid", "fd"],
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
    monkeypatch.setattr(estimates, "BLOCK", 1024)  # blocks depend on the features
    rotation = np.linalg.qr(np.random.default_rng(9).normal(size=(6, 6)))[0]
    assert measure(real, fake)[0] == pytest.approx(measure(real @ rotation, fake @ rotation)[0], rel=1e-9)


def test_shifted_and_repeated_samples_are_far() -> None:
    rng = np.random.default_rng(0)
    real, other = rng.normal(size=(2, 100, 8))
    repeated, shifted = np.repeat(real[:1], 100, 0), other + 2.0
    distances = [kernel_distance(real, fake, seed=0) for fake in (other, shifted, repeated)]
    assert distances[0].low <= 0 <= distances[0].high
    assert min(distances[1].low, distances[2].low) > distances[0].high
    assert frechet_distance(real, real, components=8) == pytest.approx(0, abs=1e-9)
    fd = [frechet_distance(real, fake, components=8) for fake in (other, shifted, repeated)]
    assert 0 < fd[0] < min(fd[1:]) / 5


def test_fd_ignores_directions_the_real_set_does_not_vary_in() -> None:
    real, fake = _sets()
    flat_real, flat_fake = np.pad(real, ((0, 0), (0, 3))), np.pad(fake, ((0, 0), (0, 3)))
    flat_fake[:, -1] = np.arange(40)
    rotation = np.linalg.qr(np.random.default_rng(9).normal(size=(9, 9)))[0]
    for turn in (np.eye(9), rotation):  # by which rounding gives these directions some variance
        assert frechet_distance(flat_real @ turn, flat_fake @ turn, components=8) == pytest.approx(
            frechet_distance(real, fake, components=6)
        )
    # But not those in which it varies little.
    small = np.concatenate([real, 1e-5 * real[:, :1] ** 2], 1)
    wide = np.concatenate([fake, np.arange(40.0)[:, None]], 1)
    assert frechet_distance(small, wide, components=7) > 100 + frechet_distance(real, fake, components=6)
    assert frechet_distance(np.ones((9, 3)), fake[:, :3], components=2) == 0.0


def test_fd_of_one_dimension_is_that_of_two_normal_distributions() -> None:
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(50, 1)), rng.normal(3.0, 2.0, (60, 1))
    shift, spreads = real.mean() - fake.mean(), real.std(ddof=1) - fake.std(ddof=1)
    assert frechet_distance(real, fake, components=1) == pytest.approx(shift**2 + spreads**2)


@pytest.mark.parametrize("scale", [1e-7, 1e7])
def test_fd_is_in_squared_units_of_the_features(scale: float) -> None:
    real, fake = _sets()
    found = frechet_distance(scale * real, scale * fake, components=4)
    assert found / scale**2 == pytest.approx(frechet_distance(real, fake, components=4))


def test_fd_has_an_interval_over_samples() -> None:
    real, fake = _sets(fake=400)
    distance = frechet_estimate(real, fake, seed=0, components=4)
    assert distance.value == frechet_distance(real, fake, components=4)
    assert distance.low < distance.value < distance.high
    assert distance.low != frechet_estimate(real, fake, seed=1, components=4).low
    small = frechet_estimate(real, fake[:50], seed=0, components=4)
    assert small.standard_error > 1.5 * distance.standard_error


def test_too_little_is_refused_by_name() -> None:
    real, fake = _sets()
    for pair, figure in (
        ((real, fake[:1]), "kernel distance"),
        ((real[:1], fake), r"kernel distance \(real\)"),
    ):
        with pytest.raises(UserError, match=f"{figure} needs at least 2"):
            kernel_distance(*pair, seed=0)
    with pytest.raises(UserError, match="FD needs at least 8"):
        frechet_distance(real, fake[:7], components=4)
    with pytest.raises(UserError, match=r"FD \(real\) needs at least 5"):
        frechet_distance(real[:4], fake, components=4)
    assert frechet_distance(real[:5], fake[:8], components=4) > 0
    with pytest.raises(UserError, match="one D"):
        kernel_distance(real, fake[:, :3], seed=0)

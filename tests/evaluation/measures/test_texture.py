"""Each fault lowers or raises its own measure, and clean drawings have none."""

import numpy as np
import pytest
from evaluation.support.flat_faces import blurred, faces, noisy

from emojax.core.errors import UserError
from emojax.evaluation.measures.silhouettes import shapes, silhouettes
from emojax.evaluation.measures.texture import edge_quality, shading, speckle


@pytest.fixture(scope="module")
def real() -> np.ndarray:
    return faces()


def test_clean_drawings_have_no_speckle(real: np.ndarray) -> None:
    found = speckle(real, real)
    assert found.inside.mean() == pytest.approx(1)
    assert found.ground.mean() == pytest.approx(1)
    held_out = speckle(faces(seed=1), real)
    assert held_out.inside.mean() == pytest.approx(1, abs=0.4)
    assert held_out.ground.mean() == pytest.approx(1, abs=0.1)
    bars = np.zeros((1, 64, 64, 3), np.uint8)
    bars[:, 16:48, 16:48] = 255
    bars[:, 16:48, 20:48:6] = 0  # edges everywhere, and sharp, but along one direction
    assert speckle(bars, real).inside[0] < 1


def test_speckle_grows_with_noise_and_blur_removes_it(real: np.ndarray) -> None:
    levels = [speckle(noisy(real, sigma), real) for sigma in (8, 20, 60)]
    inside, ground = ([getattr(found, name).mean() for found in levels] for name in ("inside", "ground"))
    assert 2 < inside[0] < inside[1] < inside[2]
    assert 50 < ground[0] < ground[1] < ground[2]
    soft = speckle(blurred(real, 1.0), real)
    assert soft.inside.mean() < 1
    assert soft.ground.mean() < 1.1
    # Noise has the energy that it has: 20 levels, of which the median of r² is a little less than all.
    flat = np.full((4, 64, 64, 3), 128, np.uint8)
    energy = speckle(noisy(flat, 20), flat).ground.mean() / 12
    assert energy == pytest.approx(20**2, rel=0.35)


def test_speckle_is_found_where_it_is(real: np.ndarray) -> None:
    grainy, face = noisy(real, 20), silhouettes(real)[..., None]
    within, around = speckle(np.where(face, grainy, real), real), speckle(np.where(face, real, grainy), real)
    assert within.inside.mean() > 5
    assert within.ground.mean() < 1.5
    assert around.ground.mean() > 50
    assert around.inside.mean() < within.inside.mean() / 4  # windows at the border see both


def test_a_checkerboard_is_speckle(real: np.ndarray) -> None:
    board = np.indices((64, 64)).sum(0) % 2 * 12
    boarded = np.clip(real.astype(int) - board[..., None], 0, 255).astype(np.uint8)
    assert speckle(boarded, real).inside.mean() > 3


def test_edges_soften_with_blur_alone(real: np.ndarray) -> None:
    sharp = edge_quality(real).mean()
    soft = [edge_quality(blurred(real, sigma)).mean() for sigma in (0.5, 1.0, 2.0)]
    assert sharp > 0.9
    assert sharp > soft[0] > soft[1] > soft[2] > 0
    assert soft[1] == pytest.approx(0.67, abs=0.05)  # what an error function crosses in two sigmas
    assert edge_quality(real // 2).mean() == pytest.approx(sharp, abs=0.06)  # contrast is another thing
    assert edge_quality(noisy(real, 10)).mean() == pytest.approx(sharp, abs=0.06)
    assert edge_quality(np.full((1, 64, 64, 3), 90, np.uint8)) == [0.0]


def test_flat_drawings_are_not_shaded_and_smears_are(real: np.ndarray) -> None:
    assert shading(real).mean() < 0.1
    assert shading(blurred(real, 2.0)).mean() > 0.3
    # Two faces of other colours, one of which turns into the other from left to right.
    mixture = np.linspace(0, 1, 64)[:, None]
    other = real[..., [2, 0, 1]]
    assert shading((real * (1 - mixture) + other * mixture).astype(np.uint8)).mean() > shading(real).mean()
    slope = np.zeros((3, 64, 64, 3), np.uint8)
    slope[0, 12:52, 12:52] = 100 + np.linspace(0, 150, 40)[:, None].astype(np.uint8)  # 4 levels a pixel
    slope[1, 12:52, 12:52] = np.linspace(70, 255, 10).repeat(4)[:, None]  # steps of 20 levels
    slope[2, 12:52, 12:52] = 70 + 180 * (np.arange(40) // 20)[:, None]  # one edge
    found = shading(slope)
    assert found[0] < 0.01  # slower than that is flat to the eye of 3×3 pixels
    assert found[1] > 0.4
    assert found[2] == 0
    assert shading(np.zeros((1, 64, 64, 3), np.uint8))[0] == 0


def test_a_value_is_its_picture_s_alone(real: np.ndarray) -> None:
    many = noisy(np.tile(real, (6, 1, 1, 1)), 20)  # more than are taken at a time
    assert len(many) == 72
    last = many[-1:]
    for measure in (
        edge_quality,
        shading,
        lambda images: speckle(images, real).inside,
        lambda images: speckle(images, real).ground,
    ):
        assert measure(many)[-1] == pytest.approx(measure(last)[0], rel=1e-12)


def test_what_is_no_picture_is_refused(real: np.ndarray) -> None:
    for measure in (edge_quality, shading):
        with pytest.raises(UserError, match="uint8"):
            measure(real.astype(np.float32))
    with pytest.raises(UserError, match="one size"):
        speckle(real, faces(2, size=32))
    with pytest.raises(UserError, match=r"speckle \(real\) needs at least 1"):
        speckle(real, real[:0])
    with pytest.raises(UserError, match="16 pixels"):
        edge_quality(real[:, :8, :8])
    assert edge_quality(real[:0]).shape == shading(real[:0]).shape == (0,)
    assert speckle(real[:0], real).inside.shape == (0,)


def _stripes(levels: int) -> np.ndarray:
    """A square of columns that differ by so many levels from one to the next, as do all its 3×3 pixels."""
    image = np.zeros((1, 32, 32, 3), np.uint8)
    image[:, 4:28, 4:28] = 120
    image[:, 4:28, 5:28:2, 1] += np.uint8(levels)
    return image


def test_shading_is_between_flat_and_sharp() -> None:
    assert [shading(_stripes(levels))[0] for levels in (16, 17, 95, 96)] == [0.0, 1.0, 1.0, 0.0]


def test_edges_have_64_levels() -> None:
    def step(levels: int) -> np.ndarray:
        image = np.full((1, 32, 32, 3), 50, np.uint8)
        image[:, :, 16:, 2] += np.uint8(levels)
        return image

    assert [edge_quality(step(levels))[0] for levels in (63, 64)] == [0.0, 1.0]
    assert edge_quality(step(100).swapaxes(1, 2))[0] == 1.0


def test_edge_quality_by_loops_agrees() -> None:
    image = blurred(np.random.default_rng(0).integers(0, 256, (1, 20, 20, 3)).astype(np.uint8), 1.0)[0]
    image = np.clip((image.astype(int) - 128) * 4 + 128, 0, 255).astype(int)

    def at(y: int, x: int) -> np.ndarray:
        return image[min(max(y, 0), 19), min(max(x, 0), 19)]

    places = [(y, x) for y in range(20) for x in range(20)]
    step = {
        (y, x): max(abs(at(y + 1, x) - at(y - 1, x)).max(), abs(at(y, x + 1) - at(y, x - 1)).max())
        for y, x in places
    }
    steps = contrasts = 0
    for y, x in places:
        near = np.stack([at(y + i, x + j) for i in range(-3, 4) for j in range(-3, 4)])
        contrast = np.ptp(near, axis=0).max()
        around = [step[p] for p in places if abs(p[0] - y) <= 2 and abs(p[1] - x) <= 2]
        if contrast >= 64 and step[y, x] == max(around):
            steps, contrasts = steps + step[y, x], contrasts + contrast
    assert edge_quality(image[None].astype(np.uint8))[0] == pytest.approx(steps / contrasts)
    assert 0.3 < steps / contrasts < 0.95


def _energy(image: np.ndarray, region: np.ndarray) -> float:
    """Of one picture ``uint8[S, S, 3]``, by loops over the definition."""
    padded = np.pad(image.astype(float), ((1, 1), (1, 1), (0, 0)), mode="edge")
    mask = np.outer([1, -2, 1], [1, -2, 1]) / 6
    S = len(image)
    residual = sum(mask[i, j] * padded[i : i + S, j : j + S] for i in range(3) for j in range(3))
    level = np.pad(np.sqrt((residual**2).mean(-1)), 3, mode="edge")
    region = region if region[::2, ::2].any() else np.ones((S, S), bool)
    found = [
        np.median(level[y : y + 7, x : x + 7]) ** 2
        for y in range(0, S, 2)
        for x in range(0, S, 2)
        if region[y, x]
    ]
    return float(np.mean(found))


def test_speckle_by_loops_agrees() -> None:
    images = noisy(faces(2, size=32), 20)
    images[1, :4, :4] = 255  # another shape, which is no ground either
    reference = noisy(faces(3, size=32, seed=1), 5)
    flat = noisy(np.full((1, 32, 32, 3), 128, np.uint8), 8)  # no shape, so all of it counts for both
    found = speckle(np.concatenate([images, flat]), reference)

    def energies(pictures: np.ndarray) -> np.ndarray:
        pairs = []
        for picture, inside, shape in zip(pictures, silhouettes(pictures), shapes(pictures), strict=True):
            taken = np.pad(inside | shape, 2)
            near = np.any([taken[i : i + 32, j : j + 32] for i in range(5) for j in range(5)], axis=0)
            pairs.append([_energy(picture, inside), _energy(picture, ~near)])
        return np.transpose(pairs)

    usual = energies(reference).mean(1, keepdims=True)
    expected = (energies(np.concatenate([images, flat])) + 1 / 12) / (usual + 1 / 12)
    np.testing.assert_allclose([found.inside, found.ground], expected)

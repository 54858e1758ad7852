"""Morphs go along the sphere and change evenly."""

import numpy as np
import pytest
from support.generators import LABELS, write_generator

from emojax.emoji import generate, morph
from emojax.emoji.morph import LatentPoints


@pytest.fixture(scope="module", params=["plain", "labelled"])
def generator(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> generate.EmojiGenerator:
    labels = LABELS if request.param == "labelled" else None
    return generate.load(write_generator(tmp_path_factory.mktemp("weights") / "g.safetensors", labels=labels))


def points(generator: generate.EmojiGenerator, count: int) -> LatentPoints:
    classes = None if generator.labels is None else generator.one_hot(range(count))
    return LatentPoints(generator.latents(1, range(count)), classes)


def steps(pictures: np.ndarray) -> np.ndarray:
    """Distances from one picture to the next."""
    return np.sqrt((np.diff(pictures.astype(float), axis=0) ** 2).mean((1, 2, 3)))


def test_slerp_walks_the_sphere_at_constant_speed() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 100)).astype(np.float32)
    b *= np.linalg.norm(a) / np.linalg.norm(b)
    path = morph.slerp(a, b, np.linspace(0, 1, 50))
    np.testing.assert_array_equal(path[0], a)
    np.testing.assert_array_equal(path[-1], b)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), np.linalg.norm(a), rtol=1e-5)
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    np.testing.assert_allclose(steps, steps.mean(), rtol=1e-3)


def test_slerp_survives_parallel_and_unequal_latents() -> None:
    a = np.array([1.0, 0.0], np.float32)
    assert np.isfinite(morph.slerp(a, a, np.linspace(0, 1, 5))).all()
    assert np.isfinite(morph.slerp(a, -a, np.linspace(0, 1, 5))).all()
    longer = morph.slerp(a, np.array([0.0, 3.0], np.float32), np.array([0.5]))
    np.testing.assert_allclose(np.linalg.norm(longer), 2.0, rtol=1e-5)


@pytest.mark.parametrize("count", [8, 24])
def test_morphs_change_evenly(generator, count: int) -> None:  # type: ignore[no-untyped-def]
    ends = points(generator, 2)
    frames = morph.line(generator, ends, count)
    assert frames.shape == (count, 16, 16, 3)
    np.testing.assert_array_equal(frames[[0, -1]], generator.draw(ends.latents, ends.classes))
    found = steps(frames)
    assert found.max() < 2 * np.median(found)
    assert found.min() > 0.5 * np.median(found)


def _jump(t: np.ndarray) -> np.ndarray:
    """A disc that stays, grows within a hundredth of the time, and stays."""
    radius = 2 + 20 / (1 + np.exp(-800 * (t - 0.3)))
    y, x = np.mgrid[:48, :48] - 23.5
    edge = radius[:, None, None] - np.hypot(y, x)
    return np.rint(255 * np.clip(edge + 0.5, 0, 1)).astype(np.uint8)


def test_a_path_that_jumps_is_walked_at_constant_speed() -> None:
    plain = steps(_jump(np.linspace(0, 1, 30))[..., None])
    assert plain.max() > 30 * np.median(plain)
    asked = []

    def draw(t: np.ndarray) -> np.ndarray:
        asked.append(len(t))
        return _jump(t)

    times = morph.equidistant_times(draw, 30)
    assert times[[0, -1]].tolist() == [0, 1]
    assert (np.diff(times) > 0).all()
    found = steps(_jump(times)[..., None])
    assert found.max() < 3 * np.median(found)
    assert sum(asked) < 20 * 30


def test_a_path_that_stands_still_has_times_too() -> None:
    times = morph.equidistant_times(lambda t: np.zeros((len(t), 4, 4, 3), np.uint8), 5)
    np.testing.assert_allclose(times, np.linspace(0, 1, 5))


def test_a_grid_has_its_points_in_the_corners(generator) -> None:  # type: ignore[no-untyped-def]
    corners = points(generator, 4)
    sheet = morph.grid(generator, corners, 5).reshape(5, 5, 16, 16, 3)
    drawn = generator.draw(corners.latents, corners.classes)
    np.testing.assert_array_equal(sheet[[0, 0, -1, -1], [0, -1, 0, -1]], drawn)
    for edge in (sheet[0], sheet[-1], sheet[:, 0], sheet[:, -1]):
        found = steps(edge)
        assert found.max() < 3 * np.median(found)
    assert len({picture.tobytes() for picture in sheet.reshape(25, -1)}) == 25


def test_classes_are_mixed_linearly() -> None:
    ends = LatentPoints(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32))
    middle = ends.interpolate(0, 1, np.array([0.0, 0.25, 1.0]))
    assert middle.classes is not None
    np.testing.assert_array_equal(middle.classes, [[1, 0], [0.75, 0.25], [0, 1]])
    assert middle.classes.dtype == np.float32

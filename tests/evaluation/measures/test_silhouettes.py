"""Silhouettes are the largest shape, and outlines are complete where a circle is."""

import numpy as np
import pytest
from evaluation.support.flat_faces import blurred, faces, noisy

from emojax.core.errors import UserError
from emojax.evaluation.measures.silhouettes import (
    circles,
    outermost,
    outline_completeness,
    shapes,
    silhouettes,
)


@pytest.fixture(scope="module")
def real() -> np.ndarray:
    return faces()


def _disc(radius: float, size: int = 64, center: tuple[float, float] | None = None) -> np.ndarray:
    """``uint8[1, size, size, 3]``, white on black."""
    y, x = np.indices((size, size))
    y0, x0 = center or ((size - 1) / 2, (size - 1) / 2)
    inside = np.hypot(y - y0, x - x0) <= radius
    return np.repeat(255 * inside[None, ..., None], 3, -1).astype(np.uint8)


def _blocks(*boxes: tuple[int, int, int, int], level: int = 255, ground: int = 0) -> np.ndarray:
    """``uint8[1, 32, 32, 3]`` with rectangles from (top, left) to below (bottom, right)."""
    image = np.full((1, 32, 32, 3), ground, np.uint8)
    for top, left, bottom, right in boxes:
        image[:, top:bottom, left:right, 1] = level
    return image


def test_a_silhouette_is_the_largest_shape_with_its_holes() -> None:
    ring = _blocks((4, 4, 14, 14), (20, 20, 30, 28))
    ring[:, 7:11, 7:11] = 0
    found = silhouettes(ring)
    expected = np.zeros((32, 32), bool)
    expected[4:14, 4:14] = True
    np.testing.assert_array_equal(found[0], expected)
    assert not shapes(ring)[0, 8, 8]
    assert shapes(ring)[0, 25, 25]
    # What touches at a corner is another shape.
    corner = silhouettes(_blocks((4, 4, 14, 14), (14, 14, 20, 20)))
    assert corner[0].sum() == 100
    assert not silhouettes(_blocks()).any()


def test_a_shape_differs_by_more_than_64_levels_from_the_median_of_the_border() -> None:
    for ground in (0, 100, 200):
        for sign in (1, -1):
            if 0 <= ground + sign * 65 <= 255:
                box = (8, 8, 20, 20)
                assert not silhouettes(_blocks(box, level=ground + sign * 64, ground=ground)).any()
                assert silhouettes(_blocks(box, level=ground + sign * 65, ground=ground)).sum() == 144
    # The border of 124 pixels is of the colour that most of it has; corners count once.
    for side in range(4):
        covered = np.rot90(_blocks((0, 0, 20, 32)), side, (1, 2))  # 70 of the border's pixels are a shape
        assert silhouettes(covered)[0].sum() == 12 * 32, "so the rest of the picture is"
        open_border = np.rot90(_blocks((0, 0, 14, 32)), side, (1, 2))  # 58
        assert silhouettes(open_border)[0].sum() == 14 * 32


def test_what_is_one_pixel_thin_is_no_shape() -> None:
    assert not shapes(_blocks((8, 4, 9, 28), (12, 4, 28, 5))).any()
    assert shapes(_blocks((8, 4, 10, 28))).sum() == 48
    tail = shapes(_blocks((8, 8, 16, 16), (10, 16, 11, 28)))
    assert tail.sum() == 64


def test_discs_are_closed(real: np.ndarray) -> None:
    assert outline_completeness(real).min() > 0.97
    assert outline_completeness(faces(2, size=128)).min() > 0.97
    assert outline_completeness(255 - real).min() > 0.97  # on a white ground
    assert outline_completeness(blurred(real, 1.5)).min() > 0.97


@pytest.mark.parametrize(("share", "left"), [(4, 0.75), (2, 0.5)])
def test_what_is_cut_away_is_missed(real: np.ndarray, share: int, left: float) -> None:
    cut = real.copy()
    cut[:, :32, : 32 if share == 4 else 64] = 0
    assert outline_completeness(cut) == pytest.approx(left, abs=0.08)


def test_gaps_and_frames_open_an_outline(real: np.ndarray) -> None:
    y, x = np.indices((64, 64)) - 31.5
    angle, gapped = np.arctan2(y, x) % (np.pi / 2), real.copy()
    gapped[:, (angle < np.pi / 8) & (np.hypot(x, y) > 15)] = 0  # a quarter of the way round
    assert outline_completeness(gapped) == pytest.approx(0.75, abs=0.08)
    beyond = np.zeros_like(real)
    beyond[:, :, :50] = real[:, :, 14:]  # some 2 pixels out of the picture
    assert outline_completeness(beyond).max() < 0.9


def test_blobs_and_nothing_have_no_closed_circle() -> None:
    rng = np.random.default_rng(0)
    field = blurred(rng.integers(0, 256, (8, 64, 64, 3)).astype(np.uint8), 4).astype(float)
    blobs = np.zeros((8, 64, 64, 3), np.uint8)
    blobs[:, 8:56, 8:56] = np.where(field.mean(-1, keepdims=True) > 127, 255, 0)[:, 8:56, 8:56]
    assert outline_completeness(blobs).mean() < 0.6
    nothing = np.zeros((2, 64, 64, 3), np.uint8)
    nothing[1, 30:33, 30:33] = 255
    np.testing.assert_array_equal(outline_completeness(nothing), 0)


def test_a_silhouette_needs_a_twentieth_of_the_picture() -> None:
    less, more = _disc(16.0, size=128), _disc(16.3, size=128)
    assert 0.048 < (less > 0).mean() < 0.05 < (more > 0).mean() < 0.052
    assert outline_completeness(less) == [0.0]
    assert outline_completeness(more)[0] > 0.9


@pytest.mark.parametrize(("depth", "low", "high"), [(0.03, 0.97, 1.0), (0.08, 0.4, 0.75)])
def test_dents_count_from_a_twentieth_of_the_radius(depth: float, low: float, high: float) -> None:
    """Dents in three places take half of the way round."""
    y, x = np.indices((160, 160)) - 79.5
    dented = np.sin(3 * np.arctan2(y, x)) > 0
    inside = np.hypot(y, x) <= 60 * np.where(dented, 1 - depth, 1.0)
    image = np.repeat(255 * inside[None, ..., None], 3, -1).astype(np.uint8)
    assert low <= outline_completeness(image)[0] <= high


def test_turning_and_moving_a_picture_change_nothing() -> None:
    cut = _disc(20, center=(30, 33))
    cut[:, :20] = 0
    whole = outline_completeness(cut)[0]
    assert 0.6 < whole < 0.9
    for turned in (
        np.rot90(cut, 1, (1, 2)),
        np.rot90(cut, 2, (1, 2)),
        cut[:, :, ::-1],
        np.roll(cut, (5, -4), (1, 2)),
    ):
        assert outline_completeness(turned)[0] == pytest.approx(whole, abs=0.03)
    assert whole * 72 == pytest.approx(round(whole * 72))


@pytest.mark.parametrize("side", range(4))
def test_what_the_border_cuts_off_is_open(side: int) -> None:
    def turned(column: float) -> float:
        return outline_completeness(np.rot90(_disc(20, center=(31.5, column)), side, (1, 2)))[0]

    assert turned(41) > 0.97  # three pixels are free beside it
    assert turned(43.5) == pytest.approx(1 - 2 * np.arccos(18 / 20) / (2 * np.pi), abs=0.03)
    assert turned(50) == pytest.approx(1 - 2 * np.arccos(13 / 20) / (2 * np.pi), abs=0.05)


def test_an_arc_is_enough_to_find_its_circle() -> None:
    """A third of a disc's border, the rest of the shape being a straight chord."""
    sector = _disc(30, center=(45, 31.5))
    sector[:, 30:] = 0  # half of the radius from the centre: an arc of 120°
    assert outline_completeness(sector)[0] == pytest.approx(1 / 3, abs=0.06)


def test_circles_run_through_their_points() -> None:
    rng = np.random.default_rng(0)
    centers, radii, angles = rng.normal(size=(50, 2)), rng.uniform(0.5, 2, 50), rng.uniform(0, 7, (3, 50))
    points = centers + radii[:, None] * np.stack([np.sin(angles), np.cos(angles)], -1)
    found = circles(*points)
    np.testing.assert_allclose(found[0], centers, atol=1e-6)
    np.testing.assert_allclose(found[1], radii, atol=1e-6)
    line = np.array([[0.5, 1.0], [1.5, 3.0], [2.5, 5.0]])[:, None]
    assert np.isnan(circles(*line)[1]).all()


def test_outermost_points_are_the_last_ones_along_rays() -> None:
    shape = np.zeros((64, 64), bool)
    shape[20:41, 16:47] = True  # 10 rows and 15 columns to either side of (30, 31)
    shape[29:32, 29:34] = False  # a hole in the middle, which is passed
    points = outermost(shape, np.array([30.0, 31.0]))
    assert points.shape == (72, 2)
    np.testing.assert_allclose(points[::18], [[30, 46.5], [40.5, 31], [30, 15.5], [19.5, 31]])
    np.testing.assert_allclose(points[9], [40.25, 41.25], atol=0.36)  # 45°
    assert points[9, 0] - 30 == pytest.approx(points[9, 1] - 31)
    none = outermost(np.zeros((64, 64), bool), np.array([30.0, 31.0]))
    np.testing.assert_array_equal(none, np.tile([30.0, 31.0], (72, 1)))


def test_straight_sides_are_no_circles() -> None:
    bar = np.zeros((1, 64, 64, 3), np.uint8)
    bar[:, 28:36, 2:62] = 255
    assert outline_completeness(bar)[0] < 0.4


def test_what_is_no_picture_is_refused(real: np.ndarray) -> None:
    for measure in (outline_completeness, silhouettes, shapes):
        with pytest.raises(UserError, match="uint8"):
            measure(real.astype(np.float32))
        with pytest.raises(UserError, match="16 pixels"):
            measure(real[:, :15])
        assert len(measure(real[:, :16, :16])) == 12
        assert len(measure(real[:0])) == 0
    many = noisy(np.tile(real, (2, 1, 1, 1)), 20)
    assert outline_completeness(many)[-1] == outline_completeness(many[-1:])[0]

"""Each fault lowers or raises its own measure, and clean drawings have none."""

import numpy as np
import pytest
from evaluation.support.flat_faces import blurred, faces, noisy

from emojax.core.errors import UserError
from emojax.evaluation.measures.texture import (
    edge_quality,
    outline_completeness,
    shading,
    silhouettes,
    speckle,
)


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
        outline_completeness,
        edge_quality,
        shading,
        lambda images: speckle(images, real).inside,
        lambda images: speckle(images, real).ground,
    ):
        assert measure(many)[-1] == pytest.approx(measure(last)[0], rel=1e-12)


def test_what_is_no_picture_is_refused(real: np.ndarray) -> None:
    for measure in (outline_completeness, edge_quality, shading, silhouettes):
        with pytest.raises(UserError, match="uint8"):
            measure(real.astype(np.float32))
    with pytest.raises(UserError, match="one size"):
        speckle(real, faces(2, size=32))
    with pytest.raises(UserError, match=r"speckle \(real\) needs at least 1"):
        speckle(real, real[:0])
    with pytest.raises(UserError, match="16 pixels"):
        edge_quality(real[:, :8, :8])
    assert edge_quality(real[:0]).shape == outline_completeness(real[:0]).shape == (0,)

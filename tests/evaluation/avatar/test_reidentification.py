"""Overlap and rank 1 follow their definitions: perfect, random and undecided avatars."""

import numpy as np
import pytest

from emojax.data.faces.labels import UNKNOWN
from emojax.evaluation.avatar import overlap
from emojax.evaluation.measures.segmentation import AVATAR_CLASSES


def test_overlap_is_the_mean_iou_of_the_classes_that_either_has() -> None:
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, 19, (2, 30, 30)).astype(np.uint8).repeat(3, 1).repeat(3, 2)
    seen = rng.choice([0, 1, 2, 17, UNKNOWN], (3, 30, 30)).astype(np.uint8).repeat(3, 1).repeat(3, 2)
    found = overlap.overlaps(drawn, seen)
    assert found.shape == (2, 3)
    for i, avatar in enumerate(drawn):
        for j, face in enumerate(seen):
            known = face != UNKNOWN
            ious = [
                ((avatar == k) & (face == k)).sum() / (((avatar == k) & known) | (face == k)).sum()
                for k in AVATAR_CLASSES
            ]
            assert found[i, j] == pytest.approx(np.mean(ious))
    np.testing.assert_allclose(np.diag(overlap.overlaps(drawn, drawn)), 1)


def test_classes_that_neither_has_do_not_count_and_missed_ones_do() -> None:
    avatar, face = np.zeros((2, 1, 30, 30), np.uint8)
    assert overlap.overlaps(avatar, face) == 0  # nothing of any class
    avatar[:, :15] = face[:, :15] = 1
    assert overlap.overlaps(avatar, face) == 1
    face[:, 15:] = 17  # hair that the avatar lacks
    assert overlap.overlaps(avatar, face) == 0.5
    speck = np.full((1, 3, 3), 10, np.uint8)  # of a nose, one pixel of which is compared
    assert overlap.overlaps(speck, speck) == 1
    both = np.zeros((1, 6, 6), np.uint8)  # four pixels of which are compared
    both[:, :3, :3] = 10
    lips = both.copy()
    lips[:, 3:, 3:] = 12
    assert overlap.overlaps(lips, both) == 0.5


def test_every_third_pixel_is_compared_from_the_middle_of_the_first_three() -> None:
    avatar, face = np.ones((2, 1, 9, 9), np.uint8)
    face[:, 1::3, 1::3] = 17
    assert overlap.overlaps(avatar, face) == 0
    face = np.full((1, 9, 9), 17, np.uint8)
    face[:, 1::3, 1::3] = 1
    assert overlap.overlaps(avatar, face) == 1


def test_rank_one_of_the_perfect_the_random_and_the_undecided() -> None:
    rng = np.random.default_rng(0)
    near = rng.uniform(size=(60, 60))
    perfect = overlap.rank_one(near + 2 * np.eye(60))
    assert (perfect.share, perfect.error, perfect.faces) == (1, 0, 60)
    assert overlap.rank_one(np.ones((60, 60))).share == 0
    chance = overlap.rank_one(rng.uniform(size=(1000, 1000)))
    assert overlap.AMONG == 20
    assert chance.share == pytest.approx(1 / 20, abs=4 * chance.error)
    assert 0 < chance.error < 0.01


def test_rank_one_is_the_mean_over_draws_of_nineteen_others() -> None:
    rng = np.random.default_rng(1)
    near = rng.uniform(size=(60, 60)) + 0.6 * np.eye(60)
    draws = [
        near[i, i] > near[i, rng.choice(np.delete(np.arange(60), i), 19, replace=False)].max()
        for i in range(60)
        for _ in range(300)
    ]
    assert overlap.rank_one(near).share == pytest.approx(np.mean(draws), abs=0.012)
    # Among 20 faces there is one draw: all others.
    few = near[:20, :20]
    hits = np.diag(few) >= few.max(1)
    found = overlap.rank_one(few)
    assert found.share == pytest.approx(hits.mean())
    assert found.error == pytest.approx(hits.std(ddof=1) / 20**0.5)
    with pytest.raises(ValueError, match="19 faces, but 20"):
        overlap.rank_one(np.eye(19))

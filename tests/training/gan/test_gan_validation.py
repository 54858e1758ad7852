"""Scores during training tell copies and noise from new emoji."""

import numpy as np
import pytest
from evaluation.support import drawn_emoji

from emojax.evaluation.gan import controls
from emojax.training.gan.validation import Progress


def test_progress_tells_copies_and_noise_from_new_emoji(shared_cache: None) -> None:
    known, new = drawn_emoji.pictures(range(48)), drawn_emoji.pictures(range(150, 182))
    progress = Progress.load(known)
    noise = controls.noisy(controls.noisy(new, np.random.default_rng(0)), np.random.default_rng(1))
    scores = {
        "new": progress.scores(new),
        "copied": progress.scores(known[:32]),
        "noisy": progress.scores(noise),
    }
    assert scores["new"] == progress.scores(new)
    assert scores["new"]["kid"] < scores["noisy"]["kid"]
    assert abs(scores["new"]["kid_random_cnn"]) < scores["noisy"]["kid_random_cnn"]
    assert scores["copied"]["copying_ratio"] == 0.0 < 0.5 < scores["new"]["copying_ratio"]
    assert scores["copied"]["near_copies"] == 1.0
    assert scores["copied"]["ssim"] == pytest.approx(1.0)
    assert 0.99 > scores["new"]["ssim"] > scores["noisy"]["ssim"]

"""SSIM equals dm-pix's and scikit-image's, of the nearest of all training pictures."""

import dm_pix
import jax.numpy as jnp
import numpy as np
import pytest
from evaluation.support.flat_faces import blurred, faces, noisy
from skimage.metrics import structural_similarity

from emojax.core.errors import UserError
from emojax.evaluation.measures.similarity import nearest_ssim


def _reference(a: np.ndarray, b: np.ndarray) -> float:
    return float(
        structural_similarity(
            a / 255.0,
            b / 255.0,
            data_range=1.0,
            channel_axis=-1,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )


def _dm_pix(a: np.ndarray, b: np.ndarray) -> float:
    one, other = (jnp.asarray(x, jnp.float32) / 255 for x in (a, b))
    return float(dm_pix.ssim(one, other))


def test_it_is_the_same_number_as_theirs() -> None:
    train = faces(3, size=32)
    mixed = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3)).astype(np.uint8)
    samples = np.concatenate([noisy(faces(2, size=32, seed=1), 20), blurred(faces(1, size=32), 1), mixed])
    found = nearest_ssim(train, samples)
    for value, sample in zip(found, samples, strict=True):
        assert value == pytest.approx(max(_dm_pix(picture, sample) for picture in train), abs=1e-5)
        assert value == pytest.approx(max(_reference(picture, sample) for picture in train), abs=1e-5)


def test_a_copy_has_one_and_damage_costs() -> None:
    train = faces(4, size=32)
    np.testing.assert_allclose(nearest_ssim(train, train), 1, atol=1e-6)
    damaged = [nearest_ssim(train, images).mean() for images in (noisy(train, 10), noisy(train, 60))]
    assert 1 > damaged[0] > damaged[1]


def test_a_value_is_its_picture_s_alone() -> None:
    train, samples = faces(3, size=32), noisy(faces(11, size=32, seed=1), 20)
    found = nearest_ssim(train, samples)
    np.testing.assert_array_equal(nearest_ssim(train, samples[::-1]), found[::-1])
    np.testing.assert_array_equal(nearest_ssim(train[::-1], samples[9:]), found[9:])
    assert nearest_ssim(train, samples[:0]).shape == (0,)


def test_what_cannot_be_compared_is_refused() -> None:
    train = faces(2, size=32)
    with pytest.raises(UserError, match="one size"):
        nearest_ssim(train, faces(1, size=16))
    with pytest.raises(UserError, match="at least 11 pixels"):
        nearest_ssim(train[:, :8, :8], train[:, :8, :8])
    with pytest.raises(UserError, match="uint8"):
        nearest_ssim(train, train / 255)
    with pytest.raises(UserError, match=r"SSIM \(training\)"):
        nearest_ssim(train[:0], train)

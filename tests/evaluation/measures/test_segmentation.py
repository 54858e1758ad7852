"""Scores follow their definitions, and a mirrored or larger photo is scored as it should be."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from models.test_bisenet import random_variables

from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES
from emojax.evaluation.measures import segmentation
from emojax.models import bisenet

K = len(CLASSES)


@functools.cache
def _net() -> tuple[bisenet.BiSeNet, Any]:
    model = bisenet.create("light", width=8)
    return model, random_variables(model)


def test_f1_and_iou_are_those_of_the_definition() -> None:
    generator = np.random.default_rng(0)
    truth, predicted = generator.integers(0, K, (2, 3, 40, 40))
    found = segmentation.scores(segmentation.confusion(truth, predicted))
    for k in range(K):
        both, either = ((truth == k) & (predicted == k)).sum(), ((truth == k) | (predicted == k)).sum()
        assert found.iou[k] == pytest.approx(both / either)
        assert found.f1[k] == pytest.approx(2 * both / ((truth == k).sum() + (predicted == k).sum()))
    assert found.mean_f1 == pytest.approx(found.f1[1:].mean())
    assert found.mean_iou == pytest.approx(found.iou[1:].mean())
    assert found.avatar_f1 == pytest.approx(np.delete(found.f1, [0, 7, 8, 9, 14, 15, 16]).mean())


def test_unknown_pixels_and_absent_classes_do_not_count() -> None:
    truth = np.asarray([[1, 1, 255, 255], [2, 2, 2, 0]])
    predicted = np.asarray([[1, 1, 7, 8], [2, 2, 1, 0]])
    found = segmentation.scores(segmentation.confusion(truth, predicted))
    assert found.f1[[1, 2]] == pytest.approx([0.8, 0.8])
    assert np.isnan(found.f1[[7, 8]]).all()
    assert found.mean_f1 == pytest.approx(0.8)
    assert found.mean_iou == pytest.approx(2 / 3)
    counts = segmentation.confusion(np.asarray([3, 3, 0, 18, 19, -1]), np.asarray([5, 5, 2, 18, 4, 4]))
    assert counts.shape == (K, K)
    assert dict(zip(*np.nonzero(counts), strict=True)) == {3: 5, 0: 2, 18: 18}
    assert (counts[3, 5], counts.sum()) == (2, 4)


def test_a_set_is_scored_whole_whatever_the_batches() -> None:
    generator = np.random.default_rng(1)
    images = generator.integers(0, 256, (5, 8, 8, 3)).astype(np.uint8)
    masks = generator.integers(0, K, (5, 8, 8)).astype(np.uint8)
    predict = lambda photos: photos[..., 0] % K  # noqa: E731
    whole = segmentation.evaluate(predict, images, masks, batch_size=5)
    for size in (1, 2, 4, 8):
        np.testing.assert_array_equal(
            segmentation.evaluate(predict, images, masks, batch_size=size).f1, whole.f1
        )
    direct = segmentation.scores(segmentation.confusion(masks, predict(images)))
    np.testing.assert_allclose(whole.f1, direct.f1)


def test_averaging_with_the_mirrored_photo_makes_left_of_right() -> None:
    """With it the scores of a mirrored photo are exactly the mirrored, side-swapped scores."""
    model, variables = _net()
    images = jax.random.uniform(jax.random.key(1), (1, 64, 64, 3), minval=-1)
    compiled = jax.jit(segmentation.class_scores, static_argnames=("model", "size", "mirror"))
    score = functools.partial(compiled, model, variables, size=64)
    swapped = np.asarray([0, 1, 3, 2, 5, 4, 6, 8, 7, *range(9, K)])
    straight = score(images, mirror=True)
    mirrored = score(images[:, :, ::-1], mirror=True)[:, :, ::-1][..., swapped]
    np.testing.assert_allclose(straight, mirrored, atol=1e-4)
    alone = score(images, mirror=False)
    other = score(images[:, :, ::-1], mirror=False)[:, :, ::-1][..., swapped]
    np.testing.assert_allclose(straight, (alone + other) / 2, atol=1e-4)
    assert jnp.abs(alone - other).max() > 1e-2


def test_large_photos_get_labels_at_their_own_size() -> None:
    model, variables = _net()
    small = np.asarray(jax.random.randint(jax.random.key(2), (2, 64, 64, 3), 0, 256), np.uint8)
    labels = segmentation.labeller(model, size=64)
    large = labels(variables, small.repeat(2, axis=1).repeat(2, axis=2))
    assert large.shape == (2, 128, 128)
    assert large.dtype == np.uint8
    # A pixel becomes four, of which those beside another class may get its label.
    found = labels(variables, small)
    assert np.mean(large[:, ::2, ::2] == found) > 0.8
    floats = jnp.asarray(small, jnp.float32) / 127.5 - 1
    scores = jax.jit(functools.partial(segmentation.class_scores, model, size=64, mirror=False))
    assert np.mean(found == np.asarray(scores(variables, floats)).argmax(-1)) > 0.999


def test_patterns_choose_names() -> None:
    assert segmentation.held_out(["0a", "1b", "2c", "a0"], "^[01]").tolist() == [True, True, False, False]
    with pytest.raises(UserError, match="no regular expression"):
        segmentation.held_out(["0a"], "[")

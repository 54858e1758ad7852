"""Scores follow their definitions, and a mirrored or larger photo is scored as it should be."""

import functools
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from emojax import weights
from emojax.data.face_parsing_source import CLASSES, MIRRORED
from emojax.errors import UserError
from emojax.evaluation import segmentation
from emojax.models import bisenet

K = len(CLASSES)


@functools.cache
def _net() -> tuple[bisenet.BiSeNet, dict[str, object]]:
    model = bisenet.create("light", width=8)
    return model, jax.jit(lambda k: model.init(k, jnp.zeros((1, 64, 64, 3)), train=True))(jax.random.key(0))


def test_f1_and_iou_are_those_of_the_definition() -> None:
    generator = np.random.default_rng(0)
    truth, predicted = generator.integers(0, K, (2, 3, 40, 40))
    found = segmentation.scores(
        np.asarray(segmentation.confusion(jnp.asarray(truth), jnp.asarray(predicted)))
    )
    for k in range(K):
        both, either = ((truth == k) & (predicted == k)).sum(), ((truth == k) | (predicted == k)).sum()
        assert found.iou[k] == pytest.approx(both / either)
        assert found.f1[k] == pytest.approx(2 * both / ((truth == k).sum() + (predicted == k).sum()))
    assert found.mean_f1 == pytest.approx(found.f1[1:].mean())
    assert found.avatar_f1 == pytest.approx(np.delete(found.f1, [0, 7, 8, 9, 14, 15, 16]).mean())


def test_unknown_pixels_and_absent_classes_do_not_count() -> None:
    truth = np.asarray([[1, 1, 255, 255], [2, 2, 2, 0]])
    predicted = np.asarray([[1, 1, 7, 8], [2, 2, 1, 0]])
    found = segmentation.scores(
        np.asarray(segmentation.confusion(jnp.asarray(truth), jnp.asarray(predicted)))
    )
    assert found.f1[[1, 2]] == pytest.approx([0.8, 0.8])
    assert np.isnan(found.f1[[7, 8]]).all()
    assert found.mean_f1 == pytest.approx(0.8)


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
    direct = segmentation.scores(np.asarray(segmentation.confusion(masks, predict(images))))
    np.testing.assert_allclose(whole.f1, direct.f1)


def test_averaging_with_the_mirrored_photo_makes_left_of_right() -> None:
    """With it the scores of a mirrored photo are exactly the mirrored, side-swapped scores."""
    model, variables = _net()
    images = jax.random.uniform(jax.random.key(1), (1, 64, 64, 3), minval=-1)
    score = functools.partial(segmentation.class_scores, model, variables, size=64)
    swapped = np.arange(K)
    for a, b in MIRRORED:
        swapped[[a, b]] = b, a
    straight = score(images, mirror=True)
    mirrored = score(images[:, :, ::-1], mirror=True)[:, :, ::-1][..., swapped]
    np.testing.assert_allclose(straight, mirrored, atol=1e-4)
    alone = score(images, mirror=False)
    assert jnp.abs(alone - score(images[:, :, ::-1], mirror=False)[:, :, ::-1][..., swapped]).max() > 1e-2


def test_large_photos_get_labels_at_their_own_size() -> None:
    model, variables = _net()
    small = np.asarray(jax.random.randint(jax.random.key(2), (2, 64, 64, 3), 0, 256), np.uint8)
    labels = segmentation.labeller(model, size=64)
    large = labels(variables, small.repeat(2, axis=1).repeat(2, axis=2))
    assert large.shape == (2, 128, 128)
    assert large.dtype == np.uint8
    # Half of a pixel's four quarters lie nearer its neighbours, where it may lose.
    assert np.mean(large[:, ::2, ::2] == labels(variables, small)) > 0.8


def test_views_move_photo_and_labels_together() -> None:
    labels = np.zeros((1, 128, 128), np.uint8)
    labels[:, 30:70, 50:110] = 17
    photos = np.repeat(labels[..., None] * 15, 3, axis=-1)
    for name in segmentation.VIEWS:
        seen, truth = segmentation.view(name, photos, labels)
        assert np.mean((seen[..., 0] > 127) == (truth == 17)) > 0.98, name
    assert (segmentation.view("at half scale", photos, labels)[1] == 17).sum() == 40 * 60 // 4
    assert (segmentation.view("rotated by 45°", photos, labels)[1] != labels).mean() > 0.1


def test_colours_tell_labels_apart() -> None:
    colors = segmentation.colorize(np.asarray([*range(K), 255], np.uint8)).astype(int)
    apart = np.abs(colors[:, None] - colors[None]).sum(-1) + 999 * np.eye(K + 1)
    assert apart.min() > 20


def test_patterns_choose_names() -> None:
    assert segmentation.held_out(["0a", "1b", "2c", "a0"], "^[01]").tolist() == [True, True, False, False]
    with pytest.raises(UserError, match="no regular expression"):
        segmentation.held_out(["0a"], "[")


def test_the_program_prints_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = bisenet.create("light")
    variables = jax.jit(lambda k: model.init(k, jnp.zeros((1, 64, 64, 3)), train=True))(jax.random.key(0))
    file = tmp_path / "net.safetensors"
    metadata = {"variant": "light", "config": json.dumps({"data": {"size": 64}})}
    weights.save(file, variables, metadata=metadata, half=True)
    for kind in ("images", "masks"):
        (tmp_path / "faces" / kind).mkdir(parents=True)
    for name in ("0", "1"):
        Image.new("RGB", (64, 64), "gray").save(tmp_path / "faces" / "images" / f"{name}.jpg")
        Image.new("L", (64, 64), 17).save(tmp_path / "faces" / "masks" / f"{name}.png")
    segmentation.main([str(file), str(tmp_path / "faces"), "--validation", "0"])
    lines = capsys.readouterr().out.strip().splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:-2]] == list(CLASSES[1:])
    assert all(line.count("|") == lines[0].count("|") for line in lines)
    with pytest.raises(UserError, match="--validation"):
        segmentation.main([str(file), str(tmp_path / "faces"), "--validation", "x"])

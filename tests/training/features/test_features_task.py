"""Training of the feature net: its loss, views and batches, and a run from data to weights."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import optax
import pytest
from PIL import Image
from training.support.run import train

from configs import features as features_config
from emojax import weights
from emojax.avatar.datasets import drawn_avatars
from emojax.core import rng
from emojax.core.errors import UserError
from emojax.data.openmoji import emoji
from emojax.evaluation.measures import features
from emojax.training import export
from emojax.training.augment.views import Views, view
from emojax.training.features.task import ExemplarTask, exemplar_loss


def _config(**changes: Any) -> ml_collections.ConfigDict:
    config = features_config.get_config()
    config.update(steps=4, batch_size=8, run_length=4)
    config.data.update(size=16, avatars=2)
    config.model.update(widths=(8, 16), embedding=6)
    config.run.update(log_every=1, validate_every=2, checkpoint_every=2, sample_count=6, parallel="jit")
    config.update(changes)
    return config


def _task(**changes: Any) -> ExemplarTask:
    task = ExemplarTask(ml_collections.FrozenConfigDict(_config(**changes)))
    task.check()
    return task


@pytest.fixture(scope="module")
def dataset() -> dict[str, Any]:
    """Twenty drawings of coarse noise, the first three of which come up twice in an epoch."""
    coarse = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 3)).astype(np.uint8)
    drawings = coarse.repeat(4, 1).repeat(4, 2)
    order = np.asarray([*range(20), 0, 1, 2], np.int32)
    return jax.device_put({"drawings": drawings, "order": order, "smileys": drawings[:3]})


def _vectors(seed: int) -> jax.Array:
    vectors = jax.random.normal(jax.random.key(seed), (8, 2, 5))
    return vectors / jnp.linalg.norm(vectors, axis=-1, keepdims=True)


def test_the_loss_equals_its_definition() -> None:
    vectors, labels = _vectors(0), np.asarray([0, 1, 2, 3, 4, 5, 6, 2])
    x, total, right = np.asarray(vectors, np.float64), 0.0, 0
    for side in (0, 1):
        for i in range(8):
            others = [j for j in range(8) if j == i or labels[j] != labels[i]]
            scores = np.asarray([7.0 * x[i, side] @ x[j, 1 - side] for j in others])
            total += np.log(np.exp(scores).sum()) - scores[others.index(i)]
            right += others[scores.argmax()] == i
    loss, accuracy = exemplar_loss(vectors, jnp.asarray(labels), 7.0)
    np.testing.assert_allclose(loss, total / 16, rtol=1e-5)
    np.testing.assert_allclose(accuracy, right / 16, rtol=1e-6)


_FULL = Views(**features_config.get_config().views)
_view = jax.jit(view)


def test_views_of_strength_zero_are_the_drawings(dataset: dict[str, Any]) -> None:
    views = _view(rng.root(0), dataset["drawings"], _FULL.times(0.0))
    np.testing.assert_allclose(views, dataset["drawings"] / 127.5 - 1, atol=1e-6)


@pytest.mark.parametrize(
    "name", ["shift", "scale", "rotation", "color", "contrast", "brightness", "blur", "noise"]
)
def test_each_setting_changes_views_which_stay_in_range(dataset: dict[str, Any], name: str) -> None:
    one = dataclasses.replace(_FULL.times(0.0), still=0.0, **{name: getattr(_FULL, name)})
    views = np.asarray(_view(rng.root(1), dataset["drawings"], one))
    off = np.abs(views - (np.asarray(dataset["drawings"]) / 127.5 - 1)).mean((1, 2, 3))
    assert views.min() >= -1 - 1e-6
    assert views.max() <= 1 + 1e-6
    assert (off > 1e-3).mean() > 0.1
    assert off.max() < 0.5


def test_a_shifted_view_keeps_its_sum() -> None:
    """A white square on black is shifted as far as the setting allows, and its sum stays the same."""
    settings = dataclasses.replace(_FULL.times(0.0), still=0.0, shift=0.2)
    drawings = np.zeros((20, 16, 16, 3), np.uint8)
    drawings[:, 6:10, 6:10] = 255
    views = (np.asarray(_view(rng.root(3), drawings, settings)) + 1) / 2
    light = views.sum((1, 2))
    np.testing.assert_allclose(light, 16, rtol=1e-4)
    for axis in (1, 2):
        place = (views.sum(3 - axis) * np.arange(16)[:, None]).sum(1) / light
        moved = place - 7.5
        assert 2.0 < np.abs(moved).max() <= 3.2 + 1e-4
        assert moved.min() < -1 < 1 < moved.max()


def test_batches_are_two_views_of_runs_of_neighbours(dataset: dict[str, Any]) -> None:
    task = _task()
    draw = jax.jit(lambda step: task.batch(dataset, step, rng.root(0)))
    batches = [draw(step) for step in range(6)]
    for batch in batches:
        assert batch["images"].shape == (8, 2, 16, 16, 3)
        places = np.asarray(batch["labels"]).reshape(2, 4)
        ring = np.asarray(dataset["order"]).tolist() * 2
        for run in places.tolist():
            assert any(ring[i : i + 4] == run for i in range(23))
    np.testing.assert_array_equal(draw(0)["images"], batches[0]["images"])
    assert (batches[0]["images"][:, 0] != batches[0]["images"][:, 1]).any()
    starts = {int(batch["labels"][0]) for batch in batches}
    assert len(starts) > 2
    for label, images in zip(batches[0]["labels"], batches[0]["images"], strict=True):
        apart = np.abs(np.asarray(images)[:, None] - (np.asarray(dataset["drawings"]) / 127.5 - 1)).mean(
            (2, 3, 4)
        )
        assert (apart.argmin(1) == label).mean() >= 0.5


def test_a_split_batch_makes_the_step_of_the_whole(dataset: dict[str, Any]) -> None:
    task = _task()
    batch = jax.jit(lambda: task.batch(dataset, jnp.int32(0), rng.root(0)))()
    state = jax.jit(task.init)(rng.root(0))
    split = jax.tree.map(lambda x: x.reshape(4, 2, *x.shape[1:]), batch)
    step = jax.vmap(lambda share: task.step(state, share, "data"), axis_name="data")
    whole, parts = jax.jit(task.step)(state, batch), jax.jit(step)(split)
    for got, expected in zip(*map(jax.tree.leaves, (parts, whole)), strict=True):
        np.testing.assert_allclose(got[0], expected, rtol=2e-3, atol=1e-4)


def test_it_learns(dataset: dict[str, Any]) -> None:
    """After a few steps it finds the drawings of new views better than before."""
    task = _task(steps=40)
    state = jax.jit(task.init)(rng.root(0))
    before, _ = task.validate(state, dataset)
    step = jax.jit(lambda state: task.step(state, task.batch(dataset, state.step, rng.root(0))))
    losses = []
    for _ in range(40):
        state, metrics = step(state)
        losses.append(float(metrics["loss"]))
    after, pictures = task.validate(state, dataset)
    assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:5])
    assert after["margin"] > before["margin"]
    assert pictures.shape == (12, 16, 16, 3)
    assert pictures.dtype == np.uint8


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The OpenMoji folder and the work directory of a whole run of four steps."""
    from support import openmoji_folder

    root = tmp_path_factory.mktemp("features")
    folder = openmoji_folder.write(root / "openmoji")
    train(_config(), root / "run", openmoji_dir=folder)
    return folder, root / "run"


def test_drawings_are_all_different_and_smileys_are_repeated(whole: tuple[Path, Path]) -> None:
    folder, _ = whole
    same = (folder / "color" / "svg" / "1F600.svg").read_bytes()
    (folder / "color" / "svg" / "1F431.svg").write_bytes(same)  # the cat's drawing is that of a smiley
    task = _task(data={"smileys": 3})
    data = task.load_data({"openmoji_dir": folder})
    avatars = drawn_avatars.draw(2, size=16)
    smileys = emoji.load("smileys", size=16, openmoji_dir=folder).images
    assert len(data["drawings"]) == 14 + len(avatars)
    np.testing.assert_array_equal(data["drawings"][-len(avatars) :], avatars)
    counts = np.bincount(data["order"])
    for drawing, times in zip(data["drawings"], counts, strict=True):
        assert times == (3 if (drawing == smileys).all((1, 2, 3)).any() else 1)


def test_a_run_is_validated_and_exported(
    whole: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, workdir = whole
    rows = [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows if "val_accuracy" in row] == [2, 4]
    with Image.open(workdir / "samples" / "00000004.png") as picture:
        assert picture.size == (6 * 18 + 2, 2 * 18 + 2)
    file = tmp_path / "features.safetensors"
    export.main([str(workdir), str(file)])
    assert "features of step" in capsys.readouterr().out
    exact = export.read_workdir(workdir)[0]
    for name, array in weights.flatten(weights.load(file)[0]).items():
        np.testing.assert_allclose(array, weights.flatten(exact)[name], atol=1e-3, rtol=1e-3, err_msg=name)
    assert features.emoji_net(file)(np.zeros((3, 16, 16, 3), np.uint8)).shape == (3, 6)
    with pytest.raises(UserError, match="task 'exemplar'"):
        export.read_workdir(workdir, "generator")
    (tmp_path / "config.json").write_text('{"task": "dance"}')
    with pytest.raises(UserError, match="config.task is 'dance': choose one of gan"):
        export.read_workdir(tmp_path)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"batch_size": 6}, "config.batch_size is 6"),
        ({"steps": 0}, "config.steps is 0"),
        ({"run_length": 0}, "config.run_length is 0"),
        ({"data": {"smileys": 0}}, "config.data.smileys is 0"),
        ({"data": {"size": 20}}, "config.data.size is 20"),
        ({"model": {"widths": (12,)}}, "config.model.widths"),
        ({"model": {"widths": ()}}, "config.model.widths"),
        ({"model": {"embedding": 0}}, "config.model.embedding is 0"),
        ({"views": {"sparkle": 1.0}}, "config.views.sparkle"),
    ],
)
def test_invalid_configurations_are_refused_by_field(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        _task(**changes)


def test_the_recipe_is_valid() -> None:
    task = ExemplarTask(ml_collections.FrozenConfigDict(features_config.get_config()))
    task.check()
    assert isinstance(task.optimizer(), optax.GradientTransformation)

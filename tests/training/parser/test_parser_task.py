"""The face parser's training: its batches and steps, and runs that resume where they stopped."""

import dataclasses
import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import pytest
from PIL import Image
from training.support.face_sets import (
    SIZE,
    faces_dataset,
    narrow_net,
    segmentation_config,
    segmentation_task,
    write_faces,
)
from training.support.run import train

from configs import bisenet as bisenet_config
from emojax import weights
from emojax.core import rng
from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES
from emojax.models import bisenet
from emojax.models.resnet import abstract_variables
from emojax.training import export
from emojax.training.augment import faces as augment
from emojax.training.devices import parallel
from emojax.training.engine.task import Export
from emojax.training.parser import batches
from emojax.training.parser.task import SegmentationTask


@pytest.fixture(autouse=True, scope="module")
def _narrow() -> Iterator[None]:
    with narrow_net():
        yield


@pytest.fixture(scope="module")
def draw() -> Callable[[int], Any]:
    """The batch of a step, from the faces of `faces_dataset`."""
    draw = jax.jit(functools.partial(segmentation_task().batch, key=rng.root(0)))
    return functools.partial(draw, jax.device_put(faces_dataset()))


def test_batches_hold_labels_for_every_head_and_depend_on_the_step_alone(draw: Any) -> None:
    first, again, second = draw(0), draw(0), draw(1)
    assert first["images"].shape == (8, SIZE, SIZE, 3)
    assert [labels.shape for labels in first["labels"]] == [(8, SIZE // s, SIZE // s) for s in (2, 8, 16)]
    assert set(np.unique(first["labels"][0])) == {0, 1, 17}
    np.testing.assert_array_equal(first["images"], again["images"])
    assert (first["images"] != second["images"]).any()


def test_accessories_go_to_one_share_of_a_batch_after_the_other() -> None:
    dataset, hat, necklace = jax.device_put(faces_dataset(8)), CLASSES.index("hat"), CLASSES.index("necklace")
    bare = jnp.where(dataset["train"] == 1, CLASSES.index("neck"), dataset["train"])
    dataset["train"] = jnp.where(dataset["train"] == 17, hat, dataset["train"])
    settings = augment.Augmentation(accessories=0.125, jewellery=0.25)
    run = jax.jit(lambda key: batches.copy_paste_augmentation(key, bare, dataset, settings))
    pasted = run(rng.root(0))
    wearing = [(pasted[..., 3] == label).any(axis=(1, 2)).tolist() for label in (hat, necklace)]
    assert wearing == [[True] + [False] * 7, [False] * 4 + [True] * 2 + [False] * 2]


def _initial_state(task: SegmentationTask) -> Any:
    """As the loop makes it, which finds it compiled."""
    return parallel.initialize(parallel.make_plan("jit", 8), task.init, rng.root(task.config.seed))


@pytest.fixture(scope="module")
def fast() -> tuple[SegmentationTask, Any]:
    """A task that learns in a few steps, and its step, compiled once for several tests."""
    task = segmentation_task(steps=30, optimizer={"learning_rate": 2e-2})
    return task, jax.jit(task.step)


def test_eight_devices_take_the_step_of_one(draw: Any, fast: tuple[SegmentationTask, Any]) -> None:
    """That they make the batch of one, tests/training/engine/test_parallel.py checks."""
    assert jax.device_count() == 8
    task, step = fast
    first, batch = _initial_state(task), draw(0)
    state, metrics = step(first, batch)
    start, batch = jax.tree.map(np.asarray, (first, batch))
    results = {"jit": (state.network.batch_stats, jax.tree.map(lambda value: value[None], metrics))}
    for mode in ("pmap", "mesh"):
        plan = parallel.make_plan(mode, 8)
        steps = parallel.compile_steps(plan, lambda batch, step: batch, task.step, 1)
        state, metrics = steps(parallel.place(plan, start), parallel.place(plan, batch))
        results[mode] = jax.tree.map(
            np.asarray, (parallel.one_copy(plan, state).network.batch_stats, metrics)
        )
    for mode in ("pmap", "mesh"):
        for got, expected in zip(*map(jax.tree.leaves, (results[mode], results["jit"])), strict=True):
            np.testing.assert_allclose(got, expected, rtol=2e-3, atol=1e-4, err_msg=mode)


def test_it_learns(draw: Any, fast: tuple[SegmentationTask, Any]) -> None:
    """On one batch, repeated, it learns to tell skin, hair and background apart."""
    task, step = fast
    state, batch = _initial_state(task), draw(0)
    rows = []
    for _ in range(30):
        state, metrics = step(state, batch)
        rows.append(metrics)
    assert all(jnp.isfinite(row["loss"]) for row in rows)
    assert rows[-1]["main_loss"] < 0.5 * rows[0]["main_loss"]
    assert rows[-1]["accuracy"] > 0.8 > rows[0]["accuracy"]


def _rows(workdir: Path) -> list[dict[str, float]]:
    rows = [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in row.items() if k != "steps_per_second"} for row in rows]


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_faces(tmp_path_factory.mktemp("data") / "faces")


@pytest.fixture(scope="module")
def whole(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work directory of a whole run of four steps."""
    workdir = tmp_path_factory.mktemp("run") / "whole"
    train(_whole_config(), workdir, data_dir=faces)
    return workdir


def _whole_config() -> ml_collections.ConfigDict:
    config = segmentation_config(seed=3, steps=4)
    config.run.validate_every = 2
    config.data.validation = "^[01]"
    return config


def test_a_stopped_run_resumes_to_the_same_result(
    whole: Path, faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parameters, averages, metrics, scores and the best checkpoint: bit for bit."""
    parts = tmp_path / "parts"
    validate = SegmentationTask.validate

    def interrupted(task: Any, state: Any, dataset: Any) -> Any:
        if int(state.step) == 4:
            raise KeyboardInterrupt
        return validate(task, state, dataset)

    with monkeypatch.context() as patch:
        patch.setattr(SegmentationTask, "validate", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(_whole_config(), parts, data_dir=faces)
    assert not (parts / "checkpoints" / "4").exists()
    train(_whole_config(), parts, data_dir=faces)

    expected, got = (export.read_workdir(workdir) for workdir in (whole, parts))
    assert expected[1] == got[1]
    for name, array in weights.flatten(expected[0]).items():
        np.testing.assert_array_equal(array, weights.flatten(got[0])[name], err_msg=name)
    assert _rows(whole) == _rows(parts)
    validations = [row for row in _rows(whole) if "val_mean_f1" in row]
    assert [row["step"] for row in validations] == [2, 4]
    best = max(validations, key=lambda row: row["val_mean_f1"])
    assert expected[1]["step"] == str(best["step"])


def test_an_export_is_the_net_in_half_precision(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "net.safetensors"
    export.main([str(whole), str(file)])
    assert "face parser" in capsys.readouterr().out
    metadata = weights.read_metadata(file)
    assert metadata["format"] == "emojax.segmentation.1"
    assert json.loads(metadata["config"])["data"]["size"] == SIZE
    variables, _ = weights.load(file, expect=abstract_variables(bisenet.create(metadata["variant"])))
    exact = weights.flatten(export.read_workdir(whole)[0])
    for name, array in weights.flatten(variables).items():
        np.testing.assert_allclose(array, exact[name], atol=1e-3, rtol=1e-3, err_msg=name)
    with pytest.raises(UserError, match="trains face parser: give .* a generator"):
        export.read_workdir(whole, "generator")


def test_runs_are_averaged(whole: Path, tmp_path: Path) -> None:
    """The mean of a run's weights and of the same weights plus one is the weights plus a half."""
    read = export.read_workdir

    def higher(workdir: Path) -> Export:
        variables, metadata = read(whole)
        return Export(jax.tree.map(lambda x: x + (workdir != whole), variables), metadata)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "read_workdir", higher)
        mean, metadata = export.read_workdirs([whole, tmp_path])
    expected = jax.tree.map(lambda x: x + 0.5, read(whole)[0])
    jax.tree.map(functools.partial(np.testing.assert_allclose, atol=1e-5), mean, expected)
    assert [run["step"] for run in json.loads(metadata["averaged_with"])] == [int(metadata["step"])]

    file = tmp_path / "net.safetensors"
    export.main([str(whole), "--with_run", str(whole), str(file)])
    assert "averaged_with" in weights.read_metadata(file)
    assert "averaged_with" not in export.read_workdirs([whole])[1]


def test_runs_of_two_nets_are_not_averaged(whole: Path) -> None:
    widths = iter((8, 9))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            export, "read_workdir", lambda _: Export({"kernel": np.zeros(next(widths))}, {"format": "one"})
        )
        with pytest.raises(UserError, match="trained another net"):
            export.read_workdirs([whole, whole])


def test_faces_with_rare_labels_are_repeated_in_an_epoch(tmp_path: Path) -> None:
    faces = write_faces(tmp_path / "faces")
    labels = np.array(Image.open(faces / "masks" / "4.png"))
    labels[:5] = 18
    Image.fromarray(labels).save(faces / "masks" / "4.png")
    data = segmentation_task().load_data({"data_dir": faces})
    assert data["train"].shape == (4, SIZE, SIZE, 4)  # names 0 and 1 are held out
    assert data["validation"].shape == (2, SIZE, SIZE, 4)
    assert np.bincount(data["picks"]).tolist() == [1, 1, 3, 1]
    assert data["hat"].tolist() == [2]
    for name in ("eyeglasses", "earring", "necklace"):  # nobody has any
        assert data[name].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"variant": "huge"}, "config.variant is 'huge'"),
        ({"dtype": "int8"}, "config.dtype is 'int8'"),
        ({"steps": 0}, "config.steps is 0"),
        ({"data": {"size": 250}}, "config.data.size is 250"),
        ({"data": {"source_size": 0}}, "config.data.source_size is 0"),
        ({"augmentation": {"sparkle": 1.0}}, "config.augmentation.sparkle"),
        ({"augmentation": {"jewellery": 0.7}}, "jewellery are"),
        ({"augmentation": {"jewellery": -0.5}}, "jewellery is -0.5"),
        (
            {"augmentation": {"accessories": 0.4}},
            "12 faces of a batch would get an accessory, and 8",
        ),
    ],
)
def test_invalid_configurations_are_refused_by_field(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        segmentation_task(**changes)


def test_data_that_cannot_be_split_is_refused(faces: Path) -> None:
    for pattern in ("nobody", ""):
        with pytest.raises(UserError, match=r"config\.data\.validation"):
            segmentation_task(data={"validation": pattern}).load_data({"data_dir": faces})
    with pytest.raises(UserError, match="--data_dir"):
        segmentation_task().load_data({})


def test_the_recipes_are_valid_and_their_fields_are_read() -> None:
    fields = {field.name for field in dataclasses.fields(augment.Augmentation)}
    for variant in bisenet_config.VARIANTS:
        config = bisenet_config.get_config(variant)
        assert set(config.augmentation) <= fields
        assert len(config.loss.class_weights) == 19
        SegmentationTask(ml_collections.FrozenConfigDict(config)).check()
    with pytest.raises(ValueError, match="medium"):
        bisenet_config.get_config("medium")

"""The namer learns names, ranks emoji, and is exported with them."""

import functools
import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support import keywords_folder, named_things, part_faces
from training.support.run import train

from configs import naming as naming_config
from emojax import weights
from emojax.core import rng
from emojax.core.errors import UserError
from emojax.emoji import naming
from emojax.training import export, tasks
from emojax.training.devices import parallel
from emojax.training.naming import batches
from emojax.training.naming.task import naming_loss

KEY = rng.root(0)


def _config(**changes: Any) -> Any:
    config = naming_config.get_config()
    config.steps, config.batch_size = 120, 32
    config.data.captions = 500
    config.model.features, config.optimizer.learning_rate = 16, 2e-2
    config.average_decay = 0.9
    config.run.validate_every = config.run.checkpoint_every = 120
    config.run.log_every, config.run.validate_count, config.run.parallel = 1, 8, "jit"
    config.update_from_flattened_dict(changes)
    return config


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("data")
    hexcodes = [*part_faces.FACES, *named_things.THINGS]
    return {
        "openmoji_dir": named_things.write(folder / "openmoji"),
        "keywords_dir": keywords_folder.write(folder / "keywords", hexcodes),
    }


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, folders: dict[str, Path]) -> Path:
    workdir = tmp_path_factory.mktemp("run")
    train(_config(), workdir, **folders)
    rows = [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]
    losses = [row["loss"] for row in rows if "loss" in row]
    assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:5])
    assert any(0 <= row.get("val_top10", -1) <= 1 for row in rows)
    export.main([str(workdir), str(workdir / "naming.safetensors")])
    return workdir / "naming.safetensors"


def test_an_export_names_what_it_learned_and_tells_faces_from_things(exported: Path) -> None:
    namer = naming.load(exported)
    cat, angry, parts = namer.name(["cat face", "angry face", "face with heart eyes"])
    assert (cat.emoji, cat.is_face) == ("🐱", False)
    assert cat.face in part_faces.FACES
    assert (angry.face, angry.is_face) == ("1F620", True)
    assert parts.is_face
    assert [namer.name([text])[0] for text in ("cat face", "angry face")] == [cat, angry]


def test_skin_tones_are_their_base_and_captions_have_what_is_named(folders: dict[str, Path]) -> None:
    known = batches.collect(*folders.values())
    assert {one.hexcode for one in known.named} == {*part_faces.FACES, *named_things.THINGS}
    found = batches.arrays(known, count=300, validated=4, seed=1)
    faces = found["meant"][:, 0] == len(known.named)
    assert 0.1 < faces.mean() < 0.45
    assert (found["meant"][:, 0] >= 0).all()
    assert found["candidates"].shape[0] == 4
    for right, *others in found["candidates"].tolist():
        assert right not in others


def test_two_devices_take_the_step_of_one(folders: dict[str, Path]) -> None:
    task = tasks.make_task(_config())
    dataset = task.load_data(folders)
    task = task.for_data(dataset)
    start, found = jax.device_get(jax.jit(task.init)(KEY)), {}
    for mode, count in (("jit", 1), ("pmap", 2)):
        plan = parallel.make_plan(mode, 32, jax.devices()[:count])
        steps = parallel.compile_steps(plan, functools.partial(task.batch, key=KEY), task.step, 1)
        _, metrics = steps(parallel.place(plan, start), parallel.place(plan, dataset))
        found[mode] = float(metrics["loss"][0]), float(metrics["grad_norm"][0])
    assert found["pmap"] == pytest.approx(found["jit"], rel=1e-5)


def test_the_loss_is_the_mean_over_all_that_is_meant() -> None:
    logits = jnp.asarray([[0.0, 1.0, 2.0], [3.0, 0.0, 0.0]])
    logs = np.log(np.exp(logits) / np.exp(logits).sum(1, keepdims=True))
    expected = -np.mean([(logs[0, 0] + logs[0, 2]) / 2, logs[1, 1]])
    np.testing.assert_allclose(naming_loss(logits, np.asarray([[0, 2], [1, -1]])), expected, rtol=1e-6)


def test_the_right_one_is_near_where_fewer_score_better() -> None:
    logits = np.asarray([[5.0, 4.0, 3.0, 9.0]] * 3)
    choices = np.asarray([[0, 1, 2], [2, 1, 0], [1, 0, 2]])
    assert batches.among_nearest(logits, choices, 1).tolist() == [True, False, False]
    assert batches.among_nearest(logits, choices, 2).tolist() == [True, False, True]


def test_a_file_of_something_else_is_refused_in_one_line(exported: Path, tmp_path: Path) -> None:
    variables, metadata = weights.load(exported)
    config, names = json.loads(metadata["config"]), json.loads(metadata["names"])

    def changed(**model: Any) -> str:
        return json.dumps({"model": config["model"] | model})

    for key, value, message in (
        ("format", "emojax.text.1", "names no emoji"),
        ("names", "[]", "no list of 1 to"),
        ("names", json.dumps([["D800", "x", True], *names[1:]]), "no characters"),
        ("names", json.dumps([["1F600", "\x1b[31m", True], *names[1:]]), "a name is no short text"),
        ("names", json.dumps([[h, n, False] for h, n, _ in names]), "none of its emoji is a face"),
        ("names", json.dumps(names[1:]), "other answers"),
        ("config", changed(features=1 << 20), "features is out of bounds"),
        ("config", changed(features=32), "another net's weights"),
    ):
        weights.save(tmp_path / "bad.safetensors", variables, metadata=metadata | {key: value})
        with pytest.raises(UserError, match=message):
            naming.load(tmp_path / "bad.safetensors")


def test_an_export_without_its_file_says_what_to_do(exported: Path, tmp_path: Path) -> None:
    task = export.read_task(exported.parent)
    with pytest.raises(UserError, match=r"names\.json is missing: start train\.py"):
        task.export(jax.eval_shape(task.init, KEY), tmp_path)

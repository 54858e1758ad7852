"""The reader of descriptions learns captions, and is exported with its slots and words."""

import functools
import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support import keywords_folder, part_faces
from training.support.run import train

from configs import text as text_config
from emojax import weights
from emojax.core import rng
from emojax.core.errors import UserError
from emojax.emoji import reading
from emojax.training import export, tasks
from emojax.training.devices import parallel
from emojax.training.text.task import slot_loss

KEY = rng.root(0)


def _config(**changes: Any) -> Any:
    config = text_config.get_config()
    config.steps, config.batch_size = 60, 16
    config.data.captions = 400
    config.model.features, config.model.layers, config.model.heads = 16, 1, 2
    config.optimizer.learning_rate = 1e-2
    config.run.validate_every = config.run.checkpoint_every = 60
    config.run.log_every, config.run.validate_count, config.run.parallel = 1, 8, "jit"
    config.update_from_flattened_dict(changes)
    return config


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("data")
    return {
        "openmoji_dir": part_faces.write_faces(folder / "openmoji"),
        "keywords_dir": keywords_folder.write(folder / "keywords", [*part_faces.FACES]),
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, folders: dict[str, Path]) -> Path:
    workdir = tmp_path_factory.mktemp("run")
    train(_config(), workdir, **folders)
    return workdir


def test_targets_are_distributions_of_each_slot(folders: dict[str, Path]) -> None:
    task = tasks.make_task(_config())
    dataset = task.load_data(folders)
    task = task.for_data(dataset)
    batch = jax.jit(task.batch)(jax.device_put(dataset), jnp.asarray(0), KEY)
    starts = np.cumsum([0, *task.config.model.counts])[:-1]
    np.testing.assert_allclose(np.add.reduceat(batch["targets"], starts, axis=1), 1.0, atol=2e-3)
    assert batch["ngrams"].shape[0] == len(batch["weights"]) == 16
    assert not np.asarray(dataset["words"])[0].any()


def test_two_devices_take_the_step_of_one_with_dropout(folders: dict[str, Path]) -> None:
    task = tasks.make_task(_config(**{"model.dropout": 0.5}))
    dataset = task.load_data(folders)
    task = task.for_data(dataset)
    start, found = jax.device_get(jax.jit(task.init)(KEY)), {}
    for mode, count in (("jit", 1), ("pmap", 2)):
        plan = parallel.make_plan(mode, 16, jax.devices()[:count])
        steps = parallel.compile_steps(plan, functools.partial(task.batch, key=KEY), task.step, 1)
        _, metrics = steps(parallel.place(plan, start), parallel.place(plan, dataset))
        found[mode] = float(metrics["loss"][0]), float(metrics["grad_norm"][0])
    assert found["pmap"] == pytest.approx(found["jit"], rel=1e-5)


def test_the_loss_equals_its_definition() -> None:
    logits = jax.random.normal(KEY, (3, 5))
    targets = np.asarray([[1, 0, 0.5, 0.5, 0], [0, 1, 0, 0, 1], [0.5, 0.5, 1, 0, 0]], np.float32)
    shares = np.asarray([[1, 1], [1, 0.25], [0, 1]], np.float32)
    expected = np.mean(
        [
            shares[i, 0] * optax.softmax_cross_entropy(logits[i, :2], targets[i, :2])
            + shares[i, 1] * optax.softmax_cross_entropy(logits[i, 2:], targets[i, 2:])
            for i in range(3)
        ]
    )
    np.testing.assert_allclose(slot_loss(logits, targets, shares, (2, 3)), expected, rtol=1e-5)


def test_a_run_learns_and_its_export_reads_what_it_learned(run: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    losses = [row["loss"] for row in rows if "loss" in row]
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])
    assert any(0 <= row.get("val_both", -1) <= 1 for row in rows)
    path = tmp_path / "text.safetensors"
    export.main([str(run), str(path)])
    reader = reading.load(path)
    assert {"angry", "smile", "detag1f600"} <= set(reader.known)
    (found,) = reader.read(["angry face"])
    assert [len(p) for p in found.probabilities] == [*reader.slots.counts]
    assert all(abs(p.sum() - 1) < 1e-5 for p in found.probabilities)


def test_a_file_of_something_else_is_refused_in_one_line(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "text.safetensors"
    export.main([str(run), str(path)])
    variables, metadata = weights.load(path)
    config = json.loads(metadata["config"])

    def changed(**model: Any) -> str:
        return json.dumps({"model": config["model"] | model})

    for key, value, message in (
        ("format", "emojax.generator.1", "reads no descriptions"),
        ("slots", "[]", "slots cannot be read"),
        ("vocabulary", '{"face": [1], "other": []}', "vocabulary is no list of words"),
        ("config", changed(features=1 << 20), "features is out of bounds"),
        ("config", changed(heads=3), "no multiple"),
        ("config", changed(counts=[2, 2]), "other slots"),
        ("config", changed(features=32), "another net's weights"),
    ):
        weights.save(tmp_path / "bad.safetensors", variables, metadata=metadata | {key: value})
        with pytest.raises(UserError, match=message):
            reading.load(tmp_path / "bad.safetensors")


def test_an_export_without_its_files_says_what_to_do(run: Path) -> None:
    task = export.read_task(run)
    state = jax.eval_shape(task.init, KEY)
    with pytest.raises(UserError, match=r"slots\.json is missing: start train\.py"):
        task.export(state, run / "nowhere")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data.captions": 0}, "captions is 0"),
        ({"model.features": 15}, "multiple of config.model.heads"),
        ({"model.dropout": 1.0}, "dropout is 1"),
        ({"batch_size": 0}, "batch_size is 0"),
    ],
)
def test_what_makes_no_model_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        tasks.make_task(_config(**changes))

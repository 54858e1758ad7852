"""The attribute net learns what its features say, and what it exports reads the same."""

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from emojax import weights
from emojax.avatar.reading.net.shown import Reader
from emojax.core import rng
from emojax.core.errors import UserError
from emojax.data.faces.attributes import WORDS
from emojax.models.faces.attributes import AttributeHeads
from emojax.training.attributes import stored
from emojax.training.attributes.task import AttributeTask
from emojax.training.tasks import make_task

GROUPS = {"areas": 2, "grid": 8}


def _write(path: Path, count: int = 40, **changes: Any) -> Path:
    """Faces whose brows alone can be told, by the first feature."""
    generator = np.random.default_rng(0)
    words = np.zeros((count, len(WORDS)), np.int32)
    words[:, list(WORDS).index("brows")] = np.arange(count) % 2
    features = generator.normal(size=(2, count, sum(GROUPS.values()))).astype(np.float16)
    features[:, :, 0] += 6 * (np.arange(count) % 2)
    arrays = {
        "features": features,
        "words": words,
        "held_out": np.arange(count) < 10,
        "groups": np.asarray(list(GROUPS)),
        "sizes": np.asarray(list(GROUPS.values())),
    }
    np.savez(path, **{**arrays, **changes})
    return path


@pytest.fixture
def trained(tmp_path: Path) -> tuple[AttributeTask, Any, Any]:
    """The task, its state after some steps, and its data."""
    from configs import attributes

    config = attributes.get_config()
    config.steps, config.batch_size = 60, 16
    folders = {"data_dir": _write(tmp_path / "views.npz")}
    task: Any = make_task(config)
    dataset = task.load_data(folders)
    task = task.for_data(dataset)
    dataset = jax.device_put(dataset)
    key = rng.root(0)
    state = task.warm_start(jax.jit(task.init)(key), folders)
    step = jax.jit(lambda state: task.step(state, task.batch(dataset, state.step, key)))
    for _ in range(60):
        state, metrics = step(state)
    assert np.isfinite(metrics["loss"])
    return task, state, dataset


def test_what_features_say_is_learned_and_read_again(trained: Any, tmp_path: Path) -> None:
    task, state, dataset = trained
    scores, _ = task.validate(state, dataset)
    assert scores["brows"] == 1.0
    assert scores["balanced_accuracy"] == pytest.approx(np.mean([scores[name] for name in WORDS]))
    assert int(state.step) == 60
    export = task.export(state, tmp_path)
    weights.save(tmp_path / "net.safetensors", export.variables, metadata=export.metadata, half=True)
    reader = Reader.load(tmp_path / "net.safetensors")
    heads = AttributeHeads(sum(map(len, WORDS.values())))
    logits = np.asarray(heads.apply(reader.variables, dataset["held"]))
    read = [reader.decode(each).evidence["brows"] for each in logits]
    assert [max(words, key=lambda w, words=words: words[w]) for words in read] == ["neutral", "raised"] * 5


def test_unknown_attributes_are_refused() -> None:
    from configs import attributes

    for field in ("balance", "presence"):
        config = attributes.get_config()
        config[field].ears = 1.0
        with pytest.raises(UserError, match=f"config.{field}.ears is no attribute; there are hair_length"):
            make_task(config).check()


def test_features_that_are_far_off_count_no_more_than_the_limit() -> None:
    net = AttributeHeads(1, limit=6.0)
    variables: Any = net.init(jax.random.key(0), np.zeros((1, 2)))
    variables["params"]["heads"]["kernel"] = np.ones((2, 1), np.float32)
    found = np.asarray(net.apply(variables, np.asarray([[100.0, 0.0], [6.0, 0.0], [5.0, 0.0]])))[:, 0]
    assert found.tolist() == [6.0, 6.0, 5.0]


def test_groups_count_alike_however_many_features_they_have() -> None:
    rows = np.random.default_rng(0).normal(3, 2, size=(500, 10)).astype(np.float16)
    found = stored.statistics(rows, GROUPS)
    x = (rows - found["mean"]) * found["inverse"] * found["gain"]
    np.testing.assert_allclose(x.mean(0), 0, atol=1e-2)
    assert (x[:, :2] ** 2).sum(1).mean() == pytest.approx((x[:, 2:] ** 2).sum(1).mean(), rel=0.01)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"words": np.zeros((40, 3), np.int32)}, "do not fit"),
        ({"held_out": np.ones(40, bool)}, "faces to train on and faces held out"),
        ({"held_out": np.zeros(40, bool)}, "faces to train on and faces held out"),
        ({"sizes": np.asarray([2, 9])}, "do not fit"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        stored.read(_write(tmp_path / "views.npz", **changes))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--data_dir is missing"):
        stored.read(None)
    with pytest.raises(UserError, match="none.npz: is no file of"):
        stored.read(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(UserError, match="text.npz: is no file of"):
        stored.read(tmp_path / "text.npz")

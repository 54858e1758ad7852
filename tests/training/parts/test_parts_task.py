"""The autoencoders' training: their loss, their batches, and runs that resume where they stopped."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import pytest
from PIL import Image
from training.support.part_sets import KINDS, picture, reconstruction_config, reconstruction_task, write_parts
from training.support.run import train

from configs import autoencoder as autoencoder_config
from emojax import weights
from emojax.cli import train as program
from emojax.core import rng
from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES
from emojax.data.parts import shapes as part_shapes
from emojax.models.autoencoder import Autoencoder
from emojax.training import export
from emojax.training.parts.task import ReconstructionTask
from emojax.weights import autoencoder as weight_file

REAL = [f"{n}.jpg" for n in (0, 1, 2, 3, 4, 5, 6)]
DRAWN = [f"flat-{n:06d}" for n in range(5)]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Real faces, of which 0 and 1 are held out and four have mouths, and drawn ones."""
    root = tmp_path_factory.mktemp("parts")
    return write_parts(root / "real", REAL, mouths=4), write_parts(root / "drawn", DRAWN)


@pytest.fixture(scope="module")
def dataset(folders: tuple[Path, Path]) -> dict[str, np.ndarray]:
    task = reconstruction_task()
    return task.load_data({"data_dir": folders[0], "drawn_dir": folders[1]})


def test_kinds_are_concatenated_and_rare_ones_are_repeated(dataset: dict[str, np.ndarray]) -> None:
    """10 brows of 5 faces and 2 mouths to train on; 4 and 2 are held out."""
    assert dataset["real"].shape == (12, 64, 64)
    assert dataset["real_order"].tolist() == [[*range(10)], [10, 11] * 5]
    assert dataset["validation_counts"].tolist() == [4, 2]
    np.testing.assert_array_equal(dataset["validation"][4], picture("mouth", 5))
    np.testing.assert_array_equal(dataset["real"][10], picture("mouth", 25))


@pytest.fixture(scope="module")
def draw() -> Callable[[Any, int], Any]:
    return jax.jit(functools.partial(reconstruction_task().batch, key=rng.root(0)))


def test_batches_are_half_drawn_and_targets_are_clean(dataset: dict[str, np.ndarray], draw: Any) -> None:
    first, again, second = (draw(dataset, step) for step in (0, 0, 1))
    assert first["inputs"].shape == first["targets"].shape == (8, len(KINDS), 64, 64, 3)
    np.testing.assert_array_equal(first["inputs"], again["inputs"])
    assert (first["inputs"] != second["inputs"]).any()
    for i, part in enumerate(("right_brow", "mouth")):
        for row, target in enumerate(np.asarray(first["targets"][:, i])):
            name = ("real", "drawn")[row % 2]
            known = np.asarray(part_shapes.shape(part, dataset[name][np.unique(dataset[f"{name}_order"][i])]))
            # Ellipses are their own mirror images.
            assert (known == target).all((1, 2, 3)).any(), (part, row)
    off = np.abs(np.asarray(first["inputs"]) - np.asarray(first["targets"])).mean((2, 3, 4))
    assert (off > 0).all()
    assert off.mean() < 0.1


def test_only_parts_that_do_not_come_in_pairs_are_mirrored(dataset: dict[str, np.ndarray], draw: Any) -> None:
    lopsided = dataset | {name: np.zeros_like(dataset[name]) for name in ("real", "drawn")}
    lopsided["real"][:10, :, :20] = lopsided["drawn"][:10, :, :20] = CLASSES.index("right brow")
    lopsided["real"][10:, :, :20] = lopsided["drawn"][10:, :, :20] = CLASSES.index("mouth")
    targets = np.concatenate([draw(lopsided, step)["targets"] for step in range(4)])
    left, right = targets[:, :, 0, 0, 0], targets[:, :, 0, -1, 0]
    assert left[:, 0].all()
    assert not right[:, 0].any()
    assert 6 <= left[:, 1].sum() <= 26
    np.testing.assert_array_equal(right[:, 1], 1 - left[:, 1])


def test_a_split_batch_makes_the_step_of_the_whole(dataset: dict[str, np.ndarray], draw: Any) -> None:
    task, batch = reconstruction_task(), draw(dataset, 0)
    state = jax.jit(task.init)(rng.root(0))
    split = jax.tree.map(lambda x: x.reshape(4, 2, *x.shape[1:]), batch)
    step = jax.vmap(lambda share: task.step(state, share, "data"), axis_name="data")
    whole, parts = jax.jit(task.step)(state, batch), jax.jit(step)(split)
    for got, expected in zip(*map(jax.tree.leaves, (parts, whole)), strict=True):
        np.testing.assert_allclose(got[0], expected, rtol=2e-3, atol=1e-4)


def test_it_learns(dataset: dict[str, np.ndarray], draw: Any) -> None:
    """On one batch, repeated, it learns to reconstruct the shapes."""
    task = reconstruction_task(steps=80, optimizer={"learning_rate": 1e-2})
    state, batch = jax.jit(task.init)(rng.root(0)), draw(dataset, 0)
    step = jax.jit(task.step, donate_argnums=0)
    overlaps, losses = [_overlap(task, state.network.params, batch)], []
    for _ in range(80):
        state, metrics = step(state, batch)
        losses.append(metrics["loss"])
    overlaps.append(_overlap(task, state.network.params, batch))
    assert all(map(jnp.isfinite, losses))
    assert losses[-1] < 0.3 * losses[0]
    assert overlaps[0] < 0.2
    assert overlaps[1] > 0.4


def _overlap(task: ReconstructionTask, params: Any, batch: Any) -> float:
    net = jax.vmap(lambda p, x: task.model().apply({"params": p}, x), (0, 1), 1)
    drawn, target = np.asarray(net(params, batch["inputs"])) > 0, np.asarray(batch["targets"]) > 0
    return float((drawn & target).sum() / (drawn | target).sum())


@pytest.fixture(scope="module")
def whole(folders: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work directory of a whole run of six steps."""
    workdir = tmp_path_factory.mktemp("run") / "whole"
    train(reconstruction_config(seed=3), workdir, data_dir=folders[0], drawn_dir=folders[1])
    return workdir


def _rows(workdir: Path) -> list[dict[str, float]]:
    rows = [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in row.items() if k != "steps_per_second"} for row in rows]


def test_a_stopped_run_resumes_to_the_same_result(
    whole: Path, folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parameters, averages, metrics, scores and the best checkpoint: bit for bit."""
    config, parts = reconstruction_config(seed=3), tmp_path / "parts"
    validate = ReconstructionTask.validate

    def interrupted(task: Any, state: Any, dataset: Any) -> Any:
        if int(state.step) == 6:
            raise KeyboardInterrupt
        return validate(task, state, dataset)

    with monkeypatch.context() as patch:
        patch.setattr(ReconstructionTask, "validate", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(config, parts, data_dir=folders[0], drawn_dir=folders[1])
    assert not (parts / "checkpoints" / "6").exists()
    train(config, parts, data_dir=folders[0], drawn_dir=folders[1])

    expected, got = (export.read_workdir(workdir) for workdir in (whole, parts))
    assert expected[1] == got[1]
    for name, array in weights.flatten(expected[0]).items():
        np.testing.assert_array_equal(array, weights.flatten(got[0])[name], err_msg=name)
    assert _rows(whole) == _rows(parts)
    validations = [row for row in _rows(whole) if "val_mean_iou" in row]
    assert [row["step"] for row in validations] == [3, 6]
    for row in validations:
        each = [row[f"val_iou_{kind}"] for kind in KINDS]
        assert row["val_mean_iou"] == pytest.approx(np.mean(each), abs=1e-5)


def test_held_out_shapes_and_their_reconstructions_are_shown(whole: Path) -> None:
    with Image.open(whole / "samples" / "00000006.png") as picture:
        assert picture.size == (6 * 66 + 2, 2 * 66 + 2)  # a row of 3 pairs for each kind


def test_an_export_is_read_back_in_half_precision(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "autoencoder.safetensors"
    export.main([str(whole), str(file)])
    assert "autoencoders of step" in capsys.readouterr().out
    stored = weight_file.load(file)
    assert (stored.model, stored.parts) == (Autoencoder((16, 16), 6), KINDS)
    exact = weights.flatten(export.read_workdir(whole)[0])
    for name, array in weights.flatten(stored.variables).items():
        np.testing.assert_allclose(array, exact[name], atol=1e-3, rtol=1e-3, err_msg=name)
        assert len(array) == len(KINDS)
    with pytest.raises(UserError, match="task 'reconstruction'"):
        export.read_workdir(whole, "generator")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "emojax.segmentation.1"}, "format 'emojax.segmentation.1'"),
        ({"parts": '["brow", "brow"]'}, "a part twice"),
        ({"parts": '["brow"]'}, "another net's weights"),
        ({"parts": "7"}, "holds no autoencoders"),
        ({"config": '{"model": {"widths": [16, 1e9], "embedding": 6}}'}, "widths"),
        ({"config": '{"model": {"widths": [16, 16], "embedding": true}}'}, "embedding"),
        ({"config": '{"model": {"widths": [], "embedding": 6}}'}, "0 layers"),
        ({"config": "["}, "is not JSON"),
    ],
)
def test_other_weight_files_are_refused(
    whole: Path, tmp_path: Path, change: dict[str, str], says: str
) -> None:
    variables, metadata = export.read_workdir(whole)
    weights.save(tmp_path / "odd.safetensors", variables, metadata={**metadata, **change})
    with pytest.raises(UserError, match=rf"odd\.safetensors.*{says}"):
        weight_file.load(tmp_path / "odd.safetensors")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"kinds": ("brow", "tail")}, "config.kinds"),
        ({"kinds": ("brow", "brow")}, "config.kinds"),
        ({"batch_size": 7}, "config.batch_size is 7"),
        ({"steps": 0}, "config.steps is 0"),
        ({"model": {"widths": (8,) * 6}}, "config.model.widths"),
        ({"model": {"embedding": 0}}, "config.model.embedding is 0"),
        ({"noise": {"sparkle": 1.0}}, "config.noise.sparkle"),
    ],
)
def test_invalid_configurations_are_refused_by_field(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        reconstruction_task(**changes)


def test_unusable_data_is_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    real, drawn = folders
    both = {"data_dir": real, "drawn_dir": drawn}
    for pattern, says in (("nobody", "matches no name"), ("^[0-3]", "every face with a mouth")):
        with pytest.raises(UserError, match=rf"config\.data\.validation.*{says}"):
            reconstruction_task(data={"validation": pattern}).load_data(
                {"data_dir": real, "drawn_dir": drawn}
            )
    with pytest.raises(UserError, match="--data_dir is missing"):
        reconstruction_task().load_data({"drawn_dir": drawn})
    with pytest.raises(UserError, match="--drawn_dir is missing"):
        train(reconstruction_config(), tmp_path, data_dir=real)
    with pytest.raises(UserError, match="none of its faces has a part 'hat'"):
        reconstruction_task(kinds=("hat",)).load_data(both)


@pytest.mark.parametrize(
    ("config", "flag", "reads"),
    [
        ("autoencoder", "openmoji_dir", "data_dir"),
        ("autoencoder", "pseudo_dir", "data_dir"),
        ("autoencoder", "init_weights", "data_dir"),
        ("bisenet", "drawn_dir", "data_dir"),
        ("dcgan", "drawn_dir", "openmoji_dir"),
    ],
)
def test_flags_of_other_tasks_are_refused(config: str, flag: str, reads: str) -> None:
    flags = [f"--config=configs/{config}.py", "--workdir=x", f"--{flag}=y"]
    with pytest.raises(UserError, match=f"--{flag} is not read by this --config, which reads --{reads}"):
        program.main(flags)


def test_the_recipe_is_valid() -> None:
    config = ml_collections.FrozenConfigDict(autoencoder_config.get_config())
    ReconstructionTask(config).check()
    assert set(config.kinds) == set(part_shapes.PARTS_OF_TYPE)

"""The names of a conditional run's classes are in its work directory, its export and its generator."""

import json
from pathlib import Path

import ml_collections
import numpy as np
import pytest
from support import openmoji_folder
from training.support.run import train
from training.support.small_gan import small_config

from emojax.core.errors import UserError
from emojax.emoji import generate
from emojax.training import export, tasks
from emojax.training.engine import run_files
from emojax.training.gan import labels as gan_labels

_FACES = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return openmoji_folder.write(tmp_path_factory.mktemp("drawings") / "openmoji")


@pytest.fixture(scope="module")
def workdir(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A conditional run of two steps."""
    config = small_config(epochs=1, batch_size=8)
    config.model.num_classes = -1
    config.run.sample_every = 0
    workdir = tmp_path_factory.mktemp("run")
    train(config, workdir, openmoji_dir=folder)
    return workdir


def test_classes_are_named_in_the_order_of_the_data(workdir: Path, tmp_path: Path) -> None:
    path = tmp_path / "g.safetensors"
    export.main([str(workdir), str(path)])
    drawn, exported = generate.load(workdir), generate.load(path)
    for generator in (drawn, exported):
        assert generator.labels is not None
        assert len(generator.labels) == _FACES
        first = generator.labels.labels[0]
        assert (first.hexcode, first.emoji, first.annotation) == ("1F600", "😀", "grinning face")
        assert generator.labels.find("face blowing a kiss") == 4
        assert "own drawing" in first.tags
    assert drawn.labels == exported.labels
    latents, classes = drawn.latents(0, range(4)), drawn.one_hot([4, 0, 11, 4])
    live, stored = (generator.draw(latents, classes).astype(int) for generator in (drawn, exported))
    assert live.shape == (4, 16, 16, 3)
    assert np.abs(live - stored).max() <= 2  # kernels are exported in half precision


def test_an_export_of_the_average_alone_is_half_the_size(workdir: Path, tmp_path: Path) -> None:
    both, one = tmp_path / "both.safetensors", tmp_path / "one.safetensors"
    export.main([str(workdir), str(both)])
    export.main(["--average_only", str(workdir), str(one)])
    assert one.stat().st_size < 0.6 * both.stat().st_size
    latents, classes = np.ones((2, 8), np.float32), np.eye(_FACES, dtype=np.float32)[:2]
    drawn = [generate.load(path).draw(latents, classes) for path in (both, one)]
    np.testing.assert_array_equal(*drawn)
    with pytest.raises(UserError, match="--with_run is for face parsers"):
        export.main(["--with_run", str(workdir), str(workdir), str(both)])
    with pytest.raises(UserError, match=r"one\.safetensors holds the moving average alone"):
        generate.load(one, average=False)


def _compare(workdir: Path, config: ml_collections.ConfigDict, source: Path) -> None:
    task = tasks.make_task(config)
    run_files.compare(workdir, task, task.run_files({"openmoji_dir": source}))


def test_a_run_resumes_with_the_same_emoji_only(workdir: Path, folder: Path, tmp_path: Path) -> None:
    config = small_config(epochs=1, batch_size=8)
    config.model.num_classes = _FACES
    before = (workdir / "labels.json").read_bytes()
    _compare(workdir, config, folder)
    assert (workdir / "labels.json").read_bytes() == before
    other = openmoji_folder.write(tmp_path / "other")
    rows = json.loads((other / "data" / "openmoji.json").read_text())
    rows[0]["order"], rows[1]["order"] = rows[1]["order"], rows[0]["order"]
    (other / "data" / "openmoji.json").write_text(json.dumps(rows))
    with pytest.raises(UserError, match=r"labels\.json does not fit the data set"):
        _compare(workdir, config, other)
    assert (workdir / "labels.json").read_bytes() == before


def test_a_run_without_classes_has_no_names() -> None:
    config = small_config()
    config.model.num_classes = 0
    assert tasks.make_task(config).run_files({}) == {}


def test_names_that_are_missing_or_damaged_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"labels\.json cannot be read"):
        gan_labels.read(tmp_path)
    for content in (b"\xff\xfe", b"", b"[1]", b"[" * 2**20):
        (tmp_path / "labels.json").write_bytes(content)
        with pytest.raises(UserError, match=r"labels\.json"):
            gan_labels.read(tmp_path)

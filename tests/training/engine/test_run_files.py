"""The configuration and the texts of a work directory: when it may be resumed."""

import json
from pathlib import Path
from typing import Any

import pytest
from training.support.small_gan import small_task

from emojax.core.errors import UserError
from emojax.training.engine import run_files


def _write(workdir: Path, **changes: Any) -> None:
    workdir.mkdir(exist_ok=True)
    task = small_task(**changes)
    run_files.compare(workdir, task, {})
    run_files.write(workdir, task, {})


def test_the_same_run_or_a_longer_one_is_accepted_and_written(tmp_path: Path) -> None:
    _write(tmp_path / "w")
    _write(tmp_path / "w", epochs=900, run={"log_every": 7})
    assert run_files.read_config(tmp_path / "w")["epochs"] == 900
    assert (tmp_path / "w" / "config.json").read_text() == (
        json.dumps(json.loads(small_task(epochs=900, run={"log_every": 7}).config.to_json()), indent=1) + "\n"
    )


def test_fields_that_a_stored_configuration_lacks_have_the_published_values(tmp_path: Path) -> None:
    _write(tmp_path)
    path = tmp_path / "config.json"
    config = json.loads(path.read_text())
    del config["augmentation"], config["run"]["validate_count"]
    path.write_text(json.dumps(config))
    with pytest.raises(
        UserError, match=r"config\.augmentation\.strength is 0\.5 but .* has 0\.0: use another"
    ):
        _write(tmp_path, augmentation={"strength": 0.5})
    _write(tmp_path)
    assert run_files.read_config(tmp_path)["augmentation"]["strength"] == 0.0


def test_a_field_that_is_known_no_more_is_named(tmp_path: Path) -> None:
    _write(tmp_path)
    path = tmp_path / "config.json"
    config = json.loads(path.read_text())
    config["model"]["swish"] = True
    path.write_text(json.dumps(config))
    with pytest.raises(UserError, match=r"config\.model\.swish is None but .* has True"):
        _write(tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"batch_size": 8}, "config.batch_size is 8 but .* has 16"),
        ({"data": {"name": "faces"}}, "config.data.name is 'faces'"),
        ({"model": {"latent_size": 9}}, "config.model.latent_size is 9"),
        ({"generator_optimizer": {"b1": 0.5}}, "config.generator_optimizer.b1 is 0.5"),
        ({"seed": 1, "batch_size": 8}, "config.batch_size is 8"),  # the first by name
    ],
)
def test_another_run_is_refused_by_field(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    _write(tmp_path / "w")
    before = (tmp_path / "w" / "config.json").read_bytes()
    with pytest.raises(UserError, match=words):
        _write(tmp_path / "w", **changes)
    assert (tmp_path / "w" / "config.json").read_bytes() == before


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_a_broken_config_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(UserError, match=r"config\.json"):
        run_files.read_config(tmp_path)
    with pytest.raises(UserError, match=r"holds no config\.json"):
        run_files.read_config(tmp_path / "elsewhere")


def test_files_are_written_once_and_compared_afterwards(tmp_path: Path) -> None:
    run_files.write(tmp_path, small_task(), {"a.json": "ä", "b.json": "2"})
    run_files.compare(tmp_path, small_task(), {"a.json": "ä"})
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == "ä"
    with pytest.raises(UserError, match=r"b\.json does not fit the data set"):
        run_files.compare(tmp_path, small_task(), {"a.json": "ä", "b.json": "3"})
    assert (tmp_path / "b.json").read_text() == "2"
    (tmp_path / "b.json").write_bytes(b"\xff")
    with pytest.raises(UserError, match=r"b\.json cannot be read .*: delete it"):
        run_files.compare(tmp_path, small_task(), {"b.json": "2"})


def test_comparing_changes_nothing(tmp_path: Path) -> None:
    run_files.compare(tmp_path / "new", small_task(), {"a.json": "1"})
    assert not list(tmp_path.iterdir())

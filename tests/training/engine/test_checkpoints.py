"""Checkpoints of a small state, and when a work directory may be resumed."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from training.support.small_gan import small_task

from emojax.core.errors import UserError
from emojax.training.engine import checkpoints
from emojax.training.engine.checkpoints import Checkpoints

_DEVICE = jax.sharding.SingleDeviceSharding(jax.devices()[0])


def _state(step: int) -> dict[str, Any]:
    return {"step": jnp.int32(step), "kernel": step + jnp.arange(1000, dtype=jnp.float32)}


def _like(state: Any) -> Any:
    return checkpoints.placed_like(jax.eval_shape(lambda: state), _DEVICE)


class _Run(NamedTuple):
    workdir: Path
    saved: Checkpoints


@pytest.fixture
def run(tmp_path: Path) -> Iterator[_Run]:
    """Two of the checkpoints of steps 1 to 3."""
    saved = Checkpoints(tmp_path, keep=2)
    for step in (1, 2, 3):
        saved.save(step, _state(step))
    saved.wait()
    yield _Run(tmp_path, saved)
    saved.close()


def test_the_newest_are_kept_and_restored_to_the_bit(run: _Run) -> None:
    assert run.saved.latest_step() == 3
    assert sorted(p.name for p in (run.workdir / "checkpoints").iterdir()) == ["2", "3"]
    for saved in (run.saved, Checkpoints(run.workdir), Checkpoints(run.workdir, read_only=True)):
        restored = saved.restore(_like(_state(0)))
        assert int(restored["step"]) == 3
        np.testing.assert_array_equal(restored["kernel"], _state(3)["kernel"])
        assert restored["kernel"].sharding == _DEVICE


def test_a_step_that_is_saved_already_is_left_as_it_is(run: _Run) -> None:
    run.saved.save(3, _state(9))
    run.saved.wait()
    assert int(run.saved.restore(_like(_state(0)))["step"]) == 3


def test_nothing_saved_is_nothing_to_restore_or_wait_for(tmp_path: Path) -> None:
    saved = Checkpoints(tmp_path)
    assert saved.latest_step() is None
    saved.wait()
    saved.close()
    assert not list(tmp_path.iterdir())


def test_a_damaged_checkpoint_is_named_with_the_one_before(run: _Run) -> None:
    for path in (run.workdir / "checkpoints" / "3").rglob("*"):
        if path.is_file():
            path.write_bytes(b"")
    with pytest.raises(UserError, match=r"checkpoints/3 cannot be .*: delete it to resume from step 2$"):
        Checkpoints(run.workdir, read_only=True).restore(_like(_state(0)))
    shutil.rmtree(run.workdir / "checkpoints" / "2")
    with pytest.raises(UserError, match=r"delete it to start again$"):
        Checkpoints(run.workdir, read_only=True).restore(_like(_state(0)))


def test_a_state_of_another_model_is_refused(run: _Run) -> None:
    other = {"step": jnp.int32(0), "bias": jnp.zeros(1000)}
    with pytest.raises(UserError, match=r"checkpoints/3 cannot be restored"):
        run.saved.restore(_like(other))


@pytest.mark.parametrize(("free", "enough"), [(1.101, True), (1.099, False)])
def test_a_save_needs_a_tenth_more_than_its_size(
    run: _Run, monkeypatch: pytest.MonkeyPatch, free: float, enough: bool
) -> None:
    size = 4 * 1000 + 4
    usage = shutil.disk_usage(run.workdir)._replace(free=int(free * size))
    monkeypatch.setattr(checkpoints.shutil, "disk_usage", lambda path: usage)
    if enough:
        run.saved.save(4, _state(4))
        run.saved.wait()
        assert run.saved.latest_step() == 4
    else:
        with pytest.raises(
            UserError, match=r"it takes 0 MB and 0 MB are free\): the last complete .* step 3; "
        ):
            run.saved.save(4, _state(4))


def test_a_full_disk_says_sizes_in_megabytes_and_that_there_is_no_checkpoint_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=2_000_000)
    monkeypatch.setattr(checkpoints.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(UserError, match=r"it takes 8 MB and 2 MB are free\): there is none yet; free some"):
        Checkpoints(tmp_path).save(1, {"x": jnp.zeros(2_000_000)})


class _Broken:
    """Stands for Orbax's manager when the disk is full."""

    def latest_step(self) -> None:
        return None

    def fail(self, *_: Any, **__: Any) -> None:
        raise RuntimeError("\n\n  No space left on device\nand a long trace")

    check_for_errors = save = wait_until_finished = close = fail


def test_errors_of_saves_are_one_line_and_closing_ignores_them(tmp_path: Path) -> None:
    saved = Checkpoints(tmp_path)
    vars(saved)["_manager"] = _Broken()
    (tmp_path / "checkpoints").mkdir()
    for call in (lambda: saved.save(1, _state(1)), saved.wait):
        with pytest.raises(
            UserError, match=r"checkpoint in .*/checkpoints \( No space left on device\): there"
        ):
            call()
    saved.close()


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("one\ntwo"), "one"),
        (ValueError(" \n\ntwo"), "two"),
        (KeyError(), "KeyError"),
        (ValueError("x" * 300), "x" * 200),
    ],
)
def test_an_error_is_named_by_its_first_line(error: Exception, line: str) -> None:
    assert checkpoints._first_line(error) == line


def _write(workdir: Path, **changes: Any) -> None:
    workdir.mkdir(exist_ok=True)
    checkpoints.write_or_compare_config(workdir, small_task(**changes))


def test_the_same_run_or_a_longer_one_is_accepted_and_written(tmp_path: Path) -> None:
    _write(tmp_path / "w")
    _write(tmp_path / "w", epochs=900, run={"log_every": 7})
    assert checkpoints.read_config(tmp_path / "w")["epochs"] == 900
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
    assert checkpoints.read_config(tmp_path)["augmentation"]["strength"] == 0.0


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
        checkpoints.read_config(tmp_path)
    with pytest.raises(UserError, match=r"holds no config\.json"):
        checkpoints.read_config(tmp_path / "elsewhere")


def test_files_are_written_once_and_compared_afterwards(tmp_path: Path) -> None:
    checkpoints.write_or_compare_files(tmp_path, {"a.json": "ä", "b.json": "2"})
    checkpoints.write_or_compare_files(tmp_path, {"a.json": "ä"})
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == "ä"
    with pytest.raises(UserError, match=r"b\.json does not fit the data set"):
        checkpoints.write_or_compare_files(tmp_path, {"a.json": "ä", "b.json": "3"})
    assert (tmp_path / "b.json").read_text() == "2"
    (tmp_path / "b.json").write_bytes(b"\xff")
    with pytest.raises(UserError, match=r"b\.json cannot be read .*: delete it"):
        checkpoints.write_or_compare_files(tmp_path, {"b.json": "2"})

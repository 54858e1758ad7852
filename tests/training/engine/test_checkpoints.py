"""Checkpoints of a small state, and when a work directory may be resumed."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

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


def _damage(workdir: Path, step: int) -> None:
    for path in (workdir / "checkpoints" / str(step)).rglob("*"):
        if path.is_file():
            path.write_bytes(b"")


@pytest.mark.parametrize(
    "how", ["emptied", "an empty folder of a newer step", "a bit of its numbers", "its metadata"]
)
def test_a_damaged_checkpoint_is_passed_over_in_one_line(
    run: _Run, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run.saved.close()
    last = 3
    if how == "emptied":
        _damage(run.workdir, 3)
    elif how == "a bit of its numbers":
        _change_checksum(run.workdir, 3)
    elif how == "its metadata":
        (run.workdir / "checkpoints" / "3" / "_CHECKPOINT_METADATA").write_bytes(b"{")
    else:
        last = 7
        (run.workdir / "checkpoints" / "7").mkdir()
    before = 3 if last == 7 else 2
    reader = Checkpoints(run.workdir, read_only=True)
    assert int(reader.restore(_like(_state(0)))["step"]) == before
    printed = capsys.readouterr().err
    assert f"checkpoints: {last} cannot be read; going on from step {before}\n" in printed
    assert printed.count("\n") == 1
    assert (run.workdir / "checkpoints" / str(last)).is_dir()
    saved = Checkpoints(run.workdir)
    assert int(saved.restore(_like(_state(0)))["step"]) == before == saved.latest_step()
    saved.save(last, _state(last))  # the run goes on to that step again
    saved.wait()
    assert int(saved.restore(_like(_state(0)))["step"]) == last
    saved.close()


def _change_checksum(workdir: Path, step: int) -> None:
    path = workdir / "checkpoints" / str(step) / "_CHECKPOINT_METADATA"
    metadata = json.loads(path.read_text())
    metadata["custom_metadata"]["crc32"] += 1
    path.write_text(json.dumps(metadata))


def test_where_all_are_damaged_that_is_said_and_nothing_deleted(run: _Run) -> None:
    run.saved.close()
    _damage(run.workdir, 2)
    _damage(run.workdir, 3)
    with pytest.raises(UserError, match=r"checkpoints/3 cannot be restored .*nor can one before"):
        Checkpoints(run.workdir).restore(_like(_state(0)))
    assert sorted(path.name for path in (run.workdir / "checkpoints").iterdir()) == ["2", "3"]


@pytest.mark.parametrize("name", ["x[1]", "x?", "a*b", "[!a]", "plain", "{a,b}", "a b", "\u00fc", "$x"])
def test_any_path_works(tmp_path: Path, name: str) -> None:
    saved = Checkpoints(tmp_path / name / "w", keep=2)
    for step in (1, 2, 3):
        saved.save(step, _state(step))
    saved.wait()
    saved.close()
    assert sorted(path.name for path in (tmp_path / name / "w" / "checkpoints").iterdir()) == ["2", "3"]
    again = Checkpoints(tmp_path / name / "w", read_only=True)
    np.testing.assert_array_equal(again.restore(_like(_state(0)))["kernel"], _state(3)["kernel"])
    again.close()


def test_a_save_that_reads_otherwise_does_not_count(run: _Run, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter((1, 2))
    monkeypatch.setattr(checkpoints, "_checksum", lambda state: next(numbers))
    run.saved.save(4, _state(4))
    with pytest.raises(UserError, match="its numbers are not those that were saved"):
        run.saved.wait()


def test_the_checksum_is_of_every_number_shape_and_type() -> None:
    state = {"a": jnp.arange(6.0).reshape(2, 3), "b": jnp.int32(1)}
    changed = [
        {**state, "a": state["a"].at[1, 2].add(1e-6)},
        {**state, "a": state["a"].reshape(3, 2)},
        {**state, "b": jnp.uint32(1)},
        {**state, "b": jnp.int32(2)},
    ]
    assert checkpoints._checksum(state) == checkpoints._checksum(jax.tree.map(np.asarray, state))
    assert len({checkpoints._checksum(each) for each in [state, *changed]}) == 5


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


def test_a_pipe_among_the_checkpoints_is_refused_without_waiting(run: _Run) -> None:
    os.mkfifo(run.workdir / "checkpoints" / "3" / "pipe")
    with pytest.raises(UserError, match=r"3/pipe: is not a regular file; delete it"):
        Checkpoints(run.workdir, read_only=True).latest_step()

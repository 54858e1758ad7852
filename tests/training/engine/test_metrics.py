"""metrics.jsonl: means of what was added, the steps they end at, and what a resumed run deletes."""

import io
import json
import sys
import types
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from tqdm import tqdm

from emojax.core.errors import UserError
from emojax.training.engine import metrics
from emojax.training.engine.metrics import MetricsLog, NonFinite


class _Events:
    """Stands for TensorBoard's writer."""

    def __init__(self, folder: str, purge_step: int) -> None:
        self.folder, self.purge_step, self.closed = folder, purge_step, False
        self.rows: list[tuple[str, float, int]] = []

    def add_scalar(self, name: str, value: float, step: int) -> None:
        self.rows.append((name, value, step))

    def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def events(monkeypatch: pytest.MonkeyPatch) -> list[_Events]:
    made: list[_Events] = []

    def writer(folder: str, purge_step: int) -> _Events:
        made.append(_Events(folder, purge_step))
        return made[-1]

    # The module itself is replaced, since importing it is slow.
    monkeypatch.setitem(sys.modules, "tensorboardX", types.SimpleNamespace(SummaryWriter=writer))
    return made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Its first number is the time in seconds."""
    now = [100.0]
    monkeypatch.setattr(metrics.time, "perf_counter", lambda: now[0])
    return now


def _log(workdir: Path, resume_after: int = 0, total: int = 20) -> MetricsLog:
    return MetricsLog(workdir, resume_after=resume_after, total=total)


def _rows(workdir: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]


def _flush(log: MetricsLog, **options: Any) -> NonFinite | None:
    with tqdm(total=20, disable=True, **options) as bar:
        return log.flush(bar)


def test_a_row_has_the_means_since_the_last_and_the_step_it_ends_at(
    tmp_path: Path, clock: list[float]
) -> None:
    log = _log(tmp_path)
    log.add(0, 1, {"loss": jnp.asarray([1.0])})
    log.add(1, 3, {"loss": jnp.asarray([2.0, 4.0, 9.0])})
    clock[0] += 8.0
    assert _flush(log) is None
    log.add(4, 2, {"loss": jnp.asarray([0.5, 0.1234567])})
    clock[0] += 0.5
    assert _flush(log) is None
    assert _rows(tmp_path) == [
        {"step": 4, "loss": 4.0, "steps_per_second": 0.5},
        {"step": 6, "loss": 0.311728, "steps_per_second": 4.0},  # six decimals
    ]


def test_nothing_added_is_no_row(tmp_path: Path) -> None:
    log = _log(tmp_path)
    assert _flush(log) is None
    assert not (tmp_path / "metrics.jsonl").exists()
    log.add(0, 1, {"loss": jnp.asarray([1.0])})
    _flush(log)
    _flush(log)
    assert len(_rows(tmp_path)) == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_first_metric_that_is_not_finite_is_returned_and_no_row_written(
    tmp_path: Path, bad: float
) -> None:
    log = _log(tmp_path)
    log.add(5, 1, {"a": jnp.asarray([1.0]), "b": jnp.asarray([1.0])})
    log.add(6, 3, {"a": jnp.asarray([1.0, 1.0, bad]), "b": jnp.asarray([1.0, bad, bad])})
    found = _flush(log)
    assert found is not None
    assert (found.name, found.step) == ("b", 7)
    np.testing.assert_equal(found.value, bad)
    assert not (tmp_path / "metrics.jsonl").exists()
    log.add(9, 1, {"a": jnp.asarray([1.0]), "b": jnp.asarray([2.0])})
    assert _flush(log) is None, "what was reported is not reported again"
    assert [row["step"] for row in _rows(tmp_path)] == [10]


def test_one_call_of_the_compiled_step_may_be_pending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[Any] = []
    monkeypatch.setattr(metrics.jax, "block_until_ready", waited.append)
    log, calls = _log(tmp_path), [{"loss": jnp.asarray([float(i)])} for i in range(3)]
    for i, call in enumerate(calls):
        log.add(i, 1, call)
    assert waited == calls[:2]


def test_scores_are_rows_of_their_own_and_found_by_name(tmp_path: Path, events: list[_Events]) -> None:
    log = _log(tmp_path, resume_after=3)
    assert log.values("val_kid") == []
    log.record(4, {"val_kid": 0.25, "val_ssim": 0.5})
    log.record(6, {"loss": 1.0})
    log.record(8, {"val_kid": 0.12345678})
    assert _rows(tmp_path)[0] == {"step": 4, "val_kid": 0.25, "val_ssim": 0.5}
    assert log.values("val_kid") == [0.25, 0.123457]
    assert log.values("loss") == [1.0]
    (written,) = events
    assert written.folder == str(tmp_path)
    assert written.purge_step == 4, "events after the step resumed from are written again"
    assert written.rows == [
        *(("val_kid", 0.25, 4), ("val_ssim", 0.5, 4), ("loss", 1.0, 6), ("val_kid", 0.12345678, 8))
    ]
    assert not written.closed
    log.close()
    assert written.closed


def test_a_log_without_rows_opens_no_event_file(tmp_path: Path, events: list[_Events]) -> None:
    _log(tmp_path).close()
    assert events == []


def test_rows_after_the_step_resumed_from_are_deleted(tmp_path: Path) -> None:
    log = _log(tmp_path)
    for step in (2, 4, 6):
        log.record(step, {"loss": float(step)})
    _log(tmp_path, resume_after=4)
    assert [row["step"] for row in _rows(tmp_path)] == [2, 4]
    _log(tmp_path, resume_after=3)
    assert [row["step"] for row in _rows(tmp_path)] == [2]
    _log(tmp_path)
    assert _rows(tmp_path) == []


def test_a_line_cut_short_by_a_kill_is_deleted(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 2, "loss": 1.0}\n{"step": 4, "lo')
    log = _log(tmp_path, resume_after=10)
    assert path.read_text() == '{"step": 2, "loss": 1.0}\n'
    log.record(6, {"loss": 2.0})
    assert [row["step"] for row in _rows(tmp_path)] == [2, 6]


def test_other_processes_write_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 2, "loss": 1.0}\n')
    monkeypatch.setattr(metrics.jax, "process_index", lambda: 1)
    log = _log(tmp_path)
    log.add(0, 1, {"loss": jnp.asarray([1.0])})
    assert _flush(log) is None
    log.record(3, {"val_kid": 1.0})
    assert path.read_text() == '{"step": 2, "loss": 1.0}\n'
    log.add(1, 1, {"loss": jnp.asarray([np.nan])})
    assert _flush(log) is not None


def test_without_a_bar_a_line_names_losses_speed_and_time_left(
    tmp_path: Path, clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    log = _log(tmp_path, total=20)
    log.add(0, 4, {"d_loss": jnp.full(4, 0.5), "g_loss": jnp.full(4, 1.2345), "d_real": jnp.full(4, 0.7)})
    clock[0] += 2.0
    _flush(log)
    assert capsys.readouterr().err == "step 4/20  d_loss 0.5 g_loss 1.23  2.00 steps/s  8 s left\n"


def test_a_bar_has_the_losses_and_no_line_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, terminal = _log(tmp_path), io.StringIO()
    log.add(0, 1, {"loss": jnp.asarray([0.25]), "accuracy": jnp.asarray([0.5])})
    with tqdm(total=20, file=terminal) as bar:
        before = terminal.getvalue()
        log.flush(bar)
        assert bar.postfix == "loss=0.25"
        assert terminal.getvalue() == before, "drawn with the bar's next update, not twice"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "content", [b"[]\n", b'{"step": "x"}\n', b'{"loss": 1}\n', b"null\n", b"[" * 100_000]
)
def test_a_last_line_that_is_no_row_is_left_out_and_another_is_refused(
    tmp_path: Path, content: bytes
) -> None:
    row = b'{"step": 1, "a": 2.0}\n'
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(row + content)
    log = MetricsLog(tmp_path, resume_after=5, total=9)
    assert log.values("a") == [2.0]
    assert path.read_bytes() == row
    before = row + content.rstrip() + b"\n" + row
    path.write_bytes(before)
    with pytest.raises(UserError, match=r"metrics\.jsonl: line 2"):
        MetricsLog(tmp_path, resume_after=5, total=9)
    assert path.read_bytes() == before


def test_what_is_no_text_in_place_of_the_log_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match=r"metrics\.jsonl: is not UTF-8"):
        MetricsLog(tmp_path, resume_after=0, total=9)
    path.unlink()
    path.mkdir()
    with pytest.raises(UserError, match=r"metrics\.jsonl: is a directory"):
        MetricsLog(tmp_path, resume_after=0, total=9)

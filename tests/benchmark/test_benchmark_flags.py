"""The benchmark's flags and its report."""

import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import pytest

from emojax.benchmark import __main__ as program
from emojax.benchmark import report
from emojax.benchmark.timing import Summary, WorkerError
from emojax.core.errors import UserError


def test_row_from_known_times() -> None:
    found = report.row(
        "gan",
        "emojax",
        Summary(median=200.0, q25=190.0, q75=230.0),
        images=16,
        gflop=30.0,
        peak_gflops=300.0,
        peak_memory_mb=512.0,
    )
    assert found["images_per_second"] == pytest.approx(80)
    assert found["matrix_share"] == pytest.approx(0.5)
    assert found["spread"] == [190.0, 230.0]
    assert (found["name"], found["variant"], found["ms_per_step"]) == ("gan", "emojax", 200.0)


def test_ratios_compare_with_the_best_of_the_peer() -> None:
    found = report.ratios(
        {"emojax": 100.0, "emojax_mesh": 80.0, "torch_eager": 150.0, "torch_compile": 120.0}
    )
    assert found == pytest.approx(
        {
            "emojax_over_emojax_mesh": 0.8,
            "emojax_over_torch_eager": 1.5,
            "emojax_over_torch_compile": 1.2,
            "emojax_over_torch_best": 1.2,
        }
    )
    assert report.ratios({"emojax": 100.0}) == {}


def test_busy_machine_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    assert report.busy() is None
    monkeypatch.setattr(os, "getloadavg", lambda: (1_000.0, 0.0, 0.0))
    assert "busy" in (report.busy() or "")


def fake_report(*_: object, **__: object) -> dict[str, Any]:
    summary = Summary(100.0, 99.0, 101.0)
    row = report.row("gan", "emojax", summary, images=16, gflop=31.4, peak_gflops=300.0, peak_memory_mb=900.0)
    machine = report.machine() | {"device": "cpu", "matrix_gflops": 300.0}
    return {"machine": machine, "rows": [row], "ratios": {}, "skipped": {}}


def test_figures_are_printed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: dict[str, Any] = {}

    def fake_measure(name: str, settings: dict[str, Any], **options: Any) -> dict[str, Any]:
        asked.update(options, name=name, batch_size=settings["batch_size"])
        return fake_report()

    monkeypatch.setattr(program, "measure", fake_measure)
    monkeypatch.setattr(program, "start_seconds", lambda _: 1.25)
    target = tmp_path / "figures" / "benchmark.json"
    program.main(["--rounds", "9", "--batch_size", "32", "--json", str(target)])
    assert asked == {"name": "gan", "batch_size": 32, "peer": None, "rounds": 9}
    written = json.loads(target.read_text())
    assert written["rows"] == [fake_report()["rows"][0] | {"start_seconds": 1.25}]
    printed = capsys.readouterr().out
    assert "100.00" in printed
    assert "1.25 s" in printed


def test_start_that_cannot_be_measured_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> float:
        raise WorkerError("exit code 2 (libcairo is missing)")

    monkeypatch.setattr(program, "measure", fake_report)
    monkeypatch.setattr(program, "start_seconds", fail)
    program.main([])
    assert "skipped start_seconds: exit code 2 (libcairo is missing)" in capsys.readouterr().out


def test_missing_peer_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UserError, match="--peer torch: it is not installed, pip install torch"):
        program.main(["--peer", "torch"])


@pytest.mark.parametrize(
    "flags", [["--rounds", "0"], ["--batch_size", "many"], ["--peer", "caffe"], ["cake"], ["--json", "."]]
)
def test_bad_flags_are_refused_by_name(flags: list[str]) -> None:
    with pytest.raises(UserError, match=flags[0].lstrip("-")):
        program.main(flags)

"""A measured workload has a row for every program that ran and a reason for every other."""

import dataclasses
import functools
import sys
from pathlib import Path
from typing import Any

import jax
import pytest
from support.gan_config import gan_config

from emojax.benchmark import agreement, load, measure, pages, report
from emojax.benchmark.timing import Program, WorkerError
from emojax.benchmark.workloads import table
from emojax.core.errors import UserError


def _several_devices(config: dict[str, Any], devices: int = 2) -> Program:
    facts = {"platform": "cpu", "device": "abacus", "devices": devices, "devices_present": 2}
    facts |= {"steps_per_call": 3, "images": config["batch_size"], "gflop": 2.0}
    return Program(lambda: sum(range(20_000)), 1, facts)


def _one_device(config: dict[str, Any]) -> Program:
    program = _several_devices(config, devices=1)
    return program._replace(facts=program.facts | {"devices_present": 1})


def _another(config: dict[str, Any]) -> Program:
    return Program(lambda: sum(range(40_000)), 1, {"devices": 1, "images": 3, "gflop": 4.0})


def _peer(config: dict[str, Any], variant: str, **options: Any) -> Program:
    assert options["platform"] == "cpu"
    if variant == "channels_last":
        raise WorkerError("there are no channels")
    facts = {"devices": 1, "images": config["batch_size"], "gflop": 2.0}
    return Program(lambda: sum(range(20_000)), options["steps"], facts)


def _product() -> Program:
    return Program(lambda: sum(range(10_000)), 1, {"gflop": 0.5})


def _sum() -> Program:
    return Program(lambda: sum(range(10_000)), 1, {"gbyte": 0.25})


def _workload(**fields: Any) -> table.Workload:
    return dataclasses.replace(table.WORKLOADS["gan"], calls=3, warm_up=1, **fields)


@pytest.fixture(autouse=True)
def _small_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "_PROBES", {"matrix product": _product, "weighted sum": _sum})
    # This machine's load is not what is tested.
    monkeypatch.setattr(load, "others", lambda before, after: 0.0)
    monkeypatch.setattr(agreement, "MAX_DISAGREEMENT", 1e9)


def test_report_has_a_row_for_everything_that_ran_and_a_reason_for_the_rest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    workload = _workload(
        programs={"emojax": _several_devices, "emojax_jit": functools.partial(_several_devices, devices=1)},
        uncompared={"emojax_use": _another},
        baselines={"loop": _another},
        peers={"torch": _peer},
        peer_variants=table.WORKLOADS["parser"].peer_variants,
    )
    monkeypatch.setitem(table.WORKLOADS, "gan", workload)  # type: ignore[arg-type]
    monkeypatch.setenv("CXX", "no-such-compiler")
    options = measure.Options(peer="torch", rounds=3, conditions=("all_cores",))
    found = measure.measure("gan", {"batch_size": 8}, options)
    report.write(found, tmp_path / "report.json")
    assert report.read(tmp_path / "report.json") == found

    suffixes = ["", "_kept_memory"] if sys.platform == "linux" else [""]
    eager = [f"torch_eager{suffix}" for suffix in suffixes]
    expected = {"emojax": (2, 8, 2.0), "emojax_jit": (1, 8, 2.0), "emojax_use": (1, 3, 4.0)}
    expected |= {"loop": (1, 3, 4.0), **dict.fromkeys(eager, (1, 8, 2.0))}
    condition = found.conditions["all_cores"]
    assert condition.counted == (0, 1, 2)
    assert [row.variant for row in found.rows] == list(expected)
    for row in found.rows:
        devices, images, gflop = expected[row.variant]
        seconds = row.ms_per_step / 1e3
        assert (row.name, row.condition, row.devices) == ("gan", "all_cores", devices)
        assert row.images_per_second == pytest.approx(images / seconds)
        assert row.gflop_per_step == gflop
        assert row.matrix_share == pytest.approx(gflop / seconds / (devices * condition.matrix_gflops))
        assert row.spread[0] <= row.ms_per_step <= row.spread[1]
        assert row.peak_memory_mb > 1
    # What does something else is compared with nobody.
    names = ("emojax_jit", "loop", *eager, "torch_best")
    assert set(found.ratios["all_cores"]) == {f"emojax_over_{name}" for name in names}
    missing = ("channels_last", "compile", "frozen")
    reasons = found.skipped
    assert set(reasons) == {f"all_cores torch_{v}{suffix}" for v in missing for suffix in suffixes}
    assert reasons["all_cores torch_channels_last"] == "there are no channels"
    assert all("no-such-compiler" in reasons[f"all_cores torch_{v}"] for v in ("compile", "frozen"))
    assert (found.machine.device, found.machine.jax) == ("abacus", jax.__version__)

    printed = pages.text(found)
    assert all(f"gan {name} " in printed for name in expected)
    assert "skipped all_cores torch_channels_last: there are no channels" in printed


def test_one_device_is_not_split_and_both_conditions_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    workload = _workload(
        programs={"emojax": _one_device, "emojax_mesh": _several_devices}, uncompared={"emojax_use": _another}
    )
    monkeypatch.setitem(table.WORKLOADS, "gan", workload)  # type: ignore[arg-type]
    found = measure.measure("gan", {"batch_size": 8}, measure.Options(rounds=1))
    assert [row.variant for row in found.rows] == ["emojax", "emojax_use"] * 2
    assert found.conditions["one_core"].cores == 1
    assert found.ratios == {"all_cores": {}, "one_core": {}}


def test_a_peer_that_a_workload_has_not_is_refused() -> None:
    with pytest.raises(
        UserError, match="--peer torch: there is none for match; choose gan, cgan, parser, aut"
    ):
        measure.measure("match", {}, measure.Options(peer="torch"))


def test_what_runs_in_one_process_is_not_divided() -> None:
    with pytest.raises(UserError, match="--processes 2: match runs in one process; choose gan"):
        measure.measure("match", {}, measure.Options(processes=2))
    with pytest.raises(UserError, match="--devices 3: is no multiple of --processes 2"):
        measure.measure("gan", {}, measure.Options(processes=2, devices=3))


def test_two_processes_take_the_steps_of_one_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some seconds: two processes are started, and compile the step of a tiny GAN for two devices."""
    monkeypatch.setitem(table.WORKLOADS, "gan", _workload())  # type: ignore[arg-type]
    # The suite's eight devices are not those of the job.
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")
    options = measure.Options(rounds=1, conditions=("all_cores",), devices=2, processes=2)
    found = measure.measure("gan", gan_config(16, 4, 4).to_dict(), options)
    assert [(row.variant, row.devices) for row in found.rows] == [("emojax", 2), ("emojax_mesh", 2)]
    assert all(row.compile_seconds and row.ms_per_step > 0 for row in found.rows)

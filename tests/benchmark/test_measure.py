"""A measured workload has a row for every program that ran and a reason for every other."""

import dataclasses
import functools
import json
import sys
from typing import Any

import jax
import pytest

from emojax.benchmark import measure, report
from emojax.benchmark.timing import Program, WorkerError


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


def test_report_has_a_row_for_everything_that_ran_and_a_reason_for_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workload = dataclasses.replace(
        measure.WORKLOADS["gan"],
        programs={"emojax": _several_devices, "emojax_jit": functools.partial(_several_devices, devices=1)},
        uncompared={"emojax_use": _another},
        peers={"torch": _peer},
        peer_variants=measure.WORKLOADS["parser"].peer_variants,
    )
    monkeypatch.setitem(measure.WORKLOADS, "gan", workload)
    monkeypatch.setattr(measure, "matrix_program", _product)
    monkeypatch.setenv("CXX", "no-such-compiler")
    found = measure.measure("gan", {"batch_size": 8}, peer="torch", rounds=2, calls=3)
    assert json.loads(json.dumps(found)) == found

    suffixes = ["", "_kept_memory"] if sys.platform == "linux" else [""]
    eager = [f"torch_eager{suffix}" for suffix in suffixes]
    expected = {"emojax": (2, 8, 2.0), "emojax_jit": (1, 8, 2.0), "emojax_use": (1, 3, 4.0)}
    expected |= dict.fromkeys(eager, (1, 8, 2.0))
    peak = found["machine"]["matrix_gflops"]
    assert [row["variant"] for row in found["rows"]] == list(expected)
    for row in found["rows"]:
        devices, images, gflop = expected[row["variant"]]
        seconds = row["ms_per_step"] / 1e3
        assert row["name"] == "gan"
        assert row["images_per_second"] == pytest.approx(images / seconds)
        assert row["gflop_per_step"] == gflop
        assert row["matrix_share"] == pytest.approx(gflop / seconds / (devices * peak))
        assert row["spread"][0] <= row["ms_per_step"] <= row["spread"][1]
        assert row["peak_memory_mb"] > 1
    # What does something else is compared with nobody.
    assert set(found["ratios"]) == {f"emojax_over_{name}" for name in ("emojax_jit", *eager, "torch_best")}
    reasons = found["skipped"]
    missing = ("channels_last", "compile", "frozen")
    assert set(reasons) == {f"torch_{v}{suffix}" for v in missing for suffix in suffixes}
    assert reasons["torch_channels_last"] == "there are no channels"
    assert all("no-such-compiler" in reasons[f"torch_{v}"] for v in ("compile", "frozen"))
    assert found["machine"] | {"device": "abacus", "jax": jax.__version__} == found["machine"]

    printed = report.table(found)
    assert all(f"gan {name} " in printed for name in expected)
    assert "skipped torch_channels_last: there are no channels" in printed


def test_one_device_is_not_split(monkeypatch: pytest.MonkeyPatch) -> None:
    workload = dataclasses.replace(
        measure.WORKLOADS["gan"],
        programs={"emojax": _one_device, "emojax_mesh": _several_devices},
        uncompared={"emojax_use": _another},
    )
    monkeypatch.setitem(measure.WORKLOADS, "gan", workload)
    monkeypatch.setattr(measure, "matrix_program", _product)
    found = measure.measure("gan", {"batch_size": 8}, peer=None, rounds=1, calls=1)
    assert [row["variant"] for row in found["rows"]] == ["emojax", "emojax_use"]
    assert found["ratios"] == {}

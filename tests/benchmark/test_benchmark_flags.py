"""The benchmark's flags and its report."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from emojax import evaluate
from emojax.benchmark import __main__ as program
from emojax.benchmark import pages, report
from emojax.benchmark.measure import Options
from emojax.benchmark.report import Condition, Report, Row
from emojax.benchmark.timing import Summary
from emojax.core.errors import UserError

FACTS = {"devices": 2, "images": 16, "gflop": 30.0, "compiled_gflop": 20.0, "compiled_gbyte": 1.0}


def row(facts: dict[str, Any], rates: tuple[float, float] = (300.0, 10.0)) -> Row:
    return report.row(
        "gan",
        "emojax",
        Summary(median=200.0, q25=190.0, q75=230.0),
        facts,
        condition="all_cores",
        rates=rates,
        peak_memory_mb=512.0,
        stages=[{"crop": 3.0}, {"crop": 9.0}, {"crop": 4.0}],
    )


def test_row_from_known_times() -> None:
    found = row(FACTS)
    assert found.images_per_second == pytest.approx(80)
    assert found.matrix_share == pytest.approx(30 / 0.2 / (2 * 300))
    assert found.bandwidth_share == pytest.approx(1 / 0.2 / 10)
    assert found.spread == (190.0, 230.0)
    assert found.stages == {"crop": 4.0}


def test_what_takes_longer_at_the_machines_rates_binds() -> None:
    assert row(FACTS, rates=(199.0, 10.0)).bound == "arithmetic"  # 0.1005 s and 0.1 s
    assert row(FACTS, rates=(201.0, 10.0)).bound == "memory"
    assert row({"devices": 1, "images": 1}).bound is None


def fake_report() -> Report:
    condition = Condition(2, 300.0, 10.0, (0.0, 1.5, 0.02), (0, 1, 2))
    other = {"all_cores": {"emojax_over_torch_eager": "rounds disagree: the middle half is 1 to 2"}}
    ratios = {"all_cores": {"emojax_over_torch_best": 1.25}}
    return Report(report.machine(), {"all_cores": condition}, (row(FACTS),), ratios, other, {})


def test_figures_are_printed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Any] = []

    def fake_measure(name: str, settings: dict[str, Any], options: Options) -> Report:
        asked.extend([name, settings["batch_size"], options])
        return fake_report()

    monkeypatch.setattr(program, "measure", fake_measure)
    target = tmp_path / "figures" / "benchmark.json"
    flags = ["--rounds", "9", "--batch_size", "32", "--cores", "one", "--devices", "4"]
    program.main([*flags, "--json", str(target)])
    assert asked == ["gan", 32, Options(rounds=9, conditions=("one_core",), devices=4)]
    assert report.read(target) == fake_report()
    printed = capsys.readouterr().out
    assert "200.00" in printed
    assert "other processes used up to 1.50 cores" in printed
    assert "emojax is 1.25x as fast as the best of torch" in printed
    assert "no ratio emojax_over_torch_eager: rounds disagree" in printed
    assert "ms by stage: crop 4.0" in printed


def test_settings_without_batches_take_no_batch_size() -> None:
    with pytest.raises(UserError, match="--batch_size: what is measured here has no batch"):
        program.main(["match", "--batch_size", "3"])


def test_documents_show_a_stored_report(tmp_path: Path) -> None:
    report.write(fake_report(), tmp_path / "gan.json")
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- table benchmark gan.json -->\n<!-- /table -->\n"
        "0.00<!-- figure gan.json ratios.all_cores.emojax_over_torch_best -->\n"
    )
    evaluate.main(["tables", str(page)])
    assert "| gan emojax | all cores | 200.0 (190.0–230.0) | 80 |" in page.read_text()
    assert "1.25<!-- figure" in page.read_text()


@pytest.mark.parametrize("content", ["{", "[]", '{"machine": 3}'])
def test_a_file_that_is_no_report_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(content)
    with pytest.raises(UserError, match=r"report\.json: is no report of python -m emojax.benchmark"):
        report.read(tmp_path / "report.json")
    with pytest.raises(UserError, match=r"missing\.json: cannot be read"):
        report.read(tmp_path / "missing.json")


def test_a_withheld_ratio_is_said_so_in_the_table() -> None:
    eager = report.row(
        "gan",
        "torch_eager",
        Summary(1.0, 1.0, 1.0),
        FACTS,
        condition="all_cores",
        rates=(1.0, 1.0),
        peak_memory_mb=1.0,
    )
    found = fake_report()
    found = Report(found.machine, found.conditions, (eager,), found.ratios, found.withheld, {})
    assert "rounds disagree" in pages.markdown(found)
    assert "unsure" in pages.text(found)


def test_missing_peer_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UserError, match="--peer torch: it is not installed, pip install torch"):
        program.main(["--peer", "torch"])


@pytest.mark.parametrize(
    "flags",
    [
        ["--rounds", "0"],
        ["--batch_size", "many"],
        ["--peer", "caffe"],
        ["cake"],
        ["--json", "."],
        ["--cores", "three"],
        ["--devices", "0"],
    ],
)
def test_bad_flags_are_refused_by_name(flags: list[str]) -> None:
    with pytest.raises(UserError, match=flags[0].lstrip("-")):
        program.main(flags)

"""Tables hold the figures they are given, rounded; those of stored reports are those of the measured ones."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emojax import evaluate
from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES
from emojax.evaluation.avatar.approaches import Ablation, Row
from emojax.evaluation.avatar.colors import Colors, Difference
from emojax.evaluation.avatar.labels.agreement import Agreement, Interval, agreement
from emojax.evaluation.avatar.labels.attributes import Compared
from emojax.evaluation.avatar.latency import Latency
from emojax.evaluation.avatar.overlap import RankOne
from emojax.evaluation.avatar.pages import cells, markdown, stored, tables
from emojax.evaluation.avatar.report import Figures
from emojax.evaluation.avatar.round_trip import RoundTrip
from emojax.evaluation.avatar.steadiness import Response, Steadiness
from emojax.evaluation.avatar.variety import Variety
from emojax.evaluation.measures.segmentation import Scores
from emojax.evaluation.parser import report as parser_report

TRIP = RoundTrip(
    avatars=9,
    severities=(0.0, 0.5, 1.0),
    parts={"head": [1.0, 0.5, None]},
    counts={"head": 9},
    overall=[0.98765, 0.5, 0.25],
    errors=[0.00123, None, 0.1],
    absent={"hat": [1.0, 0.9, 0.8]},
)
HATS = agreement(["no"] * 3 + ["yes"] * 2, ["no", "no", "yes", "yes", "yes"], classes=["no", "yes"], seed=0)
COMPARED = {"hat": Compared("headwear", 1, HATS, None, None)}
FIGURES = Figures(
    style="flat",
    extractor="shape",
    without=[],
    validation="^[01]",
    photos=["a", "b", "c"],
    no_face=["c"],
    no_truth=["b"],
    labels="l.csv",
    overlap={"a": 0.5, "b": 0.75},
    round_trip=TRIP,
    attributes=COMPARED,
    colors=Colors(Difference(3.14, 2.0, 2), Difference(None, None, 0), {"light": Difference(3.14, 2.0, 2)}),
    rank_one=RankOne(0.4567, 0.0312, 2),
    variety={
        "head": Variety({"x": 2}, 8, 1.0, 0.0, 2, 0.5),
        "hat": Variety({"none": 2}, 4, 1.0, 0.0, 0, None),
    },
    steadiness=Steadiness(
        faces=2,
        compared={"head": 2},
        people={"head": Response(0.8, 0.4)},
        perturbed={"shift": {"head": Response(0.2, 0.1)}},
        flips={"shift": 0.2},
        people_flips=0.8,
        drift_ratio={"shift": 0.25},
    ),
    latency=Latency({"read": 1.4, "crop": 20.0}, 21.6, 2, 0.26),
)


def _rows(table: str) -> dict[str, list[str]]:
    lines = [[cell.strip() for cell in line[1:-1].split("|")] for line in table.splitlines()]
    assert len({len(line) for line in lines}) == 1
    return {line[0]: line[1:] for line in lines}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_numbers_are_rounded_and_missing_ones_are_dashes() -> None:
    assert cells.number(0.12345) == "0.123"
    assert cells.number(2.0, 1) == "2.0"
    assert cells.number(None) == "–"
    assert cells.spread(0.5, 0.01234) == "0.500 ± 0.012"
    assert (cells.spread(0.5, None), cells.spread(None, 0.1)) == ("0.500", "–")
    assert cells.interval(Interval(0.5, 0.25, 0.759)) == "0.50 (0.25 to 0.76)"
    assert (cells.interval(Interval(1.0, None, None)), cells.interval(None)) == ("1.00", "–")
    assert cells.difference(Difference(3.14, 2.0, 2)) == "3.1 (median 2.0, 2 faces)"


def test_the_summary_has_a_column_for_each_set_of_figures() -> None:
    other = dataclasses.replace(FIGURES, rank_one=RankOne(0.9, 0.01, 2))
    rows = _rows(tables.summary({"one": FIGURES, "none": "why", "other": other}))
    assert rows[""] == ["should be", "one", "none", "other"]
    assert rows["parts of 9 drawn avatars found again, uncorrupted"] == [
        *("≥ 0.95", "0.988 ± 0.001", "", "0.988 ± 0.001"),
    ]
    assert rows["the same at severity 0.5"][1] == "0.500"
    assert rows["the same at severity 1"][1] == "0.250 ± 0.100"
    assert rows["photos with an avatar"][1] == "2 of 3"
    assert rows["rank 1 of 20"] == ["≥ 0.6", "0.457 ± 0.031 (2 faces)", "", "0.900 ± 0.010 (2 faces)"]
    assert rows["skin ΔE2000"][1] == "3.1 (median 2.0, 2 faces)"
    assert rows["hair ΔE2000"][1] == "– (median –, 0 faces)"
    assert rows["hat, balanced accuracy"][1].startswith("0.83 (")
    assert rows["overlap of face and avatar"][1] == "0.625"
    assert rows["most frequent variant"][1] == "0.50 (head)"
    assert rows["flips, drift (shift)"][1] == "0.200 of 0.800, 0.250"
    assert rows["time, ms"][1] == "22"
    assert "time, ms" not in _rows(tables.summary({"one": FIGURES}, time=False))
    bare = dataclasses.replace(FIGURES, attributes=None, colors=None, rank_one=None)
    assert len(_rows(tables.summary({"one": bare}))) == len(rows) - 4


def test_agreement_stands_beside_the_labels_own() -> None:
    rows = _rows(tables.agreement(COMPARED))
    assert rows["attribute"][4:] == [
        "labelled twice",
        "their balanced accuracy",
        "their κ",
        "at the ceiling?",
    ]
    assert rows["hat"][0] == "5"
    assert rows["hat"][1].startswith("0.83 (")
    assert rows["hat"][2].startswith("0.80 (")
    assert rows["hat"][3].startswith("0.62 (")
    assert rows["hat"][4:] == ["–"] * 4
    for ceiling, said in ((True, "yes"), (False, "no"), (None, "–")):
        twice = {"hat": dataclasses.replace(COMPARED["hat"], second=HATS, at_ceiling=ceiling)}
        row = _rows(tables.agreement(twice))["hat"]
        assert row[4:] == ["5", row[1], row[3], said]


def test_confusion_has_labels_in_rows() -> None:
    rows = _rows(tables.confusion(COMPARED["hat"]))
    assert rows["label"] == ["no", "yes", "faces", "share that agrees"]
    assert rows["no"][:3] == ["2", "1", "3"]
    assert rows["no"][3].startswith("0.67 (")
    assert rows["yes"][:3] == ["0", "2", "2"]


def test_the_report_says_what_it_is_of() -> None:
    text = markdown.markdown({"autoencoder": FIGURES, "resnet50": "not asked for."})
    assert text.startswith("# Avatars in the style flat, of 3 photos\n\n| ")
    assert "\n\nresnet50: not asked for.\n\n" in text
    assert "labels made by eye (`l.csv`)" in text
    assert "labelled a second time" not in text
    assert "Left out, because avatars have no word for their label: 1." in text
    assert "No avatar of: c\n" in text
    assert "No face in the mask of: b\n" in text
    assert text.endswith("Used were 3 photos whose names match `^[01]`: a, b, c")
    assert "\n\n\n" not in text
    for table in (tables.round_trip, tables.skin_groups, tables.variety, tables.steadiness, tables.latency):
        assert f"\n\n{table(FIGURES)}\n\n" in text
    twice = {"hat": dataclasses.replace(COMPARED["hat"], second=HATS, at_ceiling=True)}
    bare = dataclasses.replace(FIGURES, attributes=twice, colors=None, rank_one=None, without=["zoom"])
    text = markdown.markdown({"autoencoder": bare})
    assert "labelled a second time" in text
    assert "Steps left out: zoom." in text
    assert "Without `--masks`" in text


def test_details_are_by_part_type() -> None:
    trip = _rows(tables.round_trip(FIGURES))
    assert trip["part"] == ["count", "0", "0.5", "1"]
    assert trip["head"] == ["9", "1.000", "0.500", "–"]
    assert trip["**all**"] == ["9", "0.988", "0.500", "0.250"]
    assert trip["no hat, of those without"] == ["", "1.000", "0.900", "0.800"]
    assert _rows(tables.skin_groups(FIGURES))["faces"] == ["2"]
    assert _rows(tables.variety(FIGURES))["head"] == ["1 of 8", "0.0 of 3.0", "1.00", "2", "0.50", "x 2"]
    assert _rows(tables.steadiness(FIGURES))["head"] == ["2", "0.200", "0.800", "0.250"]
    assert _rows(tables.latency(FIGURES))["ms"] == ["1", "20", "22"]


def test_documents_have_the_tables_of_what_was_measured(capsys: Any) -> None:
    row = Row(
        "default",
        dataclasses.replace(TRIP, overall=[0.9, 0.8], errors=[0.1, 0.1]),
        RankOne(0.4, 0.1, 2),
        COMPARED,
        0.25,
        0.5,
        None,
    )
    ablation = Ablation("flat", "", ["a"], "l.csv", {"default": row})
    f1 = np.linspace(0.1, 0.9, 19)
    f1[9] = np.nan
    views = {"upright": Scores(f1, f1 / 2)}
    found = parser_report.Report(views, [])
    Path("avatar.json").write_text(json.dumps({"autoencoder": FIGURES.as_json()}))
    Path("approaches.json").write_text(json.dumps(dataclasses.asdict(ablation)))
    Path("parser.json").write_text(json.dumps(parser_report.as_json(found)))
    expected = {
        "avatars flat=avatar.json": tables.summary({"flat": FIGURES}, time=False),
        "attributes avatar.json": tables.agreement(COMPARED),
        "approaches a=approaches.json b=approaches.json": tables.approaches([ablation, ablation]),
        "parser parser.json": parser_report.markdown(views),
    }
    empty = "".join(f"<!-- table {each} -->\n<!-- /table -->\n" for each in expected)
    Path("page.md").write_text(empty)
    evaluate.main(["tables", "page.md"])
    full = "".join(f"<!-- table {each} -->\n{text}\n<!-- /table -->\n" for each, text in expected.items())
    assert Path("page.md").read_text() == full
    evaluate.main(["tables", "page.md", "--check"])
    Path("page.md").write_text(full.replace("0.457", "0.458"))
    with pytest.raises(UserError, match=r"page\.md: line 8 is not"):
        evaluate.main(["tables", "page.md", "--check"])
    cells_of = _rows(tables.approaches([ablation]))["default"]
    assert cells_of[:3] == ["0.900 ± 0.100", "0.800 ± 0.100", "0.400 ± 0.100"]
    assert cells_of[3:] == ["0.83", "0.25 of 0.50", "–"]


@pytest.mark.parametrize(
    ("marker", "document", "says"),
    [
        ("avatars r.json", {}, "has no figures of autoencoder"),
        ("avatars r.json", [], "is no such report"),
        ("avatars r.json", {"autoencoder": {"style": 3}}, r"is no such report \(.*style"),
        (
            "attributes r.json",
            {"autoencoder": dataclasses.replace(FIGURES, attributes=None).as_json()},
            "no labels",
        ),
        ("attributes a=r.json b=r.json", {}, "is of one report, not of 2"),
        ("approaches r.json", {}, "is no such report"),
        ("approaches r.json", dataclasses.asdict(Ablation("flat", "", [], None, {})), "has no rows"),
        ("parser r.json", {}, "is no parser report"),
        ("parser r.json", {"views": {}}, "has no conditions"),
        (
            "parser r.json",
            {"views": {"upright": {"f1": dict.fromkeys(CLASSES, "x"), "iou": {}}}},
            "is no parser",
        ),
    ],
)
def test_what_is_no_report_is_refused_in_a_line(marker: str, document: Any, says: str) -> None:
    Path("r.json").write_text(json.dumps(document))
    Path("page.md").write_text(f"<!-- table {marker} -->\n<!-- /table -->\n")
    with pytest.raises(UserError, match=says) as error:
        evaluate.main(["tables", "page.md"])
    assert "\n" not in str(error.value)


def test_reports_are_read_back_as_they_were_written() -> None:
    Path("r.json").write_text(json.dumps({"autoencoder": FIGURES.as_json()}))
    assert stored.figures(Path("r.json")) == FIGURES
    assert isinstance(stored.figures(Path("r.json")).attributes["hat"].avatar, Agreement)  # type: ignore[index]

"""The face parser's report: what its views show, which faces it names, what the program writes."""

import json
from pathlib import Path

import numpy as np
import pytest
from avatar.faces.test_parser import write_parser
from PIL import Image

from emojax import evaluate
from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES
from emojax.evaluation.parser import report as parser_report


def _faces(folder: Path, names: str) -> Path:
    """Grey photos, all hair, the more to the right the higher up in the alphabet."""
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
    for i, name in enumerate(names):
        mask = np.full((64, 64), 17, np.uint8)
        mask[:, : 8 * i] = 1
        Image.new("RGB", (64, 64), "gray").save(folder / "images" / f"{name}.jpg")
        Image.fromarray(mask).save(folder / "masks" / f"{name}.png")
    return folder


def test_views_move_photo_and_labels_together() -> None:
    labels = np.zeros((1, 128, 128), np.uint8)
    labels[:, 30:70, 50:110] = 17
    photos = np.repeat(labels[..., None] * 15, 3, axis=-1)
    for name in parser_report.VIEWS:
        seen, truth = parser_report.view(name, photos, labels)
        assert np.mean((seen[..., 0] > 127) == (truth == 17)) > 0.98, name
    assert (parser_report.view("at half scale", photos, labels)[1] == 17).sum() == 40 * 60 // 4
    assert (parser_report.view("rotated by 45°", photos, labels)[1] != labels).mean() > 0.1


def test_the_worst_faces_are_named_worst_first(tmp_path: Path) -> None:
    faces = _faces(tmp_path / "faces", "abcde")
    found = parser_report.report(
        lambda photos: np.full(photos.shape[:3], 17, np.uint8), faces, validation="[^e]", worst=3
    )
    assert [face.name for face in found.worst] == ["d", "c", "b"]
    share = (64 - 24) / 64  # of hair in the worst: F1 of hair and of skin
    assert found.worst[0].mean_f1 == pytest.approx((2 * share / (1 + share) + 0) / 2)
    assert (found.worst[0].pictures[2] == found.worst[1].pictures[2]).all()
    assert found.views["upright"].f1[1] == 0


def test_the_program_writes_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(parser_report, "_SIZE", 128)
    file = write_parser(tmp_path / "net.safetensors")
    _faces(tmp_path / "faces", "01")
    command = ["parser", str(tmp_path / "faces"), f"--weights={file}"]
    evaluate.main([*command, "--validation=0", f"--out={tmp_path / 'report'}"])
    lines = capsys.readouterr().out.strip().splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:-3]] == list(CLASSES[1:])
    assert all(line.count("|") == lines[0].count("|") for line in lines[:-1])
    assert lines[-1].startswith("worst: 0 (")
    found = json.loads((tmp_path / "report" / "parser.json").read_text())
    assert found["views"].keys() == parser_report.VIEWS.keys()
    assert (tmp_path / "report" / "parser.md").read_text().splitlines() == lines[:-1]
    with Image.open(tmp_path / "report" / "worst.png") as sheet:
        assert sheet.size == (3 * 130 + 2, 130 + 2)
    for wrong, says in (
        ("--validation=x", "--validation"),
        ("--validation=[", "no regular expression"),
        ("--size=100", "--size 100"),
        (f"--out={file}", "is a file"),
    ):
        with pytest.raises(UserError, match=says):
            evaluate.main([*command, wrong])

"""``python -m emojax.evaluate avatar`` from end to end, on drawn faces whose parser makes no mistakes."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from avatar.support.coded_face import ReadsCode, photo, use_detector
from avatar.support.shape_extractor import ShapeExtractor
from PIL import Image

from emojax import evaluate
from emojax.avatar.datasets import drawn_parts
from emojax.avatar.extractors.autoencoder import Autoencoders
from emojax.avatar.extractors.resnet import ResNet50
from emojax.avatar.faces.parser import FaceParser
from emojax.avatar.reading.net.shown import Reader
from emojax.avatar.styles import style
from emojax.avatar.styles.composition import label_map
from emojax.cli import evaluate_avatar
from emojax.core.errors import UserError
from emojax.evaluation.avatar import report
from emojax.evaluation.avatar.labels import annotations, attributes
from emojax.evaluation.avatar.pages import files, stored
from emojax.media import image

SIDE = 306
FACES = 21
LABELLED = ("glasses", "headwear", "mouth", "hair_length", "facial_hair")


def _read_resnet50(path: Path) -> ShapeExtractor:
    if path.name != "resnet50.safetensors":
        raise UserError(f"{path}: no such file")
    return ShapeExtractor()


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos, masks and labels of people of the style flat, and an empty folder."""
    folder = tmp_path_factory.mktemp("faces")
    flat = style.load(style.find("flat"))
    others = [column for column in attributes.columns() if column not in LABELLED]
    rows = [",".join(["id", *LABELLED, *others])]
    for i in range(FACES):
        choice = drawn_parts.person(flat, i, 5)[0] | {"glasses": "round" if i % 3 == 0 else "none"}
        choice["hat"] = "beanie" if i % 5 == 0 else "none"
        mouth, hair = (flat.variant(part, choice[part]).tags for part in ("mouth", "hair"))
        words = [
            "clear" if i % 3 == 0 else "none",
            "beanie" if i % 5 == 0 else "none",
            f"{'open' if mouth['open'] else 'closed'}_{'smile' if mouth['smile'] else 'neutral'}",
            "bald" if hair["length"] == "none" else str(hair["length"]),
            "none",
            *(next(iter(attributes.columns()[column])) for column in others),
        ]
        rows.append(",".join([f"{i:02}", *words]))
        image.save_png(folder / "photos" / f"{i:02}.png", photo(flat, choice, side=SIDE))
        image.save_png(folder / "masks" / f"{i:02}.png", label_map(flat, choice))
    (folder / "none").mkdir()
    image.save_png(folder / "one" / "00.png", image.read_photo(folder / "photos" / "00.png"))
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    (folder / "few.csv").write_text("\n".join([rows[0], *rows[1:5]]) + "\n")
    return folder


@pytest.fixture(autouse=True)
def _no_weights(shared_cache: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Autoencoders, "load", staticmethod(lambda path=None: ShapeExtractor()))
    monkeypatch.setattr(ResNet50, "load", staticmethod(_read_resnet50))
    monkeypatch.setattr(FaceParser, "load", staticmethod(lambda path=None: ReadsCode()))
    monkeypatch.setattr(Reader, "load", staticmethod(lambda path=None: None))  # which needs a real parser
    use_detector(monkeypatch)
    # A few faces show what is measured of many.
    monkeypatch.setattr(report, "PERTURBED", 8)
    monkeypatch.setattr(report, "_TIMED", 2)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(faces: Path) -> Callable[..., None]:
    def run(*flags: str) -> None:
        evaluate.main(["avatar", f"--photos={faces / 'photos'}", "--drawn=3", *flags])

    return run


def test_faces_that_are_read_right_are_judged_right(
    run: Callable[..., None], faces: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = [f"--labels={faces / 'labels.csv'}", f"--second_labels={faces / 'few.csv'}"]
    run(f"--masks={faces / 'masks'}", *labels, "--out=one")
    printed = capsys.readouterr().out
    assert Path("one/avatar.md").read_text() == printed
    document = json.loads(Path("one/avatar.json").read_text())
    found = document["autoencoder"]
    assert len(found["photos"]) == FACES
    assert found["no_face"] == found["no_truth"] == []
    compared = found["attributes"]
    for name, worn in (("glasses", 7), ("hat", 5)):
        assert compared[name]["avatar"]["counts"] == [[FACES - worn, 0], [0, worn]]
        assert compared[name]["second"]["faces"] == 4
        assert compared[name]["at_ceiling"] is True
    for name in ("mouth_open", "hair_length"):
        assert compared[name]["avatar"]["faces"] == FACES
        assert compared[name]["avatar"]["balanced_accuracy"]["value"] > 0.8
    assert found["colors"]["skin"]["count"] > 10
    assert (found["labels"], found["validation"]) == ("labels.csv", "")
    # Drawn eyes are large for photographed ones, and so they are drawn larger still.
    assert found["rank_one"]["share"] > 0.8
    assert found["round_trip"]["overall"][0] > 0.8
    # Noise changes this parser's labels only where two codes blend.
    steady = found["steadiness"]
    assert 0 <= steady["flips"]["noise"] < steady["flips"]["shift"] < steady["people_flips"]
    assert 0 < 2 * steady["drift_ratio"]["noise"] < steady["drift_ratio"]["shift"] < 1
    assert set(found["latency"]["stages"]) == {
        *("read", "crop", "segment", "embed", "match", "compose", "draw"),
    }
    assert min(found["overlap"].values()) < max(found["overlap"].values()) < 1

    table = [line for line in printed.splitlines() if line.startswith("|")]
    assert all(line.endswith(" |  |") for line in table[2:8])  # nothing in resnet50's column
    assert "resnet50: its weights are missing" in printed
    assert f"Used were {FACES} photos: 00, 01," in printed
    assert "Without `--" not in printed
    assert json.loads(json.dumps(stored.figures(Path("one/avatar.json")).as_json())) == found
    with Image.open("one/worst-autoencoder.png") as sheet:
        assert sheet.width == 8 * (192 + 2) + 2
    names = {path.name for path in Path("one").iterdir()}
    sheets = {f"{sheet}-autoencoder.png" for sheet in ("best", "worst", "faces")}
    assert names == {"avatar.md", "avatar.json"} | sheets


def test_without_masks_the_rest_is_measured_and_the_same_again(
    run: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    run("--validation=^0", "--count=2", "--drawn=1", "--extractor=autoencoder", "--out=report")
    printed = capsys.readouterr().out
    assert "Without `--masks`" in printed
    assert "Without `--labels`" in printed
    assert "Used were 2 photos whose names match `^0`: 00, 01" in printed
    assert "resnet50: not asked for." in printed
    assert "rank 1 of" not in printed.split("\n\n")[1]
    found = json.loads(Path("report/avatar.json").read_text())["autoencoder"]
    without = ("attributes", "colors", "rank_one", "no_truth", "labels")
    assert [found[name] for name in without] == [None] * 5
    assert found["photos"] == ["00", "01"]
    pictures = {path.name: path.read_bytes() for path in Path("report").glob("*.png")}
    assert pictures
    weights = "--resnet50_weights=resnet50.safetensors"
    run("--validation=^0", "--count=2", "--drawn=1", weights, "--out=report")  # in place of the first
    both = json.loads(Path("report/avatar.json").read_text())
    for figures in (found, *both.values()):
        del figures["latency"]
    assert both["autoencoder"] == found
    assert both["resnet50"] == found | {"extractor": both["resnet50"]["extractor"]}
    for name, content in pictures.items():
        for extractor in both:
            assert Path("report", name.replace("autoencoder", extractor)).read_bytes() == content
    summary = capsys.readouterr().out.split("\n\n")[1].splitlines()
    cells = [line.split(" | ")[2:] for line in summary[2:-1]]
    assert all(first == second.removesuffix(" |") for first, second in cells)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--photos=nowhere"], "--photos nowhere: no such folder"),
        (["--photos={faces}/none"], "no pictures in this folder"),
        (["--photos={faces}/none/../masks", "--validation=x"], "--validation: no name"),
        (["--validation=["], "no regular expression"),
        (["--masks=nowhere"], "--masks nowhere: no such folder"),
        (["--masks={faces}/none"], "00.png: is missing"),
        (["--masks={faces}/photos", "--count=1"], "holds 95; labels are 0 to 18|holds 190"),
        (["--masks={faces}/masks", "--count=19"], "looked for among 20"),
        (["--style=marble"], "style 'marble'"),
        (["--labels=nowhere.csv"], "nowhere.csv: no such file; give a CSV file of labels, or celebamask"),
        (["--labels=celebamask"], "--labels celebamask: 104 of 104 faces have no photo"),
        (
            ["--labels={faces}/labels.csv", "--photos={faces}/one"],
            "20 of 21 faces have no photo, such as '01'",
        ),
        (["--second_labels={faces}/few.csv"], "--second_labels is compared with --labels; give both"),
        (["--labels={faces}/labels.csv", "--validation=["], "no regular expression"),
        (["--extractor=resnet50"], "needs --resnet50_weights"),
        (["--resnet50_weights=nothing.safetensors"], "nothing.safetensors"),
        (["--count=0"], "0 is not between 1 and"),
        (["--drawn=x"], "no whole number"),
        (["--seed=-1"], "--seed: -1 is not between"),
        (["--out=file"], "--out file is a file"),
        (["--out=photos"], "holds what is no avatar report"),
        (["--out=file/report"], "--out file/report: cannot be written"),
    ],
)
def test_wrong_flags_are_refused_in_a_line(
    run: Callable[..., None], faces: Path, flags: list[str], says: str
) -> None:
    Path("file").write_text("")
    Path("photos").mkdir()
    Path("photos/me.jpg").write_text("a photo")
    flags = [flag.format(faces=faces) for flag in flags]
    if not any(flag.startswith("--out") for flag in flags):
        flags.append("--out=report")
    with pytest.raises(UserError, match=says) as error:
        run(*flags)
    assert "\n" not in str(error.value)
    assert {path.name for path in Path().iterdir()} == {"file", "photos"}
    assert Path("photos/me.jpg").read_text() == "a photo"


def test_masks_must_fit_and_names_be_unlike(run: Callable[..., None], faces: Path) -> None:
    Path("photos").mkdir()
    Path("masks").mkdir()
    wide = cv2.imread(str(faces / "photos" / "00.png"))[:200]
    cv2.imwrite("photos/a.png", wide)
    Image.fromarray(np.zeros((200, SIDE), np.uint8)).save("masks/a.png")
    with pytest.raises(UserError, match="a.png: is 306x200; crop photos and masks square"):
        run("--photos=photos", "--masks=masks")
    cv2.imwrite("photos/a.jpg", wide)
    with pytest.raises(UserError, match="two photos called a"):
        run("--photos=photos")


def test_photos_without_faces_are_named(run: Callable[..., None], faces: Path, capsys: Any) -> None:
    Path("photos").mkdir()
    Image.fromarray(np.zeros((200, 200, 3), np.uint8)).save("photos/empty.png")
    with pytest.raises(UserError, match="0 of 1 photos can be judged"):
        run("--photos=photos")
    Path("photos/me.png").write_bytes((faces / "photos" / "00.png").read_bytes())
    run("--photos=photos", "--drawn=1")
    assert "No avatar of: empty" in capsys.readouterr().out
    header, first, *_ = (faces / "few.csv").read_text().splitlines()
    Path("labels.csv").write_text(f"{header}\nempty,{first.partition(',')[2]}\n")
    with pytest.raises(UserError, match="labels none of the 1 photos with an avatar"):
        run("--photos=photos", "--labels=labels.csv")


def test_built_in_labels_choose_the_photos_that_nothing_is_fitted_on(
    faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(annotations, "_FILES", (faces / "few.csv", faces / "few.csv"))
    monkeypatch.setattr(annotations, "HELD_OUT", "^0[01]$")

    def chosen(*flags: str) -> tuple[list[str], str]:
        parser = argparse.ArgumentParser()
        evaluate_avatar.add_face_flags(parser, masks_required=False)
        args = parser.parse_args([f"--photos={faces / 'photos'}", *flags])
        found, truth = evaluate_avatar.read_faces(args)
        return [face.name for face in found], truth.validation

    assert chosen("--labels=celebamask") == (["00", "01"], "^0[01]$")
    assert chosen("--labels=celebamask", "--validation=^0[0-2]") == (["00", "01", "02"], "^0[0-2]")
    everybody = [f"{i:02}" for i in range(FACES)]
    assert chosen("--labels=celebamask", "--validation=") == (everybody, "")
    assert chosen(f"--labels={faces / 'few.csv'}") == (everybody, "")


def test_a_report_that_fails_leaves_the_last_one(tmp_path: Path) -> None:
    def write(text: str, error: Exception | None) -> None:
        with files.writing(tmp_path / "report") as folder:
            (folder / "avatar.json").write_text(text)
            if error:
                raise error

    write("old", None)
    with pytest.raises(RuntimeError):
        write("new", RuntimeError())
    assert [path.name for path in tmp_path.rglob("*.json")] == ["avatar.json"]
    assert (tmp_path / "report" / "avatar.json").read_text() == "old"

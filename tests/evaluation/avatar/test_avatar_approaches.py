"""``python -m emojax.evaluate approaches``: rows of one table, on the same faces, each for itself."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from avatar.support.coded_face import ReadsCode, photo
from avatar.support.shape_extractor import ShapeExtractor

from emojax import evaluate
from emojax.avatar.datasets import drawn_parts
from emojax.avatar.extractors.autoencoder import Autoencoders
from emojax.avatar.faces.parser import FaceParser
from emojax.avatar.matching.approach import STEPS
from emojax.avatar.styles import style
from emojax.avatar.styles.composition import label_map
from emojax.core.errors import UserError
from emojax.evaluation.avatar import approaches, report, round_trip
from emojax.media import image

FACES = 24


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faces")
    flat = style.load(style.find("flat"))
    for i in range(FACES):
        choice = drawn_parts.person(flat, i, 5)[0] | {"hat": "none"}
        image.save_png(folder / "photos" / f"{i:02}.png", photo(flat, choice, side=306))
        image.save_png(folder / "masks" / f"{i:02}.png", label_map(flat, choice))
    return folder


@pytest.fixture
def run(
    faces: Path, shared_cache: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., None]:
    monkeypatch.setattr(Autoencoders, "load", staticmethod(lambda path=None: ShapeExtractor()))
    monkeypatch.setattr(FaceParser, "load", staticmethod(lambda path=None: ReadsCode()))
    monkeypatch.setattr(report, "DISTURBED", 4)
    monkeypatch.chdir(tmp_path)

    def run(*flags: str) -> None:
        given = [f"--photos={faces / 'photos'}", f"--masks={faces / 'masks'}", "--drawn=3"]
        evaluate.main(["approaches", *given, *flags])

    return run


def test_rows_are_those_asked_for_and_do_not_heed_each_other(
    run: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    run("--only=default,likeness-alone", "--out=table.md")
    table = Path("table.md").read_text().splitlines()
    assert capsys.readouterr().out.splitlines()[-len(table) :] == table
    names = [line.split(" | ")[0].removeprefix("| ") for line in table]
    assert names == ["approach", "---", "default", "likeness-alone"]
    columns = [len(line.split(" | ")) for line in table]
    assert columns == [len(approaches.HEADER)] * 4
    assert table[2] != table[3].replace("likeness-alone", "default")
    run("--only=likeness-alone")
    assert table[3] in capsys.readouterr().out.splitlines()


def test_every_step_has_its_row() -> None:
    entries = approaches.ENTRIES
    assert set(STEPS) == {name.removeprefix("without-") for name in entries if name.startswith("without-")}
    for step in STEPS:
        assert not getattr(entries[f"without-{step}"].approach, step)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--only=best"], "--only 'best'"),
        (["--seed=-1"], "--seed is -1"),
        (["--style=marble"], "style 'marble'"),
    ],
)
def test_wrong_flags_are_told(run: Callable[..., None], flags: list[str], says: str) -> None:
    with pytest.raises(UserError, match=says):
        run(*flags)


def test_a_report_without_a_step_says_so(
    faces: Path, run: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate.main(
        ["avatar", f"--photos={faces / 'photos'}", "--count=2", "--drawn=2", "--without=zoom,placement"]
    )
    assert "Left away: zoom, placement." in capsys.readouterr().out
    with pytest.raises(UserError, match="'x' is none of zoom"):
        evaluate.main(["avatar", f"--photos={faces / 'photos'}", "--without=x"])


def test_standard_errors_are_those_of_avatars() -> None:
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(400):
        hits, tries = _trip(rng)
        shares.append(round_trip.shares(hits, tries)[0])
    errors = [round_trip.errors(*_trip(rng))[0] for _ in range(50)]
    assert np.mean(np.asarray(errors, float)) == pytest.approx(np.std(np.asarray(shares, float)), rel=0.1)
    assert round_trip.errors(np.ones((1, 2), int), np.ones((1, 2), int)) == [None, None]
    assert round_trip.errors(np.zeros((3, 1), int), np.zeros((3, 1), int)) == [None]


def _trip(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Of 60 avatars the parts right and tried: all parts of one are right together or not."""
    tries = rng.integers(3, 9, (60, 1))
    return tries * (rng.random((60, 1)) < 0.7), tries

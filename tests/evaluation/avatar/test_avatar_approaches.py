"""``python -m emojax.evaluate approaches``: rows of one table, on the same faces, each for itself."""

from collections.abc import Callable
from pathlib import Path

import pytest
from avatar.support.coded_face import photo, use_detector
from avatar.support.makers import use_coded_faces

from emojax import evaluate
from emojax.avatar.datasets import drawn_parts
from emojax.avatar.matching.approach import STEPS
from emojax.avatar.styles import style
from emojax.avatar.styles.composition import label_map
from emojax.core.errors import UserError
from emojax.evaluation.avatar import approaches, report
from emojax.evaluation.avatar.labels.attributes import columns
from emojax.evaluation.avatar.pages import stored, tables
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
    use_coded_faces(monkeypatch)
    use_detector(monkeypatch)
    monkeypatch.setattr(report, "PERTURBED", 4)
    monkeypatch.chdir(tmp_path)
    labelled = ("glasses", "headwear", "mouth", "hair_length", "facial_hair")
    others = {name: next(iter(words)) for name, words in columns().items() if name not in labelled}
    ends = ",".join(["", *others.values()])
    rows = [f"{i:02},{'sun' if i % 2 else 'none'},none,pout,long,none{ends}" for i in range(FACES)]
    header = ",".join(["id", *labelled, *others])
    Path("labels.csv").write_text("\n".join([header, *rows]) + "\n")

    def run(*flags: str) -> None:
        given = [f"--photos={faces / 'photos'}", f"--masks={faces / 'masks'}", "--drawn=3"]
        evaluate.main(["approaches", *given, *flags])

    return run


def test_rows_are_those_asked_for_and_do_not_depend_on_each_other(
    run: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    run("--only=default,likeness-alone", "--labels=labels.csv", "--out=table.md")
    table = Path("table.md").read_text().splitlines()
    assert capsys.readouterr().out.splitlines()[-len(table) :] == table
    names = [line.split(" | ")[0].removeprefix("| ") for line in table]
    assert names == ["approach", "---", "default", "likeness-alone"]
    for name in ("glasses", "hat", "open mouth", "smile", "hair length", "facial hair"):
        assert f"| {name} |" in table[0]
    assert [len(line.split(" | ")) for line in table] == [len(table[0].split(" | "))] * 4
    assert table[2] != table[3].replace("likeness-alone", "default")
    run("--only=likeness-alone", "--out=figures.json")
    found = stored.ablation(Path("figures.json"))
    assert (found.style, found.labels, found.validation) == ("flat", None, "")
    assert 20 <= len(found.photos) <= FACES  # those with an avatar
    cells = table[3].split(" | ")
    alone = f"{' | '.join([*cells[:4], *cells[-2:]])}"
    assert alone in capsys.readouterr().out.splitlines()
    assert tables.approaches([found, found]).splitlines()[2:] == [alone, alone]


def test_every_step_has_its_row() -> None:
    entries = approaches.ENTRIES
    assert set(STEPS) == {name.removeprefix("without-") for name in entries if name.startswith("without-")}
    for step in STEPS:
        assert not getattr(entries[f"without-{step}"].approach, step)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--only=best"], "--only 'best'"),
        (["--seed=-1"], "--seed: -1 is not between"),
        (["--style=marble"], "style 'marble'"),
    ],
)
def test_wrong_flags_are_refused(run: Callable[..., None], flags: list[str], says: str) -> None:
    with pytest.raises(UserError, match=says):
        run(*flags)


def test_a_report_without_a_step_says_so(
    faces: Path, run: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate.main(
        ["avatar", f"--photos={faces / 'photos'}", "--count=2", "--drawn=2", "--without=zoom,placement"]
    )
    assert "Steps left out: zoom, placement." in capsys.readouterr().out
    with pytest.raises(UserError, match="'x' is none of zoom"):
        evaluate.main(["avatar", f"--photos={faces / 'photos'}", "--without=x"])

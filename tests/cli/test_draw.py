"""Labels and morphs on infer.py's command line."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.generators import LABELS, write_generator

from emojax import weights
from emojax.cli import generators, infer
from emojax.core.errors import UserError
from emojax.emoji import generate

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_generator(tmp_path_factory.mktemp("weights") / "plain.safetensors")


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_generator(tmp_path_factory.mktemp("weights") / "labelled.safetensors", labels=LABELS)


def _pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def _run(out: Path, source: Path, *arguments: str) -> None:
    infer.main([*arguments, "--weights", str(source), "--out", str(out)])


def _expected(source: Path, labels: list[int], count: int) -> np.ndarray:
    generator = generate.load(source)
    classes = generator.one_hot([labels[i % len(labels)] for i in range(count)])
    return generator.draw(generator.latents(0, range(count)), classes)


@pytest.mark.parametrize(
    ("flags", "labels", "said"),
    [
        (["--label", "kissing heart"], [0], "3 emoji of kissing_heart 😘 and grid.png"),
        (["--label", "🙄", "--label", "u+1f60d"], [2, 1], "3 emoji of roll_eyes 🙄, heart_eyes 😍 and"),
        ([], [0, 1, 2, 3, 4], "3 emoji and grid.png"),
    ],
)
def test_generate_draws_labels_in_turn(
    flags: list[str],
    labels: list[int],
    said: str,
    labelled: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _run(tmp_path / "e", labelled, "--generate", "3", *flags)
    assert said in capsys.readouterr().out
    found = np.stack([_pixels(tmp_path / "e" / f"000{i}.png") for i in range(3)])
    np.testing.assert_array_equal(found, _expected(labelled, labels, 3))


def test_a_morph_between_labels_ends_in_what_generate_draws_of_them(labelled: Path, tmp_path: Path) -> None:
    _run(tmp_path / "m.png", labelled, "--interpolate", "heart eyes", "rolling eyes", "--frames", "6")
    strip = _pixels(tmp_path / "m.png")
    assert strip.shape == (20, 6 * 18 + 2, 3)
    first, last = _expected(labelled, [1, 2], 2)
    np.testing.assert_array_equal(strip[2:18, 2:18], first)
    np.testing.assert_array_equal(strip[2:18, -18:-2], last)


@pytest.mark.parametrize("kind", ["plain", "labelled"])
def test_a_grid_has_its_emoji_in_the_corners(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    source = request.getfixturevalue(kind)
    if kind == "plain":
        names, generator = ["0", "1", "2", "3"], generate.load(source)
        corners = generator.draw(generator.latents(0, range(4)))
    else:
        names, corners = ["😘", "heart eyes", "roll eyes", "263A"], _expected(source, [0, 1, 2, 3], 4)
    _run(tmp_path / "g.png", source, "--interpolate", *names, "--grid", "3")
    sheet = _pixels(tmp_path / "g.png")
    assert sheet.shape == (3 * 18 + 2, 3 * 18 + 2, 3)
    ends = (slice(2, 18), slice(-18, -2))
    found = np.stack([sheet[rows, columns] for rows in ends for columns in ends])
    np.testing.assert_array_equal(found, corners)


def test_label_list_prints_a_table(labelled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    infer.main(["--label", "list", "--weights", str(labelled)])
    assert capsys.readouterr().out == LABELS.table() + "\n"


def test_labels_of_weights_without_any_are_an_error(plain: Path) -> None:
    with pytest.raises(UserError, match=r"--label list: --weights \S+plain.* has no labels"):
        infer.main(["--label", "list", "--weights", str(plain)])


def test_a_terminal_without_emoji_gets_code_points(labelled: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "infer.py"), "--label", "list", "--weights", str(labelled)],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "kissing_heart" in done.stdout
    assert "\\U0001f618" in done.stdout


def _asked_weights(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    asked = []

    def shipped(name: str) -> Path:
        asked.append(name)
        raise UserError("none")

    monkeypatch.setattr(weights, "shipped", shipped)
    with pytest.raises(UserError, match="none"):
        infer.main([*arguments])
    return asked[0]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--generate", "1"], generators.DEFAULT_WEIGHTS),
        (["--generate", "1", "--label", "imp"], generators.DEFAULT_WEIGHTS),
        (["--label", "list"], generators.DEFAULT_WEIGHTS),
        (["--interpolate", "heart eyes", "2639"], generators.DEFAULT_WEIGHTS),
        (["--interpolate", "heart eyes", "2", "--weights", "mine"], "mine"),
        (["--interpolate", "1", "2", "3", "4", "--grid"], generators.DEFAULT_WEIGHTS),
    ],
)
def test_one_generator_draws_all_unless_another_is_named(
    arguments: list[str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _asked_weights(monkeypatch, *arguments) == expected


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        (
            "labelled",
            ["--generate", "2", "--label", "zebra"],
            "--label: there is no label 'zebra'; the nearest",
        ),
        ("labelled", ["--generate", "2", "--label", ""], "--label: a label is empty"),
        ("labelled", ["--generate", "2", "--label", "x" * 10_000], "is longer than 120 characters"),
        ("labelled", ["--generate", "2", "--label", "love"], "fits kissing_heart 😘, heart_eyes 😍"),
        ("labelled", ["--generate", "2", "--label", "imp", "--label", "list"], "no label 'imp'"),
        (
            "plain",
            ["--generate", "2", "--label", "imp"],
            r"--label 'imp': --weights \S+plain.* has no labels",
        ),
        ("plain", ["--interpolate", "imp", "2"], r"--interpolate 'imp': --weights \S+ has no labels; give"),
        (
            "labelled",
            ["--interpolate", "3", "heart eyes"],
            "draws by label, not by number: there is no label '3'",
        ),
        ("labelled", ["--interpolate", "x" * 10_000, "imp"], "is longer than 120 characters"),
        ("plain", ["--interpolate", "9" * 10_000, "1"], "is not between 0 and"),
        ("plain", ["--interpolate", "-1", "1"], "'-1' is not between 0 and"),
        ("plain", ["--interpolate", "1", "2", "3"], "expected 2 arguments, or 4 with --grid; there are 3"),
        ("plain", ["--interpolate", "1", "2", "--grid"], "expected 4 arguments with --grid; there are 2"),
        ("plain", ["--interpolate", "1", "2", "3", "4", "--grid", "99"], "99 is not between 2 and 32"),
        (
            "plain",
            ["--generate", "2", "--label", "list"],
            "--label list: not allowed with argument --generate",
        ),
        ("plain", ["--label", "imp"], "required"),
    ],
)
def test_bad_input_is_refused(
    kind: str, arguments: list[str], words: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    source = request.getfixturevalue(kind)
    with pytest.raises(UserError, match=words) as refusal:
        _run(tmp_path / "out", source, *arguments)
    assert len(str(refusal.value)) < 1_000
    assert not list(tmp_path.iterdir())


def test_a_grid_is_one_picture(plain: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"x\.gif: --grid writes one image"):
        _run(tmp_path / "x.gif", plain, "--interpolate", "1", "2", "3", "4", "--grid")

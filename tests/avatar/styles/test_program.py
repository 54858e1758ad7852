"""python -m emojax.avatar.styles, and the program's old name."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from avatar.support import tiny_style

from emojax.avatar.styles import __main__ as program
from emojax.avatar.styles.manifest import json_schema
from emojax.core.errors import UserError


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return tiny_style.write(tmp_path / "tiny")


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["styles", *map(str, arguments)])
    program.main()


def test_it_checks_draws_and_writes_the_schema(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(monkeypatch, "check", tiny)
    assert "the style tiny 1 is sound: 1 head, 1 ears, 1 hair" in capsys.readouterr().out
    for what, styles in (("sheet", [tiny]), ("people", [tiny, tiny])):
        _run(monkeypatch, what, *styles, "--out", tmp_path / f"{what}.png", "--tile", 24)
        assert (tmp_path / f"{what}.png").read_bytes().startswith(b"\x89PNG")
    _run(monkeypatch, "schema", "--out", tmp_path / "schema.json")
    assert json.loads((tmp_path / "schema.json").read_text()) == json_schema()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sheet", "flat", "--tile", 15], "--tile: 15 is not between 16 and 1024"),
        (["people", "flat", "--tile", 1025], "--tile: 1025 is not"),
        (["people", "flat", "--seed", -1], "--seed: -1 is not between 0"),
        (["check", "cubist"], "style 'cubist' is neither a folder nor one of flat, line, sticker"),
        (["weigh", "flat"], "invalid choice"),
        ([], "required"),
    ],
)
def test_wrong_flags_are_refused_by_name(
    arguments: list[object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match=message):
        _run(monkeypatch, *arguments)


def test_refusals_are_one_line_with_exit_code_2(tiny: Path) -> None:
    (tiny / "parts" / "hat" / "one.svg").unlink()
    for command, message in (
        (["emojax.avatar.styles", "check", str(tiny)], "hat/one.svg"),
        (["emojax.avatar.style", "check", "flat"], "write python -m emojax.avatar.styles"),
    ):
        run = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
        assert run.returncode == 2
        assert run.stderr.count("\n") == 1
        assert message in run.stderr
        assert not run.stdout

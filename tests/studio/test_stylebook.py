"""Uploaded styles: sound ones are drawn in, all others are refused and leave nothing behind."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from avatar.support import tiny_style

from emojax.core.errors import UserError
from emojax.studio import stylebook


def zipped(folder: Path, path: Path, inside: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as bundle:
        for each in folder.rglob("*"):
            if each.is_file():
                bundle.write(each, inside + each.relative_to(folder).as_posix())
    return path


@pytest.mark.parametrize("inside", ["", "mystyle/"])
def test_a_sound_style_is_taken_in(engine: Any, tmp_path: Path, inside: str) -> None:
    folder = tiny_style.write(tmp_path / "tiny")
    work = tmp_path / "work"
    work.mkdir()
    added = stylebook.install(engine, zipped(folder, tmp_path / "a.zip", inside), work)
    assert added.name in engine.makers
    assert added.name in stylebook.about(engine, added.name)
    assert stylebook.contact_sheet(engine, added.name).ndim == 3
    assert list(work.iterdir()) == []


def hostile(tmp_path: Path) -> dict[str, Path]:
    """Archives that are no sound style, by what is wrong."""
    made = {}
    for name, members in {
        "empty": {},
        "no style": {"a.svg": "<svg/>"},
        "bad JSON": {"style.json": "{"},
        "outside": {"../style.json": "{}"},
        "bomb": {"style.json": " " * 40_000_000},
    }.items():
        path = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
            for member, text in members.items():
                bundle.writestr(member, text)
        made[name] = path
    made["no zip"] = tmp_path / "no.zip"
    made["no zip"].write_bytes(b"PK\x03\x04 and no more")
    return made


def test_hostile_archives_are_refused_and_leave_nothing(engine: Any, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    known = set(engine.makers)
    for name, path in hostile(tmp_path).items():
        with pytest.raises(UserError) as refused:
            stylebook.install(engine, path, work)
        assert str(tmp_path) not in str(refused.value), name
        assert list(work.iterdir()) == []
    assert set(engine.makers) == known


def test_a_style_that_ships_is_not_replaced(engine: Any, tmp_path: Path) -> None:
    from emojax.avatar.styles import style

    path = zipped(style.find("flat"), tmp_path / "flat.zip")
    with pytest.raises(UserError, match="another name"):
        stylebook.install(engine, path, tmp_path)

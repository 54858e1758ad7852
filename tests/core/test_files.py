"""Files and folders appear whole or not at all, and nothing is left beside them."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from emojax.core import files

ROOT = Path(__file__).parents[2]


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask() -> int:
    """The process's umask, which is what any other new file gets."""
    value = os.umask(0)
    os.umask(value)
    return value


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"EMOJAX_CACHE": "/there", "XDG_CACHE_HOME": "/xdg"}, "/there"),
        ({"EMOJAX_CACHE": "~/there"}, "/home/me/there"),
        ({"EMOJAX_CACHE": "", "XDG_CACHE_HOME": "/xdg"}, "/xdg/emojax"),
        ({"XDG_CACHE_HOME": "/xdg"}, "/xdg/emojax"),
        ({"XDG_CACHE_HOME": ""}, "/home/me/.cache/emojax"),
        ({}, "/home/me/.cache/emojax"),
    ],
)
def test_the_cache_is_where_the_environment_says(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("EMOJAX_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (variables | {"HOME": "/home/me"}).items():
        monkeypatch.setenv(name, value)
    assert files.cache_dir() == Path(expected)


def test_a_file_appears_at_the_end_with_the_permissions_of_any_other(tmp_path: Path, umask: int) -> None:
    target = tmp_path / "new" / "folder" / "a.tar.png"
    with files.replacing(target) as temporary:
        assert temporary.parent == target.parent
        assert temporary.suffix == ".png"
        assert _mode(temporary) == 0o600
        temporary.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]
    assert _mode(target) == 0o666 & ~umask


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), files.replacing(target) as temporary:
        assert temporary.write_text("half") / 0
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
    with files.replacing(target) as temporary:
        temporary.write_text("new")
    assert target.read_text() == "new"


def test_a_pipe_is_not_replaced_and_a_folder_in_the_way_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileExistsError, match="not a regular file"), files.replacing(tmp_path / "pipe"):
        pytest.fail("nothing may be written")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError), files.replacing(tmp_path / "folder"):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "pipe"]


def test_a_folder_appears_whole_and_replaces_all_of_an_older_one(tmp_path: Path, umask: int) -> None:
    target = tmp_path / "very" / "deep" / "folder"
    for content in ("first", "second"):
        with files.replacing_directory(target) as temporary:
            (temporary / content).write_text(content)
            assert _mode(temporary) == 0o700
            assert not (target / content).exists()
        assert [path.name for path in target.iterdir()] == [content]
        assert _mode(target) == 0o777 & ~umask
    with pytest.raises(ZeroDivisionError), files.replacing_directory(target) as temporary:
        assert (temporary / "half").write_text("half") / 0
    assert [path.name for path in target.iterdir()] == ["second"]
    assert list(target.parent.iterdir()) == [target]


def test_the_first_of_two_processes_publishes(tmp_path: Path) -> None:
    for name in ("first", "late"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    target = tmp_path / "all" / "new" / "target"
    files.publish(tmp_path / "first", target)
    assert not (tmp_path / "first").exists()
    files.publish(tmp_path / "late", target)
    assert [path.name for path in target.iterdir()] == ["first"]
    assert (tmp_path / "late").is_dir()


def test_what_cannot_be_published_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="missing"):
        files.publish(tmp_path / "missing", tmp_path / "target")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        files.publish(tmp_path / "folder", tmp_path / "file")


_TRY = """
import pathlib, sys
from emojax.core import errors, files
try:
    with files.locked(pathlib.Path(sys.argv[1])):
        print("locked")
except errors.UserError as error:
    print(error)
"""


def test_a_folder_is_locked_against_other_processes(tmp_path: Path) -> None:
    folder = tmp_path / "all" / "new" / "run"

    def other() -> str:
        command = [sys.executable, "-c", _TRY, folder]
        return subprocess.check_output(command, cwd=ROOT, text=True).strip()

    with files.locked(folder):
        assert other() == (
            f"{folder} is in use by another run: wait until that has ended, or choose another folder"
        )
    assert other() == "locked"


def test_a_file_system_without_locks_is_no_hindrance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import filelock

    def refuse(self: object, timeout: float) -> None:
        assert timeout == 0
        raise NotImplementedError("no locks here")

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    with files.locked(tmp_path / "run"):
        assert (tmp_path / "run").is_dir()


def test_what_a_killed_process_left_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from emojax.core import files\n"
        "folder = Path(sys.argv[1])\n"
        "with files.replacing(folder / ('n' * 250 + '.txt')), files.replacing_directory(folder / 'd') as d:\n"
        "    (d / 'x').write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=Path(__file__).parents[2])
    assert len(list(tmp_path.iterdir())) == 2
    alive = tmp_path / files.temporary_prefix(tmp_path / ".", "a.txt")
    others = [alive, tmp_path / ".mine", tmp_path / ".a.emojax-00000000-1-x"]
    for path in others:
        path.write_text("")
    monkeypatch.setattr(files, "_swept", set())
    with files.replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("whole")
    assert {path.name for path in tmp_path.iterdir()} == {*(path.name for path in others), "a.txt"}

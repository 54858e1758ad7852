"""``pytest --shard=K/N`` runs each test file in exactly one of the parts."""

import argparse
from pathlib import Path
from types import SimpleNamespace

import conftest
import pytest

ROOT = Path(__file__).parent.parent


def collected(shard: tuple[int, int] | None) -> set[Path]:
    config = SimpleNamespace(getoption=lambda name: shard if name == "--shard" else None)
    files = (ROOT / "tests").rglob("test_*.py")
    return {file for file in files if not conftest.pytest_ignore_collect(file, config)}  # type: ignore[arg-type]


def test_each_file_is_in_one_part() -> None:
    whole = collected(None)
    parts = [collected((part, 3)) for part in (1, 2, 3)]
    assert sorted(file for part in parts for file in part) == sorted(whole)
    assert all(len(part) > len(whole) / 5 for part in parts)


def test_one_part_is_everything() -> None:
    assert collected((1, 1)) == collected(None)


def test_folders_are_entered_whatever_their_names_are() -> None:
    config = SimpleNamespace(getoption=lambda _: (1, 1000))
    assert conftest.pytest_ignore_collect(ROOT / "tests/cli", config) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "1", "0/3", "4/3", "-1/3", "1/0", "a/b", "1/3/5"])
def test_other_parts_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        conftest._shard(text)
    assert conftest._shard("3/3") == (3, 3)

"""``pytest --shard=K/N`` runs each test file in exactly one of the parts."""

import argparse
from pathlib import Path

import pytest
from support import shards

ROOT = Path(__file__).parent.parent
FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py"))


def collected(shard: tuple[int, int]) -> list[str]:
    return [name for name in FILES if not shards.leaves_out(shard, name)]


def test_each_file_is_in_one_part() -> None:
    parts = [collected((part, 3)) for part in (1, 2, 3)]
    assert sorted(name for part in parts for name in part) == FILES
    assert all(len(part) > len(FILES) / 5 for part in parts)


def test_one_part_is_everything() -> None:
    assert collected((1, 1)) == FILES


def test_pytest_collects_the_files_of_the_part(pytestconfig: pytest.Config) -> None:
    """And enters folders whatever their names are."""
    plugin = pytestconfig.pluginmanager.get_plugin(str(ROOT / "tests/conftest.py"))
    assert plugin is not None

    class Options:
        def getoption(self, name: str) -> tuple[int, int]:
            assert name == "--shard"
            return 2, 3

    ignored = {name for name in FILES if plugin.pytest_ignore_collect(ROOT / name, Options())}
    assert set(FILES) - ignored == set(collected((2, 3)))
    for folder in {Path(name).parent for name in FILES}:
        assert plugin.pytest_ignore_collect(ROOT / folder, Options()) is None


@pytest.mark.parametrize("text", ["", "1", "0/3", "4/3", "-1/3", "1/0", "a/b", "1/3/5"])
def test_other_parts_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        shards.parse(text)
    assert shards.parse("3/3") == (3, 3)

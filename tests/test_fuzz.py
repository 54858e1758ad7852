"""Three hundred hostile files end in a result or in one line; ``python -m tests.fuzz`` makes more."""

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fuzz import mutation, running
from fuzz.kinds import KINDS
from fuzz.running import Kind, attempt, run

from emojax.core.errors import UserError


def test_no_hostile_file_ends_in_anything_but_a_result_or_one_line() -> None:
    report = run(KINDS, 300, seed=0)
    assert report.failures == []
    assert sum(report.read.values()) + sum(report.refused.values()) == 300
    # Cases that nothing can read would only test the first check of each reader.
    assert sum(report.read.values()) >= 30
    assert {name for name in KINDS if report.refused[name]} == set(KINDS)


def _make(_: random.Random, path: Path) -> None:
    path.write_text("a case")


def _write_beside(path: Path) -> None:
    (path.parent / "other").write_text("x")


def _hang(_: Path) -> None:
    while True:
        time.sleep(0.01)


def _raise(error: Exception) -> Callable[[Path], Any]:
    def read(_: Path) -> None:
        raise error

    return read


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (_raise(ValueError("bad")), "ValueError: bad"),
        (_hang, "TooLongError"),
        (lambda _: print("noise", file=sys.__stderr__, flush=True), "printed 'noise"),
        (_write_beside, "wrote or removed ['other']"),
        (Path.unlink, "wrote or removed ['case']"),
    ],
)
def test_what_a_reader_does_wrong_is_reported(
    read: Callable[[Path], Any], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "SECONDS", 0.2)
    _, found = attempt(Kind(_make, read), random.Random(0), tmp_path / "case")
    assert found is not None
    assert reason in found


def test_results_and_refusals_are_told_apart(tmp_path: Path) -> None:
    def write(path: Path) -> None:
        (path.parent / "out").mkdir()
        (path.parent / "out" / "a").write_text("x")

    assert attempt(Kind(_make, write), random.Random(0), tmp_path / "case") == ("read", None)
    refuse = Kind(_make, _raise(UserError("no")))
    assert attempt(refuse, random.Random(0), tmp_path / "case") == ("refused", None)


def test_a_case_depends_on_its_seed_kind_and_number_alone(tmp_path: Path) -> None:
    def cases(count: int, seed: int, *names: str) -> list[bytes]:
        found: list[bytes] = []
        kinds = {name: Kind(KINDS[name].make, lambda path: found.append(path.read_bytes())) for name in names}
        run(kinds, count, seed)
        return found

    alone = cases(4, 3, "svg")
    assert cases(8, 3, "svg", "annotations")[::2] == alone
    assert cases(4, 4, "svg") != alone


def test_mutations_change_nearly_everything() -> None:
    rng = random.Random(0)
    text = '<svg width="9"><path d="M0 0"/></svg>'
    assert len({mutation.of_text(rng, text) for _ in range(100)} - {text}) > 60
    assert len({mutation.of_bytes(rng, text.encode()) for _ in range(100)} - {text.encode()}) > 60
    assert len({mutation.of_json(rng, {"a": [1, 2], "b": {"c": "d"}}) for _ in range(100)}) > 60

"""Figures in documents follow stored reports, and markers that are wrong are refused in a line."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from emojax.core.errors import UserError
from emojax.evaluation import documents

REPORT = {"a b": {"x": 0.12345, "many": [1.5, -2.0, 3.0]}, "big": 12345.6, "text": "no", "flag": True}


def _table(files: Mapping[str, Path]) -> str:
    return "\n".join(f"| {name} | {file.read_text()} |" for name, file in files.items())


TABLES = {"plain": _table}


@pytest.fixture(autouse=True)
def _reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("docs/sub").mkdir(parents=True)
    Path("docs/sub/r.json").write_text(json.dumps(REPORT))
    Path("docs/one.txt").write_text("1")


def _updated(text: str) -> str:
    return documents.updated(text, Path("docs/page.md"), TABLES)


@pytest.mark.parametrize(
    ("before", "keys", "after"),
    [
        ("to 0.99", "a b.x", "to 0.12"),
        ("to 9.99999", "a b.x", "to 0.12345"),
        ("to 7", "a b.many.0", "to 2"),
        ("to 88 %", "a b.x", "to 12 %"),
        ("to 88.1%", "a b.x", "to 12.3%"),
        ("to 1.0", "a b.many.1", "to −2.0"),
        ("to −1.0", "a b.many.2", "to 3.0"),
        ("to -1", "a b.many.1", "to −2"),
        ("to 1,000", "big", "to 12,346"),
        ("to 1000.0", "big", "to 12345.6"),
        ("the 9", "a b.many", "the 3"),
        ("the 9", "a b", "the 2"),
        ("**5.5", "a b.many.0", "**1.5"),
    ],
)
def test_a_figure_is_rounded_as_it_stands(before: str, keys: str, after: str) -> None:
    marker = f"<!-- figure sub/r.json {keys} -->"
    assert _updated(f"3.1 {before}{marker} 4.2\n") == f"3.1 {after}{marker} 4.2\n"


def test_tables_are_written_between_their_marks_and_the_rest_is_left() -> None:
    text = (
        "0.5\n<!-- table plain a=one.txt b=sub/../one.txt -->\nold\n\nold\n<!-- /table -->\nrest\n"
        "<!-- table plain one.txt -->\n<!-- /table -->\n9<!-- figure sub/r.json a b.x -->"
    )
    assert _updated(text) == (
        "0.5\n<!-- table plain a=one.txt b=sub/../one.txt -->\n| a | 1 |\n| b | 1 |\n<!-- /table -->\nrest\n"
        "<!-- table plain one.txt -->\n|  | 1 |\n<!-- /table -->\n0<!-- figure sub/r.json a b.x -->"
    )
    assert _updated(_updated(text)) == _updated(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a <!-- figure sub/r.json big -->", "no number right before <!-- figure sub/r.json big -->"),
        ("1 and more<!-- figure sub/r.json big -->", "no number right before"),
        ("1<!-- figure sub/none.json big -->", "none.json: no such file"),
        ("1<!-- figure one.txt a -->", "one.txt has no 'a'"),
        ("1<!-- figure sub/r.json a b.y -->", "r.json has no 'y' there"),
        ("1<!-- figure sub/r.json a b.many.9 -->", "has no '9'"),
        ("1<!-- figure sub/r.json a b.many.x -->", "has no 'x'"),
        ("1<!-- figure sub/r.json big.x -->", "has no 'x'"),
        ("1<!-- figure sub/r.json text -->", "is no number but 'no'"),
        ("1<!-- figure sub/r.json flag -->", "is no number but 'True'"),
        (
            "<!-- table other a=one.txt -->\n<!-- /table -->",
            "<!-- table other ... -->: no such table; .* plain",
        ),
        ("<!-- table plain -->\n<!-- /table -->", "names no report"),
        ("<!-- table plain a=one.txt a=one.txt -->\n<!-- /table -->", "'a=one.txt' is no new NAME=FILE"),
        ("<!-- table plain =one.txt -->\n<!-- /table -->", "'=one.txt' is no new NAME=FILE"),
        ("<!-- table plain a=one.txt -->\n", "has no <!-- /table -->"),
        ("<!-- /table -->\n", "has no <!-- /table -->"),
    ],
)
def test_wrong_markers_are_refused_in_a_line(text: str, says: str) -> None:
    with pytest.raises(UserError, match=says) as error:
        _updated(text)
    assert "\n" not in str(error.value)


def test_a_document_is_written_or_checked() -> None:
    page = Path("docs/page.md")
    page.write_text("one\ntwo 0.3<!-- figure sub/r.json a b.x -->\n")
    with pytest.raises(UserError, match=r"docs/page\.md: line 2 is not what the stored reports say"):
        documents.update(page, TABLES, check=True)
    assert "0.3<" in page.read_text()
    documents.update(page, TABLES, check=False)
    assert page.read_text() == "one\ntwo 0.1<!-- figure sub/r.json a b.x -->\n"
    documents.update(page, TABLES, check=True)


def test_documents_and_reports_are_bounded_and_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Path("docs/page.md")
    with pytest.raises(UserError, match="no such file"):
        documents.update(page, TABLES, check=True)
    page.write_bytes(b"\xff")
    with pytest.raises(UserError, match="is no UTF-8 text"):
        documents.update(page, TABLES, check=True)
    for text in ("{", "[" * 100_000):
        Path("docs/sub/r.json").write_text(text)
        with pytest.raises(UserError, match="is no JSON"):
            documents.load(Path("docs/sub/r.json"))
    Path("docs/sub/r.json").write_text("[0]")
    monkeypatch.setattr(documents, "_MAX_BYTES", 3)
    assert documents.load(Path("docs/sub/r.json")) == [0]
    monkeypatch.setattr(documents, "_MAX_BYTES", 2)
    with pytest.raises(UserError, match="is larger than"):
        documents.load(Path("docs/sub/r.json"))

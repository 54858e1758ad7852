"""Labels are read whole or refused in a line, whatever the file holds."""

import os
from pathlib import Path

import pytest

from emojax.core.errors import UserError
from emojax.evaluation.avatar.labels import annotations, attributes
from emojax.evaluation.avatar.labels.annotations import Annotations

COLUMNS = {"glasses": ("none", "sun"), "mouth": ("open", "closed")}
GOOD = "id,glasses,other,mouth\na,none,,open\nb,sun,x,closed\n"


def _write(text: str | bytes) -> Path:
    path = Path("labels.csv")
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_needed_columns_are_read_and_others_ignored() -> None:
    expected = {"a": {"glasses": "none", "mouth": "open"}, "b": {"glasses": "sun", "mouth": "closed"}}
    assert annotations.read(_write(GOOD), COLUMNS) == expected
    spreadsheet = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()  # as spreadsheets save it
    assert annotations.read(_write(spreadsheet), COLUMNS) == expected
    assert annotations.read(_write('mouth,id,glasses\nopen,"a, b",none\n\n'), COLUMNS).keys() == {"a, b"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no column 'id'"),
        ("id,glasses\na,none\n", "labels.csv: has no column 'mouth' .* needs id, glasses, mouth"),
        ("name,glasses,mouth\na,none,open\n", "has no column 'id'"),
        ("id,glasses,mouth,glasses\na,none,open,sun\n", "more than one column 'glasses'"),
        ("id,glasses,mouth\n", "has no rows"),
        ("id,glasses,mouth\na,none,open\nb,dark,open\n", "line 3, glasses: 'dark' is none of none, sun"),
        (f"id,glasses,mouth\na,{'x' * 90},open\n", f"'{'x' * 40}…' is none of"),
        ("id,glasses,mouth\na,none,\n", "line 2, mouth: '' is none of"),
        ("id,glasses,mouth\na,none\n", "line 2 has not as many cells"),
        ("id,glasses,mouth\na,none,open,more\n", "line 2 has not as many cells"),
        ("id,glasses,mouth\na,none,open\n\na,sun,open\n", "line 4 names the face 'a' again"),
        ("id,glasses,mouth\n,none,open\n", "line 2 names no face"),
        ('id,glasses,mouth\n"a,none,open\n', "is no CSV file"),
        (f"id,glasses,mouth\n{'a' * 200_000},none,open\n", "is no CSV file"),
        (b"id,glasses,mouth\n\xff,none,open\n", "is no UTF-8 text"),
        ("id,glasses,mouth\n\0,none,open,\n", "labels.csv: "),
    ],
)
def test_what_is_wrong_is_said_in_a_line(text: str | bytes, says: str) -> None:
    with pytest.raises(UserError, match=says) as error:
        annotations.read(_write(text), COLUMNS)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 200


def test_files_that_are_none_and_too_large_ones_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo("pipe")
    for name in ("missing.csv", ".", "pipe"):
        with pytest.raises(UserError, match="no such file; give a CSV file of labels, or celebamask"):
            annotations.load(name, None, COLUMNS)
    path = _write(GOOD)
    monkeypatch.setattr(annotations, "_MAX_BYTES", len(GOOD))
    annotations.read(path, COLUMNS)
    monkeypatch.setattr(annotations, "_MAX_BYTES", len(GOOD) - 1)
    with pytest.raises(UserError, match="is larger than"):
        annotations.read(path, COLUMNS)


def test_a_second_labelling_is_read_beside_the_first() -> None:
    _write(GOOD)
    Path("second.csv").write_text(GOOD.replace("sun", "none"))
    alone = annotations.load("labels.csv", None, COLUMNS)
    assert (alone.source, alone.second) == ("labels.csv", None)
    both = annotations.load("labels.csv", Path("second.csv"), COLUMNS)
    assert both.first == alone.first
    assert both.second is not None
    assert both.second["b"]["glasses"] == "none"


def test_built_in_labels_are_there_and_have_their_own_second_labelling() -> None:
    found = annotations.load("celebamask", None, attributes.columns())
    assert found.second is not None
    assert (found.source, len(found.first), len(found.second)) == ("celebamask", 850, 41)
    assert set(found.second) <= set(found.first)
    assert found.first["00129b5490b5"]["mouth"] == "closed_smile"
    assert sum(name[0] in "01" for name in found.first) == 104
    with pytest.raises(UserError, match="leave --second_labels out"):
        annotations.load("celebamask", Path("second.csv"), attributes.columns())


def test_every_labelled_face_that_is_asked_for_needs_its_photo() -> None:
    labels = Annotations("labels.csv", {"a1": {}, "a2": {}, "b1": {}}, None)
    annotations.check_photos(labels, ["a1", "a2", "b1", "c"], "")
    annotations.check_photos(labels, ["a1", "a2"], "^a")
    with pytest.raises(UserError, match="--labels labels.csv: 1 of 3 faces have no photo, such as 'b1'"):
        annotations.check_photos(labels, ["a1", "a2"], "")
    with pytest.raises(UserError, match="2 of 2 faces have no photo, such as 'a1'"):
        annotations.check_photos(labels, [], "^a")

"""Files of strangers are read only if they are regular, bounded and plain."""

import os
from pathlib import Path

import pytest

from emojax.core import untrusted
from emojax.core.errors import UserError


def test_places_that_hold_no_file_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file").write_bytes(b"")
    for name, reason in {
        "missing": "no such file",
        ".": "directory",
        "pipe": "regular file",
        "loop": "cannot be read",
        "file/inside": "cannot be read",
        "null\0byte": "cannot be read",
        "n" * 300: "cannot be read",
    }.items():
        with pytest.raises(UserError, match=reason):
            untrusted.read_bytes(tmp_path / name, most=10)
    with pytest.raises(UserError, match="regular file"):
        untrusted.read_bytes("/dev/zero", most=10)


def test_the_bound_is_included(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert untrusted.read_bytes(tmp_path / "file", most=5) == b"12345"
    with pytest.raises(UserError, match="larger than 4 bytes"):
        untrusted.read_bytes(tmp_path / "file", most=4)


def test_refusals_leave_no_file_open(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    before = len(os.listdir("/proc/self/fd"))
    for path in (tmp_path, tmp_path / "file"):
        with pytest.raises(UserError):
            untrusted.open_file(path, most=4)
    assert len(os.listdir("/proc/self/fd")) == before


def test_text_is_utf8_with_or_without_a_mark(tmp_path: Path) -> None:
    for content in ("å".encode(), b"\xef\xbb\xbf" + "å".encode()):
        (tmp_path / "file").write_bytes(content)
        assert untrusted.read_text(tmp_path / "file", most=10) == "å"
    (tmp_path / "file").write_bytes("å".encode("latin-1"))
    with pytest.raises(UserError, match="UTF-8"):
        untrusted.read_text(tmp_path / "file", most=10)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "nested too deep"),
        ("NaN", "fits no type"),
        ("[-Infinity]", "fits no type"),
        ("1e400", "fits no type"),
        ("1" + "0" * 400, "fits no type"),
        ("1" + "0" * 10_000, "fits no type"),
        (str(2**64), "fits no type"),
        (str(-(2**63) - 1), "fits no type"),
        (b"\xff\xfe", "not JSON"),
        ('"\\ud83d"', "half a character"),
        ('{"\\uDE18": 1}', "half a character"),
        ('"\ud83d"', "half a character"),
        ('"' + "a" * untrusted.MAX_JSON, "1,000,000 are read"),
    ],
)
def test_json_that_is_refused(document: str | bytes, reason: str) -> None:
    with pytest.raises(UserError, match=f"file: .*{reason}") as caught:
        untrusted.parse_json(document, "file")
    assert len(str(caught.value)) < 200


def test_json_that_is_read(tmp_path: Path) -> None:
    document = f'\ufeff{{"a": [{2**64 - 1}, {-(2**63)}, -0.5, 1e300, true, null]}}'
    (tmp_path / "file").write_text(document, encoding="utf-8")
    wanted = {"a": [2**64 - 1, -(2**63), -0.5, 1e300, True, None]}
    assert untrusted.read_json(tmp_path / "file") == wanted
    assert untrusted.parse_json(document[1:], "text") == wanted
    assert untrusted.parse_json('"\\ud83d\\ude18"', "text") == "😘"


def test_links_are_followed_and_circles_of_them_left(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert untrusted.real_path(tmp_path / "link") == untrusted.real_path(tmp_path / "file")
    assert untrusted.real_path(tmp_path / "loop").name == "loop"


def test_a_log_is_read_but_for_a_last_line_that_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 1, "loss": 0.5}\n{"step": 2}\n{"step": 3, "lo')
    assert untrusted.read_log(path) == [{"step": 1, "loss": 0.5}, {"step": 2}]
    path.write_text("")
    assert untrusted.read_log(path) == []


@pytest.mark.parametrize(
    "line", ["", "x", "[]", "1", "{}", '{"step": "1"}', '{"step": 1.5}', '{"step": true}',
             '{"step": 1, "loss": "low"}', '{"step": 1, "loss": NaN}', '{"step": 1, "loss": [1]}'],
)  # fmt: skip
def test_a_line_that_is_no_row_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 1}\n' + line + '\n{"step": 3}\n')
    with pytest.raises(UserError, match=r"log\.jsonl: line 2"):
        untrusted.read_log(path)
    path.write_text('{"step": 1}\n' + line + "\n")
    assert untrusted.read_log(path) == [{"step": 1}]

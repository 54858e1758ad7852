"""Archives made to cost memory or time are refused while their lists are read."""

import gzip
import io
import os
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from emojax.core.errors import UserError
from emojax.data import archive as archives
from emojax.data.archive import Limits, unpack
from emojax.data.parts import source


def header(kind: bytes, size: int, name: str = "a.svg") -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    return info.tobuf(tarfile.USTAR_FORMAT)


def block(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


def pax(text: bytes) -> bytes:
    return header(tarfile.XHDTYPE, len(text)) + block(text)


SPARSE = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"
TARS = {
    "a long line of digits": (pax(b"1" * 1_000_000) + header(tarfile.REGTYPE, 0), "longer notes"),
    "many lines of digits": ((pax(b"1" * 15_000) + header(tarfile.REGTYPE, 0)) * 4, "longer notes"),
    "a long name": (header(tarfile.GNUTYPE_LONGNAME, 10**8) + bytes(512), "longer notes"),
    "a long link": (header(tarfile.GNUTYPE_LONGLINK, 10**8) + bytes(512), "longer notes"),
    "notes of all files": (header(tarfile.XGLTYPE, 10**6) + block(b"1" * 10**6), "longer notes"),
    "an old sparse file": (header(tarfile.GNUTYPE_SPARSE, 0), "not a plain file"),
    "a sparse file": (pax(SPARSE) + header(tarfile.REGTYPE, 10**7) + b"1" * 10**7, "not a plain file"),
    "notes on notes": (pax(b"") * 3_000, "corrupt"),
    "many members": (header(tarfile.DIRTYPE, 0) * 60_000, "more than 50,000 files"),
}


@pytest.mark.parametrize("name", TARS)
def test_a_tar_that_takes_long_to_read_is_refused(name: str, tmp_path: Path) -> None:
    data, reason = TARS[name]
    (tmp_path / "a.tgz").write_bytes(gzip.compress(data + bytes(1_024), 1))
    start = time.process_time()
    with pytest.raises(UserError, match=reason):
        unpack(tmp_path / "a.tgz", tmp_path / "out", wanted=lambda _: True)
    assert time.process_time() - start < 10
    assert [path.name for path in tmp_path.iterdir()] == ["a.tgz"]


def test_long_names_are_unpacked(tmp_path: Path) -> None:
    names = [f"{'folder' * 20}/{'name' * 30}{number}" for number in range(100)]
    for format in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        with tarfile.open(tmp_path / "a.tgz", "w:gz", format=format) as tar:
            for name in names:
                tar.addfile(tarfile.TarInfo(name), io.BytesIO())
        unpack(tmp_path / "a.tgz", tmp_path / "out", wanted=lambda _: True)
        assert len(list((tmp_path / "out").rglob("name*"))) == 100


def test_the_list_of_a_zip_is_bounded_by_the_members_that_are_wanted(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as bundle:
        for number in range(100):
            bundle.writestr(f"{number:050}", "")
    for most, reason in ((100, None), (99, "more than 99 files"), (30, "list of members")):
        if reason is None:
            unpack(tmp_path / "a.zip", tmp_path / "out", wanted=lambda _: True, limits=Limits(members=most))
        else:
            with pytest.raises(UserError, match=reason):
                unpack(
                    tmp_path / "a.zip", tmp_path / "no", wanted=lambda _: True, limits=Limits(members=most)
                )


def test_the_list_of_a_zip_of_photos_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as bundle:
        bundle.writestr("a.jpg", "")
    monkeypatch.setattr(source, "_MAX_DIRECTORY_BYTES", 51)
    assert source.find_photos(tmp_path / "a.zip").names == ("a.jpg",)
    monkeypatch.setattr(source, "_MAX_DIRECTORY_BYTES", 50)
    with pytest.raises(UserError, match="list of members"):
        source.find_photos(tmp_path / "a.zip")


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.zip")
    with pytest.raises(UserError, match="not a regular file"):
        archives.unpack(tmp_path / "a.zip", tmp_path / "out", wanted=lambda _: True)
    with pytest.raises(UserError, match="no such folder or file"):
        source.find_photos(tmp_path / "a.zip")


@pytest.mark.parametrize("text", ["", "\n", "\n\n", "0\n\n", "1\n\n\n", "2\na b\n\n\n", " \n \n"])
def test_attribute_files_with_empty_lines_are_refused_by_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(UserError, match=r"a\.txt: line [12]"):
        source.read_attributes(tmp_path / "a.txt", ())

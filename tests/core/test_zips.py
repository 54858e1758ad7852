"""The list of members of a zip is bounded before it is read."""

import io
import zipfile

import pytest

from emojax.core.zips import open_zip


def archive(members: int, comment: bytes = b"") -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        for number in range(members):
            bundle.writestr(f"{number:04}", f"content {number}")
        bundle.comment = comment
    return file


@pytest.mark.parametrize("comment", [b"", b"a note"])
def test_the_bound_is_included(comment: bytes) -> None:
    file = archive(100, comment)
    with open_zip(file, directory_bytes=100 * 50) as bundle:
        assert bundle.read("0099") == b"content 99"
    with pytest.raises(zipfile.BadZipFile, match="list of members has 5,000 bytes, and 4,999 are read"):
        open_zip(file, directory_bytes=100 * 50 - 1)


def test_members_may_be_larger_than_the_list() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        bundle.writestr("a", bytes(100_000))
    with open_zip(file, directory_bytes=1_000) as opened:
        assert opened.read("a") == bytes(100_000)


def test_what_is_no_zip_is_refused() -> None:
    with pytest.raises(zipfile.BadZipFile):
        open_zip(io.BytesIO(b"no zip" * 100_000), directory_bytes=1_000)

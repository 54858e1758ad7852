"""Whatever an archive claims, what comes out is whole, wanted, inside the target and bounded."""

import gzip
import io
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from emojax.core.errors import UserError
from emojax.data.archive import Limits, unpack

FILES = {"package/a.svg": b"<svg/>" * 500, "package/b.svg": b"<svg/>", "package/run.sh": b"rm"}


def tgz(
    path: Path, files: dict[str, bytes], *, links: dict[str, str] | None = None, kind: bytes = tarfile.SYMTYPE
):
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            tar.addfile(member)


def zipped(path: Path, files: dict[str, bytes], *, links: dict[str, str] | None = None):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            bundle.writestr(name, content)
        for name, target in (links or {}).items():
            member = zipfile.ZipInfo(name)
            member.external_attr = 0o120777 << 16
            bundle.writestr(member, target)


both = pytest.mark.parametrize("pack", [tgz, zipped])


def is_svg(name: str) -> bool:
    return name.endswith(".svg")


def refused(
    archive: Path, tmp_path: Path, *, wanted: Callable[[str], bool] = is_svg, limits: Limits | None = None
):
    """Unpacks in vain, and returns the message once nothing of the attempt is left."""
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UserError) as error:
        unpack(archive, tmp_path / "out", wanted=wanted, limits=limits)
    assert sorted(tmp_path.iterdir()) == before
    assert str(error.value).startswith(str(archive))
    return str(error.value)


@both
def test_only_wanted_files_come_out_with_their_bytes(pack, tmp_path):
    pack(tmp_path / "x", FILES)
    unpack(tmp_path / "x", tmp_path / "out", wanted=is_svg)
    out = {str(p.relative_to(tmp_path / "out")): p.read_bytes() for p in (tmp_path / "out").rglob("*.*")}
    assert out == {name: content for name, content in FILES.items() if is_svg(name)}


@both
def test_an_older_directory_is_replaced_whole(pack, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old.svg").touch()
    pack(tmp_path / "x", FILES)
    unpack(tmp_path / "x", tmp_path / "out", wanted=is_svg)
    assert not (tmp_path / "out" / "old.svg").exists()


@both
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9, 0.999])
def test_a_half_downloaded_archive_leaves_nothing(pack, share, tmp_path):
    pack(tmp_path / "whole", FILES | {"package/c.svg": bytes(range(256)) * 64})
    content = (tmp_path / "whole").read_bytes()
    (tmp_path / "x").write_bytes(content[: int(len(content) * share)])
    assert "truncated or corrupt" in refused(tmp_path / "x", tmp_path)


@both
def test_a_changed_byte_is_noticed(pack, tmp_path):
    noise = bytes((i * i * 31 + i * 7) % 251 for i in range(5_000))
    pack(tmp_path / "x", {"a.svg": noise})
    content = bytearray((tmp_path / "x").read_bytes())
    content[len(content) // 3] ^= 0x10
    (tmp_path / "x").write_bytes(content)
    assert "truncated or corrupt" in refused(tmp_path / "x", tmp_path)


@both
@pytest.mark.parametrize(
    "name", ["../evil.svg", "/tmp/evil.svg", "a/../../evil.svg", "a\\..\\evil.svg", "C:evil.svg"]
)
def test_paths_that_lead_out_are_refused(pack, name, tmp_path):
    pack(tmp_path / "x", {"a.svg": b"", name: b"evil"})
    assert "leads out" in refused(tmp_path / "x", tmp_path)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_a_tar_are_refused(kind, tmp_path):
    tgz(tmp_path / "x", FILES, links={"package/link.svg": "/etc/passwd"}, kind=kind)
    assert "link.svg is not a plain file" in refused(tmp_path / "x", tmp_path)


def test_links_in_a_zip_are_refused(tmp_path):
    zipped(tmp_path / "x", FILES, links={"package/link.svg": "/etc/passwd"})
    assert "link.svg is not a plain file" in refused(tmp_path / "x", tmp_path)


def test_a_link_cannot_redirect_a_later_file(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    tgz(tmp_path / "links", {}, links={"dir": str(outside)})
    with tarfile.open(tmp_path / "x", "w:gz") as tar:
        link = tarfile.TarInfo("dir")
        link.type, link.linkname = tarfile.SYMTYPE, str(outside)
        tar.addfile(link)
        member = tarfile.TarInfo("dir/a.svg")
        member.size = 4
        tar.addfile(member, io.BytesIO(b"evil"))
    unpack(tmp_path / "x", tmp_path / "out", wanted=is_svg)
    assert list(outside.iterdir()) == []
    assert (tmp_path / "out" / "dir" / "a.svg").read_bytes() == b"evil"


@both
def test_one_large_file_is_refused(pack, tmp_path):
    pack(tmp_path / "x", {"bomb.svg": bytes(2_000_000)})
    assert (tmp_path / "x").stat().st_size < 20_000
    assert "bomb.svg" in refused(tmp_path / "x", tmp_path, limits=Limits(member_bytes=100_000))


@both
def test_many_small_files_that_add_up_are_refused(pack, tmp_path):
    pack(tmp_path / "x", {f"{i}.svg": bytes(10_000) for i in range(50)})
    assert "decompresses to more" in refused(tmp_path / "x", tmp_path, limits=Limits(total_bytes=200_000))


@both
def test_too_many_files_are_refused_even_if_unwanted(pack, tmp_path):
    pack(tmp_path / "x", {f"{i}.txt": b"" for i in range(50)})
    assert "more than 20 files" in refused(tmp_path / "x", tmp_path, limits=Limits(members=20))


def test_what_a_tar_skips_is_counted_too(tmp_path):
    tgz(tmp_path / "x", {"skipped.bin": bytes(5_000_000), "a.svg": b""})
    assert "decompresses" in refused(tmp_path / "x", tmp_path, limits=Limits(total_bytes=1_000_000))


def test_a_zip_that_lies_about_sizes_is_refused(tmp_path):
    zipped(tmp_path / "x", {"bomb.svg": bytes(1_000_000)})
    content = (tmp_path / "x").read_bytes()
    lie = content.replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lie != content
    (tmp_path / "x").write_bytes(lie)
    refused(tmp_path / "x", tmp_path)


def test_a_zip_that_lies_about_sizes_is_not_decompressed_first(tmp_path):
    zipped(tmp_path / "x", {"bomb.svg": bytes(30_000_000)})
    content = (tmp_path / "x").read_bytes()
    (tmp_path / "x").write_bytes(
        content.replace((30_000_000).to_bytes(4, "little"), (9).to_bytes(4, "little"))
    )
    tracemalloc.start()
    refused(tmp_path / "x", tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


def test_modes_and_times_of_a_tar_are_those_of_plain_files(tmp_path):
    with tarfile.open(tmp_path / "x", "w:gz") as tar:
        member = tarfile.TarInfo("a.svg")
        member.mode, member.uid, member.size = 0o4777, 12345, 4
        tar.addfile(member, io.BytesIO(b"<svg"))
    unpack(tmp_path / "x", tmp_path / "out", wanted=is_svg)
    mode = (tmp_path / "out" / "a.svg").stat().st_mode
    assert mode & 0o7022 == 0  # neither set-user-ID nor writable by others


@both
def test_a_name_that_comes_twice_is_refused(pack, tmp_path):
    pack(tmp_path / "x", {"a.svg": b"1", "./a.svg": b"2"})
    assert "twice" in refused(tmp_path / "x", tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK", b"not an archive", gzip.compress(b"not a tar", mtime=0)])
def test_other_files_are_refused(content, tmp_path):
    (tmp_path / "x").write_bytes(content)
    refused(tmp_path / "x", tmp_path)


def test_a_missing_archive_is_named(tmp_path):
    refused(tmp_path / "missing.tgz", tmp_path)

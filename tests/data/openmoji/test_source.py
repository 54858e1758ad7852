"""The drawings are found in the promised order, and a bad copy is never used."""

import base64
import hashlib
import json
import os
import shutil
import stat
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from emojax.core.errors import UserError
from emojax.data.openmoji import source as openmoji_source
from emojax.data.openmoji.source import METADATA_URL, SVG_URL, VERSION, locate, read_folder


@pytest.fixture
def published(openmoji_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our folder as if it were the pinned OpenMoji: its tarball, as npm would pack it."""
    tarball = tmp_path / f"openmoji-{VERSION}.tgz"
    with tarfile.open(tarball, "w:gz") as tar:
        tar.add(openmoji_folder, "package")
    integrity = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    monkeypatch.setattr(openmoji_source, "NPM_INTEGRITY", integrity)
    monkeypatch.setattr(openmoji_source, "DIGEST", read_folder(openmoji_folder).digest)
    monkeypatch.setenv("PATH", str(tmp_path / "no programs"))
    return tarball


@pytest.fixture
def npm(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Puts an npm on PATH that runs the given Python; returns the file listing its calls."""

    def install(body: str = "") -> Path:
        program = tmp_path / "bin" / "npm"
        calls = tmp_path / "calls"
        program.parent.mkdir(exist_ok=True)
        program.write_text(
            f"#!{sys.executable}\nimport shutil, sys\n"
            f"open({str(calls)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')\n"
            + (body or f"shutil.copy({str(published)!r}, '.')\n")
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(program.parent))
        return calls

    return install


def release(folder: Path, directory: Path, *, keep: float = 1.0) -> Callable[[str], Path]:
    """A downloader that has only the release's two files."""
    directory.mkdir(exist_ok=True)
    bundle = directory / "openmoji-svg-color.zip"

    def download(url: str) -> Path:
        if url == METADATA_URL:
            return Path(shutil.copy(folder / "data" / "openmoji.json", directory))
        assert url == SVG_URL
        with zipfile.ZipFile(bundle, "w") as archive:
            for drawing in (folder / "color" / "svg").iterdir():
                archive.write(drawing, drawing.name)
        bundle.write_bytes(bundle.read_bytes()[: int(keep * bundle.stat().st_size)])
        Path(f"{bundle}.INFO").write_text("{}")
        return bundle

    return download


def no_download(url: str) -> Path:
    raise AssertionError(f"downloaded {url}")


def test_the_users_folder_comes_first_and_needs_nothing_else(openmoji_folder, npm):
    calls = npm()
    source = locate(openmoji_folder, download=no_download)
    assert source.svg_dir == openmoji_folder / "color" / "svg"
    assert not calls.exists()


def test_both_layouts_of_the_same_drawings_have_one_digest(openmoji_folder, tmp_path):
    flat = tmp_path / "flat"
    shutil.copytree(openmoji_folder / "color" / "svg", flat)
    shutil.copy(openmoji_folder / "data" / "openmoji.json", flat)
    (flat / "README.md").write_text("not a drawing")
    assert locate(flat).digest == locate(openmoji_folder).digest


def test_the_digest_tells_any_change_of_contents(openmoji_folder):
    drawing = openmoji_folder / "color" / "svg" / "1F600.svg"
    metadata = openmoji_folder / "data" / "openmoji.json"
    digests = {locate(openmoji_folder).digest}
    drawing.write_text(drawing.read_text() + " ")
    digests.add(locate(openmoji_folder).digest)
    metadata.write_text(metadata.read_text() + " ")
    digests.add(locate(openmoji_folder).digest)
    drawing.unlink()
    digests.add(locate(openmoji_folder).digest)
    assert len(digests) == 4


def test_the_version_of_a_users_folder_is_what_its_package_says(openmoji_folder):
    assert locate(openmoji_folder).version == "custom"
    (openmoji_folder / "package.json").write_text('{"version": "15.1.0"}')
    assert locate(openmoji_folder).version == "15.1.0"


def test_npm_comes_before_the_release_and_only_once(npm, tmp_path):
    calls = npm()
    first = locate(cache=tmp_path / "cache", download=no_download)
    second = locate(cache=tmp_path / "cache", download=no_download)
    assert first == second
    assert first.version == VERSION
    assert calls.read_text() == f"pack openmoji@{VERSION} --ignore-scripts\n"
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [VERSION]


@pytest.mark.parametrize(
    "body",
    ["sys.exit('npm error network unreachable')", "open('openmoji-17.0.0.tgz', 'wb').write(b'half')", "pass"],
    ids=["fails", "half a file", "no file"],
)
def test_when_npm_fails_the_release_is_downloaded(body, npm, openmoji_folder, tmp_path):
    npm(body)
    source = locate(cache=tmp_path / "cache", download=release(openmoji_folder, tmp_path / "downloads"))
    assert source.digest == openmoji_source.DIGEST
    assert source.svg_dir.is_relative_to(tmp_path / "cache" / VERSION)


def test_npm_has_bounded_time(npm, tmp_path, monkeypatch):
    npm("import time; time.sleep(60)")
    monkeypatch.setattr(openmoji_source, "_NPM_SECONDS", 0.2)
    with pytest.raises(UserError, match="timed out"):
        locate(cache=tmp_path / "cache")


@pytest.mark.parametrize("keep", [0.5, 0.99])
def test_a_half_downloaded_release_is_removed_and_said_so(keep, published, openmoji_folder, tmp_path):
    downloads = tmp_path / "downloads"
    with pytest.raises(UserError, match="removed"):
        locate(cache=tmp_path / "cache", download=release(openmoji_folder, downloads, keep=keep))
    assert list(downloads.iterdir()) == []
    assert list((tmp_path / "cache").iterdir()) == []
    assert locate(cache=tmp_path / "cache", download=release(openmoji_folder, downloads))


def test_a_release_with_other_drawings_is_not_taken_for_the_pinned_one(published, openmoji_folder, tmp_path):
    (openmoji_folder / "color" / "svg" / "1F600.svg").write_text("<svg/>")
    with pytest.raises(UserError, match=f"is not OpenMoji {VERSION}"):
        locate(cache=tmp_path / "cache", download=release(openmoji_folder, tmp_path / "downloads"))


def test_a_damaged_cached_copy_is_fetched_again(npm, tmp_path):
    calls = npm()
    drawing = locate(cache=tmp_path / "cache").svg_dir / "1F600.svg"
    whole = drawing.read_bytes()
    drawing.write_bytes(whole[: len(whole) // 2])
    assert locate(cache=tmp_path / "cache").digest == openmoji_source.DIGEST
    assert drawing.read_bytes() == whole
    assert len(calls.read_text().splitlines()) == 2


def test_the_copy_of_a_process_that_was_faster_is_used(npm, published, openmoji_folder, tmp_path):
    copy = tmp_path / "cache" / VERSION
    npm(
        f"shutil.copytree({str(openmoji_folder)!r}, {str(copy)!r})\n"
        f"shutil.copy({str(published)!r}, '.')\n"
        f"open({str(copy / 'faster')!r}, 'w').close()\n"
    )
    assert locate(cache=tmp_path / "cache").svg_dir.is_relative_to(copy)
    assert (copy / "faster").exists()


def test_with_nothing_in_reach_one_line_says_what_to_do(published, tmp_path):
    def offline(url: str) -> Path:
        raise ConnectionError("Name or service\nnot known")

    with pytest.raises(UserError) as error:
        locate(cache=tmp_path / "cache", download=offline)
    message = str(error.value)
    assert "\n" not in message
    assert all(part in message for part in ("npm is not installed", SVG_URL, METADATA_URL, "--openmoji_dir"))


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(UserError, match=r"--openmoji_dir=.*missing: no such folder"):
        locate(tmp_path / "missing")


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(UserError, match="no OpenMoji folder"):
        locate(tmp_path)


def test_a_folder_without_any_drawing_is_refused(openmoji_folder):
    shutil.rmtree(openmoji_folder / "color" / "svg")
    (openmoji_folder / "color" / "svg").mkdir()
    with pytest.raises(UserError, match="none of the drawings"):
        locate(openmoji_folder)


def test_a_huge_drawing_is_refused_by_name(openmoji_folder):
    drawing = openmoji_folder / "color" / "svg" / "1F600.svg"
    with drawing.open("ab") as file:
        os.truncate(file.fileno(), 5_000_000)
    with pytest.raises(UserError, match=r"1F600\.svg"):
        locate(openmoji_folder)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("{}", "not a list"),
        ("[]", "not a list"),
        ("[1]", "entry 0 is not an object"),
        ({"hexcode": "../../../etc/passwd"}, "hexcode"),
        ({"hexcode": "1f600"}, "hexcode"),
        ({"hexcode": None}, "hexcode"),
        ({"hexcode": "1F603"}, "1F603 twice"),
        ({"annotation": 7}, "annotation"),
        ({"annotation": "a" * 1_000}, "annotation"),
        ({"subgroups": ["face"]}, "subgroups"),
        ({"tags": 3}, "tags"),
    ],
)
def test_unusable_metadata_is_refused_by_file_entry_and_field(change, reason, openmoji_folder):
    metadata = openmoji_folder / "data" / "openmoji.json"
    if isinstance(change, dict):
        rows = json.loads(metadata.read_text())
        rows[0] |= change
        change = json.dumps(rows)
    metadata.write_text(change)
    with pytest.raises(UserError) as error:
        locate(openmoji_folder)
    assert str(error.value).startswith(str(metadata))
    assert reason in str(error.value)


@pytest.mark.network
def test_the_published_package_has_the_pinned_contents(tmp_path):
    source = locate(cache=tmp_path)
    assert source.version == "17.0.0"
    assert source.digest == openmoji_source.DIGEST
    assert len(list(source.svg_dir.glob("*.svg"))) == 4495

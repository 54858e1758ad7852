"""Names and keywords come from the pinned package once, or the error says what to do."""

import tarfile
from pathlib import Path

import pytest
from support import keywords_folder

from emojax.core.errors import UserError
from emojax.data.openmoji.words import keywords


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EMOJAX_CACHE", str(tmp_path / "cache"))
    keywords.load.cache_clear()
    return tmp_path / "cache"


def test_the_package_is_fetched_once_and_only_what_is_needed_is_kept(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = keywords_folder.write(tmp_path / "package", ["1F600"])
    (folder / "xx").mkdir()
    (folder / "xx" / "compact.json").write_text("[]")
    calls = []

    def pack(package: str, directory: Path, *, integrity: str, seconds: float) -> Path:
        calls.append((package, integrity))
        with tarfile.open(directory / "data.tgz", "w:gz") as archive:
            archive.add(folder, arcname="package")
        return directory / "data.tgz"

    monkeypatch.setattr(keywords.npm, "pack", pack)
    first = keywords.load()
    keywords.load.cache_clear()
    assert keywords.load() == first
    assert calls == [(f"emojibase-data@{keywords.VERSION}", keywords.INTEGRITY)]
    assert first["nl"]["1F600"].name == "nl name 1f600"
    assert not [*cache.rglob("xx")]


def test_without_npm_the_error_says_where_to_put_the_package(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match="npm is not installed.*unpack its npm package into .*emojibase"):
        keywords.load()


def test_keywords_are_read_by_language_and_bad_files_are_named(tmp_path: Path) -> None:
    folder = keywords_folder.write(tmp_path / "words", ["1F636-200D-1F32B-FE0F"])
    found = keywords.load(folder)
    assert set(found) == {*keywords.LANGUAGES, *keywords.HELD_OUT_LANGUAGES}
    assert not set(keywords.LANGUAGES) & set(keywords.HELD_OUT_LANGUAGES)
    assert found["de"]["1F636-200D-1F32B"].tags == ("detag1f636-200d-1f32b-fe0f", "both")
    other = keywords_folder.write(tmp_path / "bad", ["1F600"])
    (other / "fr" / "compact.json").write_text("[3]")
    with pytest.raises(UserError, match=r"fr/compact\.json is not of emojibase-data"):
        keywords.load(other)

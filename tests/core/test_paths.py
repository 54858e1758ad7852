"""Paths that users give, and the rule that no output replaces an input or another output."""

import os
from pathlib import Path

import pytest

from emojax.core import paths
from emojax.core.errors import UserError


def test_homes_are_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert paths.local("~/a.svg") == Path("/home/me/a.svg")
    assert paths.local("~") == Path("/home/me")
    assert paths.local("a/~/b") == Path("a/~/b")
    assert paths.local("-") == Path("-")
    assert paths.name_or_local("~/style") == "/home/me/style"
    assert paths.name_or_local("flat") == "flat"
    with pytest.raises(UserError, match="~nosuchuser/x"):
        paths.local("~nosuchuser/x")


@pytest.mark.parametrize("url", ["gs://bucket/x", "s3://b", "https://a.b/c.jpg", "file:///tmp/x", "GS://b"])
def test_urls_are_refused(url: str) -> None:
    for parse in (paths.local, paths.name_or_local):
        with pytest.raises(UserError, match=f"{url} is a URL"):
            parse(url)


def test_names_longer_than_file_systems_allow_are_refused() -> None:
    assert paths.local("d/" + "a" * 255).name == "a" * 255
    for name in ("a" * 256, "\u00e9" * 128, "\udcff" * 256):
        with pytest.raises(UserError, match="file systems allow 255") as error:
            paths.local(f"d/{name}/x")
        assert len(str(error.value)) < 200
    with pytest.raises(UserError, match="empty path"):
        paths.local("")


@pytest.fixture
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    Path("photos/me.png").write_bytes(b"photo")
    return Path("photos/me.png")


def test_no_output_is_an_input_by_whatever_path(photo: Path, tmp_path: Path) -> None:
    Path("link.png").symlink_to(photo)
    Path("folder").symlink_to("photos")
    os.link(photo, "hard.png")
    same = [
        "photos/me.png",
        "photos/../photos/me.png",
        tmp_path / photo,
        "link.png",
        "folder/me.png",
        "hard.png",
    ]
    for output in same:
        for source in (photo, Path("photos")):
            with pytest.raises(UserError, match=r"^--out: would replace .*choose another"):
                paths.refuse_replacing({"--out": Path(output)}, [None, source])
    paths.refuse_replacing({"--out": Path("photos/new.png")}, [photo, Path("photos")])


def test_no_output_is_another_output() -> None:
    with pytest.raises(UserError, match="--explain: would replace --out"):
        paths.refuse_replacing({"--out": Path("a.png"), "--explain": Path("x/../a.png")}, [])
    paths.refuse_replacing({"--out": Path("a.png"), "--explain": Path("b.png")}, [])


def test_no_folder_that_is_replaced_holds_an_input(photo: Path) -> None:
    for output in (Path(), Path("photos")):
        with pytest.raises(UserError, match="would replace"):
            paths.refuse_replacing({"--out": output}, [photo])


def test_of_a_run_and_of_a_style_only_what_is_read_is_an_input(tmp_path: Path) -> None:
    for name in ("config.json", "checkpoints/5/x", "emoji/0000.png", "style.json", "parts/hair/bob.svg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
        if name.startswith("emoji"):
            paths.refuse_replacing({"--out": tmp_path / name}, [tmp_path])
        else:
            with pytest.raises(UserError, match="would replace"):
                paths.refuse_replacing({"--out": tmp_path / name}, [tmp_path])

"""A folder of numbered pictures never shows what an earlier run drew beside the grid of a later one."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emojax.core.errors import UserError
from emojax.emoji import numbered
from emojax.media import image


def _images(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 8, 8, 3)).astype(np.uint8)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_shorter_run_removes_what_a_longer_one_left(tmp_path: Path) -> None:
    numbered.write_pictures(tmp_path, _images(6), [])
    assert _names(tmp_path) == [*(f"{i:04d}.png" for i in range(6)), "grid.png"]
    numbered.write_pictures(tmp_path, _images(2, seed=1), [])
    assert _names(tmp_path) == ["0000.png", "0001.png", "grid.png"]
    numbered.write_pictures(tmp_path, _images(3, seed=1), [])
    assert _names(tmp_path) == ["0000.png", "0001.png", "0002.png", "grid.png"]
    with Image.open(tmp_path / "0002.png") as picture:
        assert np.array_equal(np.asarray(picture), _images(3, seed=1)[2])


def test_pictures_of_others_stay(tmp_path: Path) -> None:
    numbered.write_pictures(tmp_path, _images(4), [])
    image.save_png(tmp_path / "0003.png", _images(1, seed=9)[0])  # changed since
    image.save_png(tmp_path / "0007.png", _images(1)[0])  # never written here
    (tmp_path / "0001.png").unlink()
    numbered.write_pictures(tmp_path, _images(1), [])
    assert _names(tmp_path) == ["0000.png", "0003.png", "0007.png", "grid.png"]


@pytest.mark.parametrize("grid", [b"", b"no picture", None])
def test_a_grid_of_others_removes_nothing(tmp_path: Path, grid: bytes | None) -> None:
    image.save_png(tmp_path / "0005.png", _images(1)[0])
    if grid is None:
        text = {"emojax files": "../0005.png 00000000\n0005.png 123\n"}
        image.save_png(tmp_path / "grid.png", _images(1)[0], text=text)
    else:
        (tmp_path / "grid.png").write_bytes(grid)
    numbered.write_pictures(tmp_path, _images(1), [])
    assert _names(tmp_path) == ["0000.png", "0005.png", "grid.png"]


def test_no_picture_replaces_an_input(tmp_path: Path) -> None:
    for name in ("0001.png", "grid.png"):
        (tmp_path / name).write_bytes(b"weights")
        with pytest.raises(UserError, match=f"{name}: would replace"):
            numbered.write_pictures(tmp_path, _images(2), [tmp_path / name])
        assert (tmp_path / name).read_bytes() == b"weights"
        (tmp_path / name).unlink()


def test_drawings_from_a_number_on_go_if_they_are_ours(tmp_path: Path) -> None:
    for name, text in (
        ("0000.svg", "mark"),
        ("0001.svg", "mark"),
        ("0002.svg", "mine"),
        ("1_mark.svg", "mark"),
        ("12345.svg", "a mark"),
    ):
        (tmp_path / name).write_text(text)
    numbered.remove_drawings(tmp_path, 1, "mark")
    assert _names(tmp_path) == ["0000.svg", "0002.svg", "1_mark.svg"]

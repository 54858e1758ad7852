"""Images are written whole or not at all, and a failure leaves what was there."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import emojax
from emojax.core.errors import UserError
from emojax.media.image import save_png, to_uint8


@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 1), (20, 30, 3), (20, 30, 4)])
def test_png_round_trip(tmp_path: Path, shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    save_png(tmp_path / "new" / "folder" / "image.png", image)
    with Image.open(tmp_path / "new" / "folder" / "image.png") as stored:
        assert stored.format == "PNG"
        np.testing.assert_array_equal(np.asarray(stored), image.reshape(np.asarray(stored).shape))


def test_png_refuses_floats(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="uint8"):
        save_png(tmp_path / "image.png", np.zeros((20, 20, 3), np.float32))


def test_png_into_an_impossible_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder.png").mkdir()
    image = np.zeros((20, 20, 3), np.uint8)
    for place in (tmp_path / "file" / "image.png", tmp_path / "folder.png"):
        with pytest.raises(UserError, match="cannot be written"):
            save_png(place, image)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.png"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    # A limit on the size of files stands in for a full disk; in a process of its own.
    save_png(tmp_path / "image.png", np.zeros((20, 20, 3), np.uint8))
    before = (tmp_path / "image.png").read_bytes()
    script = (
        "import resource, sys, numpy as np\n"
        "from emojax.core.errors import UserError\n"
        "from emojax.media.image import save_png\n"
        "noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "try:\n    save_png(sys.argv[1], noise)\n"
        "except UserError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "image.png"],
        cwd=Path(emojax.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cannot be written" in done.stdout
    assert (tmp_path / "image.png").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["image.png"]


def test_to_uint8_rounds_and_clips() -> None:
    values = np.array([-3.0, -1.0, -0.999, 0.0, 0.5, 1.0, 7.0])
    assert to_uint8(values).tolist() == [0, 0, 0, 128, 191, 255, 255]
    every = np.arange(256)
    np.testing.assert_array_equal(to_uint8(every / 127.5 - 1), every)


def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    with pytest.raises(UserError, match="not a regular file"):
        save_png(pipe, np.zeros((4, 4, 3), np.uint8))
    assert pipe.is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe.png"]

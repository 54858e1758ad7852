"""infer.py: its modes from end to end, and its errors."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.generators import write_generator

from emojax.cli import infer
from emojax.core.errors import UserError

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_generator(tmp_path_factory.mktemp("weights") / "g.safetensors"))


def test_flags_are_read_before_anything_heavy_is_imported() -> None:
    program = (
        "import sys; from emojax.cli import infer; from emojax.core.errors import UserError\n"
        "try:\n    infer.main(['--generate', 'x'])\n"
        "except UserError as error:\n    print(error, {'jax', 'cv2', 'scipy'} & {*sys.modules})"
    )
    printed = subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, text=True)
    assert printed.endswith("'x' is no whole number; --help lists the flags set()\n")


def _pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def test_generate_writes_numbered_pictures_and_a_grid(file: str, tmp_path: Path) -> None:
    out = tmp_path / "emoji"
    infer.main(["--generate", "9", "--weights", file, "--out", str(out), "--seed", "5"])
    assert sorted(p.name for p in out.iterdir()) == [*(f"{i:04d}.png" for i in range(9)), "grid.png"]
    assert _pixels(out / "0003.png").shape == (16, 16, 3)
    infer.main(["--generate", "4", "--weights", file, "--out", str(tmp_path / "again"), "--seed", "5"])
    assert (tmp_path / "again" / "0003.png").read_bytes() == (out / "0003.png").read_bytes()


def test_upscaled_and_transparent(file: str, tmp_path: Path) -> None:
    arguments = ["--generate", "1", "--weights", file, "--upscale", "4", "--transparent"]
    infer.main([*arguments, "--out", str(tmp_path)])
    assert _pixels(tmp_path / "0000.png").shape == (64, 64, 4)


@pytest.mark.parametrize("suffix", ["gif", "mp4", "png"])
def test_interpolate(file: str, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"morph.{suffix}"
    infer.main(["--interpolate", "0", "7", "--weights", file, "--frames", "5", "--out", str(out)])
    assert out.stat().st_size > 100
    assert list(tmp_path.iterdir()) == [out]
    if suffix == "png":  # the strip's ends are the two emoji themselves
        infer.main(["--generate", "8", "--weights", file, "--out", str(tmp_path / "e")])
        strip = _pixels(out)
        first, last = (_pixels(tmp_path / "e" / f"000{i}.png") for i in (0, 7))
        assert np.array_equal(strip[-18:-2, 2:18], first)
        assert np.array_equal(strip[-18:-2, -18:-2], last)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required"),
        (["--generate", "0"], "0 is not between 1 and 10000"),
        (["--generate", "many"], "'many' is no whole number"),
        (["--generate", "2", "--weights", "nobody"], "no weights named 'nobody'"),
        (["--generate", "2", "--workdir", "nowhere"], "--workdir nowhere is not a folder"),
        (["--generate", "2", "--seed", "-1"], "-1 is not between"),
        (["--interpolate", "1"], "expected 2 arguments"),
        (["--interpolate", "1", "2", "--out", "morph.webm"], "webm"),
        (["--generate", "2", "--upscale", "99"], "99 is not between 1 and 16"),
        (["--generate", "2", "--interpolate", "1", "2"], "not allowed with"),
        (["--generate", "2", "--weights", "x", "--workdir", "."], "--workdir and --weights both name"),
    ],
)
def test_bad_input_is_refused(arguments: list[str], words: str, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=words):
        infer.main(arguments)
    assert not list(tmp_path.iterdir())


def test_out_must_be_a_folder(file: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("mine")
    with pytest.raises(UserError, match="x is a file"):
        infer.main(["--generate", "1", "--weights", file, "--out", str(tmp_path / "x")])
    assert (tmp_path / "x").read_text() == "mine"


def test_the_program_says_one_line_and_exits_with_2(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "infer.py"), "--generate", "-3"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    problem = "argument --generate: -3 is not between 1 and 10000; --help lists the flags"
    assert done.stderr == f"emojax: {problem}\n"


def test_the_shipped_weights_draw_offline(tmp_path: Path) -> None:
    """Whole emoji: a bright disc on a dark ground, and not the same one throughout."""
    infer.main(["--generate", "16", "--out", str(tmp_path)])
    pictures = np.stack([_pixels(tmp_path / f"{i:04d}.png") for i in range(16)]).astype(float)
    assert pictures.shape == (16, 64, 64, 3)
    centre, corners = pictures[:, 24:40, 24:40].mean(), pictures[:, :6, :6].mean()
    assert centre > 100 > 40 > corners
    assert pictures.std(axis=0).mean() > 5

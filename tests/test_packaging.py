"""An installed package works by itself: the wheel holds the tree, and infer.py needs no extra."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from emojax.core.extras import EXTRAS

ROOT = Path(__file__).parent.parent
_SOURCES = (
    *("pyproject.toml", "setup.py", "README.md", "LICENSE", "NOTICE", "requirements-test.txt"),
    *("requirements", "configs", "emojax"),
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel built from a copy of the tree, since a build leaves folders behind that a next one reads."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in _SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--no-index", "--wheel-dir", out, source], check=True, timeout=300)
    (file,) = out.glob("emojax-*.whl")
    return zipfile.ZipFile(file)


def test_the_wheel_holds_every_file_of_the_package_and_the_recipes(wheel: zipfile.ZipFile) -> None:
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    files = [p for p in (ROOT / "emojax").rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    recipes = (ROOT / "configs").glob("*.py")
    assert packed == {
        *(path.relative_to(ROOT).as_posix() for path in files),
        *(f"emojax/configs/{path.name}" for path in recipes),
    }


def test_the_wheel_declares_programs_and_extras(wheel: zipfile.ZipFile) -> None:
    (metadata,) = [wheel.read(n).decode() for n in wheel.namelist() if n.endswith("METADATA")]
    (programs,) = [wheel.read(n).decode() for n in wheel.namelist() if n.endswith("entry_points.txt")]
    assert {line.split()[1] for line in metadata.splitlines() if line.startswith("Provides-Extra")} == {
        *EXTRAS,
        "test",
    }
    assert "emojax-train = emojax.cli.train:run" in programs
    assert "emojax-infer = emojax.cli.infer:run" in programs


# What is installed without extras. Their packages are hidden from a new process.

_HIDE = """
import sys
hidden = {hidden!r}
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Hidden())
"""


def run_without(extras: Iterable[str], code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs `code` in `folder`, as if the packages of `extras` were not installed."""
    hidden = {module for extra in extras for module in EXTRAS[extra]}
    command = [sys.executable, "-c", _HIDE.format(hidden=hidden) + code]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


@pytest.mark.usefixtures("shared_cache")
def test_infer_needs_no_extra(tmp_path: Path) -> None:
    code = """
from emojax.cli import infer
infer.main("--selfie demo --size 400 --out avatar.png".split())
infer.main("--segment avatar.png --out labels.png".split())
infer.main("--generate 2 --out emoji".split())
infer.main("--interpolate 0 1 --frames 2 --out morph.gif".split())
"""
    done = run_without(EXTRAS, code, tmp_path)
    assert done.returncode == 0, done.stderr
    made = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    drawn = {"emoji/0000.png", "emoji/0001.png", "emoji/grid.png", "morph.gif"}
    assert made == {"avatar.png", "labels.png", *drawn}


@pytest.mark.usefixtures("shared_cache")
@pytest.mark.parametrize(
    ("extra", "command"),
    [
        ("video", "infer --interpolate 1 2 --frames 2 --out m.mp4"),
        ("train", "infer --generate 1 --workdir . --out g"),
        ("train", "train --config=dcgan --workdir=run"),
        ("evaluate", "evaluate gan --samples . --out report"),
    ],
)
def test_a_missing_extra_ends_in_one_line(extra: str, command: str, tmp_path: Path) -> None:
    program, *arguments = command.split()
    code = f"""
from emojax import evaluate
from emojax.cli import infer, train
from emojax.core.runtime import run_program
run_program(lambda: {program}.main({arguments!r}))
"""
    done = run_without([extra], code, tmp_path)
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert f'"emojax[{extra}]"' in line
    assert not list(tmp_path.iterdir())

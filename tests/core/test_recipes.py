"""A recipe that ships is found by its name from any folder, also in an installed package."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emojax.core import recipes
from emojax.core.errors import UserError

ROOT = Path(__file__).parents[2]


def test_a_name_means_a_recipe_that_ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert recipes.find("dcgan") == str(ROOT / "configs/dcgan.py")
    assert recipes.find("bisenet:light") == f"{ROOT / 'configs/bisenet.py'}:light"
    assert recipes.find("configs/dcgan.py") == str(ROOT / "configs/dcgan.py")
    assert recipes.find("configs/bisenet.py:light") == f"{ROOT / 'configs/bisenet.py'}:light"


def test_a_file_is_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dcgan").write_text("")
    Path("configs").mkdir()
    Path("configs/dcgan.py").write_text("")
    assert recipes.find("configs/dcgan.py:x") == "configs/dcgan.py:x"
    assert recipes.find("dcgan") == "dcgan"
    assert recipes.find("dcgan:a:b") == "dcgan:a:b"


@pytest.mark.parametrize(
    "name", ["", "nosuch", "configs/nosuch.py", "__init__", "../configs/dcgan", "configs/dcgan", ":light"]
)
def test_anything_else_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(UserError, match=r"--config: there is no file .*: attributes, .*, dcgan_best"):
        recipes.find(name)


_COPY = ("core/__init__.py", "core/recipes.py", "core/paths.py", "core/errors.py", "__init__.py")


@pytest.mark.parametrize("place", ["configs", "emojax/configs"], ids=["checkout", "installed"])
def test_recipes_import_each_other_from_any_folder(place: str, tmp_path: Path) -> None:
    for name in _COPY:
        (tmp_path / "there/emojax" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "emojax" / name, tmp_path / "there/emojax" / name)
    shutil.copytree(ROOT / "configs", tmp_path / "there" / place)
    # Another package of that name must not be imported instead.
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/__init__.py").write_text("")
    code = f"""
import sys
sys.path[:0] = [{str(tmp_path)!r}, {str(tmp_path / "there")!r}]
from emojax.core import recipes
assert recipes.find("dcgan_best") == {str(tmp_path / "there" / place / "dcgan_best.py")!r}
recipes.make_importable()
recipes.make_importable()
from configs import dcgan_best, dcgan
import configs.dcgan
assert configs.dcgan is dcgan
print(dcgan_best.__file__, dcgan.get_config().epochs)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split() == [str(tmp_path / "there" / place / "dcgan_best.py"), "500"], done.stderr

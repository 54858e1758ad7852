"""The recipes that ship: ``configs/`` of a checkout, ``emojax.configs`` of an installed package."""

import importlib.util
import sys
from pathlib import Path
from typing import Final

from emojax.core import paths
from emojax.core.errors import UserError

_PACKAGE: Final = Path(__file__).parents[1]
FOLDER: Final = next(
    (path for path in (_PACKAGE / "configs", _PACKAGE.parent / "configs") if path.is_dir()),
    _PACKAGE / "configs",
)
"""The folder of the recipes."""


def find(name: str) -> str:
    """The file that ``--config`` names, with ``:variant`` after it if one is given.

    Args:
      name: a file, or a recipe that ships, by its name or as in a checkout: ``dcgan``, ``bisenet:light``,
        ``configs/bisenet.py:light``.

    Raises:
      UserError: it is neither; the message lists the recipes that ship.
    """
    # A URL has a colon of its own, and is refused as one.
    path, colon, variant = (name, "", "") if "://" in name else name.partition(":")
    path = paths.name_or_local(path)
    if not Path(path).is_file():
        shipped = sorted(
            file.stem
            for file in FOLDER.glob("*.py")
            if "def get_config(" in file.read_text(encoding="utf-8-sig")
        )
        recipe = path.removeprefix("configs/").removesuffix(".py") if path.endswith(".py") else path
        if recipe not in shipped:
            raise UserError(
                f"--config: there is no file {path!r}: give one that has get_config(), "
                f"or a recipe that ships: {', '.join(shipped)}"
            )
        path = str(FOLDER / f"{recipe}.py")
    return f"{path}{colon}{variant}"


def make_importable() -> None:
    """Registers the recipes' folder as the package ``configs``, so that recipes can import each other.

    Without it that works only where the program is started in a checkout.
    """
    if str(FOLDER) not in getattr(sys.modules.get("configs"), "__path__", ()):
        spec = importlib.util.spec_from_file_location(
            "configs", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
        )
        assert spec is not None
        sys.modules["configs"] = importlib.util.module_from_spec(spec)

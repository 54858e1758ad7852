"""The recipes that ship: ``configs/`` of a checkout, which an installed package has as ``emojax.configs``."""

import importlib.util
import sys
from pathlib import Path
from typing import Final

from emojax.core.errors import UserError

_PACKAGE: Final = Path(__file__).parents[1]
FOLDER: Final = next(
    (path for path in (_PACKAGE / "configs", _PACKAGE.parent / "configs") if path.is_dir()),
    _PACKAGE / "configs",
)
"""Where they are."""


def find(name: str) -> str:
    """What ``--config`` names, as a file, with the variant after a colon if one is given.

    Args:
      name: a file, or the name of a recipe that ships, such as ``dcgan``, ``bisenet:light``.

    Raises:
      UserError: it is neither.
    """
    path, colon, variant = name.partition(":")
    if not Path(path).is_file():
        shipped = sorted(file.stem for file in FOLDER.glob("*.py") if "def get_config(" in file.read_text())
        if path not in shipped:
            raise UserError(
                f"--config: there is no file {path!r}: give one that has get_config(), "
                f"or a recipe that ships: {', '.join(shipped)}"
            )
        path = str(FOLDER / f"{path}.py")
    return f"{path}{colon}{variant}"


def make_importable() -> None:
    """Lets recipes import each other as ``configs.NAME``, from wherever the program is started."""
    if str(FOLDER) not in getattr(sys.modules.get("configs"), "__path__", ()):
        spec = importlib.util.spec_from_file_location(
            "configs", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
        )
        assert spec is not None
        sys.modules["configs"] = importlib.util.module_from_spec(spec)

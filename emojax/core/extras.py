"""Optional dependencies: the packages of each extra, and the error when one is missing."""

import contextlib
import sys
from collections.abc import Iterator
from typing import Final

from emojax.core.errors import UserError

EXTRAS: Final = {
    "train": (
        "optax",
        "orbax",
        "ml_collections",
        "tensorflow_datasets",
        "importlib_resources",
        "array_record",
        "emoji",
        "svgpathtools",
        "filelock",
        "tensorboardX",
    ),
    "evaluate": ("sklearn", "threadpoolctl", "jinja2", "matplotlib"),
    "video": ("av",),
    "studio": ("gradio",),
}
"""Top-level modules of each extra, as listed in ``requirements/EXTRA.txt``."""


def missing_extra(error: ModuleNotFoundError) -> UserError | None:
    """An error that names the extra to install, if a package of one could not be imported; else None."""
    module = (error.name or "").partition(".")[0]
    for extra, modules in EXTRAS.items():
        if module in modules:
            return UserError(
                f"{module} is not installed: it comes with the extra `{extra}` of emojax, "
                f'pip install "emojax[{extra}]", or in a checkout pip install -r requirements.txt'
            )
    return None


@contextlib.contextmanager
def importing(module: str) -> Iterator[None]:
    """Around the imports at the top of a program that a whole extra is needed for.

    Args:
      module: ``__name__``. If it is run as a program, a missing extra ends it in one line, with code 2.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = missing_extra(error)
        if module != "__main__" or missing is None:
            raise
        print(f"emojax: {missing}", file=sys.stderr)
        raise SystemExit(2) from error

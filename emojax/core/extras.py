"""Optional dependencies: the packages of each extra, and the error when one is missing."""

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
    "video": ("imageio_ffmpeg",),
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

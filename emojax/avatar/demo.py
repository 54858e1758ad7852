"""The portrait that `--selfie demo` takes."""

import importlib.util
from pathlib import Path

from emojax.core.errors import UserError


def portrait() -> Path:
    """Rear Admiral Grace Hopper, photographed by the US Navy: public domain, among matplotlib's samples.

    Raises:
      UserError: the installed matplotlib lacks it.
    """
    # Importing matplotlib would take longer than the avatar.
    spec = importlib.util.find_spec("matplotlib")
    for folder in (spec and spec.submodule_search_locations) or ():
        file = Path(folder) / "mpl-data" / "sample_data" / "grace_hopper.jpg"
        if file.is_file():
            return file
    raise UserError("demo: the portrait among matplotlib's samples is missing; name a photo")

"""What the classes of a conditional run are called: ``labels.json`` in its work directory.

The data set that says so need not be there any more when the generator is drawn from or exported.
"""

from pathlib import Path
from typing import Final

import ml_collections

from emojax.core.errors import UserError
from emojax.data.openmoji.labels import Label, LabelTable

FILE: Final = "labels.json"
"""Its name in the work directory."""

_MAX_BYTES: Final = 2**25


def table(data: ml_collections.FrozenConfigDict, source: Path | None = None) -> LabelTable:
    """The names of the classes of a data set, in their order.

    Args:
      data: ``config.data`` of a GAN.
      source: folder that the emoji are read from instead of being fetched.

    Raises:
      UserError: as `emojax.data.openmoji.emoji.load`.
    """
    from emojax.data.openmoji import emoji as openmoji_set

    emoji = openmoji_set.load(data.name, size=data.size, background=data.background, openmoji_dir=source)
    texts = zip(emoji.hexcodes, emoji.emoji, emoji.shortcodes, emoji.annotations, emoji.tags, strict=True)
    return LabelTable(tuple(Label(*text) for text in texts))


def read(workdir: Path) -> LabelTable:
    """The table that a run keeps in its work directory.

    Raises:
      UserError: it is missing or damaged.
    """
    path = workdir / FILE
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_MAX_BYTES)
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path} cannot be read ({error}): without it the run's labels have no names; start train.py "
            "on the work directory again, which writes it"
        ) from error
    return LabelTable.from_json(text, source=path)

"""The names of a conditional run's classes: ``labels.json`` in its work directory.

So the data set is not needed when the generator is used or exported.
"""

from pathlib import Path
from typing import Final

import ml_collections

from emojax.core import untrusted
from emojax.core.errors import UserError
from emojax.data.openmoji.labels import Label, LabelTable

FILE: Final = "labels.json"
"""The file's name in the work directory."""

_MAX_LENGTH: Final = 2**25
"""Characters read at most, so that a wrong file does not fill the memory."""


def table(data: ml_collections.FrozenConfigDict, source: Path | None = None) -> LabelTable:
    """The names of the classes of a data set, in the order of the classes.

    Args:
      data: ``config.data`` of a GAN.
      source: an OpenMoji folder, read instead of a download.

    Raises:
      UserError: as `emojax.data.openmoji.emoji.load`.
    """
    from emojax.data.openmoji import emoji as openmoji_set

    emoji = openmoji_set.load(data.name, size=data.size, background=data.background, openmoji_dir=source)
    texts = zip(emoji.hexcodes, emoji.emoji, emoji.shortcodes, emoji.annotations, emoji.tags, strict=True)
    return LabelTable(tuple(Label(*text) for text in texts))


def read(workdir: Path) -> LabelTable:
    """The table in a run's work directory.

    Raises:
      UserError: it is missing or damaged.
    """
    path = workdir / FILE
    if not path.exists():
        raise UserError(
            f"{path} cannot be read (no such file): without it labels have no names; start train.py "
            "on the work directory again, which writes it"
        )
    text = untrusted.read_text(path, most=_MAX_LENGTH)
    return LabelTable.from_json(text, source=path)

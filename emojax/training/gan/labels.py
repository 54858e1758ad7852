"""What the classes of a conditional run are called: ``labels.json`` in its work directory.

The data set that says so need not be there any more when the generator is drawn from or exported.
"""

from pathlib import Path
from typing import Final

import jax
import ml_collections

from emojax.core.errors import UserError
from emojax.core.files import replacing
from emojax.data.openmoji.labels import Label, LabelTable

_MAX_BYTES: Final = 2**25


def adopt(workdir: Path, config: ml_collections.FrozenConfigDict, source: Path | None = None) -> None:
    """Writes the names of a conditional run's classes, or checks that those there are the same.

    Args:
      workdir: of the run.
      config: its configuration, whole; one without classes has nothing to write.
      source: folder that the emoji are read from instead of being fetched.

    Raises:
      UserError: the run was started with other emoji.
    """
    if not config.model.num_classes:
        return
    from emojax.data.openmoji import emoji as openmoji_set

    data = config.data
    emoji = openmoji_set.load(data.name, size=data.size, background=data.background, openmoji_dir=source)
    texts = zip(emoji.hexcodes, emoji.emoji, emoji.shortcodes, emoji.annotations, emoji.tags, strict=True)
    table = LabelTable(tuple(Label(*text) for text in texts))
    path = _path(workdir)
    if path.exists() and read(workdir) != table:
        raise UserError(f"{path} names other emoji than the data set has: use another --workdir, or its data")
    if jax.process_index() == 0:
        with replacing(path) as temporary:
            temporary.write_text(table.to_json() + "\n", encoding="utf-8")


def read(workdir: Path) -> LabelTable:
    """What `adopt` wrote.

    Raises:
      UserError: it is missing or damaged.
    """
    path = _path(workdir)
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_MAX_BYTES)
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path} cannot be read ({error}): without it the run's labels have no names; start train.py "
            "on the work directory again, which writes it"
        ) from error
    return LabelTable.from_json(text, source=path)


def _path(workdir: Path) -> Path:
    return workdir / "labels.json"

"""A run by its configuration, as ``train.py`` starts it."""

from pathlib import Path

import ml_collections

from emojax.training import tasks
from emojax.training.engine import loop


def train(config: ml_collections.ConfigDict, workdir: Path, **folders: Path) -> None:
    """Trains in `workdir` on the data in `folders`, by flag: ``data_dir=...``.

    On one device, unless the configuration says otherwise: on eight all of this takes several times as long,
    and that they take the same steps is tested elsewhere.
    """
    config = ml_collections.ConfigDict(config)
    if config.run.parallel == "auto":
        config.run.parallel = "jit"
    loop.train(tasks.make_task(config), workdir, folders)

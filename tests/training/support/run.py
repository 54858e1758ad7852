"""A run by its configuration, as ``train.py`` starts it."""

from pathlib import Path

import ml_collections

from emojax.training import tasks
from emojax.training.engine import loop


def train(config: ml_collections.ConfigDict, workdir: Path, **folders: Path) -> None:
    """Trains in `workdir` on the data in `folders`, by flag: ``data_dir=...``."""
    loop.train(tasks.make_task(config), workdir, folders)

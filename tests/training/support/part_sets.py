"""Parts of faces, nets and a run small enough to compile and train in seconds."""

from pathlib import Path
from typing import Any

import ml_collections
import numpy as np

from configs import autoencoder as autoencoder_config
from emojax.data.faces.labels import CLASSES
from emojax.data.parts import builder, chunks
from emojax.training.parts.task import ReconstructionTask

KINDS = ("brow", "mouth")
LABELS = {"left_brow": "right brow", "right_brow": "right brow", "mouth": "mouth"}


def picture(part: str, seed: int) -> np.ndarray:
    """``uint8[64, 64]``: an ellipse in the middle, of another shape for another seed, with lips."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:64, :64] - 31.5
    radii = rng.uniform(6, 28, 2)
    inside = (rows / radii[0]) ** 2 + (columns / radii[1]) ** 2
    labels = np.where(inside < 1, CLASSES.index(LABELS[part]), CLASSES.index("skin"))
    if part == "mouth":
        rim = (inside < 1) & (inside > 0.4)
        labels[rim & (rows < 0)] = CLASSES.index("upper lip")
        labels[rim & (rows > 0)] = CLASSES.index("lower lip")
    return labels.astype(np.uint8)


def write_parts(root: Path, names: list[str], *, mouths: int | None = None) -> Path:
    """The data sets of two brows and a mouth each, or fewer mouths."""
    rows: dict[str, list[chunks.Row]] = {part: [] for part in builder.PARTS}
    for seed, name in enumerate(names):
        for part in LABELS if mouths is None or seed < mouths else list(LABELS)[:2]:
            labels = picture(part, 10 * seed + len(part))
            grey = np.repeat(8 * labels[..., None], 3, axis=-1)
            rows[part].append(builder.encode(name, grey, labels, (0.0, 0.0, 84.0, 84.0)))
    root.mkdir(parents=True, exist_ok=True)
    chunk = root / "chunk.zip"
    chunks.write(chunk, rows, photos=len(names), skipped={})
    builder.prepare([chunk], None, root)
    return root


def reconstruction_config(**changes: Any) -> ml_collections.ConfigDict:
    config = autoencoder_config.get_config()
    config.update(kinds=KINDS, steps=6, batch_size=8)
    config.model.update(widths=(16, 16), embedding=6)
    config.run.update(log_every=1, validate_every=3, checkpoint_every=2, sample_count=3, parallel="jit")
    config.update(changes)
    return config


def reconstruction_task(**changes: Any) -> ReconstructionTask:
    task = ReconstructionTask(ml_collections.FrozenConfigDict(reconstruction_config(**changes)))
    task.check()
    return task

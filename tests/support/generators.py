"""An untrained generator in a weight file, small enough to compile in seconds."""

import functools
from pathlib import Path

import jax
import numpy as np

from configs import dcgan
from emojax import weights
from emojax.data.openmoji.labels import Label, LabelTable
from emojax.models.dcgan import make_generator
from emojax.training.gan.task import FORMAT

LABELS = LabelTable(
    (
        Label("1F618", "😘", "kissing_heart", "face blowing a kiss", ("love",)),
        Label("1F60D", "😍", "heart_eyes", "smiling face with heart-eyes", ("love",)),
        Label("1F644", "🙄", "roll_eyes", "face with rolling eyes"),
        Label("263A", "☺️", "relaxed", "smiling face"),
        Label("1F613", "😓", "sweat", "downcast face with sweat"),
    )
)


def write_generator(
    path: Path, *, widths: tuple[int, ...] = (32, 16), labels: LabelTable | None = None, **metadata: str
) -> Path:
    """An untrained 16 px generator in the exported form; its average has other weights."""
    config = dcgan.get_config()
    config.data.size = 4 * 2 ** len(widths)
    config.model.latent_size = 8
    config.model.generator_widths = widths
    inputs = [np.zeros((2, 8), np.float32)]
    facts = {"format": FORMAT, "step": "0"}
    if labels is not None:
        config.model.num_classes = len(labels)
        inputs.append(np.zeros((2, len(labels)), np.float32))
        facts["labels"] = labels.to_json()
    init = jax.jit(functools.partial(make_generator(config.model).init, train=False))
    variables = {name: init(jax.random.key(seed), *inputs) for seed, name in enumerate(("last", "average"))}
    # Kernels of a start give next to the same grey whatever goes in.
    variables = jax.tree.map(lambda x: 8 * x if x.ndim == 4 else x, variables)
    weights.save(path, variables, metadata=facts | {"config": config.to_json()} | metadata, half=True)
    return path

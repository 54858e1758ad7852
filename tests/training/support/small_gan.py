"""A DCGAN small enough to compile in seconds: 16 px, two hidden layers."""

from typing import Any

import ml_collections
import numpy as np

from configs import dcgan
from emojax.training.gan.task import GanTask

EVERYTHING: dict[str, Any] = {
    "model": {
        **{"generator_widths": (12, 8), "discriminator_widths": (8, 12), "num_classes": -1},
        **{"embedding_size": 5, "projection": True, "upsampling": "nearest"},
        **{"discriminator_norm": "none", "spectral_norm": True},
    },
    "loss": {"name": "hinge", "r1_weight": 1.0, "r1_every": 4, "likeness_weight": 2.0, "likeness_side": 4},
    "augmentation": {"strength": 0.5, "target": 0.6, "adapt_images": 100, "scale": 0.1},
    "average_warmup": True,
}
"""All options that add to a state or depend on the split of a batch, at 16 px."""


def small_config(**changes: Any) -> ml_collections.ConfigDict:
    config = dcgan.get_config()
    config.data.size = 16
    config.model.latent_size = 8
    config.model.generator_widths = (32, 16)
    config.model.discriminator_widths = (16, 32)
    config.run.sample_count = 4
    config.update(changes)
    return config


def small_task(**changes: Any) -> GanTask:
    return GanTask(ml_collections.FrozenConfigDict(small_config(**changes)))


def small_images(count: int = 20) -> dict[str, np.ndarray]:
    noise = np.random.default_rng(0).integers(0, 256, size=(count, 16, 16, 3))
    return {"images": noise.astype(np.uint8)}

"""A DCGAN small enough to compile in seconds: 16 px, two hidden layers."""

from typing import Any

import ml_collections
import numpy as np

from configs import dcgan
from emojax.training.gan.task import GanTask


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

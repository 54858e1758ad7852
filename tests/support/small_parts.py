"""A generator of faces from parts, small enough to compile in seconds."""

import ml_collections

from configs import parts


def config(**changes: object) -> ml_collections.ConfigDict:
    """``configs/parts.py`` at 16 px; `changes` are of dotted fields."""
    small = parts.get_config()
    small.steps, small.batch_size = 8, 8
    small.data.size = 16
    small.model.generator_widths = (8, 6)
    small.model.grid_size, small.model.code, small.model.embedding_size, small.model.style = 4, 5, 7, 6
    small.model.discriminator_widths = (6, 8)
    small.generator_optimizer.warmup = 0.5
    small.run.validate_count, small.run.sample_count = 8, 6
    small.run.validate_every = small.run.checkpoint_every = 4
    small.update_from_flattened_dict(changes)
    return small

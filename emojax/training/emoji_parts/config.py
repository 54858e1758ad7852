"""What a configuration of the generator of faces from parts may say."""

import jax.numpy as jnp
import ml_collections

from emojax.core.errors import UserError
from emojax.models.dcgan import Discriminator, make_discriminator
from emojax.models.emoji_parts.generator import PartGenerator, image_size, make_part_generator
from emojax.training.engine.accumulation import remat
from emojax.training.gan.losses import LOSSES

_DTYPES = ("float32", "bfloat16")


def generator(config: ml_collections.FrozenConfigDict) -> PartGenerator:
    """The net of a configuration whose ``model.groups`` are known."""
    return make_part_generator(config.model, dtype=jnp.dtype(config.dtype), remat=remat(config))


def discriminator(config: ml_collections.FrozenConfigDict) -> Discriminator:
    """The net that is told the parts, too."""
    return make_discriminator(config.model, dtype=jnp.dtype(config.dtype), remat=remat(config))


def check(config: ml_collections.FrozenConfigDict) -> None:
    """Raises `UserError` where the configuration cannot make a model."""
    size, model = config.data.size, config.model
    seen = model.first_size * 2 ** len(model.discriminator_widths)
    for name, side in (("generator_widths", image_size(model)), ("discriminator_widths", seen)):
        if side != size:
            raise UserError(
                f"config.model.{name} has {len(model[name])} entries, which makes {side} px images, but "
                f"config.data.size is {size}: add or remove entries, each of which doubles the side"
            )
    for name, value, known in (("dtype", config.dtype, _DTYPES), ("loss.name", config.loss.name, LOSSES)):
        if value not in known:
            raise UserError(f"config.{name} is {value!r}: choose one of {', '.join(known)}")
    if not config.loss.adversarial_weight and not config.loss.likeness_weight:
        raise UserError(
            "config.loss.adversarial_weight and config.loss.likeness_weight are 0: give one of them"
        )

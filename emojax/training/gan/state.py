"""The state of a GAN's training run."""

import jax
from flax import struct

from emojax.training.engine.state import Network, Params
from emojax.training.gan.adaptive import Strength


@struct.dataclass
class GanState:
    """A GAN in training.

    Attributes:
      step: int32 scalar, steps taken.
      generator: the generator and its optimizer.
      discriminator: the discriminator and its optimizer.
      average: exponential moving average of the generator's parameters.
    """

    step: jax.Array
    generator: Network
    discriminator: Network
    average: Params


@struct.dataclass
class AugmentedGanState(GanState):
    """A GAN in training whose discriminator is given augmented images.

    Attributes:
      augmentation: their probability of augmentation.
    """

    augmentation: Strength

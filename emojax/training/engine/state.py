"""What a training run carries from step to step, and what a checkpoint holds."""

from typing import Any

import jax
import optax
from flax import struct

from emojax.training.gan.adaptive import Strength

Params = Any
"""A nested dict of arrays, as Flax returns it."""


@struct.dataclass
class Network:
    """One trained module.

    Attributes:
      params: its parameters.
      batch_stats: running means and variances of its batch norms, and the singular vectors of
        its spectral norms.
      opt_state: its optimizer's state.
    """

    params: Params
    batch_stats: Params
    opt_state: optax.OptState


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
    """A GAN in training whose discriminator sees augmented images.

    Attributes:
      augmentation: how often they are augmented.
    """

    augmentation: Strength


@struct.dataclass
class SegmentationState:
    """A face parser in training.

    Attributes:
      step: int32 scalar, steps taken.
      network: the parser and its optimizer.
      average: exponential moving averages of its parameters and of its batch statistics,
        ``{"params": ..., "batch_stats": ...}``: what is validated and exported.
    """

    step: jax.Array
    network: Network
    average: Params


@struct.dataclass
class ReconstructionState:
    """Autoencoders in training; every leaf but the steps leads with the axis of the kinds of parts.

    Attributes:
      step: int32 scalar, steps taken.
      params: the nets' parameters.
      opt_state: the optimizer's state.
      average: exponential moving average of the parameters: what is validated and exported.
    """

    step: jax.Array
    params: Params
    opt_state: optax.OptState
    average: Params

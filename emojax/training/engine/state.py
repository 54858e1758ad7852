"""The state of a training run, which is what a checkpoint holds."""

from typing import Any

import jax
import optax
from flax import struct

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
class NetState:
    """One net in training.

    Attributes:
      step: int32 scalar, steps taken.
      network: the net and its optimizer.
      average: exponential moving average of the parameters, or where the net has batch statistics of
        ``{"params": ..., "batch_stats": ...}``. It is what is validated and exported.
    """

    step: jax.Array
    network: Network
    average: Params

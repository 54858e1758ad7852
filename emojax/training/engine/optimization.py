"""Learning-rate schedules and moving averages of parameters."""

from typing import Any

import jax
import jax.numpy as jnp
import ml_collections
import optax


def warmup_cosine(settings: ml_collections.FrozenConfigDict, steps: int) -> optax.Schedule:
    """A learning rate that rises linearly and then falls along a cosine.

    Loshchilov & Hutter, 2017, "SGDR: Stochastic Gradient Descent with Warm Restarts", equation 5, without
    restarts. It starts at 1/25 of its peak, since Adam's first steps are as long as the rate however small
    the gradient is, and ends at 1/1000 of it.

    Args:
      settings: ``learning_rate``, the peak, and ``warmup``, the share of the steps in which it rises.
      steps: length of the run.

    Returns:
      The rate as a function of the steps taken.
    """
    peak = settings.learning_rate
    return optax.warmup_cosine_decay_schedule(
        init_value=peak / 25,
        peak_value=peak,
        warmup_steps=round(settings.warmup * steps),
        decay_steps=steps,
        end_value=peak / 1000,
    )


def ema(average: Any, params: Any, decay: Any) -> Any:
    """The exponential moving average after a step: ``decay * average + (1 - decay) * params``.

    Args:
      average, params: pytrees of the same structure.
      decay: scalar in [0, 1].
    """
    return optax.incremental_update(params, average, 1.0 - decay)


def warmup_decay(decay: float, step: jax.Array) -> jax.Array:
    """The decay of a moving average in its warm-up: ``min(decay, (1 + step) / (10 + step))``.

    With a fixed decay the average would contain the random initialisation for ``1 / (1 - decay)`` steps.
    Warmed up so, its memory is about a tenth of the steps taken.

    Args:
      decay: the decay after the warm-up.
      step: int32 scalar, steps taken.
    """
    return jnp.minimum(decay, (1.0 + step) / (10.0 + step))

"""Learning-rate schedules and moving averages of parameters."""

from typing import Any

import jax
import jax.numpy as jnp
import ml_collections
import optax


def warmup_cosine(settings: ml_collections.FrozenConfigDict, steps: int) -> optax.Schedule:
    """A learning rate that rises linearly and then falls along a cosine (Loshchilov & Hutter, 2017).

    It starts at 1/25 of its peak, since Adam's first steps are as long as the rate however small the
    gradient is, and ends at 1/1000 of it.

    Args:
      settings: ``learning_rate``, the peak, and ``warmup``, the share of the steps in which it rises.
      steps: length of the run.
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
    """The exponential moving average after a step: ``decay * average + (1 - decay) * params``."""
    return optax.incremental_update(params, average, 1.0 - decay)


def warmup_decay(decay: float, step: jax.Array) -> jax.Array:
    """The decay of a moving average that has just begun: ``min(decay, (1 + step) / (10 + step))``.

    With a fixed decay the average would contain the random initialisation for ``1 / (1 - decay)`` steps;
    so it looks back over a tenth of the run at most.
    """
    return jnp.minimum(decay, (1.0 + step) / (10.0 + step))

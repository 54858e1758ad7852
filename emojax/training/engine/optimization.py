"""Learning-rate schedules, moving averages of parameters, and the update of one net."""

from typing import Any

import jax
import jax.numpy as jnp
import ml_collections
import optax

from emojax.training.engine.state import NetState, Network, Params


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


def update_net(
    state: NetState,
    tx: optax.GradientTransformation,
    grads: Params,
    metrics: dict[str, jax.Array],
    *,
    average_decay: float,
    axis_name: str | None,
    batch_stats: Params | None = None,
) -> tuple[NetState, dict[str, jax.Array]]:
    """The state after gradients have been found: a step of the optimizer, and of the moving average.

    Args:
      state: the state before.
      tx: the optimizer.
      grads: gradients by its parameters; under a mapped axis those of the device's share.
      metrics: scalars of the batch, likewise.
      average_decay: of the moving average after its warm-up, see `warmup_decay`.
      axis_name: mapped axis over which gradients and metrics are averaged.
      batch_stats: the net's after the step, which are averaged, too; None for a net that has none.

    Returns:
      The state after, and the metrics with ``grad_norm``.
    """
    if axis_name is not None:
        grads, metrics = jax.lax.pmean((grads, metrics), axis_name)
    updates, opt_state = tx.update(grads, state.network.opt_state, state.network.params)
    params = optax.apply_updates(state.network.params, updates)
    new = params if batch_stats is None else {"params": params, "batch_stats": batch_stats}
    average = ema(state.average, new, warmup_decay(average_decay, state.step))
    network = Network(params, {} if batch_stats is None else batch_stats, opt_state)
    return NetState(state.step + 1, network, average), metrics | {"grad_norm": optax.tree.norm(grads)}

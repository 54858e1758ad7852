"""Gradient accumulation: a step takes its batch in micro-batches, one after another, in less memory.

`accumulate` is for losses that are means over examples, whose gradient is the mean of the micro-batches'
gradients. `vjp` is for nets that treat examples alike and losses that do not: a contrastive loss needs all
vectors at once (Gao et al., 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup",
section 3). Neither is for batch norm, whose statistics are of all examples in every layer.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import ml_collections


def micro_batches(config: ml_collections.FrozenConfigDict) -> int:
    """``config.run.accumulate``; 1 in a configuration of before there was that field."""
    return int(config.run.get("accumulate", 1))


def remat(config: ml_collections.FrozenConfigDict) -> bool:
    """``config.run.remat``: whether nets compute activations again, see `emojax.models.layers.block`."""
    return bool(config.run.get("remat", False))


def accumulate(function: Callable[[Any, Any], tuple[Any, Any]], batch: Any, count: int) -> tuple[Any, Any]:
    """Computes the mean over micro-batches.

    Args:
      function: ``(micro_batch, index) -> (means, gradients)``. ``means`` are means over the micro-batch's
        examples, such as a loss and its gradient; ``gradients`` those of such a mean by the examples, whose
        axis is their first. Either may be None.
      batch: a pytree whose leaves have the examples as their first axis. Example k is of micro-batch
        ``k % count``, so that devices which share the batch also share every micro-batch.
      count: of micro-batches, which divides the number of examples; with 1 `function` is called as it is.

    Returns:
      The same of the whole batch.
    """
    if count == 1:
        return function(batch, 0)
    parts = _split(batch, count)
    means, _ = jax.eval_shape(function, jax.tree.map(lambda x: x[0], parts), 0)

    def add(total: Any, part: tuple[Any, jax.Array]) -> tuple[Any, Any]:
        found, gradients = function(*part)
        return jax.tree.map(jnp.add, total, found), gradients

    zeros = jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), means)
    total, gradients = jax.lax.scan(add, zeros, (parts, jnp.arange(count)))
    # An example has a share of 1 / (B / count) in its micro-batch's mean, and of 1 / B in the batch's.
    return jax.tree.map(lambda x: x / count, (total, _join(gradients)))


def vjp(
    function: Callable[[Any, Any], jax.Array], params: Any, batch: Any, count: int
) -> tuple[jax.Array, Callable[[jax.Array], Any]]:
    """As `jax.vjp` by parameters, but of one micro-batch after another.

    Nothing is kept between the two passes but the results, so the function is computed twice.

    Args:
      function: ``(params, batch) -> results``; an example's result depends on no other example.
      params: where the gradient is taken.
      batch, count: as in `accumulate`.

    Returns:
      The results of the whole batch, and a function from a gradient by them to one by `params`.
    """
    if count == 1:
        results, pull = jax.vjp(lambda params: function(params, batch), params)
        return results, lambda gradient: pull(gradient)[0]
    parts = _split(batch, count)
    results = _join(jax.lax.map(lambda part: function(params, part), parts))

    def pull_all(gradient: jax.Array) -> Any:
        def add(total: Any, both: tuple[Any, jax.Array]) -> tuple[Any, None]:
            part, gradient = both
            _, pull = jax.vjp(lambda params: function(params, part), params)
            return jax.tree.map(jnp.add, total, pull(gradient)[0]), None

        return jax.lax.scan(add, jax.tree.map(jnp.zeros_like, params), (parts, _split(gradient, count)))[0]

    return results, pull_all


def _split(batch: Any, count: int) -> Any:
    """``[B, ...]`` to ``[count, B / count, ...]``."""
    return jax.tree.map(lambda x: x.reshape(-1, count, *x.shape[1:]).swapaxes(0, 1), batch)


def _join(parts: Any) -> Any:
    """The inverse of `_split`."""
    return jax.tree.map(lambda x: x.swapaxes(0, 1).reshape(-1, *x.shape[2:]), parts)

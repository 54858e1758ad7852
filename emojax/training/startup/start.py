"""What a run begins with: its state, and its steps compiled for it, made side by side."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax

from emojax.training.engine import parallel
from emojax.training.engine.checkpoints import Checkpoints, replicated_like
from emojax.training.startup.programs import Kept


def prepare(
    plan: parallel.Plan,
    init: Callable[[jax.Array], Any],
    key: jax.Array,
    saved: Checkpoints,
    steps: parallel.Steps,
    dataset: Any,
    kept: Kept | None = None,
) -> tuple[Any, parallel.Steps]:
    """The state to go on from, and the steps to go on with.

    The steps are compiled, or loaded compiled, in a thread, which leaves Python to the new state. They
    come first because they take longer.

    Args:
      plan: where to run.
      init: makes a new state of a key.
      key: for `init`.
      saved: whose newest checkpoint is restored if there is one.
      steps: of `parallel.compile_steps`.
      dataset: placed; what the steps will be called with.
      kept: where to look for both programs before tracing them; only for plans of one device.

    Returns:
      The state, on every device of the plan, and `steps`, compiled where that can be done before
      there is a state: under pmap they compile when called.

    Raises:
      UserError: the checkpoint is damaged or of another model.
    """
    key = jax.device_put(key, plan.replicated)
    begin = jax.jit(init, out_shardings=plan.replicated)
    if kept is not None:
        begin = kept.jit("init", begin, key)
    traced = begin.trace(key)
    like = replicated_like(traced.out_info, plan.replicated)
    if kept is not None:
        steps = kept.jit("steps", steps, like, dataset, donate_argnums=(0,))
    if saved.latest_step() is not None:
        return saved.restore(like), steps
    if not isinstance(steps, jax.stages.Wrapped):
        return traced.lower().compile()(key), steps
    with ThreadPoolExecutor(1) as thread:
        compiled = thread.submit(steps.lower(like, dataset).compile)
        state = traced.lower().compile()(key)
        return state, compiled.result()

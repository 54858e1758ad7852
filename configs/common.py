"""Settings and helpers that all configurations share."""

from collections.abc import Callable, Mapping

import ml_collections

Variant = Callable[[ml_collections.ConfigDict], None]
"""Changes a configuration in place."""


def run_settings(**changes: object) -> ml_collections.ConfigDict:
    """``config.run`` with `changes`: devices, logging, samples, validation and checkpoints.

    None of these fields changes the steps of a run, and a resumed run may differ in them.
    """
    run = ml_collections.ConfigDict()
    run.parallel = "auto"  # jit, pmap or mesh; auto: pmap where there are several devices
    run.model_parallel = 1  # over how many devices of a mesh parameters are sharded
    run.accumulate = 1  # micro-batches of a step, one after another, for less memory; see docs/scaling.md
    run.remat = False  # whether activations are computed again for the gradient, for less memory
    run.steps_per_call = 0  # 0: 1 on CPU, 50 on accelerators
    run.log_every = 50  # in steps, like all intervals below
    run.sample_every = 0  # 0: no samples
    run.sample_count = 8  # pictures in a sample, or examples in a validation's picture
    run.validate_every = 0  # 0: never
    run.checkpoint_every = 200
    run.keep_checkpoints = 2
    run.update(changes)
    return run


def variant(variants: Mapping[str, Variant], name: str, recipe: str) -> Variant:
    """The entry of `variants` that ``--config=configs/RECIPE.py:NAME`` asks for.

    Raises:
      ValueError: there is none; the message lists those there are.
    """
    if name not in variants:
        others = [*variants][1:]
        known = ", ".join([f"{recipe}.py", *(f"{recipe}.py:{other}" for other in others)])
        raise ValueError(f"configs/{recipe}.py:{name} is not known: write one of {known}")
    return variants[name]

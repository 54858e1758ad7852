"""The net that judges generated drawings, out of a run's work directory."""

import json
from pathlib import Path
from typing import Any

import jax
import ml_collections
import numpy as np

from emojax.core import rng
from emojax.core.errors import UserError
from emojax.training.engine import checkpoints
from emojax.training.features.task import ExemplarTask

FORMAT = "emojax.features.1"
"""What ``metadata["format"]`` of an exported net says."""


def read_workdir(workdir: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The moving average of the checkpoint that did best on disturbed smileys.

    Returns:
      ``{"params": ...}`` of NumPy arrays, and metadata that `weights.save` takes: format, configuration
      as JSON, step.

    Raises:
      UserError: `workdir` holds no such run, or no whole checkpoint.
    """
    config = checkpoints.read_config(workdir)
    if config.get("task") != "exemplar":
        raise UserError(
            f"{workdir} is a run of task {config.get('task')!r}: give the --workdir of features' run"
        )
    task = ExemplarTask(ml_collections.FrozenConfigDict(config))
    best = workdir / "best"
    saved = checkpoints.Checkpoints(best if best.is_dir() else workdir, read_only=True)
    step = saved.latest_step()
    if step is None:
        raise UserError(f"{workdir} holds no checkpoint yet: wait for the first, or train for longer")
    abstract = jax.eval_shape(task.init, rng.root(task.config.seed))
    device = jax.sharding.SingleDeviceSharding(jax.local_devices()[0])
    state = saved.restore(checkpoints.replicated_like(abstract, device))
    saved.close()
    metadata = {"format": FORMAT, "config": json.dumps(config), "step": str(step)}
    return {"params": jax.tree.map(np.asarray, state.average)}, metadata

"""A trained generator out of a work directory, and into one safetensors file.

python -m emojax.training.export runs/dcgan dcgan.safetensors
"""

import argparse
import json
from pathlib import Path
from typing import Any

import jax
import ml_collections
import numpy as np

from emojax import weights
from emojax.errors import UserError
from emojax.runtime import run_program
from emojax.training import checkpoints, rng
from emojax.training.gan import GanTask

FORMAT = "emojax.generator.1"
"""What ``metadata["format"]`` of an exported generator says."""


def read_workdir(workdir: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The newest checkpoint's generator.

    Returns:
      ``{"last": variables, "average": variables}`` of NumPy arrays, where variables are
      ``{"params": ..., "batch_stats": ...}``: the generator as the last step left it,
      and its moving average with batch statistics of its own; and metadata that
      `weights.save` takes: format, configuration as JSON, step.

    Raises:
      UserError: `workdir` holds no GAN run, or no whole checkpoint.
    """
    config = checkpoints.read_config(workdir)
    if config.get("task") != "gan":
        raise UserError(
            f"{workdir} is a run of task {config.get('task')!r}: give the --workdir of a GAN's run"
        )
    task = GanTask(ml_collections.FrozenConfigDict(config))
    key = rng.root(task.config.seed)
    saved = checkpoints.Checkpoints(workdir, read_only=True)
    step = saved.latest_step()
    if step is None:
        raise UserError(f"{workdir} holds no checkpoint yet: wait for the first, or train for longer")
    abstract = jax.eval_shape(task.init, key)
    device = jax.sharding.SingleDeviceSharding(jax.local_devices()[0])
    state = saved.restore(checkpoints.replicated_like(abstract, device))
    saved.close()
    last = {"params": state.generator.params, "batch_stats": state.generator.batch_stats}
    average = jax.jit(task.averaged_variables)(state, key)
    variables = jax.tree.map(np.asarray, {"last": last, "average": average})
    return variables, {"format": FORMAT, "config": json.dumps(config), "step": str(step)}


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m emojax.training.export", description=__doc__)
    parser.add_argument("workdir", type=Path, help="work directory of a training run")
    parser.add_argument("out", type=Path, help="safetensors file to write")
    args = parser.parse_args(argv)
    variables, metadata = read_workdir(args.workdir)
    weights.save(args.out, variables, metadata=metadata, half=True)
    print(f"{args.out}: generator of step {metadata['step']}, {args.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    run_program(main)

"""What a run has trained, out of its work directory and into one safetensors file.

python -m emojax.training.export runs/dcgan dcgan.safetensors
python -m emojax.training.export --average_only runs/cdcgan cdcgan.safetensors
python -m emojax.training.export runs/one --with_run runs/other bisenet.safetensors
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import jax
import ml_collections
import numpy as np

from emojax import weights
from emojax.core import rng
from emojax.core.errors import UserError
from emojax.core.runtime import OneLineParser, run_program
from emojax.models.resnet import IMAGENET_MEAN, IMAGENET_STD
from emojax.training.engine import checkpoints
from emojax.training.features import export
from emojax.training.gan import labels
from emojax.training.gan.task import GanTask
from emojax.training.parser.task import SegmentationTask
from emojax.training.parts.task import ReconstructionTask

Task = GanTask | SegmentationTask | ReconstructionTask
_T = TypeVar("_T", GanTask, SegmentationTask, ReconstructionTask)

FORMAT = "emojax.generator.1"
"""What ``metadata["format"]`` of an exported generator says."""

SEGMENTATION_FORMAT = "emojax.segmentation.1"
"""What ``metadata["format"]`` of an exported face parser says."""

AUTOENCODER_FORMAT = "emojax.autoencoder.1"
"""What ``metadata["format"]`` of exported autoencoders says."""


def read_workdir(workdir: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The generator of the checkpoint that scored best, or of the newest where none was scored.

    Returns:
      ``{"last": variables, "average": variables}`` of NumPy arrays, where variables are
      ``{"params": ..., "batch_stats": ...}``: the generator as the last step left it,
      and its moving average with batch statistics of its own; and metadata that
      `weights.save` takes: format, configuration as JSON, step, and of a conditional one the
      labels as JSON (`emojax.data.openmoji.labels.LabelTable`).

    Raises:
      UserError: `workdir` holds no GAN run, no whole checkpoint, or not the names of its labels.
    """
    config, task = _task(workdir, GanTask, "gan", "a GAN's run")
    state, step = _restore(task, _best(workdir))
    last = {"params": state.generator.params, "batch_stats": state.generator.batch_stats}
    average = jax.jit(task.averaged_variables)(state, rng.root(task.config.seed))
    variables = jax.tree.map(np.asarray, {"last": last, "average": average})
    metadata = {"format": FORMAT, "config": json.dumps(config), "step": str(step)}
    if task.config.model.num_classes:
        metadata["labels"] = labels.read(workdir).to_json()
    return variables, metadata


def read_segmentation_workdir(workdir: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The moving average of the checkpoint that did best on held-out faces.

    Returns:
      ``{"params": ..., "batch_stats": ...}`` of NumPy arrays, and metadata that
      `weights.save` takes: format, variant (a name in `bisenet.VARIANTS`), configuration
      and pixel normalisation as JSON, step.

    Raises:
      UserError: `workdir` holds no segmentation run, or no whole checkpoint.
    """
    config, task = _task(workdir, SegmentationTask, "segmentation", "a face parser's run")
    state, step = _restore(task, _best(workdir))
    metadata = {
        "format": SEGMENTATION_FORMAT,
        "variant": config["variant"],
        "config": json.dumps(config),
        "normalisation": json.dumps({"mean": IMAGENET_MEAN, "std": IMAGENET_STD}),
        "step": str(step),
    }
    return jax.tree.map(np.asarray, state.average), metadata


def read_segmentation_workdirs(workdirs: Sequence[Path]) -> tuple[dict[str, Any], dict[str, str]]:
    """The mean of what runs from the same weights have come to, which is often better than each of them.

    Wortsman et al., 2022, "Model soups: averaging weights of multiple fine-tuned models improves accuracy
    without increasing inference time", section 2: a uniform soup.

    Args:
      workdirs: of runs that have one variant, normally with ``--init_weights`` of one file.

    Returns:
      As `read_segmentation_workdir`; what the metadata says of the first of several holds for it, and
      ``metadata["averaged_with"]`` has the configurations and steps of the others as JSON.

    Raises:
      UserError: as there, or the runs' nets differ.
    """
    (first, metadata), *others = [read_segmentation_workdir(workdir) for workdir in workdirs]
    for workdir, (_, other) in zip(workdirs[1:], others, strict=True):
        if other["variant"] != metadata["variant"]:
            raise UserError(
                f"{workdir} trained the variant {other['variant']!r} and {workdirs[0]} "
                f"{metadata['variant']!r}: only runs of one net can be averaged"
            )
    mean = jax.tree.map(lambda *arrays: np.mean(arrays, axis=0), first, *(net for net, _ in others))
    if others:
        runs = [{"config": json.loads(other["config"]), "step": int(other["step"])} for _, other in others]
        metadata = metadata | {"averaged_with": json.dumps(runs)}
    return mean, metadata


def read_reconstruction_workdir(workdir: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The moving averages of the checkpoint that did best on held-out faces.

    Returns:
      ``{"params": ...}`` of NumPy arrays which all lead with the axis of the kinds of parts, and
      metadata that `weights.save` takes: format, the kinds in order and the configuration as JSON,
      step.

    Raises:
      UserError: `workdir` holds no run of autoencoders, or no whole checkpoint.
    """
    config, task = _task(workdir, ReconstructionTask, "reconstruction", "autoencoders' run")
    state, step = _restore(task, _best(workdir))
    metadata = {
        "format": AUTOENCODER_FORMAT,
        "parts": json.dumps(list(task.config.kinds)),
        "config": json.dumps(config),
        "step": str(step),
    }
    return {"params": jax.tree.map(np.asarray, state.average)}, metadata


def _task(workdir: Path, kind: type[_T], name: str, wanted: str) -> tuple[dict[str, Any], _T]:
    """The configuration of a run, and its task if that is `name`; else a `UserError`."""
    config = checkpoints.read_config(workdir)
    if config.get("task") != name:
        raise UserError(f"{workdir} is a run of task {config.get('task')!r}: give the --workdir of {wanted}")
    return config, kind(ml_collections.FrozenConfigDict(config))


def _best(workdir: Path) -> Path:
    """Where the best checkpoint is. Before the first validation there is none, and the newest is as good."""
    best = workdir / "best"
    return best if best.is_dir() else workdir


def _restore(task: Task, workdir: Path) -> tuple[Any, int]:
    saved = checkpoints.Checkpoints(workdir, read_only=True)
    step = saved.latest_step()
    if step is None:
        raise UserError(f"{workdir} holds no checkpoint yet: wait for the first, or train for longer")
    abstract = jax.eval_shape(task.init, rng.root(task.config.seed))
    device = jax.sharding.SingleDeviceSharding(jax.local_devices()[0])
    state = saved.restore(checkpoints.replicated_like(abstract, device))
    saved.close()
    return state, step


def main(argv: list[str] | None = None) -> None:
    """Reads a work directory and writes its weights.

    Raises:
      UserError: there is no such run, or the file cannot be written.
    """
    parser = OneLineParser(prog="python -m emojax.training.export", description=__doc__)
    parser.add_argument("workdir", type=Path, help="work directory of a training run")
    parser.add_argument("out", type=Path, help="safetensors file to write")
    parser.add_argument(
        "--average_only",
        action="store_true",
        help="of a generator, leave out what the last step left: half the size",
    )
    parser.add_argument(
        "--with_run",
        metavar="WORKDIR",
        type=Path,
        action="append",
        default=[],
        help="of a face parser, another run from the same first weights: write the mean of both",
    )
    args = parser.parse_args(argv)
    read, what = {
        "segmentation": (read_segmentation_workdir, "face parser"),
        "reconstruction": (read_reconstruction_workdir, "autoencoders"),
        "exemplar": (export.read_workdir, "features"),
    }.get(str(checkpoints.read_config(args.workdir).get("task")), (read_workdir, "generator"))
    if args.average_only and read is not read_workdir:
        raise UserError(f"--average_only is for generators, and {args.workdir} trained {what}")
    if args.with_run and read is not read_segmentation_workdir:
        raise UserError(f"--with_run is for face parsers, and {args.workdir} trained {what}")
    if args.with_run:
        variables, metadata = read_segmentation_workdirs([args.workdir, *args.with_run])
    else:
        variables, metadata = read(args.workdir)
    if args.average_only:
        variables, metadata = {"average": variables["average"]}, metadata | {"holds": "average"}
    weights.save(args.out, variables, metadata=metadata, half=True)
    print(f"{args.out}: {what} of step {metadata['step']}, {args.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    run_program(main)

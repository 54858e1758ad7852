"""What a run has trained, out of its work directory and into one safetensors file.

python -m emojax.training.export runs/dcgan dcgan.safetensors
python -m emojax.training.export --average_only runs/cdcgan cdcgan.safetensors
python -m emojax.training.export runs/one --with_run runs/other bisenet.safetensors
"""

import contextlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from emojax import weights
from emojax.core import paths, rng
from emojax.core.errors import UserError
from emojax.core.extras import importing
from emojax.core.runtime import OneLineParser, local_path, run_program

with importing(__name__):
    from emojax.training.engine import checkpoints, run_files
    from emojax.training.engine.task import Export, Task
    from emojax.training.tasks import make_task


def read_task(workdir: Path) -> Task:
    """The task of the run in a work directory.

    Raises:
      UserError: `workdir` holds no run.
    """
    config = run_files.read_config(workdir)
    try:
        return make_task(config)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise UserError(
            f"{workdir / 'config.json'} is no configuration of a task ({error}): restore it"
        ) from error


def read_workdir(workdir: Path, product: str | None = None) -> Export:
    """What the checkpoint that scored best has to give, or the newest where none was scored.

    Args:
      workdir: of a run.
      product: what it must have trained, such as "generator"; anything if None.

    Returns:
      `Task.export` of the run's task, with ``metadata["step"]``.

    Raises:
      UserError: `workdir` holds no such run, no whole checkpoint, or lacks a file that the task needs.
    """
    task = read_task(workdir)
    if product is not None and task.product != product:
        raise UserError(
            f"{workdir} is a run of task {task.name!r}, which trains {task.product}: "
            f"give the --workdir of a run that trained a {product}"
        )
    abstract = jax.eval_shape(task.init, rng.root(task.config.seed))
    device = jax.sharding.SingleDeviceSharding(jax.local_devices()[0])
    state = _restore(workdir, checkpoints.placed_like(abstract, device))
    found = task.export(state, workdir)
    return Export(found.variables, found.metadata | {"step": str(int(state.step))})


def _restore(workdir: Path, abstract: Any) -> Any:
    """The state that scored best, or where that is damaged or none was scored, the newest."""
    damaged: UserError | None = None
    for folder in (workdir / "best", workdir):
        with contextlib.closing(checkpoints.Checkpoints(folder, read_only=True)) as saved:
            if saved.latest_step() is None:
                continue
            try:
                return saved.restore(abstract)
            except UserError as error:
                if damaged is None and folder != workdir:
                    print(f"emojax: {error}; taking the newest instead", file=sys.stderr)
                damaged = error
    raise damaged or UserError(f"{workdir} holds no checkpoint yet: wait for the first, or train for longer")


def read_workdirs(workdirs: Sequence[Path]) -> Export:
    """The mean of the weights of several runs that started from the same ones, often better than each.

    Wortsman et al., 2022, "Model soups: averaging weights of multiple fine-tuned models improves accuracy
    without increasing inference time", section 2: a uniform soup.

    Args:
      workdirs: of runs of one net, normally with ``--init_weights`` of one file.

    Returns:
      As `read_workdir` of the first; ``metadata["averaged_with"]`` has the configurations and steps of the
      others as JSON.

    Raises:
      UserError: as there, or the runs' nets differ.
    """
    first, *others = [read_workdir(workdir) for workdir in workdirs]
    for workdir, other in zip(workdirs[1:], others, strict=True):
        if _shapes(other) != _shapes(first) or other.metadata["format"] != first.metadata["format"]:
            raise UserError(f"{workdir} trained another net than {workdirs[0]}: give runs of one net")
    if not others:
        return first
    trees = [other.variables for other in others]
    mean = jax.tree.map(lambda *arrays: np.mean(arrays, axis=0), first.variables, *trees)
    runs = [
        {"config": json.loads(other.metadata["config"]), "step": int(other.metadata["step"])}
        for other in others
    ]
    return Export(mean, first.metadata | {"averaged_with": json.dumps(runs)})


def _shapes(export: Export) -> dict[str, tuple[int, ...]]:
    return {name: array.shape for name, array in weights.flatten(export.variables).items()}


def main(argv: list[str] | None = None) -> None:
    """Reads a work directory and writes its weights.

    Raises:
      UserError: there is no such run, or the file cannot be written.
    """
    parser = OneLineParser(prog="python -m emojax.training.export", description=__doc__)
    parser.add_argument("workdir", type=local_path, help="work directory of a training run")
    parser.add_argument("out", type=local_path, help="safetensors file to write")
    parser.add_argument(
        "--average_only",
        action="store_true",
        help="of a generator, leave out what the last step left: half the size",
    )
    parser.add_argument(
        "--with_run",
        metavar="WORKDIR",
        type=local_path,
        action="append",
        default=[],
        help="of a face parser, another run from the same first weights: write the mean of both",
    )
    args = parser.parse_args(argv)
    paths.refuse_replacing({str(args.out): args.out}, [args.workdir, *args.with_run])
    task = read_task(args.workdir)
    if args.with_run and not task.averageable:
        raise UserError(f"--with_run is for face parsers, and {args.workdir} trained {task.product}")
    variables, metadata = read_workdirs([args.workdir, *args.with_run])
    if args.average_only:
        if "average" not in variables:
            raise UserError(f"--average_only is for generators, and {args.workdir} trained {task.product}")
        variables, metadata = {"average": variables["average"]}, metadata | {"holds": "average"}
    weights.save(args.out, variables, metadata=metadata, half=True)
    size = args.out.stat().st_size / 1e6
    print(f"{args.out}: {task.product} of step {metadata['step']}, {size:.1f} MB")


if __name__ == "__main__":
    run_program(main)

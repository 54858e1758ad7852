"""The tasks there are. Each is imported when it is asked for, so that a run need not wait for the others."""

import importlib
from typing import TYPE_CHECKING, Final, TypeGuard

import ml_collections

from emojax.core.errors import UserError

if TYPE_CHECKING:
    from emojax.training.features.task import ExemplarTask
    from emojax.training.gan.task import GanTask
    from emojax.training.parser.task import SegmentationTask
    from emojax.training.parts.task import ReconstructionTask

    Task = GanTask | SegmentationTask | ReconstructionTask | ExemplarTask

TASKS: Final = {
    "gan": ("gan", "GanTask"),
    "segmentation": ("parser", "SegmentationTask"),
    "reconstruction": ("parts", "ReconstructionTask"),
    "exemplar": ("features", "ExemplarTask"),
}
"""The class of each task, in the module of this package that has the task's name."""


def make_task(config: ml_collections.ConfigDict | ml_collections.FrozenConfigDict) -> "Task":
    """The checked task that ``config.task`` names.

    Raises:
      UserError: the name is unknown or the configuration contradicts itself.
    """
    if config.get("task") not in TASKS:
        raise UserError(f"config.task is {config.get('task')!r}: choose one of {', '.join(TASKS)}")
    room, name = TASKS[config.task]
    module = importlib.import_module(f"emojax.training.{room}.task")
    task: Task = getattr(module, name)(ml_collections.FrozenConfigDict(config))
    task.check()
    return task


def is_gan(task: "Task") -> TypeGuard["GanTask"]:
    """Whether it trains a generator and a discriminator."""
    return task.config.task == "gan"


def is_segmentation(task: "Task") -> TypeGuard["SegmentationTask"]:
    """Whether it trains a face parser."""
    return task.config.task == "segmentation"


def is_reconstruction(task: "Task") -> TypeGuard["ReconstructionTask"]:
    """Whether it trains autoencoders of parts."""
    return task.config.task == "reconstruction"


def is_validated(task: "Task") -> bool:
    """Whether the task scores what it has learned while it trains."""
    return task.config.run.validate_every > 0


def improves(task: "Task", score: float, before: list[float]) -> bool:
    """Whether `score` is the best yet: a GAN's is a distance, all others' are the higher the better."""
    return all(score < other if is_gan(task) else score > other for other in before)

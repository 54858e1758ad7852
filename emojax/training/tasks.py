"""The tasks there are. A new one is a room beside this file and a line in `TASKS`."""

import importlib
from typing import Any, Final

import ml_collections

from emojax.core.errors import UserError
from emojax.training.engine import bounds
from emojax.training.engine.task import Task

TASKS: Final = {
    "gan": "emojax.training.gan.task:GanTask",
    "emoji_parts": "emojax.training.emoji_parts.task:EmojiPartsTask",
    "segmentation": "emojax.training.parser.task:SegmentationTask",
    "reconstruction": "emojax.training.parts.task:ReconstructionTask",
    "attributes": "emojax.training.attributes.task:AttributeTask",
    "text": "emojax.training.text.task:TextTask",
    "naming": "emojax.training.naming.task:NamingTask",
    "exemplar": "emojax.training.features.task:ExemplarTask",
}
"""``module:class`` by what ``config.task`` says. Modules are imported when they are asked for, so that a run
does not wait for those of other tasks."""


def task_class(name: Any) -> type[Task]:
    """The class of a task.

    Raises:
      UserError: there is none of that name.
    """
    if not isinstance(name, str) or name not in TASKS:
        raise UserError(f"config.task is {name!r}: choose one of {', '.join(TASKS)}")
    module, _, attribute = TASKS[name].partition(":")
    found: type[Task] = getattr(importlib.import_module(module), attribute)
    return found


def make_task(config: ml_collections.ConfigDict | ml_collections.FrozenConfigDict | dict[str, Any]) -> Task:
    """The checked task that ``config.task`` names.

    Raises:
      UserError: the name is unknown or the configuration contradicts itself.
    """
    kind = task_class(config.get("task"))
    task = kind(ml_collections.FrozenConfigDict(config))
    bounds.check(task.config)
    task.check()
    _check_limits(task)
    return task


def _check_limits(task: Task) -> None:
    run = task.config.get("run", {})
    for field, usual in (("accumulate", 1), ("remat", False)):
        value = run.get(field, usual)
        if type(value) is not type(usual):
            raise UserError(f"config.run.{field} is {value!r}: give a value such as {usual}")
        if value != usual and (reason := task.limits().get(field)):
            raise UserError(f"config.run.{field} is {value}: {reason}")

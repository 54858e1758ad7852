"""The interface between the training loop and a task: the loop calls these methods and no others."""

import abc
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import jax
import ml_collections
import numpy as np

Dataset = dict[str, np.ndarray]
"""Arrays by name. They stay on the device during a run."""

Folders = Mapping[str, Path]
"""Values of the flags that name data, by flag: ``{"data_dir": Path(...)}``. Flags left out are missing."""


class Export(NamedTuple):
    """The result of a run, as arguments of `emojax.weights.save`.

    Attributes:
      variables: nested dicts of NumPy arrays.
      metadata: format, configuration and what else is needed to use the variables.
    """

    variables: dict[str, Any]
    metadata: dict[str, str]


@dataclasses.dataclass(frozen=True)
class Task(abc.ABC):
    """A training task: data, batches, steps and scores, all as pure functions of their arguments.

    Only `load_data`, `warm_start`, `run_files` and `export` read files; nothing here writes any.

    Attributes:
      config: of a file under ``configs/``, frozen.
      name: the value of ``config.task``.
      product: what messages call an export, such as "generator".
      reads: flags of ``train.py`` that name the task's data. The first is the data set itself.
      free_fields: fields of the configuration that a resumed run may change; those under ``run`` always may.
      score: name of the score in `validate` by which the best step is chosen.
      lower_is_better: whether a lower score is the better one.
      averageable: whether an export may average the weights of several runs that started from the same ones.
    """

    config: ml_collections.FrozenConfigDict

    name: ClassVar[str]
    product: ClassVar[str]
    reads: ClassVar[tuple[str, ...]]
    score: ClassVar[str]
    free_fields: ClassVar[frozenset[str]] = frozenset()
    lower_is_better: ClassVar[bool] = False
    averageable: ClassVar[bool] = False

    @staticmethod
    def complete(config: Mapping[str, Any]) -> dict[str, Any]:
        """A stored configuration with defaults for the fields that were added after it was stored."""
        return dict(config)

    @abc.abstractmethod
    def check(self) -> None:
        """Raises `UserError` where the configuration cannot make a model."""

    @abc.abstractmethod
    def load_data(self, folders: Folders) -> Dataset:
        """The data set.

        Raises:
          UserError: a folder that the task needs is missing or unusable.
        """

    def limits(self) -> dict[str, str]:
        """Why `step` cannot follow ``accumulate`` or ``remat`` of ``config.run``, by field; {} if it can."""
        missing = f"task {self.name!r} does not have it"
        return {"accumulate": missing, "remat": missing}

    def for_data(self, dataset: Dataset) -> Self:
        """This task with the fields that depend on the data, such as the number of classes."""
        return self

    def run_files(self, folders: Folders) -> dict[str, str]:
        """Texts by file name that are written to the work directory, since uses of the run need them."""
        return {}

    def total_steps(self, dataset: Dataset) -> int:
        """The length of the run: ``config.steps``, over which the learning rate is scheduled."""
        return int(self.config.steps)

    @abc.abstractmethod
    def init(self, key: jax.Array) -> Any:
        """The state before the first step: a pytree whose ``step`` is an int32 scalar."""

    def warm_start(self, state: Any, folders: Folders) -> Any:
        """The state before the first step of a run that starts from given weights."""
        return state

    @abc.abstractmethod
    def batch(self, dataset: Any, step: jax.Array, key: jax.Array) -> Any:
        """The global batch of `step`: a pytree of arrays whose first axis is the batch's."""

    @abc.abstractmethod
    def step(self, state: Any, batch: Any, axis_name: str | None = None) -> tuple[Any, dict[str, jax.Array]]:
        """One update.

        Args:
          state: the state before.
          batch: of `batch`; under a mapped axis the device's share.
          axis_name: mapped axis over which gradients, metrics and batch statistics are averaged.

        Returns:
          The state after, and scalar metrics. With ``config.run.accumulate`` and ``config.run.remat`` they
          are the same, up to rounding.
        """

    def samples(self, state: Any, key: jax.Array, count: int) -> jax.Array | None:
        """Pictures that show progress, ``float32[count, S, S, 3]`` in [-1, 1]; None if there are none."""
        return None

    @abc.abstractmethod
    def validate(self, state: Any, dataset: Any) -> tuple[dict[str, float], np.ndarray | None]:
        """Scores by name, `score` among them, and pictures ``uint8[N, S, S, 3]`` or None."""

    def better(self, score: float, before: list[float]) -> bool:
        """Whether `score` is better than all scores in `before`."""
        return all(score < other if self.lower_is_better else score > other for other in before)

    @abc.abstractmethod
    def export(self, state: Any, workdir: Path) -> Export:
        """The result of the run in `workdir` at a checkpoint, `state`. The caller adds the step."""

"""What the training loop asks of a task. The loop calls what stands here and nothing else."""

import abc
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import jax
import ml_collections
import numpy as np

Dataset = dict[str, np.ndarray]
"""Arrays by name. They live on the device while a run lasts."""

Folders = Mapping[str, Path]
"""What the flags that name data say, by flag: ``{"data_dir": Path(...)}``. Flags left out are missing."""


class Export(NamedTuple):
    """What a run has trained, as `emojax.weights.save` takes it.

    Attributes:
      variables: nested dicts of NumPy arrays.
      metadata: format, configuration and whatever else is needed to use the variables.
    """

    variables: dict[str, Any]
    metadata: dict[str, str]


@dataclasses.dataclass(frozen=True)
class Task(abc.ABC):
    """What is trained, as a bundle of pure functions.

    Only `load_data`, `warm_start`, `run_files` and `export` read files; nothing here writes any.

    Attributes:
      config: what a file under ``configs/`` returns, frozen.
      name: what ``config.task`` says.
      product: what an export is called in messages, such as "generator".
      reads: flags of ``train.py`` that name the task's data. The first is the data set itself.
      free_fields: fields of the configuration that a resumed run may change; those under ``run`` always may.
      score: name of the score in `validate` by which the best step is chosen.
      lower_is_better: whether a lower score is the better one.
      averageable: whether the weights of several runs from one start may be averaged in an export.
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

    def for_data(self, dataset: Dataset) -> Self:
        """This task with what its configuration leaves to the data, such as the number of classes."""
        return self

    def run_files(self, folders: Folders) -> dict[str, str]:
        """Texts by file name that the work directory keeps because later uses of the run need them."""
        return {}

    def total_steps(self, dataset: Dataset) -> int:
        """The length of the run: ``config.steps``, for which the learning rate's schedule is made."""
        return int(self.config.steps)

    @abc.abstractmethod
    def init(self, key: jax.Array) -> Any:
        """The state before the first step; a pytree whose ``step`` is an int32 scalar."""

    def warm_start(self, state: Any, folders: Folders) -> Any:
        """The state before the first step of a run that starts from given weights."""
        return state

    @abc.abstractmethod
    def batch(self, dataset: Any, step: jax.Array, key: jax.Array) -> Any:
        """The global batch of `step`: arrays that all lead with the batch axis."""

    @abc.abstractmethod
    def step(self, state: Any, batch: Any, axis_name: str | None = None) -> tuple[Any, dict[str, jax.Array]]:
        """One update.

        Args:
          state: the state before.
          batch: of `batch`; under a mapped axis the device's share.
          axis_name: mapped axis over which gradients, metrics and batch statistics are averaged.

        Returns:
          The state after, and scalar metrics.
        """

    def samples(self, state: Any, key: jax.Array, count: int) -> jax.Array | None:
        """Pictures that show progress, ``float32[count, S, S, 3]`` in [-1, 1]; None if there are none."""
        return None

    @abc.abstractmethod
    def validate(self, state: Any, dataset: Any) -> tuple[dict[str, float], np.ndarray | None]:
        """Scores by name, `score` among them, and pictures ``uint8[N, S, S, 3]`` or None."""

    def better(self, score: float, before: list[float]) -> bool:
        """Whether `score` is better than all scores `before`."""
        return all(score < other if self.lower_is_better else score > other for other in before)

    @abc.abstractmethod
    def export(self, state: Any, workdir: Path) -> Export:
        """What `state`, a checkpoint of the run in `workdir`, has to give. The caller adds the step."""

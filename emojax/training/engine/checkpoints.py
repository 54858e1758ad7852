"""Atomic, asynchronous checkpoints of a work directory, and the configuration beside them."""

import contextlib
import functools
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax

from emojax.core.errors import UserError
from emojax.core.files import replacing
from emojax.training.engine.task import Task

if TYPE_CHECKING:
    import orbax.checkpoint as ocp


_FREE_SPACE = 1.1
"""Free space that a save needs, in sizes of the state. Less, and a full disk is found in the middle of a
save, where Orbax reports it in many ways; more, and runs stop although there is room."""


class Checkpoints:
    """The checkpoints of one run, in ``WORKDIR/checkpoints/STEP``.

    Orbax writes each into a temporary directory and renames it. So a directory whose name is a number is
    complete, and a process killed in the middle of a save loses that save only.
    """

    def __init__(self, workdir: Path, *, keep: int = 3, read_only: bool = False) -> None:
        """Reads and writes nothing yet.

        Args:
          workdir: the work directory.
          keep: how many of the newest checkpoints are kept.
          read_only: nothing is saved, and nothing is deleted.
        """
        self.directory = workdir.absolute() / "checkpoints"
        self._keep = keep
        self._read_only = read_only

    @functools.cached_property
    def _manager(self) -> "ocp.CheckpointManager":
        # Imported when first needed, since it is slow: a new run's first step does not wait for it.
        import orbax.checkpoint as ocp

        options = ocp.CheckpointManagerOptions(
            max_to_keep=None if self._read_only else self._keep,
            enable_async_checkpointing=not self._read_only,
            read_only=self._read_only,
        )
        return ocp.CheckpointManager(self.directory, options=options)

    def latest_step(self) -> int | None:
        """The step of the newest complete checkpoint, or None."""
        if not self.directory.is_dir():
            return None
        return self._manager.latest_step()

    def save(self, step: int, state: Any) -> None:
        """Copies the state off the device and returns; it is written in the background.

        Does nothing where the newest checkpoint is of this step.

        Args:
          step: steps taken.
          state: a pytree of JAX arrays.

        Raises:
          UserError: this or the previous save could not be written.
        """
        if self.latest_step() == step:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        self._check_space(sum(x.nbytes for x in jax.tree.leaves(state)))
        import orbax.checkpoint as ocp

        try:
            self._manager.check_for_errors()
            self._manager.save(step, args=ocp.args.StandardSave(state))
        except Exception as error:  # Orbax and TensorStore raise many kinds for one cause
            raise self._unwritable(error) from error

    def wait(self) -> None:
        """Returns when every save is on disk.

        Raises:
          UserError: one could not be written.
        """
        if "_manager" not in vars(self):
            return
        try:
            self._manager.wait_until_finished()
            self._manager.check_for_errors()
        except Exception as error:
            raise self._unwritable(error) from error

    def restore(self, abstract_state: Any) -> Any:
        """The newest checkpoint.

        Args:
          abstract_state: tree of `jax.ShapeDtypeStruct`, with shardings, as
            ``jax.eval_shape`` gives it.

        Raises:
          UserError: it is damaged or of another model.
        """
        step = self.latest_step()
        import orbax.checkpoint as ocp

        try:
            return self._manager.restore(step, args=ocp.args.StandardRestore(abstract_state))
        except Exception as error:  # damage surfaces as almost any type
            others = [str(s) for s in self._manager.all_steps() if s != step]
            advice = f"delete it to resume from step {others[-1]}" if others else "delete it to start again"
            raise UserError(
                f"{self.directory / str(step)} cannot be restored ({_first_line(error)}): {advice}"
            ) from error

    def close(self) -> None:
        """Frees the directory. Errors of saves are ignored here: `wait` raises them."""
        if "_manager" in vars(self):
            with contextlib.suppress(Exception):
                self._manager.close()

    def _check_space(self, size: int) -> None:
        free = shutil.disk_usage(self.directory).free
        if free < _FREE_SPACE * size:
            raise self._unwritable(OSError(f"it takes {size / 1e6:.0f} MB and {free / 1e6:.0f} MB are free"))

    def _unwritable(self, error: Exception) -> UserError:
        last = self.latest_step()
        kept = f"the last complete checkpoint is step {last}" if last is not None else "there is none yet"
        return UserError(
            f"cannot write a checkpoint in {self.directory} ({_first_line(error)}): {kept}; "
            "free some space and run the same command to resume"
        )


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)[:200]


def placed_like(state: Any, shardings: Any) -> Any:
    """`state`'s shapes and types with their shardings, the argument of `Checkpoints.restore`.

    Args:
      state: arrays or abstract values.
      shardings: a tree of the same structure, or one sharding for all.
    """
    if isinstance(shardings, jax.sharding.Sharding):
        one = shardings
        shardings = jax.tree.map(lambda _: one, state)
    return jax.tree.map(lambda x, s: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=s), state, shardings)


def write_or_compare_config(workdir: Path, task: Task) -> None:
    """Writes ``config.json``, or checks that the one there describes the same run.

    Fields under ``run`` do not change the result of a run and may always differ; so may ``task.free_fields``.
    Fields that the stored configuration lacks have the values of `Task.complete`.

    Raises:
      UserError: another field differs; the message names the first.
    """
    path = workdir / "config.json"
    wanted = _flatten(json.loads(task.config.to_json()))
    if path.exists():
        stored = _flatten(task.complete(read_config(workdir)))
        for name in sorted(stored.keys() | wanted.keys()):
            if name.split(".")[0] == "run" or name in task.free_fields:
                continue
            if stored.get(name) != wanted.get(name):
                raise UserError(
                    f"config.{name} is {wanted.get(name)!r} but {path} has {stored.get(name)!r}: "
                    "use another --workdir, or the value that this one was started with"
                )
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(json.loads(task.config.to_json()), indent=1) + "\n", encoding="utf-8")


def write_or_compare_files(workdir: Path, files: Mapping[str, str]) -> None:
    """Writes the texts that a run keeps in its work directory, or checks that those there are the same.

    Args:
      workdir: the work directory.
      files: texts by file name, see `Task.run_files`.

    Raises:
      UserError: one differs, so the run was started with other data; or one cannot be read.
    """
    for name, text in files.items():
        path = workdir / name
        try:
            differs = path.exists() and path.read_text(encoding="utf-8") != text
        except (OSError, ValueError) as error:
            raise UserError(f"{path} cannot be read ({error}): delete it, and it is written anew") from error
        if differs:
            raise UserError(f"{path} does not fit the data set: use another --workdir, or its data")
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")


def read_config(workdir: Path) -> dict[str, Any]:
    """The ``config.json`` of a work directory.

    Raises:
      UserError: there is none, or it is not JSON.
    """
    path = workdir / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise UserError(f"{workdir} holds no config.json: give the --workdir of a training run") from None
    except (ValueError, OSError) as error:
        raise UserError(f"{path} cannot be read ({error}): restore it or use another --workdir") from error
    if not isinstance(config, dict):
        raise UserError(f"{path} is not a configuration: restore it or use another --workdir")
    return config


def _flatten(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat

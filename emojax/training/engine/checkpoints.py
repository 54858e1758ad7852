"""Atomic, asynchronous checkpoints of a work directory, each read back before it counts."""

import contextlib
import functools
import glob
import shutil
import sys
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jax
import numpy as np

from emojax.core.errors import UserError

if TYPE_CHECKING:
    import orbax.checkpoint as ocp


_CHECKSUM: Final = "crc32"
"""Of the metadata that is stored with each checkpoint: the checksum of all of its arrays."""

_METADATA: Final = "_CHECKPOINT_METADATA"
"""The file of that metadata in a checkpoint's folder."""

_FREE_SPACE = 1.1
"""Free space that a save needs, in sizes of the state. Less, and a full disk is found in the middle of a
save, where Orbax reports it in many ways; more, and runs stop although there is room."""


class Checkpoints:
    """The checkpoints of one run, in ``WORKDIR/checkpoints/STEP``.

    Orbax writes each into a temporary directory and renames it. So a directory whose name is a number is
    complete, and a process killed in the middle of a save loses that save only. A save counts when it has
    been read back; a checkpoint that cannot be read any more is passed over for the one before.
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
        self._unchecked: tuple[int, Any] | None = None  # the step that is being saved, and its abstract state

    @functools.cached_property
    def _manager(self) -> "ocp.CheckpointManager":
        for path in sorted(self.directory.rglob("*")):
            # Orbax would wait for a pipe for ever.
            if path.exists() and not (path.is_file() or path.is_dir()):
                raise UserError(f"{path}: is not a regular file; delete it")
        # Imported when first needed, since it is slow: a new run's first step does not wait for it.
        import orbax.checkpoint as ocp

        options = ocp.CheckpointManagerOptions(
            max_to_keep=None if self._read_only else self._keep,
            enable_async_checkpointing=not self._read_only,
            read_only=self._read_only,
            cleanup_tmp_directories=not self._read_only,  # what a kill in the middle of a save has left
        )
        # With its handler named, Orbax does not look for it in the newest folder, which may be damaged.
        handler = ocp.StandardCheckpointHandler()
        return ocp.CheckpointManager(self._orbax_directory, item_handlers=handler, options=options)

    @functools.cached_property
    def _orbax_directory(self) -> Path:
        """`directory` by a path without brackets and the like, which Orbax takes for patterns of names."""
        if not glob.has_magic(str(self.directory)):
            return self.directory
        self._link = tempfile.TemporaryDirectory(prefix="emojax-")
        if jax.process_count() > 1 or glob.has_magic(self._link.name):
            raise UserError(f"{self.directory}: the path has one of * ? [ ]; choose another --workdir")
        link = Path(self._link.name) / self.directory.name
        link.symlink_to(self.directory, target_is_directory=True)
        return link

    def latest_step(self) -> int | None:
        """The step of the newest complete checkpoint, or None.

        Raises:
          UserError: the folder cannot be read.
        """
        if not self.directory.is_dir():
            return None
        try:
            return self._manager.latest_step()
        except UserError:
            raise
        except Exception as error:  # Orbax raises many kinds
            raise UserError(f"{self.directory} cannot be read ({_first_line(error)})") from error

    def save(self, step: int, state: Any) -> None:
        """Copies the state off the device and returns; it is written in the background.

        Does nothing where the newest checkpoint is of this step.

        Args:
          step: steps taken.
          state: a pytree of JAX arrays.

        Raises:
          UserError: this or the previous save could not be written.
        """
        self.wait()
        if self.latest_step() == step:
            return
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error
        self._check_space(sum(x.nbytes for x in jax.tree.leaves(state)))
        import orbax.checkpoint as ocp

        checksum = None if jax.process_count() > 1 else {_CHECKSUM: _checksum(state)}
        try:
            self._manager.check_for_errors()
            self._manager.save(step, args=ocp.args.StandardSave(state), custom_metadata=checksum)
        except Exception as error:  # Orbax and TensorStore raise many kinds for one cause
            raise self._unwritable(error) from error
        self._unchecked = step, placed_like(state, jax.tree.map(lambda x: x.sharding, state))

    def wait(self) -> None:
        """Returns when every save is on disk, and has been read back.

        Raises:
          UserError: one could not be written, or reads otherwise than it was written.
        """
        if "_manager" not in vars(self):
            return
        try:
            self._manager.wait_until_finished()
            self._manager.check_for_errors()
            if self._unchecked is not None:
                (step, abstract), self._unchecked = self._unchecked, None
                self._read(step, abstract)
        except Exception as error:
            raise self._unwritable(error) from error

    def restore(self, abstract_state: Any) -> Any:
        """The newest checkpoint that can be read; newer ones are named on standard error and deleted.

        Args:
          abstract_state: tree of `jax.ShapeDtypeStruct`, with shardings, as
            ``jax.eval_shape`` gives it.

        Raises:
          UserError: there is none: all are damaged or of another model.
        """
        newest: UserError | None = None
        damaged: list[int] = []
        for step in sorted(self._manager.all_steps(), reverse=True):
            try:
                state = self._read(step, abstract_state)
            except Exception as error:  # damage surfaces as almost any type
                newest = newest or UserError(
                    f"{self.directory / str(step)} cannot be restored ({_first_line(error)}), nor can one "
                    "before: use the configuration that it was saved with, or start in another --workdir"
                )
                damaged.append(step)
                continue
            if damaged:
                self._pass_over(damaged, step)
            return state
        raise newest or UserError(f"{self.directory} holds no checkpoint")

    def _read(self, step: int, abstract_state: Any) -> Any:
        import orbax.checkpoint as ocp

        state = self._manager.restore(step, args=ocp.args.StandardRestore(abstract_state))
        # Orbax' manager would open every array again to tell what it holds.
        stored = _stored_checksum(self.directory / str(step)) if jax.process_count() == 1 else None
        if stored is not None and stored != _checksum(state):
            raise ValueError("its numbers are not those that were saved")
        return state

    def _pass_over(self, damaged: list[int], step: int) -> None:
        """Says that checkpoints are damaged, and deletes them, so that the run can save these steps again."""
        names = ", ".join(map(str, damaged))
        print(f"emojax: {self.directory}: {names} cannot be read; going on from step {step}", file=sys.stderr)
        if not self._read_only and jax.process_index() == 0:
            for each in damaged:
                shutil.rmtree(self.directory / str(each), ignore_errors=True)
        if not self._read_only:
            self._manager.reload()

    def close(self) -> None:
        """Frees the directory. Errors of saves are ignored here: `wait` raises them."""
        if "_manager" in vars(self):
            with contextlib.suppress(Exception):
                self._manager.close()
        if "_link" in vars(self):
            self._link.cleanup()

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


def _checksum(state: Any) -> int:
    """CRC-32 of all arrays of a state, in the tree's order."""
    crc = 0
    for leaf in jax.tree.leaves(state):
        array = np.ascontiguousarray(leaf)
        crc = zlib.crc32(f"{array.shape} {array.dtype}".encode(), crc)
        crc = zlib.crc32(array.reshape(-1).view(np.uint8).data, crc)
    return crc


def _stored_checksum(folder: Path) -> int | None:
    """What `_checksum` was when the checkpoint in `folder` was saved, or None if that is not known.

    Raises:
      ValueError: the file that says so is damaged.
    """
    import orbax.checkpoint as ocp

    try:
        return (ocp.metadata.get_step_metadata(folder).custom_metadata or {}).get(_CHECKSUM)
    except ValueError:
        if (folder / _METADATA).exists():
            raise
        return None  # as in checkpoints of older versions of Orbax


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

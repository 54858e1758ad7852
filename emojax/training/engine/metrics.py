"""Logging of metrics: from the device to ``metrics.jsonl``, TensorBoard and the terminal."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from tqdm import tqdm

from emojax.core import untrusted
from emojax.core.files import replacing


class NonFinite(NamedTuple):
    """A metric that was not a finite number.

    Attributes:
      name: of the metric.
      value: NaN or an infinity.
      step: the first step at which it was not finite, as in ``metrics.jsonl``: steps taken before it.
    """

    name: str
    value: float
    step: int


class MetricsLog:
    """Collects metrics on the device without waiting for them, and writes their means.

    A row of ``metrics.jsonl`` has ``step``, how many steps were taken when it was written, and the mean of
    every metric since the row before. Rows after the step that a run resumes from are deleted first: the run
    writes them again.
    """

    def __init__(self, workdir: Path, *, resume_after: int, total: int) -> None:
        """Deletes the rows after `resume_after`; UserError if the log that is there is none.

        Args:
          workdir: the work directory, which exists.
          resume_after: step of the checkpoint that the run resumes from; 0 for a new run.
          total: length of the run in steps, for the time left.
        """
        self._workdir = workdir
        self._total = total
        self._resume_after = resume_after
        self._pending: list[tuple[int, int, dict[str, jax.Array]]] = []
        self._since = time.perf_counter()
        self._tensorboard: Any = None
        self._writes = jax.process_index() == 0
        self._path = workdir / "metrics.jsonl"
        if self._writes:
            self._truncate(resume_after)

    def add(self, step: int, length: int, metrics: dict[str, jax.Array]) -> None:
        """Adds the metrics of `length` steps, the first of which is taken after `step` others.

        Args:
          step, length: see above.
          metrics: ``float[length]`` by name.
        """
        self._pending.append((step, length, metrics))
        if len(self._pending) > 1:
            # One call of the compiled step may be pending; with more, a signal would be answered late.
            jax.block_until_ready(self._pending[-2][2])

    def flush(self, bar: tqdm) -> NonFinite | None:
        """Writes a row with the means of what was added since the last one, if anything was.

        Args:
          bar: the progress bar, which gets the losses; where it is disabled, a line is printed instead.

        Returns:
          None; or the metric that was not finite first, and then no row is written.
        """
        if not self._pending:
            return None
        first = self._pending[0][0]
        columns = {
            name: np.concatenate([np.asarray(m[name]) for _, _, m in self._pending])
            for name in self._pending[0][2]
        }
        steps = sum(length for _, length, _ in self._pending)
        self._pending = []
        bad = _first_non_finite(columns, first)
        if bad is not None:
            return bad
        now = time.perf_counter()
        row = {name: float(column.mean()) for name, column in columns.items()}
        row["steps_per_second"] = steps / (now - self._since)
        self._since = now
        if self._writes:
            self._write(first + steps, row, bar)
        return None

    def record(self, step: int, row: dict[str, float]) -> None:
        """Writes a row of numbers that belong to one step, such as scores on held-out data.

        Args:
          step: steps taken.
          row: numbers by name; written with six decimals.
        """
        if not self._writes:
            return
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step} | {k: round(v, 6) for k, v in row.items()}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        if self._tensorboard is None:
            # Imported here because it takes a second, which the first step should not wait for.
            from tensorboardX import SummaryWriter

            self._tensorboard = SummaryWriter(str(self._workdir), purge_step=self._resume_after + 1)
        for name, value in row.items():
            self._tensorboard.add_scalar(name, value, step)

    def values(self, name: str) -> list[float]:
        """The values of `name` in the rows that have it, oldest first."""
        rows = untrusted.read_log(self._path) if self._path.exists() else []
        return [row[name] for row in rows if name in row]

    def close(self) -> None:
        if self._tensorboard is not None:
            self._tensorboard.close()

    def _write(self, step: int, row: dict[str, float], bar: tqdm) -> None:
        self.record(step, row)
        losses = {k: f"{v:.3g}" for k, v in row.items() if k in ("d_loss", "g_loss", "loss")}
        if bar.disable:
            speed = row["steps_per_second"]
            left = (self._total - step) / speed
            words = " ".join(f"{k} {v}" for k, v in losses.items())
            print(
                f"step {step}/{self._total}  {words}  {speed:.2f} steps/s  {left:.0f} s left",
                file=sys.stderr,
                flush=True,
            )
        else:
            bar.set_postfix(losses, refresh=False)

    def _truncate(self, last_step: int) -> None:
        if not self._path.exists():
            return
        rows = untrusted.read_log(self._path)
        kept = [json.dumps(row) + "\n" for row in rows if row["step"] <= last_step]
        with replacing(self._path) as temporary:
            temporary.write_text("".join(kept), encoding="utf-8")


def _first_non_finite(columns: dict[str, np.ndarray], first_step: int) -> NonFinite | None:
    bad = [
        NonFinite(name, float(column[i]), first_step + i)
        for name, column in columns.items()
        for i in np.flatnonzero(~np.isfinite(column))[:1]
    ]
    return min(bad, key=lambda b: b.step, default=None)

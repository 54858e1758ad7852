"""The training loop: it takes steps, and saves, validates, samples and logs when they are due."""

import contextlib
import dataclasses
import functools
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import jax
import numpy as np
from tqdm import tqdm

from emojax.core import rng
from emojax.core.errors import Interrupted, UserError
from emojax.core.files import locked
from emojax.training.devices import parallel, processes
from emojax.training.engine import accumulation, bounds, checkpoints, run_files
from emojax.training.engine.metrics import MetricsLog
from emojax.training.engine.task import Folders, Task


def train(task: Task, workdir: Path, folders: Folders | None = None) -> None:
    """Trains until the task's steps are done, resuming from `workdir`'s newest checkpoint if there is one.

    Writes ``config.json``, ``metrics.jsonl``, TensorBoard events, ``samples/``, ``training.gif``,
    ``checkpoints/``, where the run is validated ``best/``, and `Task.run_files` in `workdir`.

    Args:
      task: checked, as `emojax.training.tasks.make_task` returns it.
      workdir: created if missing.
      folders: where the task's data is, see `Task.reads`.

    Raises:
      UserError: bad configuration, data or checkpoint, a full disk, a non-finite loss, or another run
        in `workdir`.
      Interrupted: SIGTERM or SIGINT came; the state is saved.
    """
    folders = folders or {}
    run = task.config.run
    plan = parallel.make_plan(
        run.parallel,
        task.config.batch_size,
        model_parallel=run.get("model_parallel", 1),
        micro_batches=accumulation.micro_batches(task.config),
    )
    dataset = processes.together(lambda: task.load_data(folders))
    task = task.for_data(dataset)
    key = rng.root(task.config.seed)
    texts: dict[str, str] = {}
    total = task.total_steps(dataset)
    if total > bounds.MAX_STEPS:
        raise UserError(
            f"config.epochs is {task.config.epochs}: that is {total:,} steps, and a run has at most "
            f"{bounds.MAX_STEPS:,}"
        )
    with contextlib.ExitStack() as stack:

        def prepare() -> None:
            # First, so that a run that is refused leaves no folder.
            texts.update(task.run_files(folders))
            run_files.compare(workdir, task, texts)
            stack.enter_context(locked(workdir))

        processes.decide(prepare)
        saved = stack.enter_context(
            contextlib.closing(checkpoints.Checkpoints(workdir, keep=run.keep_checkpoints))
        )
        state = _first_state(task, plan, key, saved, folders)
        processes.decide(lambda: run_files.write(workdir, task, texts))
        loop = _Loop(task, plan, key, saved, workdir, total)
        loop.run(state, parallel.place(plan, dataset))


def _first_state(
    task: Task, plan: parallel.Plan, key: jax.Array, saved: checkpoints.Checkpoints, folders: Folders
) -> Any:
    """The state of the newest checkpoint, or a new run's."""
    abstract = jax.eval_shape(task.init, key)
    shardings = plan.shardings(abstract)
    if saved.latest_step() is not None:
        return saved.restore(checkpoints.placed_like(abstract, shardings))
    state = parallel.initialize(plan, task.init, key)
    return parallel.place(plan, processes.together(lambda: task.warm_start(state, folders)), shardings)


@dataclasses.dataclass(eq=False)
class _Loop:
    task: Task
    plan: parallel.Plan
    key: jax.Array
    saved: checkpoints.Checkpoints
    workdir: Path
    total: int
    compiled: dict[int, parallel.Steps] = dataclasses.field(default_factory=dict)

    def run(self, state: Any, dataset: Any) -> None:
        settings = self.task.config.run
        step = self.saved.latest_step() or 0  # the value of state.step, without waiting for the device
        if processes.is_first():
            self._drop_samples(step)
        log = MetricsLog(self.workdir, resume_after=step, total=self.total)
        calls = 0
        with contextlib.closing(log), _signals() as received, self._bar(step) as bar:
            while step < self.total:
                advance = self._length(step)
                state, metrics = self._steps(advance)(state, dataset)
                calls += 1
                if processes.preempted(calls):
                    received.append(signal.SIGTERM)
                log.add(step, advance, metrics)
                before, step = step, step + advance

                def due(every: int, before: int = before, step: int = step) -> bool:
                    return every > 0 and (step // every > before // every or step == self.total)

                if due(settings.log_every) or received:
                    self._flush(log, bar)
                if due(settings.sample_every):
                    self._sample(state, step)
                if due(settings.validate_every):
                    self._flush(log, bar)
                    self._validate(state, dataset, step, log)
                if due(settings.checkpoint_every) or received:
                    self._flush(log, bar)
                    self.saved.save(step, state)
                    # On CPU the same cores write and train: at once, both would take longer and more memory.
                    if self.plan.on_cpu:
                        self.saved.wait()
                bar.update(advance)
                if received:
                    self.saved.wait()
                    raise Interrupted(received[0], f"stopped at step {step}; the same command resumes")
            self.saved.wait()
        self._animate()

    def _length(self, step: int) -> int:
        """How many steps the next call of the compiled step takes."""
        length = parallel.steps_per_call(self.plan, self.task.config.run.steps_per_call)
        return min(length, self.total - step)

    def _steps(self, length: int) -> parallel.Steps:
        if length not in self.compiled:
            batch = functools.partial(self.task.batch, key=self.key)
            shardings = self.plan.shardings(jax.eval_shape(self.task.init, self.key))
            self.compiled[length] = parallel.compile_steps(
                self.plan, batch, self.task.step, length, shardings=shardings
            )
        return self.compiled[length]

    def _flush(self, log: MetricsLog, bar: tqdm) -> None:
        bad = log.flush(bar)
        if bad is None:
            return
        self.saved.wait()
        last = self.saved.latest_step()
        raise UserError(
            f"{bad.name} became {bad.value} at step {bad.step}: the last good checkpoint is "
            f"{'step ' + str(last) if last is not None else 'none'} in {self.workdir}; "
            "lower the learning rates or change config.seed"
        )

    def _validate(self, state: Any, dataset: Any, step: int, log: MetricsLog) -> None:
        """Scores the state, and saves it in ``WORKDIR/best`` if it is the best so far."""
        copy = parallel.one_copy(self.plan, (state, dataset))

        def improves() -> bool:
            scores, pictures = self.task.validate(*copy)
            name = self.task.score
            improved = self.task.better(scores[name], log.values(f"val_{name}"))
            log.record(step, {f"val_{key}": score for key, score in scores.items()})
            tqdm.write(f"step {step} validation  {name} {scores[name]:.4f}", file=sys.stderr)
            if pictures is not None:
                self._save_pictures(pictures, step, columns=6)
            return improved

        if processes.decide(improves):
            self._best.save(step, state)
            self._best.wait()

    @functools.cached_property
    def _best(self) -> checkpoints.Checkpoints:
        return checkpoints.Checkpoints(self.workdir / "best", keep=1)

    def _sample(self, state: Any, step: int) -> None:
        copy = parallel.one_copy(self.plan, state)

        def save() -> None:
            from emojax.media import image

            images = self._sampler(copy, self.key)
            if images is not None:
                self._save_pictures(image.to_uint8(np.asarray(images)), step)

        processes.decide(save)

    @functools.cached_property
    def _sampler(self) -> Any:
        return jax.jit(functools.partial(self.task.samples, count=self.task.config.run.sample_count))

    def _save_pictures(self, pictures: np.ndarray, step: int, *, columns: int | None = None) -> None:
        # Imported here because the first step should not wait for it.
        from emojax.media import grids, image

        image.save_png(self.workdir / "samples" / f"{step:08d}.png", grids.grid(pictures, columns=columns))

    def _drop_samples(self, step: int) -> None:
        """Deletes pictures that an uninterrupted run would not have: of steps after the one that is resumed
        from, which are made again, and of the end of a shorter run."""
        settings, length = self.task.config.run, self._length(0)
        regular = step % length == 0 and any(
            every and step // every > (step - length) // every
            for every in (settings.sample_every, settings.validate_every)
        )
        for path in (self.workdir / "samples").glob("[0-9]*.png"):
            taken = int(path.stem) if path.stem.isdecimal() else 0
            if taken > step or (taken == step and not regular and step < self.total):
                path.unlink()

    def _animate(self) -> None:
        pictures = sorted((self.workdir / "samples").glob("[0-9]*.png"))
        if processes.is_first() and pictures:
            from emojax.media import video

            video.animation_from_pngs(pictures, self.workdir / "training.gif", fps=8)

    def _bar(self, step: int) -> tqdm:
        # disable=None: no bar where standard error is no terminal.
        hidden = None if processes.is_first() else True
        return tqdm(total=self.total, initial=step, unit="step", disable=hidden, dynamic_ncols=True)


@contextlib.contextmanager
def _signals() -> Iterator[list[int]]:
    """Yields a list to which the first SIGTERM or SIGINT is appended; a second one has its usual effect.

    Where there are several processes, SIGTERM is left to JAX, see `processes.preempted`.
    """
    received: list[int] = []
    previous: dict[int, Any] = {}
    if processes.several():
        yield received
        return

    def handle(signum: int, frame: FrameType | None) -> None:
        received.append(signum)
        for number, handler in previous.items():
            signal.signal(number, handler)

    try:
        for wanted in (signal.SIGTERM, signal.SIGINT):
            previous[wanted] = signal.signal(wanted, handle)
    except ValueError:  # not the main thread, where Python allows no handlers: the caller handles signals
        previous.clear()
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)

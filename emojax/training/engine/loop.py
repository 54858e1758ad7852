"""The training loop: the one place where steps meet files, signals and the clock."""

import contextlib
import dataclasses
import functools
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import jax
import ml_collections
import numpy as np
from tqdm import tqdm

from emojax.core import rng
from emojax.core.errors import Interrupted, UserError
from emojax.core.files import locked
from emojax.training.engine import checkpoints, parallel
from emojax.training.engine.metrics import MetricsLog
from emojax.training.engine.tasks import (
    improves,
    is_gan,
    is_reconstruction,
    is_segmentation,
    is_validated,
    make_task,
)
from emojax.training.gan import labels
from emojax.training.startup import start
from emojax.training.startup.programs import Kept, digest

if TYPE_CHECKING:
    from emojax.training.engine.tasks import Task


def train(
    config: ml_collections.ConfigDict,
    workdir: Path,
    *,
    source: Path | None = None,
    pseudo_labels: Path | None = None,
    init_weights: Path | None = None,
    drawn: Path | None = None,
    programs: Path | None = None,
) -> None:
    """Trains until ``config.epochs`` are done, going on from `workdir`'s newest checkpoint.

    Leaves ``config.json``, ``metrics.jsonl``, TensorBoard events, ``samples/``,
    ``training.gif`` and ``checkpoints/`` in `workdir`; ``labels.json``, too, where a GAN has labels.

    Args:
      config: what a file under ``configs/`` returns.
      workdir: created if missing.
      source: folder to read the raw data from instead of fetching it.
      pseudo_labels: folder of faces that another net has labelled, for a face parser.
      init_weights: weight file that a face parser's first step starts from.
      drawn: folder of parts of drawn faces, for autoencoders.
      programs: folder that a GAN's traced programs are kept in for the next start; None where code may
        have been changed in this process, which what is kept would not show.

    Raises:
      UserError: bad configuration, data or checkpoint, a full disk, a non-finite loss, or another run
        in `workdir`.
      Interrupted: SIGTERM or SIGINT came; the state is saved.
    """
    task = make_task(config)
    run = task.config.run
    plan = parallel.make_plan(run.parallel, task.config.batch_size)
    dataset = task.load_data(source)
    if is_segmentation(task):
        if pseudo_labels is not None:
            dataset |= task.load_pseudo_labels(pseudo_labels)
        elif task.config.data.pseudo_share:
            raise UserError(
                "--pseudo_dir is missing: config.data.pseudo_share asks for pseudo-labelled faces"
            )
    if is_reconstruction(task):
        if drawn is None:
            raise UserError(
                "--drawn_dir is missing: name the --out of python -m emojax.avatar.datasets.drawn_parts"
            )
        dataset |= task.load_drawn(drawn)
    if is_gan(task):
        task = task.for_data(dataset)
    checkpoints.adopt_config(workdir, task.config, task.free_fields, task.complete if is_gan(task) else dict)
    if is_gan(task):
        labels.adopt(workdir, task.config, source)
    total = task.total_steps(dataset)

    key = rng.root(task.config.seed)
    with (
        locked(workdir) if jax.process_index() == 0 else contextlib.nullcontext(),
        contextlib.closing(checkpoints.Checkpoints(workdir, keep=run.keep_checkpoints)) as saved,
    ):
        loop = _Loop(task, plan, key, saved, workdir, total)
        placed = parallel.place(plan, dataset)
        state = loop.begin(placed, programs)
        if init_weights is not None and is_segmentation(task) and saved.latest_step() is None:
            state = task.warm_start(state, init_weights)
        loop.run(state, placed)


@dataclasses.dataclass(eq=False)
class _Loop:
    task: "Task"
    plan: parallel.Plan
    key: jax.Array
    saved: checkpoints.Checkpoints
    workdir: Path
    total: int
    ready: dict[int, parallel.Steps] = dataclasses.field(default_factory=dict)

    def begin(self, dataset: Any, programs: Path | None) -> Any:
        """The state to go on from; the steps that come first are compiled meanwhile."""
        length = self._length(self.saved.latest_step() or 0)
        kept = None
        # Where it is measured to pay, and on trees that have names in a file. No step may be left.
        one_cpu = self.plan.mode == "jit" and self.plan.on_cpu
        if programs is not None and length and one_cpu and is_gan(self.task):
            kept = Kept(programs, self._digest(dataset, length))
        state, self.ready[length] = start.prepare(
            self.plan, self.task.init, self.key, self.saved, self._steps(length), dataset, kept
        )
        return state

    def _digest(self, dataset: Any, length: int) -> str:
        """Of what the programs depend on: also what `task` is made of, and what `_steps` reads."""
        config = self.task.config.to_dict()
        for name in ("run", *self.task.free_fields):  # what a run may be resumed with other values of
            del config[name]
        shapes = {name: (array.shape, str(array.dtype)) for name, array in dataset.items()}
        return digest({"config": config, "dataset": shapes, "length": length})

    def run(self, state: Any, dataset: Any) -> None:
        settings = self.task.config.run
        step = self.saved.latest_step() or 0  # as state.step, for which one would have to wait
        log = MetricsLog(self.workdir, resume_after=step, total=self.total)
        with contextlib.closing(log), _signals() as received, self._bar(step) as bar:
            while step < self.total:
                advance = self._length(step)
                state, metrics = self._steps(advance)(state, dataset)
                log.add(step, advance, metrics)
                before, step = step, step + advance

                def due(every: int, before: int = before, step: int = step) -> bool:
                    return every > 0 and (step // every > before // every or step == self.total)

                if due(settings.log_every) or received:
                    self._flush(log, bar)
                if due(settings.sample_every):
                    self._sample(state, step)
                if is_validated(self.task) and due(settings.validate_every):
                    self._flush(log, bar)
                    self._validate(state, dataset, step, log)
                if due(settings.checkpoint_every) or received or self.saved.reached_preemption(step):
                    self._flush(log, bar)
                    self.saved.save(step, state)
                    if self.plan.on_cpu:  # the cores that write are those that train: both take longer
                        self.saved.wait()  # at once, and more memory
                bar.update(advance)
                if received:
                    self.saved.wait()
                    raise Interrupted(received[0], f"stopped at step {step}; the same command resumes")
            self.saved.wait()
        self._animate()

    def _length(self, step: int) -> int:
        """How many steps the call after `step` takes."""
        length = parallel.steps_per_call(self.plan, self.task.config.run.steps_per_call)
        return min(length, self.total - step)

    def _steps(self, length: int) -> parallel.Steps:
        if length not in self.ready:
            batch = functools.partial(self.task.batch, key=self.key)
            self.ready[length] = parallel.compile_steps(self.plan, batch, self.task.step, length)
        return self.ready[length]

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
        """Scores the state, and keeps it in ``WORKDIR/best`` if it is the best so far."""
        task: Any = self.task  # each kind takes the states that it makes
        scores, pictures = task.validate(*parallel.first_copy((state, dataset)))
        improved = improves(self.task, scores[task.best], log.values(f"val_{task.best}"))
        log.record(step, {f"val_{name}": score for name, score in scores.items()})
        if jax.process_index() == 0:
            # Imported here, as below: a first step need not wait for what draws pictures.
            from emojax.media import grids, image

            tqdm.write(f"step {step} validation  {task.best} {scores[task.best]:.4f}", file=sys.stderr)
            if pictures is not None:
                image.save_png(self.workdir / "samples" / f"{step:08d}.png", grids.grid(pictures, columns=6))
        if improved:
            self._best.save(step, state)
            self._best.wait()

    @functools.cached_property
    def _best(self) -> checkpoints.Checkpoints:
        return checkpoints.Checkpoints(self.workdir / "best", keep=1)

    def _sample(self, state: Any, step: int) -> None:
        if jax.process_index() != 0:
            return
        from emojax.media import grids, image

        images = self._sampler(parallel.first_copy(state), self.key)
        picture = grids.grid(image.to_uint8(np.asarray(images)))
        image.save_png(self.workdir / "samples" / f"{step:08d}.png", picture)

    @functools.cached_property
    def _sampler(self) -> Any:
        assert is_gan(self.task)
        return jax.jit(functools.partial(self.task.samples, count=self.task.config.run.sample_count))

    def _animate(self) -> None:
        pictures = sorted((self.workdir / "samples").glob("[0-9]*.png"))
        if jax.process_index() == 0 and pictures:
            from emojax.media import video

            video.animation_from_pngs(pictures, self.workdir / "training.gif", fps=8)

    def _bar(self, step: int) -> tqdm:
        return tqdm(
            total=self.total, initial=step, unit="step", disable=not sys.stderr.isatty(), dynamic_ncols=True
        )


@contextlib.contextmanager
def _signals() -> Iterator[list[int]]:
    """Yields a list that the first SIGTERM or SIGINT is put in; a second one acts at once."""
    received: list[int] = []
    previous: dict[int, Any] = {}

    def handle(signum: int, frame: FrameType | None) -> None:
        received.append(signum)
        for number, handler in previous.items():
            signal.signal(number, handler)

    try:
        for wanted in (signal.SIGTERM, signal.SIGINT):
            previous[wanted] = signal.signal(wanted, handle)
    except ValueError:  # not the main thread: whoever runs us there handles signals
        previous.clear()
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)

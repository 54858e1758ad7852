"""One process of several, for their tests: ``python one_process.py ACTIONS COORDINATOR COUNT ID FOLDER``.

The actions, divided by commas, are functions of this file, which do the same in a process that is alone.
"""

import functools
import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
STEPS = 5


def main(actions: str, coordinator: str, count: int, index: int, folder: Path) -> None:
    import jax

    # Float64, lest the order of sums be seen; see the tests of one process with several devices.
    jax.config.update("jax_enable_x64", True)
    from emojax.training.devices import processes

    if count > 1:
        processes.join(coordinator=coordinator, num_processes=count, process_id=index)
    for action in actions.split(","):
        globals()[action](folder)


def steps(folder: Path, devices: Any = None) -> None:
    """`STEPS` steps in each mode that suits the devices; the results go to ``MODE.npz``."""
    import jax
    import numpy as np
    from training.support.small_gan import small_images, small_task

    from emojax.core import rng
    from emojax.training.devices import parallel, processes

    folder.mkdir(exist_ok=True)
    task, key = small_task(dtype="float64"), rng.root(0)
    several = (("pmap", "pmap", 1), ("mesh", "mesh", 1), ("sharded", "mesh", 2))
    for name, mode, parts in (("jit", "jit", 1),) if devices and len(devices) == 1 else several:
        plan = parallel.make_plan(mode, task.config.batch_size, devices, model_parallel=parts)
        state = parallel.initialize(plan, task.init, key)
        shardings = plan.shardings(state)
        dataset = parallel.place(plan, small_images())
        batch = functools.partial(task.batch, key=key)
        compiled = parallel.compile_steps(plan, batch, task.step, 1, shardings=shardings)
        rows = []
        for _ in range(STEPS):
            state, metrics = compiled(state, dataset)
            rows.append(parallel.one_copy(plan, metrics))
        leaves = jax.tree.leaves((parallel.one_copy(plan, state), rows))
        if processes.is_first():
            np.savez(folder / f"{name}.npz", *map(np.asarray, leaves))


def lacks_data(folder: Path) -> None:
    """A run whose process 1 finds no data; each writes the error that stops it to ``error-ID.txt``."""
    import jax

    from emojax.core.errors import UserError

    try:
        run(folder / "without", steps=5, mode="pmap", no_data_in=1)
    except UserError as error:
        (folder / f"error-{jax.process_index()}.txt").write_text(str(error))


def train(folder: Path) -> None:
    """The run that ``run.json`` in `folder` describes: fields of the configuration, and where to stop."""
    from emojax.core.runtime import run_program

    run_program(functools.partial(_train, folder))


def _train(folder: Path) -> None:
    given: dict[str, Any] = json.loads((folder / "run.json").read_text())
    run(folder / "run", **given)


def run(
    workdir: Path, *, steps: int, mode: str, nan_in: int | None = None, no_data_in: int | None = None
) -> None:
    """Trains on pictures of noise; every step is better than those before.

    Args:
      workdir: of the run.
      steps: in all; a checkpoint every five, a validation every eight.
      mode: ``config.run.parallel``.
      nan_in: process whose images are not finite from step 6 on.
      no_data_in: process that finds no data.
    """
    import jax
    import jax.numpy as jnp
    import ml_collections
    import numpy as np
    from training.support.small_gan import small_config, small_images

    from emojax.core.errors import UserError
    from emojax.training.engine import loop
    from emojax.training.gan.task import GanTask

    class Task(GanTask):
        lower_is_better = False

        def load_data(self, folders: Any) -> Any:
            if jax.process_index() == no_data_in:
                raise UserError("--data_dir is missing")
            return small_images()

        def total_steps(self, dataset: Any) -> int:
            return steps

        def validate(self, state: Any, dataset: Any) -> Any:
            return {self.score: float(np.asarray(state.step))}, None

        def step(self, state: Any, batch: Any, axis_name: str | None = None) -> Any:
            if jax.process_index() == nan_in:
                batch = batch | {"images": jnp.where(state.step >= 6, jnp.nan, batch["images"])}
            return super().step(state, batch, axis_name)

    config = small_config(dtype="float64")
    config.run.update({"parallel": mode, "checkpoint_every": 5, "validate_every": 8, "log_every": 3})
    loop.train(Task(ml_collections.FrozenConfigDict(config)), workdir)


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    os.chdir(ROOT)
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]))

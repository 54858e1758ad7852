"""Cases of work directories: configurations of every task, and checkpoints."""

import contextlib
import functools
import json
import os
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from configs import autoencoder, bisenet, cdcgan_best, dcgan, features, parts
from emojax.training.engine import checkpoints
from emojax.training.export import read_task
from fuzz import mutation
from fuzz.running import Kind

_RECIPES: Final = (autoencoder, bisenet, cdcgan_best, dcgan, features, parts)
_STATE: Final = {"step": np.int32(3), "kernel": np.linspace(-1, 1, 300, dtype=np.float32)}


def _config(rng: random.Random, path: Path) -> None:
    path.mkdir()
    content = json.loads(rng.choice(_RECIPES).get_config().to_json())
    if rng.random() < 0.3:
        content["task"] = rng.choice(
            ("gan", "segmentation", "reconstruction", "exemplar", "emoji_parts", "x")
        )
    (path / "config.json").write_bytes(mutation.encoded(mutation.of_json(rng, content)))


@functools.cache
def _saved() -> tuple[tempfile.TemporaryDirectory[str], Path]:
    """A work directory with one checkpoint; the first value keeps it."""
    folder = tempfile.TemporaryDirectory(prefix="emojax-fuzz-run-")
    saved = checkpoints.Checkpoints(Path(folder.name))
    saved.save(3, jax.tree.map(jnp.asarray, _STATE))
    saved.wait()
    saved.close()
    return folder, Path(folder.name)


def _checkpoint(rng: random.Random, path: Path) -> None:
    shutil.copytree(_saved()[1], path)
    files = sorted(each for each in (path / "checkpoints").rglob("*") if each.is_file())
    file = rng.choice(files)
    match rng.randrange(8):
        case 0:
            file.unlink()
            rng.choice((lambda: None, file.mkdir, lambda: os.mkfifo(file), lambda: file.symlink_to(file)))()
        case 1:
            file.write_bytes(rng.choice(files).read_bytes())
        case 2 if b"{" in file.read_bytes()[:1]:
            with contextlib.suppress(ValueError):
                file.write_bytes(mutation.encoded(mutation.of_json(rng, json.loads(file.read_bytes()))))
        case _:
            file.write_bytes(mutation.of_bytes(rng, file.read_bytes()))


def _restore(path: Path) -> None:
    device = jax.sharding.SingleDeviceSharding(jax.devices()[0])
    saved: Any = checkpoints.Checkpoints(path, read_only=True)
    with contextlib.closing(saved):
        if saved.latest_step() is None:
            return
        state = saved.restore(checkpoints.placed_like(jax.eval_shape(lambda: _STATE), device))
    for name, array in _STATE.items():
        np.testing.assert_array_equal(state[name], array)


RUNS: Final = {"config": Kind(_config, read_task), "checkpoint": Kind(_checkpoint, _restore)}

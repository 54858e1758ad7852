"""The workload ``startup``: how long programs take from their start to their first result.

``import`` imports what ``emojax-infer`` needs; ``train`` runs until the metrics of a training run's first
step are written; ``selfie`` and ``generate`` run to their end. Cold runs begin with an empty cache, where
compiled programs and prepared data are kept; warm ones find what the run before has left there.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emojax.benchmark.recipes import load_recipe
from emojax.benchmark.timing import Program, WorkerError
from emojax.benchmark.workloads.gan import IMAGES
from emojax.core import recipes

_ROOT = Path(__file__).parents[3]
_FACTS = {"device": "", "devices": 1, "images": 1, "gflop": None}


def import_program(config: dict[str, Any]) -> Program:
    """A process that imports JAX and what an avatar is made with, and ends."""
    command = [sys.executable, "-c", "import emojax.avatar.pipeline, emojax.emoji.loading"]
    return Program(lambda: _run(command, {}), 1, dict(_FACTS))


def training_program(config: dict[str, Any], *, warm: bool) -> Program:
    """A training run until its first step.

    Args:
      config: with the name of a ``recipe`` that ships.
      warm: whether the cache has what an earlier run left there.
    """
    root = tempfile.TemporaryDirectory(prefix="emojax-benchmark-")
    batch_size = load_recipe(config["recipe"])["batch_size"]
    recipe = Path(recipes.find(config["recipe"]))

    def call() -> None:
        folder = Path(root.name)
        command, written = training_command(recipe, batch_size, folder)
        seconds_until_written(command, written, {"EMOJAX_CACHE": _cache(folder, warm)})

    return Program(call, 1, dict(_FACTS))


def inference_program(config: dict[str, Any], flags: tuple[str, ...], *, warm: bool) -> Program:
    """A call of ``infer.py`` with these flags and an ``--out``; `warm` as of `training_program`."""
    root = tempfile.TemporaryDirectory(prefix="emojax-benchmark-")

    def call() -> None:
        folder = Path(root.name)
        out = str(folder / ("avatar.svg" if "--selfie" in flags else "emoji"))
        command = [sys.executable, "-m", "emojax.cli.infer", *flags, "--out", out]
        _run(command, {"EMOJAX_CACHE": _cache(folder, warm)})

    return Program(call, 1, dict(_FACTS))


def _cache(folder: Path, warm: bool) -> str:
    return str(folder / "cache") if warm else tempfile.mkdtemp(prefix="cache-", dir=folder)


def _run(command: list[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=_ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        raise _failure(done.returncode, done.stderr)


def _failure(code: int, stderr: str) -> WorkerError:
    return WorkerError(f"exit code {code} ({(stderr.strip().splitlines() or ['no message'])[-1]})")


def seconds_until_written(command: list[str], path: Path, environment: Mapping[str, str]) -> float:
    """Starts `command`, kills it once `path` has contents, and returns how long that took.

    Args:
      command: program and arguments; it runs in the folder that contains the package.
      path: a file that does not exist yet.
      environment: variables to add to this process's.

    Raises:
      WorkerError: the command ended before; the message has its exit code and last line of stderr.
    """
    log = path.parent.with_suffix(".log")
    with log.open("wb") as stderr:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=_ROOT,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
        try:
            while not (path.exists() and path.stat().st_size):
                if process.poll() is not None:
                    raise _failure(process.returncode, log.read_text(encoding="utf-8", errors="replace"))
                time.sleep(0.005)
            return time.perf_counter() - start
        finally:
            process.kill()
            process.wait()


def training_command(config_file: Path, batch_size: int, folder: Path) -> tuple[list[str], Path]:
    """The command of a training run, and the file that it writes after its first step.

    Args:
      config_file: for ``--config``.
      batch_size: for ``--config.batch_size``.
      folder: gets a new work directory and, once, a data set of as many drawings as OpenMoji has smileys,
        each a disc of another size and colour, so that nothing is downloaded.
    """
    drawings = folder / "drawings"
    if not drawings.exists():
        write_drawings(drawings)
    workdir = folder / f"workdir-{len(list(folder.glob('workdir-*')))}"
    command = [
        *(sys.executable, "-m", "emojax.cli.train", f"--config={config_file}", f"--workdir={workdir}"),
        *(f"--openmoji_dir={drawings}", f"--config.batch_size={batch_size}", "--config.run.log_every=1"),
    ]
    return command, workdir / "metrics.jsonl"


def write_drawings(folder: Path) -> None:
    """A folder like OpenMoji's with as many drawings as it has smileys, each a disc of its own."""
    folder.mkdir()
    rows = []
    for index in range(IMAGES):
        code = 0x1F600 + index
        drawing = f'<circle cx="36" cy="36" r="{6 + index / 4}" fill="hsl({3 * index}, 80%, 60%)"/>'
        (folder / f"{code:X}.svg").write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72">{drawing}</svg>', encoding="utf-8"
        )
        row = {"emoji": chr(code), "hexcode": f"{code:X}", "annotation": f"disc {index}", "order": index + 1}
        row |= {"group": "smileys-emotion", "subgroups": "face-smiling", "skintone": ""}
        rows.append(row | {"tags": "disc", "openmoji_tags": "disc"})
    (folder / "openmoji.json").write_text(json.dumps(rows), encoding="utf-8")

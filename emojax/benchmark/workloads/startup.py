"""Measures how long a training program takes from its start to its first step."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from emojax.benchmark.gan import IMAGES
from emojax.benchmark.timing import WorkerError

_STARTS = 3
"""Starts that are measured; their median is reported."""


def start_seconds(make_command: Callable[[Path], tuple[list[str], Path]]) -> float:
    """Seconds from starting a training program to the metrics of its first step, with a compilation cache.

    The median of a few starts, after one that is not counted and fills the cache.

    Args:
      make_command: ``folder -> (command, the file that it writes after its first step)``.

    Raises:
      WorkerError: the command failed.
    """
    with tempfile.TemporaryDirectory(prefix="emojax-benchmark-") as folder:
        environment = {"EMOJAX_CACHE": str(Path(folder) / "cache")}
        seconds = []
        for _ in range(1 + _STARTS):
            command, written = make_command(Path(folder))
            seconds.append(seconds_until_written(command, written, environment))
        return statistics.median(seconds[1:])


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
            cwd=Path(__file__).parents[2],
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
        try:
            while not (path.exists() and path.stat().st_size):
                if process.poll() is not None:
                    text = log.read_text(encoding="utf-8", errors="replace")
                    last = (text.strip().splitlines() or ["no message"])[-1]
                    raise WorkerError(f"exit code {process.returncode} ({last})")
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
        _write_drawings(drawings)
    workdir = folder / f"workdir-{len(list(folder.glob('workdir-*')))}"
    command = [
        *(sys.executable, "-m", "emojax.cli.train", f"--config={config_file}", f"--workdir={workdir}"),
        *(f"--openmoji_dir={drawings}", f"--config.batch_size={batch_size}", "--config.run.log_every=1"),
    ]
    return command, workdir / "metrics.jsonl"


def _write_drawings(folder: Path) -> None:
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

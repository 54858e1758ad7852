"""Reads the log of a training run: losses, the discriminator's outputs, and samples over time."""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from emojax.core import untrusted
from emojax.core.errors import UserError
from emojax.media import image

_PADDING: Final = 2  # of emojax.media.grids.grid
_MOST_GRIDS: Final = 32
"""Grids whose similarity is measured, evenly spaced over the run: more take minutes, fewer hide a
collapse."""

_LEADS: Final = (0.8, 0.2)
"""The discriminator leads while its mean output for real emoji is above the first and for samples below the
second. Nearer to one half, healthy runs would count as led; nearer to 1 and 0, only its complete victory
would."""

_PASSES: Final = 0.5
"""The generator leads while the discriminator's mean output for samples is above this: more real than not."""

PHASES: Final = ("discriminator leads", "balanced", "generator leads")


@dataclasses.dataclass(frozen=True)
class History:
    """The log of a GAN training run.

    Attributes:
      steps: of the log's rows with losses.
      columns: values by metric, as many as `steps`; NaN where a row lacks it.
      phases: share of rows by name of `PHASES`; empty for a log without ``d_real`` and ``d_fake``.
      scores: ``(step, value)`` of each validation, by figure of `emojax.training.gan.validation`.
    """

    steps: list[int]
    columns: dict[str, list[float]]
    phases: dict[str, float]
    scores: dict[str, list[tuple[int, float]]]


def read_metrics(workdir: Path) -> History:
    """Reads ``metrics.jsonl`` of a training run.

    Raises:
      UserError: it is missing, too large, or no log.
    """
    path = workdir / "metrics.jsonl"
    if not path.exists():
        raise UserError(f"{path}: is missing; give the --workdir of a training run")
    rows = [(row.pop("step"), {name: float(row[name]) for name in row}) for row in untrusted.read_log(path)]
    losses = [(step, row) for step, row in rows if "d_loss" in row]
    names = ("d_loss", "g_loss", "d_real", "d_fake", "d_fake_after")
    columns = {
        name: [row.get(name, math.nan) for _, row in losses]
        for name in names
        if any(name in row for _, row in losses)
    }
    scores: dict[str, list[tuple[int, float]]] = {}
    for step, row in rows:
        for name, value in row.items():
            if name.startswith("val_"):
                scores.setdefault(name.removeprefix("val_"), []).append((step, value))
    return History([step for step, _ in losses], columns, _phases(columns), scores)


def read_batch_size(workdir: Path) -> int:
    """The run's batch size.

    Raises:
      UserError: its ``config.json`` is missing or damaged.
    """
    path = workdir / "config.json"
    try:
        size = untrusted.read_json(path)["batch_size"]
        if not isinstance(size, int) or size < 1:
            raise ValueError(f"batch_size is {size!r:.40}")
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: cannot be read ({error}); give the --workdir of a training run") from error
    return size


def read_grids(workdir: Path, *, size: int) -> dict[int, np.ndarray]:
    """The sample grids of a run, split into their pictures again.

    Args:
      workdir: of a training run that has a folder ``samples``.
      size: side of the pictures in pixels.

    Returns:
      ``uint8[N, size, size, 3]`` by step, of the same latents at every step; of more than 32 steps as many
      evenly spaced ones, the first and the last among them.

    Raises:
      UserError: a grid cannot be read, or holds pictures of another size.
    """
    files = sorted(path for path in (workdir / "samples").glob("*.png") if path.stem.isdecimal())
    if len(files) > _MOST_GRIDS:
        files = [files[i] for i in np.linspace(0, len(files) - 1, _MOST_GRIDS).round().astype(int)]
    return {int(path.stem): _tiles(path, size) for path in files}


def similarity(
    grids: dict[int, np.ndarray], measure: Callable[[np.ndarray], np.ndarray]
) -> list[tuple[int, float]]:
    """Mean similarity of each step's samples to the most similar emoji.

    Args:
      grids: as of `read_grids`.
      measure: maps ``uint8[N, S, S, 3]`` to the similarity of each to the most similar emoji, ``float[N]``.

    Returns:
      ``(step, mean)`` by step.
    """
    return [(step, float(np.mean(measure(pictures)))) for step, pictures in grids.items()]


def _phases(columns: dict[str, list[float]]) -> dict[str, float]:
    if not {"d_real", "d_fake"} <= columns.keys():
        return {}
    real, fake = np.array(columns["d_real"]), np.array(columns["d_fake"])
    leads = (real > _LEADS[0]) & (fake < _LEADS[1])
    trails = fake > _PASSES
    shares = (leads.mean(), (~leads & ~trails).mean(), trails.mean())
    return dict(zip(PHASES, map(float, shares), strict=True))


def _tiles(path: Path, size: int) -> np.ndarray:
    """The pictures ``uint8[N, size, size, 3]`` of a grid, without the black ones after the last."""
    sheet = image.read_photo(path)
    height, width = sheet.shape[:2]
    side = size + _PADDING
    columns, rows = (width - _PADDING) // side, (height - _PADDING) // side
    if (columns * side + _PADDING, rows * side + _PADDING) != (width, height):
        raise UserError(f"{path}: is {width}x{height}, which is no grid of {size} px pictures")
    inside = sheet[_PADDING:, _PADDING:].reshape(rows, side, columns, side, 3)
    tiles = inside.swapaxes(1, 2).reshape(-1, side, side, 3)[:, :size, :size]
    drawn = np.flatnonzero(tiles.any((1, 2, 3)))
    return tiles[: drawn[-1] + 1] if len(drawn) else tiles

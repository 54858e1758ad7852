"""The form of a report: the machine, a row for each program under each condition, and ratios of speed."""

import json
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from emojax.benchmark import load
from emojax.benchmark.timing import Summary
from emojax.core.errors import UserError
from emojax.core.files import replacing

_MAX_BYTES = 2**24
"""Of a report, above any that is written; a larger file is refused before it is read."""


class Machine(msgspec.Struct, frozen=True):
    """The processor, and the versions of the software; None where it is not installed."""

    cpu: str
    cores: int
    platform: str
    python: str
    jax: str | None
    torch: str | None
    device: str = ""


class Condition(msgspec.Struct, frozen=True):
    """How the programs ran, and what the machine could do then.

    Attributes:
      cores: how many the programs could run on.
      matrix_gflops: 10⁹ operations a second of large float32 matrix products.
      memory_gbps: 10⁹ bytes a second of a weighted sum of large arrays.
      others: cores that other processes used, by round; None where that could not be measured.
      counted: numbers of the rounds whose times are reported.
    """

    cores: int
    matrix_gflops: float
    memory_gbps: float
    others: tuple[float | None, ...]
    counted: tuple[int, ...]


class Row(msgspec.Struct, frozen=True):
    """One program's figures under one condition.

    Attributes:
      name: of the workload.
      variant: of the program.
      condition: a key of `Report.conditions`.
      devices: that it used.
      ms_per_step: median.
      spread: quartiles of milliseconds per step.
      images_per_second: images of a step over the median.
      gflop_per_step: arithmetic of the direct algorithm; None where it is not counted.
      matrix_share: that per second, over the rate of matrix products on as many devices.
      compiled_gflop_per_step, compiled_gbyte_per_step: as the compiler counts them; None where it does not.
      bandwidth_share: bytes per second over the memory's bandwidth. It can exceed 1: the compiler also counts
        what comes from a cache.
      bound: ``"arithmetic"`` or ``"memory"``, which of both needs more time at the machine's rates.
      compile_seconds: of the program; for a peer, its first call.
      peak_memory_mb: highest resident set size of its process.
      device_memory_mb: on an accelerator; for JAX, arguments, results and temporary arrays.
      stages: median milliseconds by stage, where there are some.
    """

    name: str
    variant: str
    condition: str
    devices: int
    ms_per_step: float
    spread: tuple[float, float]
    images_per_second: float
    gflop_per_step: float | None
    matrix_share: float | None
    compiled_gflop_per_step: float | None
    compiled_gbyte_per_step: float | None
    bandwidth_share: float | None
    bound: str | None
    compile_seconds: float | None
    peak_memory_mb: float
    device_memory_mb: float | None
    stages: dict[str, float]


class Report(msgspec.Struct, frozen=True):
    """What was measured in one run.

    Attributes:
      machine: where.
      conditions: ``"all_cores"`` and ``"one_core"``, or one of them.
      rows: of all programs.
      ratios: by condition, how many times as fast emojax is, by ``emojax_over_VARIANT``.
      withheld: likewise why a ratio is not stated.
      skipped: why a program is missing, by ``CONDITION VARIANT``.
    """

    machine: Machine
    conditions: dict[str, Condition]
    rows: tuple[Row, ...]
    ratios: dict[str, dict[str, float]]
    withheld: dict[str, dict[str, str]]
    skipped: dict[str, str]


def machine() -> Machine:
    """This machine."""
    return Machine(
        cpu=_cpu_model(),
        cores=len(load.cores()),
        platform=platform.platform(),
        python=platform.python_version(),
        jax=_version("jax"),
        torch=_version("torch"),
    )


def row(
    name: str,
    variant: str,
    summary: Summary,
    facts: Mapping[str, Any],
    *,
    condition: str,
    rates: tuple[float, float],
    peak_memory_mb: float,
    stages: Sequence[Mapping[str, float]] = (),
) -> Row:
    """One program's figures.

    Args:
      name: of the workload.
      variant: of the program.
      summary: of milliseconds per step.
      facts: of the program.
      condition: key of the condition.
      rates: `Condition.matrix_gflops` and `Condition.memory_gbps`.
      peak_memory_mb: highest resident set size of its process.
      stages: milliseconds by stage of each call.
    """
    seconds, devices = summary.median / 1e3, facts["devices"]
    matrix, memory = rates
    gflop, computed, moved = (facts.get(n) for n in ("gflop", "compiled_gflop", "compiled_gbyte"))
    bound = None
    if computed and moved:
        bound = "arithmetic" if computed / matrix > moved / memory else "memory"
    return Row(
        name=name,
        variant=variant,
        condition=condition,
        devices=devices,
        ms_per_step=summary.median,
        spread=(summary.q25, summary.q75),
        images_per_second=facts["images"] / seconds,
        gflop_per_step=gflop,
        matrix_share=None if gflop is None else gflop / seconds / (matrix * devices),
        compiled_gflop_per_step=computed,
        compiled_gbyte_per_step=moved,
        bandwidth_share=None if moved is None else moved / seconds / memory,
        bound=bound,
        compile_seconds=facts.get("compile_seconds", facts.get("first_call_seconds")),
        peak_memory_mb=peak_memory_mb,
        device_memory_mb=facts.get("device_memory_mb"),
        stages={
            stage: float(sorted(each[stage] for each in stages)[len(stages) // 2])
            for stage in (stages[0] if stages else ())
        },
    )


def write(report: Report, path: Path) -> None:
    """Writes a report as JSON."""
    with replacing(path) as temporary:
        temporary.write_text(
            json.dumps(msgspec.to_builtins(report), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


def read(path: Path) -> Report:
    """What `write` wrote.

    Raises:
      UserError: the file is missing, too large or no such report.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise UserError(f"{path}: is larger than {_MAX_BYTES // 2**20} MB; name another")
        return msgspec.json.decode(data, type=Report)
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror or error}); name one that is there"
        ) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise UserError(
            f"{path}: is no report of python -m emojax.benchmark ({error}); write it again"
        ) from error


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8-sig").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()

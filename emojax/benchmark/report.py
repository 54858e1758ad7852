"""The report: the machine, a row for each program, ratios of speed, and a table of these."""

import os
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from emojax.benchmark.timing import Summary
from emojax.core.markdown import table as markdown_table


def machine() -> dict[str, Any]:
    """The processor, and the versions of the software; None where it is not installed."""
    return {
        "cpu": _cpu_model(),
        "cores": _cores(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "jax": _version("jax"),
        "torch": _version("torch"),
        "load_average": os.getloadavg()[0],
    }


def busy() -> str | None:
    """A warning if other programs use the machine: times are then too long, and their ratios unreliable."""
    load, cores = os.getloadavg()[0], _cores()
    if load < 0.25 * cores:
        return None
    return f"warning: the machine is busy (load average {load:.2f} on {cores} cores): figures are unreliable"


def row(
    name: str,
    variant: str,
    summary: Summary,
    *,
    images: int,
    gflop: float,
    peak_gflops: float,
    peak_memory_mb: float,
) -> dict[str, Any]:
    """One program's figures.

    Args:
      name: of the workload.
      variant: name of the program.
      summary: of milliseconds per step.
      images: per step.
      gflop: arithmetic of a step, in 10⁹ operations.
      peak_gflops: 10⁹ operations per second of matrix products on all devices of the program.
      peak_memory_mb: highest resident set size of its process.
    """
    seconds = summary.median / 1e3
    return {
        "name": name,
        "variant": variant,
        "ms_per_step": summary.median,
        "images_per_second": images / seconds,
        "spread": [summary.q25, summary.q75],
        "gflop_per_step": gflop,
        "matrix_share": gflop / seconds / peak_gflops,
        "start_seconds": None,
        "peak_memory_mb": peak_memory_mb,
    }


def ratios(medians: Mapping[str, float]) -> dict[str, float]:
    """The speed of ``emojax`` divided by that of each other program.

    Args:
      medians: time per step by variant.

    Returns:
      ``emojax_over_VARIANT`` for each, and ``emojax_over_torch_best`` if PyTorch was measured.
    """
    base = medians["emojax"]
    found = {f"emojax_over_{v}": median / base for v, median in medians.items() if v != "emojax"}
    torch = [ratio for key, ratio in found.items() if key.startswith("emojax_over_torch_")]
    return found | ({"emojax_over_torch_best": min(torch)} if torch else {})


def table(report: Mapping[str, Any]) -> str:
    """The report as text."""
    about, rows = report["machine"], report["rows"]
    versions = ", ".join(f"{name} {about[name]}" for name in ("python", "jax", "torch") if about[name])
    lines = [
        f"{about['cpu']}, {about['cores']} cores, {about['device']}; {versions}",
        f"{rows[0]['gflop_per_step']:.1f} GFLOP a step; matrix products reach {about['matrix_gflops']:.0f} "
        "GFLOP/s",
        "",
        f"{'':<38}{'ms/step':>9}{'quartiles':>18}{'images/s':>10}{'of matrix':>11}{'MB':>7}{'emojax is':>11}",
    ]
    for r in rows:
        ratio = report["ratios"].get(f"emojax_over_{r['variant']}")
        low, high = r["spread"]
        lines.append(
            f"{r['name'] + ' ' + r['variant']:<38}{r['ms_per_step']:>9.2f}{f'{low:.2f} - {high:.2f}':>18}"
            f"{r['images_per_second']:>10.1f}{r['matrix_share']:>11.2f}{r['peak_memory_mb']:>7.0f}"
            f"{f'{ratio:.2f}x' if ratio else '':>11}"
        )
    lines.append("")
    if rows[0]["start_seconds"] is not None:
        lines.append(f"start to first step, programs cached: {rows[0]['start_seconds']:.2f} s")
    if "emojax_over_torch_best" in report["ratios"]:
        lines.append(f"emojax is {report['ratios']['emojax_over_torch_best']:.2f}x as fast as PyTorch's best")
    lines += [f"skipped {what}: {why}" for what, why in report["skipped"].items()]
    return "\n".join(lines).rstrip()


def markdown(report: Mapping[str, Any]) -> str:
    """The report's rows as a Markdown table, with the machine in the last line."""
    about = report["machine"]
    versions = ", ".join(f"{name} {about[name]}" for name in ("python", "jax", "torch") if about[name])
    rows = []
    for r in report["rows"]:
        ratio = report["ratios"].get(f"emojax_over_{r['variant']}")
        low, high = r["spread"]
        rows.append(
            [
                f"{r['name']} {r['variant']}",
                f"{r['ms_per_step']:.1f} ({low:.1f}–{high:.1f})",
                f"{r['images_per_second']:.0f}",
                f"{ratio:.2f}×" if ratio else "",
            ]
        )
    header = ["program", "ms per step (quartiles)", "images/s", "emojax is"]
    body = markdown_table(header, rows)
    return f"{body}\n\n{about['cpu']}, {about['cores']} cores, {about['device']}; {versions}.\n"


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _cores() -> int:
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8-sig").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()

"""A report as text for a terminal, and as Markdown for documents."""

from collections.abc import Iterator, Mapping
from typing import Any

from emojax.benchmark.report import Machine, Report, Row
from emojax.core.markdown import table as markdown_table

NAMES = {"all_cores": "all cores", "one_core": "one pinned core"}


def text(report: Report) -> str:
    """The report as text."""
    lines = [_about(report.machine)]
    for key, condition in report.conditions.items():
        used = [others for others in condition.others if others is not None]
        load = f"other processes used up to {max(used):.2f} cores" if used else "other load is unknown"
        lines += [
            "",
            f"{NAMES.get(key, key)} ({condition.cores}): matrix products {condition.matrix_gflops:.0f} "
            f"GFLOP/s, memory {condition.memory_gbps:.1f} GB/s; {len(condition.counted)} of "
            f"{len(condition.others)} rounds count; {load}",
            f"{'':<30}{'ms/step':>10}{'quartiles':>20}{'images/s':>10}{'GFLOP':>8}{'of matrix':>10}"
            f"{'of memory':>10}{'bound':>11}{'compile s':>10}{'MB':>7}{'emojax is':>11}",
        ]
        lines += [_line(report, row) for row in report.rows if row.condition == key]
        for row in report.rows:
            if row.condition == key and row.stages:
                stages = ", ".join(f"{name} {ms:.1f}" for name, ms in row.stages.items())
                lines.append(f"{row.name} {row.variant}, ms by stage: {stages}")
        best = report.ratios.get(key, {})
        lines += [
            f"emojax is {ratio:.2f}x as fast as the best of {name.split('_')[2]}"
            for name, ratio in best.items()
            if name.endswith("_best")
        ]
        lines += [f"no ratio {name}: {why}" for name, why in report.withheld.get(key, {}).items()]
    lines += [f"skipped {what}: {why}" for what, why in report.skipped.items()]
    return "\n".join(lines).rstrip()


def _line(report: Report, row: Row) -> str:
    ratio = report.ratios.get(row.condition, {}).get(f"emojax_over_{row.variant}")
    withheld = f"emojax_over_{row.variant}" in report.withheld.get(row.condition, {})
    low, high = row.spread
    memory = row.peak_memory_mb if report.machine.device in ("", "cpu") else row.device_memory_mb
    return (
        f"{f'{row.name} {row.variant}':<30}{row.ms_per_step:>10.2f}{f'{low:.2f} - {high:.2f}':>20}"
        f"{row.images_per_second:>10.1f}{_number(row.gflop_per_step, '.1f'):>8}"
        f"{_number(row.matrix_share, '.2f'):>10}{_number(row.bandwidth_share, '.2f'):>10}"
        f"{row.bound or '':>11}{_number(row.compile_seconds, '.1f'):>10}{_number(memory, '.0f'):>7}"
        f"{f'{ratio:.2f}x' if ratio else 'unsure' if withheld else '':>11}"
    )


def markdown(report: Report) -> str:
    """The report's rows as a Markdown table, with the machine in the last line."""
    body = markdown_table(
        ["program", "cores", "ms per step (quartiles)", "images/s", "emojax is"], list(_cells(report))
    )
    return f"{body}\n\n{_about(report.machine)}.\n"


def _cells(report: Report) -> Iterator[list[str]]:
    for row in report.rows:
        low, high = row.spread
        key = f"emojax_over_{row.variant}"
        ratio = report.ratios.get(row.condition, {}).get(key)
        unsure = "rounds disagree" if key in report.withheld.get(row.condition, {}) else ""
        yield [
            f"{row.name} {row.variant}",
            NAMES.get(row.condition, row.condition),
            f"{row.ms_per_step:.1f} ({low:.1f}–{high:.1f})",
            f"{row.images_per_second:.0f}",
            f"{ratio:.2f}×" if ratio else unsure,
        ]


def _about(machine: Machine) -> str:
    named = {"python": machine.python, "jax": machine.jax, "torch": machine.torch}
    versions = ", ".join(f"{name} {version}" for name, version in named.items() if version)
    return f"{machine.cpu}, {machine.cores} cores, {machine.device}; {versions}"


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def predictions(stored: Mapping[str, Any]) -> str:
    """What `cost_model` predicts, as a Markdown table."""
    header = ["step", "system", "arithmetic", "memory", "kernels", "messages", "ms per step", "images/s"]
    terms = ("arithmetic_ms", "memory_ms", "kernels_ms", "messages_ms", "ms")
    body = [
        [name, system, *(f"{found[term]:.2f}" for term in terms), f"{found['images_per_second']:,.0f}"]
        for name, systems in stored["predictions"].items()
        for system, found in systems.items()
    ]
    return markdown_table(header, body)


def checks(stored: Mapping[str, Any]) -> str:
    """What `cost_model` predicts for a machine that was measured, beside the measurement."""
    header = ["step", "cores", "arithmetic ms", "memory ms", "predicted ms", "measured ms", "share"]
    terms = ("arithmetic_ms", "memory_ms", "predicted_ms", "measured_ms")
    body = [
        [
            row["name"],
            NAMES.get(row["condition"], row["condition"]),
            *(f"{row[term]:.1f}" for term in terms),
            f"{row['predicted_ms'] / row['measured_ms']:.2f}",
        ]
        for row in stored["checks"]
    ]
    return markdown_table(header, body)

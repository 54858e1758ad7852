"""Measures a workload: on all cores, and on one core to which every thread is pinned."""

import functools
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from emojax.benchmark import agreement, load, report
from emojax.benchmark.report import Condition, Report, Row
from emojax.benchmark.timing import Build, Rounds, Turn, WorkerError, alternate, summarize
from emojax.benchmark.workers import Group, Worker, free_address
from emojax.benchmark.workloads import devices, probes
from emojax.benchmark.workloads.table import WORKLOADS, Workload, peer_programs
from emojax.core.errors import UserError

CONDITIONS = ("all_cores", "one_core")
_PROBES: Mapping[str, Build] = {
    "matrix product": probes.matrix_program,
    "weighted sum": probes.bandwidth_program,
}


class Options(NamedTuple):
    """What to measure, and how.

    Attributes:
      peer: a framework to measure too.
      rounds: turns of each program.
      conditions: some of `CONDITIONS`.
      devices: how many to use; on CPU, into how many the processor is divided. All there are if None.
      processes: of one job, which share the devices.
      profile: a folder that gets a profile of emojax's first program.
    """

    peer: str | None = None
    rounds: int = 7
    conditions: tuple[str, ...] = CONDITIONS
    devices: int | None = None
    processes: int = 1
    profile: Path | None = None


def measure(name: str, config: dict[str, Any], options: Options) -> Report:
    """Measures a workload.

    Args:
      name: a key of `WORKLOADS`.
      config: what to run, as nested dicts.
      options: see there.

    Raises:
      UserError: the configuration does not suit the devices.
      WorkerError: one of emojax's programs failed.
    """
    workload = WORKLOADS[name]
    if options.peer is not None and options.peer not in workload.peers:
        having = ", ".join(other for other, each in WORKLOADS.items() if options.peer in each.peers)
        raise UserError(f"--peer {options.peer}: there is none for {name}; choose {having}, or leave it out")
    if options.processes > 1 and "emojax_mesh" not in workload.programs and workload.by_devices is None:
        raise UserError(
            f"--processes {options.processes}: {name} runs in one process; choose gan, cgan or scaling"
        )
    if options.processes > 1 and (options.devices or 0) % options.processes:
        raise UserError(f"--devices {options.devices}: is no multiple of --processes {options.processes}")
    about = report.machine()
    found = Report(about, {}, (), {}, {}, {})
    for key in options.conditions:
        one = _measure_under(key, name, config, options)
        ratios, withheld = _ratios(workload, one)
        found = Report(
            machine=msgspec.structs.replace(about, device=one.device),
            conditions=found.conditions | {key: one.condition},
            rows=(*found.rows, *one.rows),
            ratios=found.ratios | {key: ratios},
            withheld=found.withheld | {key: withheld},
            skipped=found.skipped | {f"{key} {variant}": why for variant, why in one.skipped.items()},
        )
        if one.on_accelerator:
            break  # which core the host computes on does not matter there
    return found


class _Measured(NamedTuple):
    condition: Condition
    rows: tuple[Row, ...]
    rounds: Rounds
    skipped: dict[str, str]
    device: str
    on_accelerator: bool


def _measure_under(key: str, name: str, config: dict[str, Any], options: Options) -> _Measured:
    workload = WORKLOADS[name]
    cores = load.cores() if key == "all_cores" else load.cores()[-1:]
    ready: dict[str, Turn] = {}
    turns: dict[str, Callable[[int], Turn]] = {}
    with ExitStack() as stack:
        start = functools.partial(Worker, cores=cores)

        def add(worker: Worker | Group, variant: str) -> None:
            log(f"{key}: preparing {variant}")
            ready[variant] = worker.run(variant, workload.warm_up)
            turns[variant] = functools.partial(worker.run, variant)

        first, *on_several = workload.programs
        ours = stack.enter_context(closing(_our_worker(workload, config, options, start)))
        add(ours, first)
        facts = ready[first].facts
        several = facts.get("devices_present", 1) > 1
        further = (*workload.uncompared, *_by_devices(workload, options))
        # A job of several processes has no program for one device.
        together = options.processes > 1
        for variant in (*on_several * several, *further):
            if not (together and variant == "emojax_jit"):
                add(ours, variant)
        probing = ours if not together else stack.enter_context(closing(start(_PROBES)))
        for probe in _PROBES:
            add(probing, probe)
        builds: dict[str, Build] = {
            n: functools.partial(make, config) for n, make in workload.baselines.items()
        }
        skipped: dict[str, str] = {}
        if options.peer is not None:
            peers, skipped = peer_programs(workload, config, options.peer, facts)
            builds |= peers
        for variant, build in builds.items():
            worker = stack.enter_context(closing(start({variant: build})))
            try:
                add(worker, variant)
            except WorkerError as error:
                skipped[variant] = str(error)
        log(f"{key}: timing {len(turns)} programs in {options.rounds} rounds")
        rounds = alternate(turns, rounds=options.rounds, calls=workload.calls, watched=cores)
        if options.profile is not None:
            ours.run(first, workload.calls, options.profile / key)
    counted = agreement.counted(rounds.others)
    medians = {n: summarize(_flat(rounds, n, counted)) for n in turns}
    matrix, memory = (
        1e3 * ready[probe].facts[unit] / medians.pop(probe).median
        for probe, unit in zip(_PROBES, ("gflop", "gbyte"), strict=True)
    )
    condition = Condition(len(cores), matrix, memory, tuple(rounds.others), tuple(counted))
    rows = tuple(
        report.row(
            name,
            variant,
            summary,
            ready[variant].facts,
            condition=key,
            rates=(matrix, memory),
            peak_memory_mb=ready[variant].peak_memory_mb,
            stages=rounds.stages[variant],
        )
        for variant, summary in medians.items()
    )
    accelerated = facts.get("platform", "cpu") != "cpu"
    return _Measured(condition, rows, rounds, skipped, facts["device"] or "cpu", accelerated)


def _our_worker(
    workload: Workload, config: dict[str, Any], options: Options, start: Callable[..., Worker]
) -> Worker | Group:
    """The process of emojax's programs: one for all, because only one process at a time can use a TPU."""
    makes = {**workload.programs, **workload.uncompared, **_by_devices(workload, options)}
    programs: dict[str, Build] = {n: functools.partial(make, config) for n, make in makes.items()}
    each = (options.devices or options.processes) // options.processes
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={each}"
    environment = {"XLA_FLAGS": flags.strip()} if options.devices or options.processes > 1 else {}
    if options.processes == 1:
        return start({**programs, **_PROBES}, environment=environment)
    address = free_address()

    def joined(index: int) -> dict[str, Build]:
        join = functools.partial(devices.join_and_build, address, options.processes, index)
        return {name: functools.partial(join, build) for name, build in programs.items()}

    return Group([start(joined(index), environment=environment) for index in range(options.processes)])


def _by_devices(workload: Workload, options: Options) -> Mapping[str, Any]:
    if workload.by_devices is None:
        return {}
    count = options.devices or options.processes
    return workload.by_devices(count, together=options.processes > 1)


def _ratios(workload: Workload, found: _Measured) -> tuple[dict[str, float], dict[str, str]]:
    """How many times as fast emojax's first program is as others that do the same, or why it is not said."""
    first, times = next(iter(workload.programs)), found.rounds.milliseconds
    alone = {*workload.uncompared, *_PROBES, first}
    others = [n for n in times if n not in alone] if workload.by_devices is None else []
    ratios: dict[str, float] = {}
    withheld: dict[str, str] = {}

    def compare(name: str, variant: str) -> None:
        ratio = agreement.ratio(times[first], times[variant], found.rounds.others)
        if isinstance(ratio, str):
            withheld[f"{first}_over_{name}"] = ratio
        else:
            ratios[f"{first}_over_{name}"] = ratio

    for variant in others:
        compare(variant, variant)
    for peer in workload.peers:
        mine = [n for n in others if n.startswith(f"{peer}_")]
        if mine:
            compare(f"{peer}_best", min(mine, key=lambda n: summarize(_flat(found.rounds, n)).median))
    return ratios, withheld


def _flat(rounds: Rounds, name: str, counted: Sequence[int] | None = None) -> list[float]:
    turns = rounds.milliseconds[name]
    return [ms for n in (range(len(turns)) if counted is None else counted) for ms in turns[n]]


def log(message: str) -> None:
    """Prints progress to stderr; stdout has the figures."""
    print(message, file=sys.stderr, flush=True)

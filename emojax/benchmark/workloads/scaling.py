"""The workload ``scaling``: the GAN's step over batch sizes on one device, and over devices.

Over devices each has the recipe's batch, so the global batch grows with them: where nothing is lost, a step
takes as long as on one device.
"""

import functools
from typing import Any

from emojax.benchmark.timing import Program
from emojax.benchmark.workloads import gan

BATCHES = (1, 2, 4, 8)
"""Multiples of the recipe's batch that are measured on one device."""


def counts(devices: int) -> list[int]:
    """1, 2, 4, ... devices, and last all of them."""
    return [*(2**i for i in range(devices.bit_length()) if 2**i < devices), devices]


def programs(devices: int, *, together: bool) -> dict[str, Any]:
    """``config -> program`` by name.

    Args:
      devices: how many there are.
      together: whether several processes share them; then only programs on all devices can run.
    """
    found: dict[str, Any] = {}
    if not together:
        found |= {f"batch_x{times}": functools.partial(_program, batch=times, count=1) for times in BATCHES}
    for count in [devices] if together else counts(devices):
        if count > 1:
            for mode in ("pmap", "mesh"):
                one = functools.partial(_program, batch=count, count=count, mode=mode)
                found[f"devices_{count}_{mode}"] = one
    return found


def _program(config: dict[str, Any], *, batch: int, count: int, mode: str = "jit") -> Program:
    return gan.emojax_program(config | {"batch_size": batch * config["batch_size"]}, mode, count=count)

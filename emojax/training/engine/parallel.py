"""Devices: where a step runs and how its batch is split. No other file depends on the number of devices.

There are three modes, which give the same result:

* ``jit``: one device.
* ``pmap``: every device runs the step on its share of the batch; gradients and batch
  statistics are averaged over the axis ``"data"``.
* ``mesh``: ``jit`` over a mesh; the step is written for the whole batch, the batch is
  sharded, and the compiler inserts the same averages.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from emojax.core.errors import UserError

AXIS = "data"
MODES = ("auto", "jit", "pmap", "mesh")

BatchFn = Callable[[Any, jax.Array], Any]
"""``(dataset, step) -> batch``, the global batch of a step."""
StepFn = Callable[[Any, Any, str | None], tuple[Any, dict[str, jax.Array]]]
"""``(state, batch, axis_name) -> (state, metrics)``."""
Steps = Callable[[Any, Any], tuple[Any, dict[str, jax.Array]]]
"""``(state, dataset) -> (state, metrics)``; donates the state, metrics are ``[length]``."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """Where the steps run.

    Attributes:
      mode: ``"jit"``, ``"pmap"`` or ``"mesh"``.
      mesh: all devices along the axis `AXIS`.
    """

    mode: str
    mesh: Mesh

    @property
    def replicated(self) -> NamedSharding:
        return NamedSharding(self.mesh, PartitionSpec())

    @property
    def on_cpu(self) -> bool:
        return self.mesh.devices.flat[0].platform == "cpu"


def join_hosts() -> None:
    """Joins the processes of a TPU pod or GPU cluster into one job.

    JAX reads coordinator and rank from the cluster's environment (Cloud TPU, Slurm,
    Open MPI). Call before anything else touches a device.
    """
    try:
        jax.distributed.initialize()
    except (ValueError, RuntimeError) as error:
        raise UserError(
            f"--multihost found no cluster ({error}): start the same command on every host of a TPU pod, "
            "under Slurm or under mpirun, or leave the flag out"
        ) from error


def make_plan(mode: str, batch_size: int, devices: list[jax.Device] | None = None) -> Plan:
    """Chooses devices and mode.

    Args:
      mode: one of `MODES`; ``"auto"`` is ``"pmap"`` where there are several devices.
      batch_size: the global batch size.
      devices: all of them if left out.

    Raises:
      UserError: the mode is unknown, or the devices do not divide the batch.
    """
    devices = devices or jax.devices()
    if mode not in MODES:
        raise UserError(f"config.run.parallel is {mode!r}: choose one of {', '.join(MODES)}")
    if mode == "auto":
        mode = "pmap" if len(devices) > 1 else "jit"
    if mode == "jit":
        devices = devices[:1]
    if batch_size % len(devices):
        raise UserError(
            f"config.batch_size is {batch_size}, which {len(devices)} devices do not divide: use a multiple "
            f"of {len(devices)}, such as {-(-batch_size // len(devices)) * len(devices)}"
        )
    mesh = Mesh(np.asarray(devices), (AXIS,), axis_types=(AxisType.Auto,))
    return Plan(mode, mesh)


def place(plan: Plan, tree: Any) -> Any:
    """A copy of `tree` on every device of the plan."""
    return jax.device_put(tree, plan.replicated)


def initialize(plan: Plan, init: Callable[[jax.Array], Any], key: jax.Array) -> Any:
    """``init(key)``, compiled and placed on every device of the plan."""
    return jax.jit(init, out_shardings=plan.replicated)(jax.device_put(key, plan.replicated))


def first_copy(tree: Any) -> Any:
    """One device's copy of a tree that `place`, `initialize` or a step left on all of them."""
    return jax.tree.map(lambda x: x.addressable_data(0), tree)


def steps_per_call(plan: Plan, wanted: int) -> int:
    """`wanted`, or where that is 0 a number for the kind of device.

    It is 1 on CPU, where XLA runs convolutions in rolled loops some thirty times slower, and 50 on
    accelerators, where a call takes as long as a small step.
    """
    return wanted or (1 if plan.on_cpu else 50)


def compile_steps(plan: Plan, batch: BatchFn, step: StepFn, length: int) -> Steps:
    """Compiles `length` steps into one call, batches included.

    Every device computes the indices and noise of the global batch, which takes microseconds, and keeps its
    share. So a batch does not depend on the number of devices.

    Args:
      plan: where to run.
      batch: makes the global batch of a step; all leaves lead with the batch axis.
      step: one update.
      length: how many steps to run per call.
    """

    def run(share: Callable[[Any], Any], axis_name: str | None, state: Any, dataset: Any) -> Any:
        def one(state: Any, _: None) -> Any:
            return step(state, share(batch(dataset, state.step)), axis_name)

        if not plan.on_cpu:
            return jax.lax.scan(one, state, length=length)
        rows = []  # a Python loop: XLA on CPU loses its fast convolutions inside a rolled one
        for _ in range(length):
            state, row = one(state, None)
            rows.append(row)
        return state, jax.tree.map(lambda *column: jnp.stack(column), *rows)

    if plan.mode == "pmap":
        return _compile_pmap(plan, run)
    sharded = NamedSharding(plan.mesh, PartitionSpec(AXIS))

    def shard(batch: Any) -> Any:
        return jax.lax.with_sharding_constraint(batch, sharded)

    def whole(state: Any, dataset: Any) -> Any:
        return run(shard, None, state, dataset)

    return jax.jit(whole, donate_argnums=0, out_shardings=plan.replicated)


def _compile_pmap(plan: Plan, run: Callable[..., Any]) -> Steps:
    def share(batch: Any) -> Any:
        def of_this_device(x: jax.Array) -> jax.Array:
            size = x.shape[0] // plan.mesh.size
            return jax.lax.dynamic_slice_in_dim(x, jax.lax.axis_index(AXIS) * size, size)

        return jax.tree.map(of_this_device, batch)

    def mapped(state: Any, dataset: Any, _: jax.Array) -> Any:
        return run(share, AXIS, state, dataset)

    # State and data are not mapped: they are one array replicated on all devices, before and after, so
    # checkpoints and samples do not depend on the mode. pmap needs one mapped argument: the devices' numbers.
    steps = jax.pmap(
        mapped,
        AXIS,
        in_axes=(None, None, 0),
        out_axes=None,
        donate_argnums=0,
        devices=list(plan.mesh.devices.flat),
    )
    numbers = jnp.arange(jax.local_device_count() if jax.process_count() > 1 else plan.mesh.size)
    return lambda state, dataset: steps(state, dataset, numbers)

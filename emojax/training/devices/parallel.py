"""Devices: where a step runs and how its batch is split. No other file depends on the number of devices.

There are three modes, which give the same result, on one host or several:

* ``jit``: one device.
* ``pmap``: every device runs the step on its share of the batch; gradients and batch
  statistics are averaged over the axis ``"data"``.
* ``mesh``: ``jit`` over a mesh; the step is written for the whole batch, the batch is
  sharded, and the compiler inserts the same averages. With ``config.run.model_parallel`` the mesh has a
  second axis, over which parameters and their optimizers' states are sharded.
"""

import dataclasses
from collections.abc import Callable
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from emojax.core.errors import UserError
from emojax.training.devices import pmap, processes
from emojax.training.devices.pmap import AXIS

MODEL_AXIS = "model"
MODES = ("auto", "jit", "pmap", "mesh")

BatchFn = Callable[[Any, jax.Array], Any]
"""``(dataset, step) -> batch``, the global batch of a step."""
StepFn = Callable[[Any, Any, str | None], tuple[Any, dict[str, jax.Array]]]
"""``(state, batch, axis_name) -> (state, metrics)``."""


class Steps(Protocol):
    """Compiled steps."""

    def __call__(self, state: Any, dataset: Any) -> tuple[Any, dict[str, jax.Array]]:
        """The state after, and metrics ``[length]``. The state before is donated."""

    def lower(self, state: Any, dataset: Any) -> Any:
        """The program before it is compiled, as `jax.stages.Lowered`."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """Where the steps run.

    Attributes:
      mode: ``"jit"``, ``"pmap"`` or ``"mesh"``.
      mesh: all devices, along the axis `AXIS`, and with the mode ``"mesh"`` along `MODEL_AXIS`.
      micro_batches: in how many parts a step takes its batch, one after another.
    """

    mode: str
    mesh: Mesh
    micro_batches: int = 1

    @property
    def replicated(self) -> NamedSharding:
        return NamedSharding(self.mesh, PartitionSpec())

    @property
    def on_cpu(self) -> bool:
        return self.mesh.devices.flat[0].platform == "cpu"

    @property
    def shares(self) -> int:
        """Into how many parts a batch is split."""
        return int(self.mesh.shape[AXIS])

    def shardings(self, tree: Any) -> Any:
        """Where each array of a state is.

        The last axis of matrices and kernels is split over `MODEL_AXIS`, if it can be divided; all else is on
        every device.

        Args:
          tree: arrays or their abstract values.
        """
        parts = self.mesh.shape.get(MODEL_AXIS, 1)

        def sharding(x: Any) -> NamedSharding:
            if parts == 1 or len(x.shape) < 2 or x.shape[-1] % parts:
                return self.replicated
            return NamedSharding(self.mesh, PartitionSpec(*[None] * (len(x.shape) - 1), MODEL_AXIS))

        return jax.tree.map(sharding, tree)


def make_plan(
    mode: str,
    batch_size: int,
    devices: list[jax.Device] | None = None,
    *,
    model_parallel: int = 1,
    micro_batches: int = 1,
) -> Plan:
    """Chooses devices and mode.

    Args:
      mode: one of `MODES`; ``"auto"`` is ``"pmap"`` where there are several devices, and ``"mesh"`` where
        parameters are sharded.
      batch_size: the global batch size.
      devices: all of them if left out.
      model_parallel: over how many devices parameters are sharded.
      micro_batches: in how many parts a step takes its batch, ``config.run.accumulate``.

    Raises:
      UserError: the mode is unknown, or the devices do not divide the batch.
    """
    devices = devices or jax.devices()
    if mode not in MODES:
        raise UserError(f"config.run.parallel is {mode!r}: choose one of {', '.join(MODES)}")
    if mode == "auto":
        mode = "jit" if len(devices) == 1 else "pmap" if model_parallel == 1 else "mesh"
    if mode == "jit":
        if processes.several():
            raise UserError("config.run.parallel is 'jit', which is for one device: choose pmap or mesh")
        devices = devices[:1]
    if model_parallel < 1 or len(devices) % model_parallel:
        raise UserError(
            f"config.run.model_parallel is {model_parallel}, which does not divide the number of devices, "
            f"{len(devices)}"
        )
    if model_parallel > 1 and mode != "mesh":
        raise UserError(
            f"config.run.model_parallel is {model_parallel}: parameters are sharded with "
            "config.run.parallel='mesh' alone"
        )
    shares = len(devices) // model_parallel
    parts = shares * micro_batches
    if batch_size % parts:
        each = f", each with config.run.accumulate={micro_batches}," if micro_batches > 1 else ""
        raise UserError(
            f"config.batch_size is {batch_size}, which {shares} devices{each} do not divide: use a multiple "
            f"of {parts}, such as {-(-batch_size // parts) * parts}"
        )
    if mode == "mesh":
        grid = np.asarray(devices).reshape(shares, model_parallel)
        both = Mesh(grid, (AXIS, MODEL_AXIS), axis_types=(AxisType.Auto, AxisType.Auto))
        return Plan(mode, both, micro_batches)
    return Plan(mode, Mesh(np.asarray(devices), (AXIS,), axis_types=(AxisType.Auto,)), micro_batches)


def place(plan: Plan, tree: Any, shardings: Any = None) -> Any:
    """A copy of `tree` on the devices of the plan.

    Args:
      plan: of devices.
      tree: NumPy arrays, the same in every process, or arrays that are on these devices already.
      shardings: of `Plan.shardings`; a copy on every device if left out.
    """
    shardings = shardings or jax.tree.map(lambda _: plan.replicated, tree)
    if not processes.several():
        return jax.device_put(tree, shardings)

    def put(x: Any, sharding: NamedSharding) -> jax.Array:
        if isinstance(x, jax.Array) and x.sharding == sharding:
            return x
        host = np.asarray(x)
        # device_put would send all of it to the other processes, to compare it with theirs.
        return jax.make_array_from_callback(host.shape, sharding, lambda index: host[index])

    return jax.tree.map(put, tree, shardings)


def initialize(plan: Plan, init: Callable[[jax.Array], Any], key: jax.Array) -> Any:
    """``init(key)``, compiled and placed on the devices of the plan."""
    kind = jax.random.key_impl(key)

    def from_data(data: jax.Array) -> Any:
        return init(jax.random.wrap_key_data(data, impl=kind))

    shardings = plan.shardings(jax.eval_shape(init, key))
    return jax.jit(from_data, out_shardings=shardings)(np.asarray(jax.random.key_data(key)))


def one_copy(plan: Plan, tree: Any) -> Any:
    """`tree` on one device of this process. All processes have to call this together."""
    if any(not x.is_fully_replicated for x in jax.tree.leaves(tree)):
        tree = jax.jit(lambda x: x, out_shardings=plan.replicated)(tree)
    return jax.tree.map(lambda x: x.addressable_data(0), tree)


def steps_per_call(plan: Plan, wanted: int) -> int:
    """`wanted`, or where that is 0 a number for the kind of device.

    It is 1 on CPU, where XLA runs convolutions in rolled loops some thirty times slower, and 50 on
    accelerators, where a call takes as long as a small step.
    """
    return wanted or (1 if plan.on_cpu else 50)


def compile_steps(plan: Plan, batch: BatchFn, step: StepFn, length: int, *, shardings: Any = None) -> Steps:
    """Compiles `length` steps into one call, batches included.

    Every device computes the indices and noise of the global batch, which takes microseconds, and keeps its
    share. So a batch does not depend on the number of devices.

    Args:
      plan: where to run.
      batch: makes the global batch of a step; all leaves lead with the batch axis.
      step: one update.
      length: how many steps to run per call.
      shardings: of the state, as `Plan.shardings` gives them; on every device if left out.
    """

    def run(share: Callable[[Any], Any], axis_name: str | None, state: Any, dataset: Any) -> Any:
        def one(state: Any, _: None) -> Any:
            whole = _interleaved(batch(dataset, state.step), plan.micro_batches)
            return step(state, share(whole), axis_name)

        if not plan.on_cpu:
            return jax.lax.scan(one, state, length=length)
        rows = []  # a Python loop: XLA on CPU loses its fast convolutions inside a rolled one
        for _ in range(length):
            state, row = one(state, None)
            rows.append(row)
        return state, jax.tree.map(lambda *column: jnp.stack(column), *rows)

    if plan.mode == "pmap":
        return pmap.compile_mapped(plan.mesh, run)
    sharded = NamedSharding(plan.mesh, PartitionSpec(AXIS))

    def shard(batch: Any) -> Any:
        return jax.lax.with_sharding_constraint(batch, sharded)

    def whole(state: Any, dataset: Any) -> Any:
        return run(shard, None, state, dataset)

    out = (plan.replicated if shardings is None else shardings, plan.replicated)
    return jax.jit(whole, donate_argnums=0, out_shardings=out)


def _interleaved(batch: Any, count: int) -> Any:
    """A batch in another order: consecutive examples are of different micro-batches.

    A micro-batch then consists of consecutive examples of the batch as it was, and each device's share has a
    part of every one.
    """
    if count == 1:
        return batch
    return jax.tree.map(lambda x: x.reshape(count, -1, *x.shape[1:]).swapaxes(0, 1).reshape(x.shape), batch)

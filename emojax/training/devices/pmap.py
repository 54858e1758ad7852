"""Steps under `jax.pmap`, on one host or several."""

import dataclasses
from collections.abc import Callable
from typing import Any, Final

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from emojax.training.devices import processes

AXIS: Final = "data"
"""The mapped axis, over which a batch is split."""


def compile_mapped(mesh: Mesh, run: Callable[..., Any]) -> "PmapSteps":
    """Steps on every device of a mesh.

    Args:
      mesh: all devices of all processes, along `AXIS`.
      run: ``(share, axis_name, state, dataset) -> (state, metrics)``, where ``share`` is a device's part of a
        global batch.
    """

    def share(batch: Any) -> Any:
        def of_this_device(x: jax.Array) -> jax.Array:
            size = x.shape[0] // mesh.size
            return jax.lax.dynamic_slice_in_dim(x, jax.lax.axis_index(AXIS) * size, size)

        return jax.tree.map(of_this_device, batch)

    def mapped(state: Any, dataset: Any, _: jax.Array) -> Any:
        return run(share, AXIS, state, dataset)

    # State and data are not mapped: they are one array replicated on all devices, before and after, so
    # checkpoints and samples do not depend on the mode. pmap needs one mapped argument: the devices' numbers.
    local = [d for d in mesh.devices.flat if d.process_index == jax.process_index()]
    steps = jax.pmap(
        mapped,
        AXIS,
        in_axes=(None, None, 0),
        out_axes=None,
        donate_argnums=0,
        devices=None if processes.several() else local,
    )
    local_mesh = Mesh(np.asarray(local), (AXIS,))
    numbers = jax.device_put(np.arange(len(local)), NamedSharding(local_mesh, PartitionSpec(AXIS)))
    here = NamedSharding(local_mesh, PartitionSpec()) if processes.several() else None
    return PmapSteps(steps, numbers, here, NamedSharding(mesh, PartitionSpec()))


@dataclasses.dataclass(frozen=True)
class PmapSteps:
    """Steps under pmap, as functions of state and data alone.

    Attributes:
      steps: a function under `jax.pmap`.
      numbers: the argument that is mapped.
      here: with several processes, the sharding of arrays that are on each of this one's devices. pmap takes
        and gives such arrays; the rest of the program knows arrays of all devices. The buffers are the same.
      everywhere: the sharding of arrays that are on all devices.
    """

    steps: Any
    numbers: jax.Array
    here: NamedSharding | None
    everywhere: NamedSharding

    def __call__(self, state: Any, dataset: Any) -> Any:
        if self.here is None:
            return self.steps(state, dataset, self.numbers)
        results = self.steps(_moved(state, self.here), _moved(dataset, self.here), self.numbers)
        return _moved(results, self.everywhere)

    def lower(self, state: Any, dataset: Any) -> Any:
        """As `lower` of a jitted function."""
        return self.steps.lower(state, dataset, self.numbers)


def _moved(tree: Any, sharding: NamedSharding) -> Any:
    def move(x: jax.Array) -> jax.Array:
        buffers = [shard.data for shard in x.addressable_shards]
        return jax.make_array_from_single_device_arrays(x.shape, sharding, buffers)

    return jax.tree.map(move, tree)

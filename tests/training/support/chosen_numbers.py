"""Augmentation with random numbers that a test chooses, compiled once for all of its choices."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import pytest


def with_numbers(
    module: ModuleType, names: Sequence[str], function: Callable[..., Any]
) -> Callable[..., Any]:
    """`function` of a module that draws by ``uniform(key, count, name, low, high)``, given its numbers.

    Args:
      module: where ``uniform`` is replaced.
      names: of all numbers that the function draws.
      function: of arrays.

    Returns:
      ``run(*arrays, **numbers)``: says by name, with ``_`` for a space, where in its range from 0 to 1 a
      number is. Those left out are in the middle.
    """

    @jax.jit
    def compiled(numbers: dict[str, jax.Array], *arrays: Any) -> Any:
        def uniform(key: jax.Array, count: int, name: str, low: float = 0.0, high: float = 1.0) -> jax.Array:
            return jnp.broadcast_to(low + numbers[name] * (high - low), count)

        with pytest.MonkeyPatch.context() as patch:  # while it is traced
            patch.setattr(module, "uniform", uniform)
            return function(*arrays)

    def run(*arrays: Any, **numbers: Any) -> Any:
        unknown = {name.replace("_", " ") for name in numbers} - set(names)
        assert not unknown, unknown
        chosen = {name: jnp.asarray(numbers.get(name.replace(" ", "_"), 0.5), jnp.float32) for name in names}
        return jax.tree.map(jax.device_get, compiled(chosen, *arrays))

    return run

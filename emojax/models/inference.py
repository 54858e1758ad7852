"""How the avatar's residual nets are prepared for use: folded, compiled, and for CPUs in their own way."""

from collections.abc import Callable, Mapping
from typing import Any

import jax

from emojax.models import conv_norm


def folded(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Variables as a net compiled by `compiled` is to be given them, on the device."""
    return jax.device_put(conv_norm.fold(variables, by_rows=_on_cpu()))


def compiled(net: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """``jax.jit`` that has XLA on CPU spread the convolutions of one photo over all cores.

    YNNPACK, which computes them unless told otherwise, takes one core for a layer of up to 64
    features. XLA's older way by Eigen is a little more work, shared by all.
    """
    options = {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_DOT"}
    return jax.jit(net, compiler_options=options if _on_cpu() else None)


def _on_cpu() -> bool:
    return jax.default_backend() == "cpu"

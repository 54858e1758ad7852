"""Preparing residual nets for inference: folded variables, and compilation with options for CPUs."""

from collections.abc import Callable, Mapping
from typing import Any

import jax

from emojax.models import conv_norm


def folded(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Folded variables on the device, for a net compiled by `compiled`; see `conv_norm.fold`."""
    return jax.device_put(conv_norm.fold(variables, by_rows=_on_cpu()))


def compiled(net: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """``jax.jit`` with options that spread the convolutions of one image over all CPU cores.

    By default XLA on CPU gives convolutions to YNNPACK, which runs layers of up to 64 channels on one
    core. The option returns them to Eigen, which takes slightly more time in total but uses all cores.
    """
    options = {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_DOT"}
    return jax.jit(net, compiler_options=options if _on_cpu() else None)


def _on_cpu() -> bool:
    return jax.default_backend() == "cpu"

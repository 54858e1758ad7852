"""Models as StableHLO programs that JAX alone runs, checked against emojax's own before they are written."""

import json
from pathlib import Path
from typing import Final

import jax
import numpy as np
from jax import export as jax_export

from emojax.core.errors import UserError
from emojax.core.files import replacing
from emojax.export import models
from emojax.export.models import Served

PLATFORMS: Final = ("cpu", "cuda", "tpu")

TOLERANCE: Final = 1e-3
"""Largest difference between the written program and emojax's own, as a share of the largest number. Smaller,
and the folded normalisations of the face parser, which round differently, would be refused; larger, and an
error in a layer could pass."""

_CHECKED: Final = 3
"""Examples in the comparison. One would not show that examples are mixed up; more only take longer."""


def to_stablehlo(model: Served) -> bytes:
    """The model as a serialised `jax.export.Exported` for all `PLATFORMS` and any batch size."""
    (batch,) = jax_export.symbolic_shape("batch")
    arguments = [jax.ShapeDtypeStruct((batch, *shape), dtype) for shape, dtype, _ in model.inputs.values()]
    exported = jax_export.export(jax.jit(model.function), platforms=PLATFORMS)(*arguments)
    return bytes(exported.serialize())


def difference(data: bytes, model: Served) -> float:
    """The largest difference between `to_stablehlo`'s program and the reference, over the largest number."""
    rng = np.random.default_rng(0)
    arguments = [_example(rng, shape, dtype) for shape, dtype, _ in model.inputs.values()]
    found = np.asarray(jax_export.deserialize(bytearray(data)).call(*arguments), np.float32)
    expected = np.asarray(model.reference(*arguments), np.float32)
    if found.shape != expected.shape:
        return float("inf")
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def write(name: str, folder: Path) -> Path:
    """Exports a model that ships.

    Args:
      name: of its weight file.
      folder: gets ``NAME.stablehlo`` and ``NAME.json``.

    Raises:
      UserError: there is no such model, the folder cannot be written, or the program does not agree with
        emojax's own on this machine.
    """
    model = models.served(name)
    data = to_stablehlo(model)
    off = difference(data, model)
    if not off <= TOLERANCE:
        raise UserError(
            f"{name}: the exported program differs from emojax's by {off:.1e} of the largest number, more "
            f"than {TOLERANCE:.0e}; nothing is written. Export on a CPU, whose arithmetic is exact enough"
        )
    about = {
        "inputs": {
            n: {"shape": ["batch", *shape], "dtype": dtype, "meaning": meaning}
            for n, (shape, dtype, meaning) in model.inputs.items()
        },
        "output": model.output,
        "platforms": PLATFORMS,
        "jax": jax.__version__,
        "largest_difference": off,
    }
    target = folder / f"{name}.stablehlo"
    with replacing(target) as temporary:
        temporary.write_bytes(data)
    with replacing(target.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    return target


def _example(rng: np.random.Generator, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    if dtype == "uint8":
        return rng.integers(0, 256, (_CHECKED, *shape), np.uint8)
    if dtype == "int32":
        return rng.integers(0, 64, (_CHECKED, *shape), np.int32)
    return rng.normal(size=(_CHECKED, *shape)).astype(dtype)

"""The weight file of the parts' autoencoders: one architecture, variables stacked over parts."""

from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from emojax import weights
from emojax.core import untrusted
from emojax.core.errors import UserError
from emojax.models import autoencoder

PHOTO_MEANS = "photo_means"
"""Name of the array of photographed parts' mean vectors."""

PHOTO_ZOOMS = "photo_zooms"
"""Metadata key of the magnifications at which they were measured, a JSON list."""

_MAX = {"layers": 5, "width": 1024, "embedding": 1024, "parts": 64}
"""Bounds on an untrusted file's cost, above all that ships. Lower, larger nets of a user's own are refused;
higher, a wrong file costs more memory before it is refused."""


class Stored(NamedTuple):
    """The content of a file.

    Attributes:
      model: the architecture of all T autoencoders.
      variables: NumPy arrays whose leading axis is in the order of `parts`.
      parts: T keys of `emojax.data.parts.shapes.PARTS_OF_TYPE`.
      photo_zooms: ``float64[Z]``, increasing; empty if means were not measured.
      photo_means: ``float32[T, Z, D]``, the mean vectors of photographed parts at these magnifications, see
        `emojax.avatar.datasets.photo_means`.
    """

    model: autoencoder.Autoencoder
    variables: dict[str, Any]
    parts: tuple[str, ...]
    photo_zooms: np.ndarray
    photo_means: np.ndarray


def load(path: Path) -> Stored:
    """Reads what `emojax.training.export` wrote of a run of autoencoders.

    Raises:
      UserError: the file is missing, damaged or holds something else.
    """
    model, parts, zooms = _read_metadata(path)
    shape = (len(parts), len(zooms), model.embedding)
    # Tests check the files that ship; tracing the net for its shapes would slow every start down.
    expect = None if weights.is_shipped(path) else _expected(model, shape)
    variables, _ = weights.load(path, expect=expect)
    means = variables.pop(PHOTO_MEANS, np.zeros(shape, np.float32))
    return Stored(model, variables, parts, zooms, means)


def _expected(model: autoencoder.Autoencoder, means: tuple[int, int, int]) -> dict[str, Any]:
    expect: dict[str, Any] = dict(autoencoder.abstract_stacked(model, means[0]))
    if means[1]:
        expect[PHOTO_MEANS] = jax.ShapeDtypeStruct(means, np.float32)
    return expect


def _read_metadata(path: Path) -> tuple[autoencoder.Autoencoder, tuple[str, ...], np.ndarray]:
    metadata = weights.read_metadata(path)
    try:
        if metadata.get("format") != "emojax.autoencoder.1":
            raise ValueError(f"format {metadata.get('format')!r}")
        parts, model = (
            untrusted.parse_json(metadata["parts"], path),
            untrusted.parse_json(metadata["config"], path)["model"],
        )
        widths, embedding = model["widths"], model["embedding"]
        for name, values, limit in (
            ("widths", widths, _MAX["width"]),
            ("embedding", [embedding], _MAX["embedding"]),
        ):
            if not all(type(value) is int and 0 < value <= limit for value in values):
                raise ValueError(f"{name} {values!r}")
        if not 0 < len(widths) <= _MAX["layers"]:
            raise ValueError(f"{len(widths)} layers")
        if not all(isinstance(part, str) for part in parts) or not 0 < len(set(parts)) <= _MAX["parts"]:
            raise ValueError(f"parts {parts!r}")
        if len(set(parts)) < len(parts):
            raise ValueError("a part twice")
        zooms = np.asarray(untrusted.parse_json(metadata.get(PHOTO_ZOOMS, "[]"), path), np.float64)
        if zooms.ndim != 1 or len(zooms) > _MAX["parts"] or not (np.diff(zooms, prepend=0) > 0).all():
            raise ValueError(f"{PHOTO_ZOOMS} that do not increase")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise UserError(
            f"{path} holds no autoencoders ({str(error)[:200]}): give a file that "
            "python -m emojax.training.export wrote of such a run"
        ) from error
    return autoencoder.Autoencoder(tuple(widths), embedding), tuple(parts), zooms

"""The weight file of the autoencoders: their one architecture, their stacked variables, their order."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from emojax import weights
from emojax.core.errors import UserError
from emojax.models import autoencoder

PHOTO_MEANS = "photo_means"
"""The name of that array in a file."""

PHOTO_ZOOMS = "photo_zooms"
"""The key of these numbers in a file's metadata, as JSON."""

_MOST = {"layers": 5, "width": 1024, "embedding": 1024, "parts": 64}
"""Bounds on what a wrong file can cost."""


class Stored(NamedTuple):
    """What a file holds.

    Attributes:
      model: the net that all autoencoders are.
      variables: theirs, NumPy arrays whose leading axis is that of `parts`.
      parts: the kinds of parts.
      photo_zooms: ``float64[Z]``, rising; empty where nothing is known of photos.
      photo_means: ``float32[T, Z, D]``, the mean vectors of photographed parts shown so many times as
        large, see `emojax.avatar.datasets.photo_means`.
    """

    model: autoencoder.Autoencoder
    variables: dict[str, Any]
    parts: tuple[str, ...]
    photo_zooms: np.ndarray
    photo_means: np.ndarray


def load(path: Path) -> Stored:
    """Reads what `emojax.training.export` wrote of a run of autoencoders.

    Raises:
      UserError: there is no such file, or it is damaged or holds something else.
    """
    model, parts, zooms = _described(path)
    shape = (len(parts), len(zooms), model.embedding)
    # What is installed was checked before it was: tracing the net for its shapes takes a while.
    expect = None if weights.is_shipped(path) else _expected(model, shape)
    variables, _ = weights.load(path, expect=expect)
    means = variables.pop(PHOTO_MEANS, np.zeros(shape, np.float32))
    return Stored(model, variables, parts, zooms, means)


def _expected(model: autoencoder.Autoencoder, means: tuple[int, int, int]) -> dict[str, Any]:
    expect: dict[str, Any] = dict(autoencoder.abstract_stacked(model, means[0]))
    if means[1]:
        expect[PHOTO_MEANS] = jax.ShapeDtypeStruct(means, np.float32)
    return expect


def _described(path: Path) -> tuple[autoencoder.Autoencoder, tuple[str, ...], np.ndarray]:
    metadata = weights.read_metadata(path)
    try:
        if metadata.get("format") != "emojax.autoencoder.1":
            raise ValueError(f"format {metadata.get('format')!r}")
        parts, model = json.loads(metadata["parts"]), json.loads(metadata["config"])["model"]
        widths, embedding = model["widths"], model["embedding"]
        for name, values, most in (
            ("widths", widths, _MOST["width"]),
            ("embedding", [embedding], _MOST["embedding"]),
        ):
            if not all(type(value) is int and 0 < value <= most for value in values):
                raise ValueError(f"{name} {values!r}")
        if not 0 < len(widths) <= _MOST["layers"]:
            raise ValueError(f"{len(widths)} layers")
        if not all(isinstance(part, str) for part in parts) or not 0 < len(set(parts)) <= _MOST["parts"]:
            raise ValueError(f"parts {parts!r}")
        if len(set(parts)) < len(parts):
            raise ValueError("a part twice")
        zooms = np.asarray(json.loads(metadata.get(PHOTO_ZOOMS, "[]")), np.float64)
        if zooms.ndim != 1 or len(zooms) > _MOST["parts"] or not (np.diff(zooms, prepend=0) > 0).all():
            raise ValueError(f"{PHOTO_ZOOMS} that do not rise")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise UserError(
            f"{path} holds no autoencoders ({str(error)[:200]}): give a file that "
            "python -m emojax.training.export wrote of such a run"
        ) from error
    return autoencoder.Autoencoder(tuple(widths), embedding), tuple(parts), zooms

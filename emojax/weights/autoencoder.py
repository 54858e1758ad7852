"""The weight file of the autoencoders: their one architecture, their stacked variables, their order."""

import json
from pathlib import Path
from typing import Any

from emojax import weights
from emojax.errors import UserError
from emojax.models import autoencoder

_MOST = {"layers": 5, "width": 1024, "embedding": 1024, "parts": 64}
"""Bounds on what a wrong file can cost."""


def load(path: Path) -> tuple[autoencoder.Autoencoder, dict[str, Any], tuple[str, ...]]:
    """Reads what `emojax.training.export` wrote of a run of autoencoders.

    Returns:
      The net that they all are; its variables as NumPy arrays whose leading axis is that of the kinds
      of parts; and the kinds, in that order.

    Raises:
      UserError: there is no such file, or it is damaged or holds something else.
    """
    model, parts = _described(path)
    variables, _ = weights.load(path, expect=autoencoder.abstract_stacked(model, len(parts)))
    return model, variables, parts


def _described(path: Path) -> tuple[autoencoder.Autoencoder, tuple[str, ...]]:
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
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise UserError(
            f"{path} holds no autoencoders ({str(error)[:200]}): give a file that "
            "python -m emojax.training.export wrote of such a run"
        ) from error
    return autoencoder.Autoencoder(tuple(widths), embedding), tuple(parts)

"""The weight file of a face parser: the net it belongs to, and the size it was made for."""

import json
from pathlib import Path
from typing import Any

from emojax import weights
from emojax.core.errors import UserError
from emojax.models import bisenet
from emojax.models.resnet import abstract_variables


def load(path: Path) -> tuple[bisenet.BiSeNet, dict[str, Any], int]:
    """Reads what `emojax.training.export` or ``python -m emojax.ports bisenet`` wrote.

    Returns:
      The net; its variables as NumPy arrays; and the side of the pictures it takes, in pixels.

    Raises:
      UserError: there is no such file, or it is damaged or no face parser's.
    """
    variant, size, bias = _described(path)
    model = bisenet.create(variant, class_bias=bias)
    # Tracing the net for what to expect takes several times as long as reading the file.
    expect = None if weights.is_shipped(path) else abstract_variables(model)
    variables, _ = weights.load(path, expect=expect)
    return model, variables, size


def _described(path: Path) -> tuple[str, int, tuple[float, ...] | None]:
    """What a weight file says of its net: variant, side of the pictures it takes, and its class bias."""
    metadata = weights.read_metadata(path)
    try:
        variant, size, bias = metadata["variant"], 512, None
        if metadata.get("format") == "emojax.segmentation.1":
            config = json.loads(metadata["config"])
            size = config["data"]["size"]
            bias = bisenet.class_bias(config["loss"]["class_weights"], config["loss"]["taken_back"])
            if len(bias) != bisenet.NUM_CLASSES:
                raise ValueError(f"{len(bias)} class weights")
        elif metadata.get("model") != "bisenet":
            raise KeyError("bisenet")
        if variant not in bisenet.VARIANTS:
            raise ValueError(f"variant {variant!r}")
        if not isinstance(size, int) or size % 32 or not 32 <= size <= 2048:
            raise ValueError(f"size {size!r}")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise UserError(
            f"{path} holds no face parser ({error}): give a file that python -m emojax.training.export "
            "or python -m emojax.ports bisenet wrote"
        ) from error
    return variant, size, bias

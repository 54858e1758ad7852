"""The weight file of a face parser: the net, and the input size that it was trained at."""

from pathlib import Path
from typing import Any

from emojax import weights
from emojax.core import untrusted
from emojax.core.errors import UserError
from emojax.models import bisenet
from emojax.models.resnet import abstract_variables


def load(path: Path) -> tuple[bisenet.BiSeNet, dict[str, Any], int]:
    """Reads what `emojax.training.export` or ``python -m emojax.ports bisenet`` wrote.

    Returns:
      The net; its variables as NumPy arrays; and the side of its input in pixels.

    Raises:
      UserError: the file is missing, damaged or not a face parser's.
    """
    variant, size, bias = _read_metadata(path)
    model = bisenet.create(variant, class_bias=bias)
    # Tests check the files that ship; tracing the net for its shapes takes longer than reading the file.
    expect = None if weights.is_shipped(path) else abstract_variables(model)
    variables, _ = weights.load(path, expect=expect)
    return model, variables, size


def _read_metadata(path: Path) -> tuple[str, int, tuple[float, ...] | None]:
    """The net's variant, the side of its input in pixels, and its class bias, from the file's metadata."""
    metadata = weights.read_metadata(path)
    try:
        variant, size, bias = metadata["variant"], 512, None
        if metadata.get("format") == "emojax.segmentation.1":
            config = untrusted.parse_json(metadata["config"], path)
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

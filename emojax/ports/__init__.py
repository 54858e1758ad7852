"""Conversion of public PyTorch checkpoints to weight files.

``python -m emojax.ports NET CHECKPOINT --out FILE``
"""

import dataclasses
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from flax import linen as nn

from emojax import weights
from emojax.core import untrusted
from emojax.models.bisenet import BiSeNet
from emojax.models.resnet import ResNet50Features, abstract_variables
from emojax.ports.bisenet import BISENET
from emojax.ports.resnet import RESNET50
from emojax.ports.table import Rule, convert
from emojax.ports.torch_files import read_state_dict


@dataclasses.dataclass(frozen=True)
class Port:
    """How a public net is converted.

    Attributes:
      create: makes the Flax model.
      rules: the table of keys.
      metadata: of the weight file, from which the model is built again.
    """

    create: Callable[[], nn.Module]
    rules: list[Rule]
    metadata: dict[str, str]


PORTS = {
    "bisenet": Port(BiSeNet, BISENET, {"model": "bisenet", "variant": "full"}),
    "resnet50": Port(ResNet50Features, RESNET50, {"model": "resnet50"}),
}


def port(
    name: str, checkpoint: str | os.PathLike[str], out: str | os.PathLike[str], *, half: bool = False
) -> None:
    """Converts a checkpoint to a file for `emojax.weights.load`.

    Args:
      name: of the net, a key of `PORTS`.
      checkpoint: PyTorch ``state_dict`` or safetensors file.
      out: the safetensors file to write; its metadata has the checkpoint's name and SHA-256.
      half: store kernels as float16.

    Raises:
      UserError: the checkpoint cannot be read, is unsafe, or is another net's; or ``out`` cannot be written.
    """
    chosen = PORTS[name]
    state = read_state_dict(checkpoint)
    expect = abstract_variables(chosen.create())
    variables = convert(state, chosen.rules, expect, source=checkpoint)
    with untrusted.open_file(checkpoint, most=weights.MAX_BYTES) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    origin = {"source": Path(checkpoint).name, "source_sha256": digest}
    weights.save(out, variables, metadata=chosen.metadata | origin, half=half)

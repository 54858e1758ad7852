"""The workload ``autoencoder``: one training step of the autoencoders of face parts.

``emojax`` and the peer go from a batch of noisy and clean shapes to updated nets. emojax's step also
updates the moving average and computes the gradients' norm. ``emojax_drawn`` makes the batch, too: it
samples label maps and adds the noise, which the peer does not do. Shapes are random: the time does not
depend on their values.
"""

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from emojax.benchmark.timing import Program
from emojax.benchmark.workloads import devices

_SIDE, _CHANNELS, _PATCH = 64, 3, 4
_MASKS = 256
"""Label maps of each kind in the stand-in data set. They are uint8 and stay on the device, so their number
hardly matters."""


def emojax_program(config: dict[str, Any], *, drawn: bool = False) -> Program:
    """The update of all nets that ``train.py`` takes.

    Args:
      config: the fields of ``configs/autoencoder.py`` as nested dicts.
      drawn: whether to draw the batch in each step instead of taking the same.
    """
    devices.configure_jax()
    import ml_collections

    from emojax.core import rng
    from emojax.training import tasks

    task = tasks.make_task(ml_collections.ConfigDict(config))
    if drawn:
        data: Any = _label_maps(len(config["kinds"]))
        batch: Any = functools.partial(task.batch, key=rng.root(task.config.seed))
    else:
        data, batch = _shapes(config), lambda dataset, step: dataset
    return devices.training_program(task, data, batch, _step_facts(config))


def torch_program(
    config: dict[str, Any], variant: Any, *, platform: str, steps: int, keep_memory: bool
) -> Program:
    """The same update in PyTorch; arguments and errors as of `gan.torch_program`."""
    device = devices.configure_torch(platform, keep_memory)
    import torch

    from emojax.benchmark.peers import torch_autoencoder

    model, adam = config["model"], config["optimizer"]
    nets = [
        torch_autoencoder.Autoencoder(model["widths"], model["embedding"]).to(device) for _ in config["kinds"]
    ]
    step = torch_autoencoder.make_step(
        variant,
        nets,
        learning_rate=adam["learning_rate"],
        betas=(adam["b1"], adam["b2"]),
        dice=config["dice"],
    )
    arrays = _shapes(config)
    inputs, targets = (
        torch.from_numpy(arrays[name]).permute(1, 0, 4, 2, 3).contiguous().to(device)
        for name in ("inputs", "targets")
    )

    def call() -> None:
        for _ in range(steps):
            step(inputs, targets)
        if device.type == "cuda":
            torch.cuda.synchronize()

    facts = devices.torch_facts(device) | _step_facts(config)
    return Program(call, steps, facts, devices.torch_memory(device))


def gflop(config: Mapping[str, Any]) -> float:
    """Arithmetic of one step in 10⁹ operations: that of the layers, three passes but for the first layer's
    gradient by its input. Products with the zeros of padding are not counted.
    """
    widths, embedding = config["model"]["widths"], config["model"]["embedding"]
    grid = _SIDE // _PATCH
    patches = grid**2 * _PATCH**2 * _CHANNELS * widths[0]
    sides = [grid // 2 ** (i + 1) for i in range(len(widths) - 1)]
    # Along an axis, 4 taps for each pixel of the smaller side but for one in the padding at either end.
    strided = sum((4 * s - 2) ** 2 * a * b for s, a, b in zip(sides, widths, widths[1:], strict=False))
    dense = (sides[-1] if sides else grid) ** 2 * widths[-1] * embedding
    forward = 2 * patches + 2 * strided + 2 * dense  # down and up again
    return 2 * len(config["kinds"]) * config["batch_size"] * (3 * forward - patches) / 1e9


def _shapes(config: Mapping[str, Any]) -> dict[str, np.ndarray]:
    shape = (config["batch_size"], len(config["kinds"]), _SIDE, _SIDE, _CHANNELS)
    rng = np.random.default_rng(0)
    return {name: rng.integers(0, 2, shape).astype(np.float32) for name in ("inputs", "targets")}


def _label_maps(kinds: int) -> dict[str, np.ndarray]:
    """A data set as `emojax.training.parts.batches` reads it."""
    rng = np.random.default_rng(0)
    masks = {name: rng.integers(0, 4, (_MASKS, _SIDE, _SIDE), np.uint8) for name in ("real", "drawn")}
    order = np.tile(np.arange(_MASKS, dtype=np.int32), (kinds, 1))
    return masks | {f"{name}_order": order for name in masks}


def _step_facts(config: Mapping[str, Any]) -> dict[str, Any]:
    return {"images": config["batch_size"] * len(config["kinds"]), "gflop": gflop(config)}

"""The workload ``parts``: one training step of the generator of faces from parts.

``emojax`` and the peer go from a batch of images, movements and parts to updated nets. emojax's step also
updates the moving average and computes a gradient's norm. Images are random: the time does not depend on
their values.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from emojax.benchmark.timing import Program
from emojax.benchmark.workloads import devices
from emojax.models.emoji_parts import placing

GROUPS = (6, 94, 77, 44, 16)
"""Parts of each kind in OpenMoji, nearly."""


def emojax_program(config: dict[str, Any]) -> Program:
    """The update that ``train.py`` takes.

    Args:
      config: the fields of ``configs/parts.py`` as nested dicts.
    """
    devices.configure_jax()
    import ml_collections

    from emojax.training import tasks

    task = tasks.make_task(ml_collections.ConfigDict(config)).for_data({"groups": np.asarray(GROUPS)})
    return devices.training_program(task, batch(config), lambda data, step: data, _step_facts(config))


def torch_program(
    config: dict[str, Any], variant: Any, *, platform: str, steps: int, keep_memory: bool
) -> Program:
    """The same update in PyTorch; arguments and errors as of `gan.torch_program`."""
    device = devices.configure_torch(platform, keep_memory)
    import torch

    from emojax.benchmark.peers import torch_parts

    model, loss = config["model"], config["loss"]
    sizes = {name: model[name] for name in ("grid_size", "code", "embedding_size", "style")}
    generator = torch_parts.Generator(GROUPS, model["generator_widths"], **sizes).to(device)
    discriminator = torch_parts.Discriminator(
        sum(GROUPS), model["discriminator_widths"], first_size=model["first_size"]
    ).to(device)
    adams = [config[f"{net}_optimizer"] for net in ("generator", "discriminator")]
    step = torch_parts.make_step(
        variant,
        generator,
        discriminator,
        learning_rates=(adams[0]["learning_rate"], adams[1]["learning_rate"]),
        betas=((adams[0]["b1"], adams[0]["b2"]), (adams[1]["b1"], adams[1]["b2"])),
        likeness_weight=loss["likeness_weight"],
        r1_weight=loss["r1_weight"],
        r1_every=loss["r1_every"],
    )
    given = {name: torch.from_numpy(x).to(device) for name, x in batch(config).items()}
    images = given["images"].permute(0, 3, 1, 2).contiguous()

    def call() -> None:
        for _ in range(steps):
            step(images, given["latents"], given["classes"])
        if device.type == "cuda":
            torch.cuda.synchronize()

    facts = devices.torch_facts(device) | _step_facts(config)
    return Program(call, steps, facts, devices.torch_memory(device))


def batch(config: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """A batch as `EmojiPartsTask.batch` makes them: faces of a base, eyes, a mouth and perhaps an extra."""
    rng = np.random.default_rng(0)
    B, side = config["batch_size"], config["data"]["size"]
    classes, first = np.zeros((B, sum(GROUPS)), np.float32), 0
    for kind, count in enumerate(GROUPS[:4]):
        rows = np.arange(0, B, 2 if kind == 3 else 1)
        classes[rows, first + rng.integers(0, count, len(rows))] = 1
        first += count
    return {
        "images": rng.uniform(-1, 1, (B, side, side, 3)).astype(np.float32),
        "latents": rng.normal(size=(B, placing.AMOUNTS)).astype(np.float32),
        "classes": classes,
    }


def gflop(config: Mapping[str, Any]) -> float:
    """Arithmetic of one step in 10⁹ operations: that of the convolutions, and of parts' layout and movement.

    The generator has one forward pass and both gradients. The discriminator has three forward passes, of
    images and of fakes with gradients by its kernels, and of fakes with the gradient by its input; R1 adds a
    forward pass, its gradient and that gradient's gradient, four passes in all, of every eighth image.
    """
    model, B = config["model"], config["batch_size"]
    side, before, generator = model["grid_size"], model["code"], 0
    for i, features in enumerate(model["generator_widths"]):
        side *= 1 if i == 0 else 2
        generator += 9 * side**2 * features * (before + features)
        before = features
    generator += 9 * side**2 * before * 12
    cells = model["grid_size"] ** 2 * model["code"]
    generator += len(GROUPS) * cells * (model["embedding_size"] + model["grid_size"] ** 2)
    side, before, discriminator = config["data"]["size"], 3, 0
    for features in model["discriminator_widths"]:
        side //= 2
        discriminator += 16 * side**2 * before * features
        before = features
    passes = 2 * 3 + 2 + 4 / config["loss"]["r1_every"]
    return 2 * B * (3 * generator + passes * discriminator) / 1e9


def _step_facts(config: Mapping[str, Any]) -> dict[str, Any]:
    return {"images": config["batch_size"], "gflop": gflop(config)}

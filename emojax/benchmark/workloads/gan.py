"""The workloads ``gan`` and ``cgan``: one training step of the published DCGANs.

``gan`` is the unconditional net at 64 px, ``cgan`` the conditional one at 128 px.

A step is everything from one batch to the next: sampling the batch from a uint8 data set in memory, sampling
latents, and one Adam update of each network. Images are random noise, as many as the real data set has:
the time of a step does not depend on their values.

emojax's step also updates the generator's moving average and computes the norms of the gradients; PyTorch's
does not.
"""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from emojax.benchmark.timing import Program
from emojax.benchmark.workloads import devices

IMAGES = 108
"""Images in the published data set."""


def emojax_program(config: dict[str, Any], mode: str, *, count: int | None = None) -> Program:
    """The step that ``train.py`` takes.

    Args:
      config: the fields of a recipe in ``configs/`` as nested dicts.
      mode: ``config.run.parallel``.
      count: how many devices to use, all if left out.

    Raises:
      UserError: the configuration contradicts itself or does not suit the devices.
    """
    devices.configure_jax()
    import jax
    import ml_collections

    from emojax.core import rng
    from emojax.training import tasks
    from emojax.training.devices import parallel
    from emojax.training.gan.task import GanTask

    images = {"images": random_images(config["data"]["size"])}
    task = tasks.make_task(ml_collections.ConfigDict(config))
    assert isinstance(task, GanTask)
    task = task.for_data(images)
    plan = parallel.make_plan(mode, task.config.batch_size, jax.devices()[:count])
    dataset = parallel.place(plan, images)
    key = rng.root(task.config.seed)
    state = parallel.initialize(plan, task.init, key)
    length = parallel.steps_per_call(plan, task.config.run.steps_per_call)
    steps = parallel.compile_steps(plan, functools.partial(task.batch, key=key), task.step, length)
    compiled, costs = devices.compile_program(steps.lower(state, dataset), steps=length if plan.on_cpu else 1)
    if plan.mode != "pmap":  # whose steps bring arguments into another form before they are called
        steps = compiled

    def call() -> None:
        nonlocal state
        state, metrics = steps(state, dataset)
        jax.block_until_ready((state, metrics))

    facts = devices.jax_facts(plan.mesh.devices.flat[0])
    facts |= {"devices": plan.mesh.size, "steps_per_call": length}
    return Program(call, length, facts | costs | _step_facts(config))


def torch_program(
    config: dict[str, Any], variant: Any, *, platform: str, steps: int, keep_memory: bool
) -> Program:
    """The same step in PyTorch.

    Args:
      config: as for `emojax_program`; widths of its networks must double from layer to layer.
      variant: a `torch_dcgan.Variant`.
      platform: JAX's name of the platform: "cpu", "gpu", ...
      steps: steps per call; on a GPU the host waits for the device after the last step only.
      keep_memory: whether the allocator keeps freed memory, as in emojax's programs.

    Raises:
      WorkerError: JAX runs on an accelerator and PyTorch finds no CUDA device.
    """
    device = devices.configure_torch(platform, keep_memory)
    import torch

    from emojax.benchmark.peers import torch_dcgan

    size, batch_size, latent_size = (
        config["data"]["size"],
        config["batch_size"],
        config["model"]["latent_size"],
    )
    generator, discriminator = (network.to(device) for network in _torch_networks(config))
    adam = config["generator_optimizer"]
    step = torch_dcgan.make_step(
        variant,
        generator,
        discriminator,
        generator_learning_rate=adam["learning_rate"],
        discriminator_learning_rate=config["discriminator_optimizer"]["learning_rate"],
        betas=(adam["b1"], adam["b2"]),
        smoothing=config.get("loss", {}).get("smoothing", 0.0),
    )
    dataset = torch.from_numpy(random_images(size)).permute(0, 3, 1, 2).to(device)

    def batches() -> Iterator[Any]:
        """Indices of images, which are also their labels, out of an endless stream of permutations."""
        order = torch.empty(0, dtype=torch.long, device=device)
        while True:
            while len(order) < batch_size:
                order = torch.cat([order, torch.randperm(len(dataset), device=device)])
            indices, order = order[:batch_size], order[batch_size:]
            yield indices

    numbers, conditional = batches(), bool(_classes(config))

    def call() -> None:
        for _ in range(steps):
            indices = next(numbers)
            images = dataset[indices].float() / 127.5 - 1.0
            latents = torch.randn(batch_size, latent_size, device=device)
            step(images, latents, *[indices] * conditional)
        if device.type == "cuda":
            torch.cuda.synchronize()

    facts = devices.torch_facts(device) | _step_facts(config)
    return Program(call, steps, facts, devices.torch_memory(device))


def _torch_networks(config: Mapping[str, Any]) -> tuple[Any, Any]:
    from emojax.benchmark.peers import torch_cdcgan, torch_dcgan

    model, size = config["model"], config["data"]["size"]
    shape = {"image_size": size, "width": model["discriminator_widths"][0], "first_size": _first_size(config)}
    if not _classes(config):
        generator = torch_dcgan.Generator(model["latent_size"], **shape)
        return generator, torch_dcgan.Discriminator(**shape)
    shape |= {"num_classes": _classes(config), "embedding_size": model["embedding_size"]}
    return torch_cdcgan.Generator(latent_size=model["latent_size"], **shape), torch_cdcgan.Discriminator(
        **shape
    )


def _classes(config: Mapping[str, Any]) -> int:
    """The number of classes; -1 in a configuration means one for each image."""
    count = config["model"].get("num_classes", 0)
    return IMAGES if count < 0 else count


def _first_size(config: Mapping[str, Any]) -> int:
    return config["model"].get("first_size", 4)


def _step_facts(config: Mapping[str, Any]) -> dict[str, Any]:
    return {"images": config["batch_size"], "gflop": gflop(config)}


def random_images(size: int) -> np.ndarray:
    """``uint8[IMAGES, size, size, 3]``, the same in every call."""
    return np.random.default_rng(0).integers(0, 256, (IMAGES, size, size, 3), np.uint8)


def gflop(config: Mapping[str, Any]) -> float:
    """Arithmetic of one step in 10⁹ operations: multiplications and additions of the layers.

    The gradients of a layer by its kernel and by its input cost as much as its forward pass, each. The
    generator has one forward pass and both gradients, except by the latents. The discriminator has three
    forward passes: of images and of fakes with gradients by its kernels, and of fakes with the gradient by
    its input, for the generator. The linear layer that turns a class into a channel of the image also runs
    three times; the gradient by that channel is needed in the first two, the one by the image in the third.

    Products with the zeros of padding are not counted, nor are normalizations and optimizer updates, about
    1 % of the whole. On CPU emojax gets the same result with fewer multiplications
    (`emojax.models.convolution`); the count is that of the direct algorithm for all programs.

    Raises:
      ValueError: the generator's layers do not make images of ``config.data.size``.
    """
    model, size, first = config["model"], config["data"]["size"], _first_size(config)
    # A class adds its embedding to the latent, and one channel to the image.
    embedding, channels = (model["embedding_size"], 4) if _classes(config) else (0, 3)
    g_widths = [model["latent_size"] + embedding, *model["generator_widths"], 3]
    d_widths = [channels, *model["discriminator_widths"], 1]
    # The smaller side of each layer's input and output: 1, 4, 8, ... in the generator.
    sides = [1, *(first * 2**i for i in range(len(g_widths) - 2))]
    taps = [first, *(4 * side - 2 for side in sides[1:])]  # per axis; padding takes one at either end
    g = [n * n * c * d for n, c, d in zip(taps, g_widths[:-1], g_widths[1:], strict=True)]
    d = [n * n * c * d for n, c, d in zip(taps[::-1], d_widths[:-1], d_widths[1:], strict=True)]
    if sides[-1] * 2 != size:
        raise ValueError(f"{len(g)} layers make images of {sides[-1] * 2}, not {size} pixels")
    generator = 3 * sum(g) - g[0] * model["latent_size"] / g_widths[0]
    discriminator = 2 * (3 * sum(d) - d[0] * 3 / channels) + 2 * sum(d) - d[0] * (channels - 3) / channels
    discriminator += 7 * embedding * size**2  # three forward passes, two with both gradients
    return 2 * config["batch_size"] * (generator + discriminator) / 1e9

"""What `emojax.benchmark` times as ``gan`` and ``cgan``: one training step of the published DCGANs.

The one draws emoji of 64 px, the other, which is conditional, emoji of 128 px that are asked for.

A step is everything that happens between two batches: drawing the batch from a uint8
data set in memory, latents, both updates of both networks with Adam. The data set is
random pictures of the real one's size, since arithmetic does not look at values.

The two sides differ in what emojax does on top, the generator's moving average and the
norms of the gradients, which the peer is spared.
"""

import functools
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from emojax.benchmark import devices
from emojax.benchmark.timing import Program

IMAGES = 108
"""Pictures in the published data set."""


def emojax_program(config: dict[str, Any], mode: str) -> Program:
    """What ``train.py`` runs.

    Args:
      config: a file of ``configs/`` as nested dicts.
      mode: ``config.run.parallel``.

    Raises:
      UserError: the configuration contradicts itself or does not suit the devices.
    """
    devices.configure_jax()
    import jax
    import ml_collections

    from emojax.core import rng
    from emojax.training import tasks
    from emojax.training.engine import parallel
    from emojax.training.gan.task import GanTask

    images = {"images": random_images(config["data"]["size"])}
    task = tasks.make_task(ml_collections.ConfigDict(config))
    assert isinstance(task, GanTask)
    task = task.for_data(images)
    plan = parallel.make_plan(mode, task.config.batch_size)
    dataset = parallel.place(plan, images)
    key = rng.root(task.config.seed)
    state = parallel.initialize(plan, task.init, key)
    length = parallel.steps_per_call(plan, task.config.run.steps_per_call)
    steps = parallel.compile_steps(plan, functools.partial(task.batch, key=key), task.step, length)

    def call() -> None:
        nonlocal state
        state, metrics = steps(state, dataset)
        jax.block_until_ready((state, metrics))

    facts = devices.jax_facts(plan.mesh.devices.flat[0])
    facts |= {"devices": plan.mesh.size, "steps_per_call": length}
    return Program(call, length, facts | _step_facts(config))


def torch_program(
    config: dict[str, Any], variant: Any, *, platform: str, steps: int, keep_memory: bool
) -> Program:
    """The peer in PyTorch, in one of the variants of `emojax.benchmark.peers.torch_dcgan`.

    Args:
      config: as for `emojax_program`; its networks must double their widths from layer to layer.
      variant: a `torch_dcgan.Variant`.
      platform: JAX's name of the device to run on.
      steps: steps per call; on a GPU the host waits for the device after the last only.
      keep_memory: whether to keep freed memory as emojax does.

    Raises:
      WorkerError: PyTorch does not see the device.
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
        """Pictures' numbers, which are also their labels."""
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

    return Program(call, steps, devices.torch_facts(device) | _step_facts(config))


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
    """How many there are; a configuration of -1 has as many as pictures."""
    count = config["model"].get("num_classes", 0)
    return IMAGES if count < 0 else count


def _first_size(config: Mapping[str, Any]) -> int:
    return config["model"].get("first_size", 4)


def _step_facts(config: Mapping[str, Any]) -> dict[str, Any]:
    return {"images": config["batch_size"], "gflop": gflop(config)}


def random_images(size: int) -> np.ndarray:
    """``uint8[IMAGES, size, size, 3]``, always the same."""
    return np.random.default_rng(0).integers(0, 256, (IMAGES, size, size, 3), np.uint8)


def gflop(config: Mapping[str, Any]) -> float:
    """Arithmetic of one step in 10⁹ operations: the layers' products and sums, computed directly.

    What a layer computes forwards it computes once more for each of its gradients. The
    generator runs once and needs its kernels' gradients, and its inputs' too, but not the
    latents'. The discriminator runs three times: on images and on fakes for its kernels'
    gradients, and on fakes for the gradient that goes on to the generator. So does the
    linear map that makes of a class a channel of the image; that channel's gradient is
    needed where the images' is not, and the other way round.

    Products with the zeros of a padding do not count, nor do normalizations and updates,
    about a hundredth of the whole. On CPU emojax multiplies less often than counted here
    (`emojax.models.convolution`): that is a faster way to the same result, and the
    count, of the published arithmetic, is the same for everyone.
    """
    model, size, first = config["model"], config["data"]["size"], _first_size(config)
    # A class is 50 more features of the latent, and one more channel of the image.
    embedding, channels = (model["embedding_size"], 4) if _classes(config) else (0, 3)
    g_widths = [model["latent_size"] + embedding, *model["generator_widths"], 3]
    d_widths = [channels, *model["discriminator_widths"], 1]
    # Both networks' layers, each on its small grid: the side goes 1, 4, 8, ... and back.
    sides = [1, *(first * 2**i for i in range(len(g_widths) - 2))]
    taps = [first, *(4 * side - 2 for side in sides[1:])]  # per axis; padding costs one at either end
    g = [n * n * c * d for n, c, d in zip(taps, g_widths[:-1], g_widths[1:], strict=True)]
    d = [n * n * c * d for n, c, d in zip(taps[::-1], d_widths[:-1], d_widths[1:], strict=True)]
    if sides[-1] * 2 != size:
        raise ValueError(f"{len(g)} layers make images of {sides[-1] * 2}, not {size} pixels")
    generator = 3 * sum(g) - g[0] * model["latent_size"] / g_widths[0]
    discriminator = 2 * (3 * sum(d) - d[0] * 3 / channels) + 2 * sum(d) - d[0] * (channels - 3) / channels
    discriminator += 7 * embedding * size**2  # three times forwards, twice to both its gradients
    return 2 * config["batch_size"] * (generator + discriminator) / 1e9


def start_command(config_file: Path, batch_size: int, folder: Path) -> tuple[list[str], Path]:
    """A training run from the command line, and the file it writes after its first step.

    Args:
      config_file: for ``--config``.
      batch_size: for ``--config.batch_size``.
      folder: gets the drawings, once, and a new work directory. The drawings stand in
        for OpenMoji, so that nothing is fetched: as many, but no more than a disc each.
    """
    drawings = folder / "drawings"
    if not drawings.exists():
        _draw(drawings)
    workdir = folder / f"workdir-{len(list(folder.glob('workdir-*')))}"
    command = [
        *(sys.executable, "-m", "emojax.cli.train", f"--config={config_file}", f"--workdir={workdir}"),
        *(f"--openmoji_dir={drawings}", f"--config.batch_size={batch_size}", "--config.run.log_every=1"),
    ]
    return command, workdir / "metrics.jsonl"


def _draw(folder: Path) -> None:
    folder.mkdir()
    rows = []
    for index in range(IMAGES):
        code = 0x1F600 + index
        drawing = f'<circle cx="36" cy="36" r="{6 + index / 4}" fill="hsl({3 * index}, 80%, 60%)"/>'
        (folder / f"{code:X}.svg").write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72">{drawing}</svg>'
        )
        row = {"emoji": chr(code), "hexcode": f"{code:X}", "annotation": f"disc {index}", "order": index + 1}
        row |= {"group": "smileys-emotion", "subgroups": "face-smiling", "skintone": ""}
        rows.append(row | {"tags": "disc", "openmoji_tags": "disc"})
    (folder / "openmoji.json").write_text(json.dumps(rows))

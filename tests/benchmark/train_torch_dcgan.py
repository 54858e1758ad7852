"""Trains the published recipe, `configs/dcgan.py`, in PyTorch, and draws samples.

    PYTHONPATH=. python tests/benchmark/train_torch_dcgan.py --seed 0 --out runs/torch_0

DIR gets ``checkpoint.pt`` (both networks' state_dict, to be read with ``weights_only=True``),
``losses.jsonl``, and samples of the last step's generator from the same latents in both modes of batch
normalization: ``batch/*.png`` in training mode, with statistics of batches of the training's size, as DCGANs
in PyTorch are usually sampled; ``running/*.png`` in evaluation mode, with running statistics. Report the
better of the two.
"""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from configs.dcgan import get_config
from emojax.benchmark.peers.torch_dcgan import Discriminator, Generator, make_step
from emojax.core.files import replacing, replacing_directory
from emojax.data.openmoji import emoji as openmoji_set
from emojax.media.image import save_png, to_uint8

_LOG_EVERY = 25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--samples", type=int, default=1000, help="images to draw")
    parser.add_argument("--steps", type=int, help="fewer or more than the recipe's 3,375")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    config = get_config()
    torch.manual_seed(args.seed)
    emoji = openmoji_set.load(config.data.name, size=config.data.size, background=config.data.background)
    images = torch.from_numpy(emoji.images).permute(0, 3, 1, 2).float() / 127.5 - 1.0
    steps = args.steps or -(-config.epochs * len(images) // config.batch_size)
    generator = Generator(config.model.latent_size, config.data.size)
    discriminator = Discriminator(config.data.size)
    step = make_step(
        "channels_last",
        generator,
        discriminator,
        generator_learning_rate=config.generator_optimizer.learning_rate,
        discriminator_learning_rate=config.discriminator_optimizer.learning_rate,
    )

    records, start, batches = [], time.monotonic(), _batches(len(images), config.batch_size)
    for i in range(1, steps + 1):
        losses = step(images[next(batches)], torch.randn(config.batch_size, config.model.latent_size))
        if i % _LOG_EVERY == 0 or i == steps:
            records.append({"step": i} | {name: value.item() for name, value in losses.items()})
            print(json.dumps(records[-1] | {"seconds": round(time.monotonic() - start, 1)}), flush=True)

    with replacing(args.out / "losses.jsonl") as temporary:
        temporary.write_text("".join(json.dumps(record) + "\n" for record in records))
    with replacing(args.out / "checkpoint.pt") as temporary:
        networks = {"generator": generator.state_dict(), "discriminator": discriminator.state_dict()}
        torch.save(networks | {"seed": args.seed, "step": steps}, temporary)
    latents = torch.randn(args.samples, config.model.latent_size)
    # Evaluation mode first: in training mode each batch drawn also moves the running statistics.
    for name, train in (("running", False), ("batch", True)):
        generator.train(train)
        _save(args.out / name, _draw(generator, latents, config.batch_size))


def _batches(count: int, batch_size: int) -> Iterator[torch.Tensor]:
    """Full batches out of an endless stream of permutations, as `emojax.data.pipeline` cuts them."""
    stream = torch.empty(0, dtype=torch.int64)
    while True:
        while len(stream) < batch_size:
            stream = torch.cat([stream, torch.randperm(count)])
        yield stream[:batch_size]
        stream = stream[batch_size:]


@torch.no_grad()
def _draw(generator: Generator, latents: torch.Tensor, batch_size: int) -> np.ndarray:
    """``[N, latent_size] -> uint8[N, S, S, 3]``, in whole batches: a part of one has other statistics."""
    whole = torch.cat([latents, torch.randn(-len(latents) % batch_size, latents.shape[1])])
    images = torch.cat([generator(batch) for batch in whole.split(batch_size)])[: len(latents)]
    return to_uint8(images.permute(0, 2, 3, 1).numpy())


def _save(folder: Path, images: np.ndarray) -> None:
    with replacing_directory(folder) as temporary:
        for i, image in enumerate(images):
            save_png(temporary / f"{i:04d}.png", image)


if __name__ == "__main__":
    main()

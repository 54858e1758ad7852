"""The published conditional DCGAN in PyTorch; its step is `emojax.benchmark.peers.torch_dcgan.make_step`.

Layers have the names of `emojax.models.dcgan`, below ``net``: see `emojax.benchmark.peers.torch_dcgan`.
``classes.weight`` is the table there, and ``plane.weight`` transposed the kernel.
"""

import torch
from torch import nn

from emojax.benchmark.peers import torch_dcgan


class Generator(nn.Module):
    """Latents ``[B, latent_size]`` and labels ``int64[B]`` to images ``float32[B, 3, S, S]`` in [-1, 1].

    The label's learned embedding is appended to the latent.

    Args:
        num_classes: number of labels.
        latent_size, image_size, width, first_size: as in `torch_dcgan.Generator`; by default five
            transposed convolutions, the first from 1x1 to 8x8, make 128 px.
        embedding_size: features of a label.
    """

    def __init__(
        self,
        num_classes: int,
        latent_size: int = 100,
        image_size: int = 128,
        width: int = 64,
        first_size: int = 8,
        embedding_size: int = 50,
    ) -> None:
        super().__init__()
        self.classes = nn.Embedding(num_classes, embedding_size)
        self.net = torch_dcgan.Generator(latent_size + embedding_size, image_size, width, first_size)

    def forward(self, latents: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return self.net(torch.cat([latents, self.classes(labels)], 1))


class Discriminator(nn.Module):
    """Images ``float32[B, 3, S, S]`` and labels ``int64[B]`` to logits ``[B]``.

    The label's embedding, mapped to ``[S, S]`` by a linear layer, is the image's fourth channel.

    Args: as for `Generator`.
    """

    def __init__(
        self,
        num_classes: int,
        image_size: int = 128,
        width: int = 64,
        first_size: int = 8,
        embedding_size: int = 50,
    ) -> None:
        super().__init__()
        self.classes = nn.Embedding(num_classes, embedding_size)
        self.plane = nn.Linear(embedding_size, image_size**2)
        self.net = torch_dcgan.Discriminator(image_size, width, first_size, channels=4)

    def forward(self, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        size = images.shape[-1]
        plane = self.plane(self.classes(labels)).reshape(-1, 1, size, size)
        return self.net(torch.cat([images, plane], 1))

"""The published DCGAN and its training step in PyTorch, with the settings that are fastest in plain PyTorch.

Layers have the names of `emojax.models.dcgan`: ``conv_i`` and ``norm_i``. A ``conv_i.weight``
transposed by (2, 3, 1, 0) is the kernel there, for convolutions and transposed ones alike;
``norm_i.weight``, ``bias``, ``running_mean`` and ``running_var`` are scale, bias, mean and var.
PyTorch keeps the unbiased variance in ``running_var``, so running statistics agree only up to
n / (n - 1).
"""

from collections.abc import Callable
from typing import Literal, get_args

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, leaky_relu

Variant = Literal["eager", "channels_last", "compile", "autocast", "graphs"]
Step = Callable[..., dict[str, torch.Tensor]]
_Network = Callable[..., torch.Tensor]


class Generator(nn.Module):
    """Latents ``[B, latent_size]`` to images ``float32[B, 3, S, S]`` in [-1, 1].

    Radford et al., "Unsupervised Representation Learning with Deep Convolutional Generative
    Adversarial Networks", 2016, section 3 and figure 1, with half its features: at 64 px 4x4
    transposed convolutions to 512, 256, 128, 64 and 3.

    Args:
        latent_size: length of a latent.
        image_size: ``S``, `first_size` times a power of two.
        width: features before the last layer, doubled for each layer before that.
        first_size: side of the first layer's output.
    """

    def __init__(
        self, latent_size: int = 100, image_size: int = 64, width: int = 64, first_size: int = 4
    ) -> None:
        super().__init__()
        widths = _widths(image_size, width, first_size)[::-1]
        self.depth = len(widths)
        before = latent_size
        for i, after in enumerate(widths):
            kernel, stride, padding = (first_size, 1, 0) if i == 0 else (4, 2, 1)
            conv = nn.ConvTranspose2d(before, after, kernel, stride, padding, bias=False)
            self.add_module(f"conv_{i}", conv)
            self.add_module(f"norm_{i}", nn.BatchNorm2d(after))
            before = after
        self.add_module(f"conv_{self.depth}", nn.ConvTranspose2d(before, 3, 4, 2, 1, bias=False))
        self.apply(_initialize)

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        x = latents[:, :, None, None]
        for i in range(self.depth):
            x = self.get_submodule(f"conv_{i}")(x)
            x = torch.relu(self.get_submodule(f"norm_{i}")(x))
        return torch.tanh(self.get_submodule(f"conv_{self.depth}")(x))


class Discriminator(nn.Module):
    """Images ``float32[B, channels, S, S]`` to logits ``[B]``; the generator's layers in reverse.

    Batch norm on all but the first and the last layer, LeakyReLU of slope 0.2, no sigmoid.

    Args:
        image_size: ``S``, `first_size` times a power of two.
        width: features after the first layer, doubled for each layer after that.
        first_size: side of the last layer's input.
        channels: of the images.
    """

    def __init__(self, image_size: int = 64, width: int = 64, first_size: int = 4, channels: int = 3) -> None:
        super().__init__()
        widths = _widths(image_size, width, first_size)
        self.depth = len(widths)
        before = channels
        for i, after in enumerate(widths):
            self.add_module(f"conv_{i}", nn.Conv2d(before, after, 4, 2, 1, bias=False))
            if i > 0:
                self.add_module(f"norm_{i}", nn.BatchNorm2d(after))
            before = after
        self.add_module(f"conv_{self.depth}", nn.Conv2d(before, 1, first_size, 1, 0, bias=False))
        self.apply(_initialize)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = images
        for i in range(self.depth):
            x = self.get_submodule(f"conv_{i}")(x)
            if i > 0:
                x = self.get_submodule(f"norm_{i}")(x)
            x = leaky_relu(x, 0.2)
        return self.get_submodule(f"conv_{self.depth}")(x).reshape(len(images))


def make_step(
    variant: Variant,
    generator: nn.Module,
    discriminator: nn.Module,
    *,
    generator_learning_rate: float,
    discriminator_learning_rate: float,
    betas: tuple[float, float] = (0.4, 0.999),
    smoothing: float = 0.0,
) -> Step:
    """A training step ``(images [B, 3, S, S], latents [B, latent_size], *labels) -> losses``.

    One Adam update of the discriminator on a batch of images and a batch of fakes, then one of the
    generator, on the same fakes and the updated discriminator. Both networks are updated in place. The step
    returns the scalars ``d_loss`` and ``g_loss``, each computed before its update. Labels are passed to both
    networks unchanged.

    Args:
        variant: ``eager``; ``channels_last``, the same with channels innermost in memory; ``compile``, that
            with `torch.compile` (needs a C++ compiler; the first call is slow); ``autocast``,
            ``channels_last`` with bfloat16 where autocast allows it; or ``graphs``, ``compile`` with CUDA
            graphs.
        generator: ``latents, *labels -> images``; both networks are on the device of the images.
        discriminator: ``images, *labels -> logits [B]``.
        generator_learning_rate: of Adam.
        discriminator_learning_rate: of Adam.
        betas: of Adam.
        smoothing: the discriminator's target is one minus this for images, and this for fakes.

    Raises:
        ValueError: the variant is unknown.
    """
    if variant not in get_args(Variant):
        raise ValueError(f"unknown variant {variant!r}; use one of {', '.join(get_args(Variant))}")
    layout = torch.contiguous_format if variant == "eager" else torch.channels_last
    for network in (generator, discriminator):
        network.to(memory_format=layout)  # type: ignore[call-overload, unused-ignore]  # Missing in its stubs.
        network.train()
    generate: _Network = generator
    discriminate: _Network = discriminator
    if variant in ("compile", "graphs"):
        mode = "reduce-overhead" if variant == "graphs" else None
        generate, discriminate = torch.compile(generator, mode=mode), torch.compile(discriminator, mode=mode)
    # The fused form makes one pass over all parameters instead of several over each tensor.
    g_optimizer = torch.optim.Adam(generator.parameters(), generator_learning_rate, betas, fused=True)
    d_optimizer = torch.optim.Adam(discriminator.parameters(), discriminator_learning_rate, betas, fused=True)

    def step(images: torch.Tensor, latents: torch.Tensor, *labels: torch.Tensor) -> dict[str, torch.Tensor]:
        if variant == "graphs":  # tensors of the step before may be overwritten
            torch.compiler.cudagraph_mark_step_begin()
        with torch.autocast(images.device.type, torch.bfloat16, enabled=variant == "autocast"):
            return update(images, latents, *labels)

    def update(images: torch.Tensor, latents: torch.Tensor, *labels: torch.Tensor) -> dict[str, torch.Tensor]:
        fakes = generate(latents, *labels)

        d_optimizer.zero_grad(set_to_none=True)
        real_logits = discriminate(images.to(memory_format=layout), *labels)
        fake_logits = discriminate(fakes.detach(), *labels)
        d_loss = _cross_entropy(real_logits, 1.0 - smoothing) + _cross_entropy(fake_logits, smoothing)
        d_loss.backward()
        d_optimizer.step()

        g_optimizer.zero_grad(set_to_none=True)
        # The generator's update needs no gradient by the discriminator's weights, which would be a third
        # of the backward pass.
        discriminator.requires_grad_(False)
        g_loss = _cross_entropy(discriminate(fakes, *labels), 1.0)
        g_loss.backward()
        g_optimizer.step()
        discriminator.requires_grad_(True)
        return {"d_loss": d_loss.detach(), "g_loss": g_loss.detach()}

    return step


def _widths(image_size: int, width: int, first_size: int) -> list[int]:
    doublings = (image_size // first_size).bit_length() - 1
    if doublings < 1 or first_size * 2**doublings != image_size:
        sizes = ", ".join(str(first_size * 2**i) for i in range(1, 5))
        raise ValueError(f"image_size must be {sizes} ...; got {image_size}")
    return [width * 2**i for i in range(doublings)]


def _initialize(module: nn.Module) -> None:
    """Section 4 of the paper for kernels; scales from N(1, 0.02^2) as in PyTorch's own DCGAN."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def _cross_entropy(logits: torch.Tensor, target: float) -> torch.Tensor:
    return binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))

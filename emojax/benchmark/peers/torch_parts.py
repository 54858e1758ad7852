"""The generator of faces from parts and its training step in PyTorch.

See `emojax.models.emoji_parts.generator` and `emojax.training.emoji_parts.step`; layers have their names.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Literal, get_args

import torch
from torch import nn
from torch.nn.functional import interpolate, leaky_relu, pixel_shuffle, softplus

from emojax.models.emoji_parts import placing

Variant = Literal["eager", "channels_last", "compile", "autocast"]
Step = Callable[..., dict[str, torch.Tensor]]

_MOVES = (0, 1, 2, 3, 0)
_SQUARED = 0.5


class Generator(nn.Module):
    """Movements ``[B, AMOUNTS]`` and parts ``[B, K]`` to images ``float32[B, 3, S, S]``.

    Args:
        groups: numbers of parts of each kind, which sum to K.
        widths: features at each resolution.
        grid_size, code, embedding_size, style: as of `PartGenerator`.
    """

    def __init__(
        self, groups: Sequence[int], widths: Sequence[int], *, grid_size: int, code: int, **sizes: int
    ) -> None:
        super().__init__()
        self.groups, self.depth, self.side, self.code = tuple(groups), len(widths), grid_size, code
        embedding, style = sizes["embedding_size"], sizes["style"]
        self.table = nn.Parameter(torch.randn(sum(groups), embedding))
        self.grid = nn.Linear(embedding, grid_size**2 * code, bias=False)
        self.style = nn.Linear(embedding + placing.AMOUNTS - 1, style)
        before = code
        for i, features in enumerate(widths):
            for half, inputs in (("a", before), ("b", features)):
                self.add_module(f"conv_{i}{half}", nn.Conv2d(inputs, features, 3, 1, 1, bias=False))
                self.add_module(f"film_{i}{half}", nn.Linear(style, 2 * features))
            before = features
        self.pixels = nn.Conv2d(before, 12, 3, 1, 1, bias=False)

    def forward(self, latents: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        x, whole = self._grid(latents, classes)
        style = torch.relu(self.style(torch.cat([whole, latents[:, :-1]], 1)))
        for i in range(self.depth):
            x = x if i == 0 else interpolate(x, scale_factor=2, mode="nearest")
            for half in "ab":
                x = self.get_submodule(f"conv_{i}{half}")(x)
                scale, shift = self.get_submodule(f"film_{i}{half}")(style)[..., None, None].chunk(2, 1)
                x = x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-6)
                x = leaky_relu(x * (1 + scale) + shift, 0.2)
        image = pixel_shuffle(self.pixels(x), 2)
        return torch.where(latents[:, -1, None, None, None] < 0, image.flip(3), image)

    def _grid(self, latents: torch.Tensor, classes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        moved, s, first = sources(latents), self.side, 0
        total = torch.zeros(len(latents), s * s, self.code, device=latents.device)
        for count, move in zip(self.groups, _MOVES, strict=True):
            part = slice(first, first + count)
            first += count
            laid_out = self.grid(classes[:, part] @ self.table[part]).unflatten(1, (s * s, self.code))
            total = total + resampling(moved[:, move], s) @ laid_out
        return total.transpose(1, 2).unflatten(2, (s, s)), classes @ self.table


class Discriminator(nn.Module):
    """Images ``float32[B, 3, S, S]`` and parts ``[B, K]`` to logits ``[B]``, with a projection.

    Args:
        classes: K.
        widths: features of the convolutions.
        first_size: side of the last features.
    """

    def __init__(self, classes: int, widths: Sequence[int], *, first_size: int = 4) -> None:
        super().__init__()
        self.depth, before = len(widths), 3
        for i, features in enumerate(widths):
            self.add_module(f"conv_{i}", nn.Conv2d(before, features, 4, 2, 1, bias=False))
            before = features
        self.add_module(f"conv_{self.depth}", nn.Conv2d(before, 1, first_size, 1, 0, bias=False))
        self.table = nn.Parameter(0.02 * torch.randn(classes, before))

    def forward(self, images: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        x = images
        for i in range(self.depth):
            x = leaky_relu(self.get_submodule(f"conv_{i}")(x), 0.2)
        logits = self.get_submodule(f"conv_{self.depth}")(x).reshape(len(x))
        return logits + ((classes @ self.table) * x.sum((2, 3))).sum(1)


def sources(amounts: torch.Tensor) -> torch.Tensor:
    """`placing.sources`, ``[B, 4, 2, 3]``."""
    deviations, middles = (
        torch.as_tensor(x, device=amounts.device) for x in (placing.DEVIATIONS, placing.MIDDLES)
    )
    moved = amounts[:, :-1].unflatten(1, (-1, 4)) * deviations
    turn, factor = torch.deg2rad(moved[..., 3]), moved[..., 2].exp()
    c, s = factor * turn.cos(), factor * turn.sin()
    linear = torch.stack([torch.stack([c, -s], -1), torch.stack([s, c], -1)], -2)
    shift = middles + moved[..., :2] - (linear @ middles[..., None])[..., 0]
    # Parts are moved in the face, which is moved.
    face, face_shift = linear[:, :1], shift[:, :1]
    linear = torch.cat([face, face @ linear[:, 1:]], 1)
    shift = torch.cat([face_shift, (face @ shift[:, 1:, :, None])[..., 0] + face_shift], 1)
    inverse = torch.linalg.inv(linear)
    return torch.cat([inverse, -inverse @ shift[..., None]], -1)


def resampling(source: torch.Tensor, side: int) -> torch.Tensor:
    """``[B, side², side²]``: bilinear weights of a grid's places."""
    unit = placing.SIDE / side
    axis = (torch.arange(side, device=source.device) + 0.5) * unit
    y, x = (a.reshape(-1) for a in torch.meshgrid(axis, axis, indexing="ij"))
    at = source @ torch.stack([x, y, torch.ones_like(x)]) / unit - 0.5
    steps = torch.arange(side, device=source.device)
    across, down = ((1 - (at[:, i, :, None] - steps).abs()).clamp_min(0) for i in (0, 1))
    return (down[..., :, None] * across[..., None, :]).flatten(2)


def make_step(
    variant: Variant,
    generator: Generator,
    discriminator: Discriminator,
    *,
    learning_rates: tuple[float, float],
    betas: tuple[tuple[float, float], tuple[float, float]],
    likeness_weight: float,
    r1_weight: float,
    r1_every: int,
) -> Step:
    """A training step ``(images [B, 3, S, S], latents, classes) -> losses``; both nets change in place.

    Args:
        variant: ``eager``; ``channels_last``, with channels innermost in memory; ``compile``, that with
            `torch.compile`, but for the R1 penalty, whose second derivative it does not compile; or
            ``autocast``, ``channels_last`` with bfloat16 where autocast allows it.
        generator, discriminator: on the device of the images.
        learning_rates, betas: of Adam, the generator's first.
        likeness_weight, r1_weight, r1_every: as in ``configs/parts.py``.

    Raises:
        ValueError: the variant is unknown.
    """
    if variant not in get_args(Variant):
        raise ValueError(f"unknown variant {variant!r}; use one of {', '.join(get_args(Variant))}")
    layout = torch.contiguous_format if variant == "eager" else torch.channels_last
    for network in (generator, discriminator):
        network.to(memory_format=layout)  # type: ignore[call-overload, unused-ignore]
    compiled = torch.compile if variant == "compile" else lambda network: network
    generate, discriminate = compiled(generator), compiled(discriminator)
    adam = functools.partial(torch.optim.Adam, fused=True)
    g_optimizer = adam(generator.parameters(), learning_rates[0], betas[0])
    d_optimizer = adam(discriminator.parameters(), learning_rates[1], betas[1])

    def step(images: torch.Tensor, latents: torch.Tensor, classes: torch.Tensor) -> dict[str, torch.Tensor]:
        images = images.to(memory_format=layout)
        with torch.autocast(images.device.type, torch.bfloat16, enabled=variant == "autocast"):
            fakes = generate(latents, classes)
            d_optimizer.zero_grad(set_to_none=True)
            real, fake = discriminate(torch.cat([images, fakes.detach()]), classes.repeat(2, 1)).chunk(2)
            d_loss = softplus(-real).mean() + softplus(fake).mean()
            penalized = images[::r1_every].clone().requires_grad_()
            logits = discriminator(penalized, classes[::r1_every]).sum()
            (gradient,) = torch.autograd.grad(logits, penalized, create_graph=True)
            r1 = gradient.square().sum() * r1_every / len(images)
        (d_loss + 0.5 * r1_weight * r1).backward()
        d_optimizer.step()

        g_optimizer.zero_grad(set_to_none=True)
        discriminator.requires_grad_(False)
        with torch.autocast(images.device.type, torch.bfloat16, enabled=variant == "autocast"):
            difference = fakes - images
            likeness = difference.abs().mean() + _SQUARED * difference.square().mean()
            g_loss = softplus(-discriminate(fakes, classes)).mean()
        (likeness_weight * likeness + g_loss).backward()
        g_optimizer.step()
        discriminator.requires_grad_(True)
        return {
            "d_loss": d_loss.detach(),
            "r1": r1.detach(),
            "likeness": likeness.detach(),
            "g_loss": g_loss.detach(),
        }

    return step

"""The parts' autoencoders and their training step in PyTorch; see `emojax.models.autoencoder`.

All nets have one architecture, so a step is one function of a net's parameters, called for each of them.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Literal, get_args

import torch
from torch import nn
from torch.func import functional_call, stack_module_state
from torch.nn.functional import leaky_relu, pixel_shuffle, softplus

Variant = Literal["eager", "channels_last", "vmap", "compile", "autocast", "graphs"]

_SLOPE = 0.1
_PATCH = 4
_MIN_AREA = 1 / 16


class Autoencoder(nn.Module):
    """Shapes ``float32[B, channels, size, size]`` to logits of that shape.

    Args:
        widths: features of the layers.
        embedding: length of the embedding.
        size: side of the input in pixels.
        channels: of the input.
    """

    def __init__(self, widths: Sequence[int], embedding: int, size: int = 64, channels: int = 3) -> None:
        super().__init__()
        self.side, self.last = size // (_PATCH * 2 ** (len(widths) - 1)), widths[-1]
        pairs = list(itertools.pairwise(widths))
        self.patches = nn.Conv2d(channels, widths[0], _PATCH, _PATCH)
        self.down = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in pairs)
        self.bottleneck = nn.Linear(self.side**2 * self.last, embedding)
        self.opening = nn.Linear(embedding, self.side**2 * self.last)
        self.up = nn.ModuleList(nn.ConvTranspose2d(b, a, 4, 2, 1) for a, b in pairs[::-1])
        self.drawing = nn.Conv2d(widths[0], _PATCH**2 * channels, 1)

    def forward(self, shapes: torch.Tensor) -> torch.Tensor:
        x = leaky_relu(self.patches(shapes), _SLOPE)
        for layer in self.down:
            x = leaky_relu(layer(x), _SLOPE)
        x = leaky_relu(self.opening(self.bottleneck(x.flatten(1))), _SLOPE)
        x = x.unflatten(1, (self.last, self.side, self.side))
        for layer in self.up:
            x = leaky_relu(layer(x), _SLOPE)
        return pixel_shuffle(self.drawing(x), _PATCH)


def shape_loss(logits: torch.Tensor, shapes: torch.Tensor, dice: float) -> torch.Tensor:
    """The scalar loss of `emojax.training.parts.losses.shape_loss`, with Dice's weight; channels first."""
    pixels = shapes.shape[2] * shapes.shape[3]
    cross_entropy = (softplus(logits) - logits * shapes).sum((2, 3))
    area = shapes.sum((2, 3))
    drawn = torch.sigmoid(logits)
    overlap = (drawn * shapes).sum((2, 3))
    loss = cross_entropy / area.clamp_min(_MIN_AREA * pixels)
    loss = loss + dice * (1 - (2 * overlap + 1) / (area + drawn.sum((2, 3)) + 1))
    return loss.sum(1).mean()


def make_step(
    variant: Variant,
    nets: Sequence[Autoencoder],
    *,
    learning_rate: float,
    betas: tuple[float, float],
    dice: float,
) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """A training step ``(inputs, targets [T, B, channels, S, S]) -> mean loss``; the nets change in place.

    Args:
        variant: ``eager``, net after net; ``channels_last``, the same with channels innermost in memory;
            ``vmap``, all nets in one call; ``compile``, ``channels_last`` with `torch.compile`; ``autocast``,
            ``channels_last`` in bfloat16; or ``graphs``, ``compile`` with CUDA graphs.
        nets: T nets on the device of the batch.
        learning_rate: of Adam.
        betas: of Adam.
        dice: weight of the Dice loss.

    Raises:
        ValueError: the variant is unknown.
    """
    if variant not in get_args(Variant):
        raise ValueError(f"unknown variant {variant!r}; use one of {', '.join(get_args(Variant))}")
    layout = torch.contiguous_format if variant in ("eager", "vmap") else torch.channels_last
    for net in nets:
        net.to(memory_format=layout)  # type: ignore[call-overload, unused-ignore]
    base, device = nets[0], next(nets[0].parameters()).device
    trees: list[dict[str, torch.Tensor]] = [dict(net.named_parameters()) for net in nets]
    if variant == "vmap":
        stacked, _ = stack_module_state(list(nets))  # type: ignore[arg-type, unused-ignore]
        trees = [stacked]
    parameters = [leaf for tree in trees for leaf in tree.values()]
    optimizer = torch.optim.Adam(parameters, learning_rate, betas, fused=True)

    def loss_of(tree: dict[str, torch.Tensor], inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        with torch.autocast(device.type, torch.bfloat16, enabled=variant == "autocast"):
            logits = functional_call(base, tree, (inputs,))
        return shape_loss(logits.float(), targets, dice)

    one = loss_of
    if variant in ("compile", "graphs"):
        one = torch.compile(loss_of, mode="reduce-overhead" if variant == "graphs" else None)

    def step(inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        optimizer.zero_grad(set_to_none=True)
        if variant == "vmap":
            every = torch.vmap(loss_of)(trees[0], inputs, targets)
            every.sum().backward()
            optimizer.step()
            return every.detach().mean()
        losses = []
        for tree, x, y in zip(trees, inputs, targets, strict=True):
            if variant == "graphs":
                torch.compiler.cudagraph_mark_step_begin()
            # Backward at once: the graph of the next net would overwrite what this one keeps for it.
            loss = one(tree, x.contiguous(memory_format=layout), y)
            loss.backward()
            losses.append(loss.detach().clone())
        optimizer.step()
        return torch.stack(losses).mean()

    return step

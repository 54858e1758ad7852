"""The public face parser's BiSeNet in PyTorch, under its public parameter names, and its light variant.

``forward`` returns the output of every stage, so that a parity test finds the stage at which nets differ.
`make_parser` is the net for inference, with the settings that are fastest in plain PyTorch.
"""

from collections.abc import Callable
from typing import Literal, get_args

import torch
from torch import nn
from torch.nn.functional import interpolate

from emojax.benchmark.peers.torch_resnet import ResNet, conv

Variant = Literal["eager", "channels_last", "compile", "frozen", "autocast", "graphs"]
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class ConvBNReLU(nn.Module):
    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.conv = conv(inputs, outputs, kernel)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.bn(self.conv(x)))


class Refinement(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = ConvBNReLU(inputs, outputs, 3)
        self.conv_atten = conv(outputs, outputs, 1)
        self.bn_atten = nn.BatchNorm2d(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv(x)
        return x * torch.sigmoid(self.bn_atten(self.conv_atten(x.mean((2, 3), keepdim=True))))


class ContextPath(nn.Module):
    def __init__(self, w: int) -> None:
        super().__init__()
        self.resnet = ResNet((2, 2, 2, 2), w, bottleneck=False)
        self.arm16 = Refinement(4 * w, 2 * w)
        self.arm32 = Refinement(8 * w, 2 * w)
        self.conv_head32 = ConvBNReLU(2 * w, 2 * w, 3)
        self.conv_head16 = ConvBNReLU(2 * w, 2 * w, 3)
        self.conv_avg = ConvBNReLU(8 * w, 2 * w, 1)


class Fusion(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.convblk = ConvBNReLU(features, features, 1)
        self.conv1 = conv(features, features // 4, 1)
        self.conv2 = conv(features // 4, features, 1)

    def forward(self, spatial: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        x = self.convblk(torch.cat([spatial, context], dim=1))
        gate = torch.relu(self.conv1(x.mean((2, 3), keepdim=True)))
        return x + x * torch.sigmoid(self.conv2(gate))


class Output(nn.Module):
    def __init__(self, inputs: int, features: int) -> None:
        super().__init__()
        self.conv = ConvBNReLU(inputs, features, 3)
        self.conv_out = conv(features, 19, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv_out(self.conv(x))


class BiSeNet(nn.Module):
    """The face parser; its options are those of `emojax.models.bisenet.BiSeNet`.

    Args:
        width: channels of the first stage.
        head_stride: 8, as in the public net, or 4, which adds a layer of our own, ``narrow``.
        align_corners: of the bilinear interpolation of features and scores.
    """

    def __init__(self, width: int = 64, head_stride: Literal[4, 8] = 8, align_corners: bool = True) -> None:
        super().__init__()
        self.align_corners = align_corners
        self.cp = ContextPath(width)
        self.ffm = Fusion(4 * width)
        self.narrow = ConvBNReLU(4 * width, width, 1) if head_stride == 4 else None
        inputs = 4 * width if self.narrow is None else 2 * width
        self.conv_out = Output(inputs, inputs)
        self.conv_out16 = Output(2 * width, width)
        self.conv_out32 = Output(2 * width, width)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """ImageNet-normalised ``[B, 3, H, W]`` to all stages and the three heads' scores, NCHW."""
        stages = self.features(x)
        heads = {
            "logits": self.scores(stages),
            "aux16": self.conv_out16(stages["context8"]),
            "aux32": self.conv_out32(stages["context16"]),
        }
        return stages | {name: self._enlarge(scores, x.shape[2:]) for name, scores in heads.items()}

    def features(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """What `forward` returns, without the heads."""
        cp = self.cp
        stages = cp.resnet(x)
        _, x8, x16, x32 = stages
        tail = cp.conv_avg(x32.mean((2, 3), keepdim=True))
        context16 = cp.conv_head32(interpolate(cp.arm32(x32) + tail, scale_factor=2, mode="nearest"))
        context8 = cp.conv_head16(interpolate(cp.arm16(x16) + context16, scale_factor=2, mode="nearest"))
        trunk = {f"stage{index}": stage for index, stage in enumerate(stages, start=1)}
        return trunk | {
            "tail": tail,
            "context16": context16,
            "context8": context8,
            "fusion": self.ffm(x8, context8),
        }

    def scores(self, features: dict[str, torch.Tensor]) -> torch.Tensor:
        """The main head's ``[B, 19, H / head_stride, W / head_stride]``."""
        x = features["fusion"]
        if self.narrow is not None:
            x4 = features["stage1"]
            x = torch.cat([x4, self._enlarge(self.narrow(x), x4.shape[2:])], dim=1)
        return self.conv_out(x)

    def _enlarge(self, x: torch.Tensor, size: torch.Size) -> torch.Tensor:
        return interpolate(x, size, mode="bilinear", align_corners=self.align_corners)


def make_parser(variant: Variant, net: BiSeNet) -> Callable[[torch.Tensor], torch.Tensor]:
    """Inference: ``uint8[B, H, W, 3]`` to logits ``float32[B, 19, h, w]`` of the main head.

    Args:
        variant: ``eager``; ``channels_last``, the same with channels innermost in memory; ``compile``, that
            with `torch.compile` (needs a C++ compiler; the first call is slow); ``frozen``, that with
            weights as constants, which folds normalizations into convolutions and is not PyTorch's default;
            ``autocast``, ``channels_last`` in bfloat16; or ``graphs``, ``compile`` with CUDA graphs.
        net: on the device of the images; set to evaluation mode and to the variant's memory layout in place.

    Raises:
        ValueError: the variant is unknown.
    """
    if variant not in get_args(Variant):
        raise ValueError(f"unknown variant {variant!r}; use one of {', '.join(get_args(Variant))}")
    layout = torch.contiguous_format if variant == "eager" else torch.channels_last
    net.eval().requires_grad_(False).to(memory_format=layout)  # type: ignore[call-overload, unused-ignore]
    device = next(net.parameters()).device
    mean = torch.tensor(IMAGENET_MEAN, device=device)[:, None, None]
    std = torch.tensor(IMAGENET_STD, device=device)[:, None, None]

    def scores(images: torch.Tensor) -> torch.Tensor:
        x = images.permute(0, 3, 1, 2).float() * (1 / (255 * std)) - mean / std
        with torch.autocast(device.type, torch.bfloat16, enabled=variant == "autocast"):
            return net.scores(net.features(x.contiguous(memory_format=layout)))

    if variant in ("eager", "channels_last", "autocast"):
        return torch.inference_mode()(scores)
    compiled = torch.compile(scores, mode="reduce-overhead" if variant == "graphs" else None)

    @torch.inference_mode()
    def parse(images: torch.Tensor) -> torch.Tensor:
        # Passed to torch.compile as an option it has no effect, because it is read before the options are.
        with torch._inductor.config.patch(freezing=variant == "frozen"):
            return compiled(images)

    return parse

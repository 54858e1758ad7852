"""The public face parser's BiSeNet in PyTorch, under its public parameter names: the parity reference.

Written for these tests. ``forward`` returns every stage, because an error is found
where it is made and not only where it ends.
"""

import torch
from torch import nn
from torch.nn.functional import interpolate
from torch_resnet import ResNet, conv


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
    """``forward`` takes ImageNet-normalised ``[B, 3, H, W]`` and returns a dict of stages, NCHW."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.cp = ContextPath(width)
        self.ffm = Fusion(4 * width)
        self.conv_out = Output(4 * width, 4 * width)
        self.conv_out16 = Output(2 * width, width)
        self.conv_out32 = Output(2 * width, width)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        size, cp = x.shape[2:], self.cp
        stages = cp.resnet(x)
        _, x8, x16, x32 = stages
        tail = cp.conv_avg(x32.mean((2, 3), keepdim=True))
        context16 = cp.conv_head32(interpolate(cp.arm32(x32) + tail, scale_factor=2, mode="nearest"))
        context8 = cp.conv_head16(interpolate(cp.arm16(x16) + context16, scale_factor=2, mode="nearest"))
        fusion = self.ffm(x8, context8)
        heads = {
            "logits": self.conv_out(fusion),
            "aux16": self.conv_out16(context8),
            "aux32": self.conv_out32(context16),
        }
        trunk = {f"stage{index}": stage for index, stage in enumerate(stages, start=1)}
        features = {"tail": tail, "context16": context16, "context8": context8, "fusion": fusion}
        return (
            trunk
            | features
            | {name: interpolate(x, size, mode="bilinear", align_corners=True) for name, x in heads.items()}
        )

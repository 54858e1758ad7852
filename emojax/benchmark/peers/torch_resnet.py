"""torchvision's residual networks in PyTorch, under torchvision's parameter names.

Written for parity tests and comparisons, so that they need neither torchvision nor its checkpoints.
"""

import torch
from torch import nn


def conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)


class Block(nn.Module):
    """Basic (two 3×3) or bottleneck (1×1, 3×3, 1×1) residual block."""

    def __init__(self, inputs: int, width: int, stride: int, bottleneck: bool) -> None:
        super().__init__()
        outputs = 4 * width if bottleneck else width
        kernels = [(inputs, width, 1, 1), (width, width, 3, stride), (width, outputs, 1, 1)]
        if not bottleneck:
            kernels = [(inputs, width, 3, stride), (width, width, 3, 1)]
        self.depth = len(kernels)
        for index, arguments in enumerate(kernels, start=1):
            setattr(self, f"conv{index}", conv(*arguments))
            setattr(self, f"bn{index}", nn.BatchNorm2d(arguments[1]))
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x
        for index in range(1, self.depth + 1):
            y = getattr(self, f"bn{index}")(getattr(self, f"conv{index}")(y))
            y = torch.relu(y) if index < self.depth else y
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """The trunk; ``forward`` returns the four stages' features, NCHW."""

    def __init__(self, sizes: tuple[int, ...], width: int, bottleneck: bool) -> None:
        super().__init__()
        self.conv1 = conv(3, width, 7, 2)
        self.bn1 = nn.BatchNorm2d(width)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        inputs = width
        for stage, blocks in enumerate(sizes):
            layers = []
            for index in range(blocks):
                stride = 2 if stage and not index else 1
                layers.append(Block(inputs, width << stage, stride, bottleneck))
                inputs = (width << stage) * (4 if bottleneck else 1)
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        stages = []
        for stage in range(1, 5):
            x = getattr(self, f"layer{stage}")(x)
            stages.append(x)
        return stages


class ResNet50(ResNet):
    """With the classifier of the public checkpoint; ``forward`` returns the classifier's input."""

    def __init__(self, width: int = 64) -> None:
        super().__init__((3, 4, 6, 3), width, bottleneck=True)
        self.fc = nn.Linear(32 * width, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        return super().forward(x)[-1].mean((2, 3))

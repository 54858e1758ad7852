"""Runs the PyTorch references on NumPy values, channels last. Needs PyTorch."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
IMAGENET_STD = np.array([0.229, 0.224, 0.225], np.float32)


def shapes(module: torch.nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def fill(module: torch.nn.Module, state: Mapping[str, np.ndarray]) -> torch.nn.Module:
    module.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in state.items()})
    return module.eval()


def run(module: torch.nn.Module, images: np.ndarray) -> Any:
    """The module's outputs for images in [-1, 1]; feature maps are moved to NHWC."""
    normalized = ((images + 1) / 2 - IMAGENET_MEAN) / IMAGENET_STD
    with torch.no_grad():
        out = module(torch.from_numpy(normalized.transpose(0, 3, 1, 2).copy()))
    if isinstance(out, torch.Tensor):
        return out.numpy()
    return {name: tensor.numpy().transpose(0, 2, 3, 1) for name, tensor in out.items()}

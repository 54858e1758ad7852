"""Random checkpoints under public names, the same on every machine: drawn by NumPy, not by PyTorch."""

from collections.abc import Mapping

import numpy as np


def random_state(shapes: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, np.ndarray]:
    """A value for every key, in a scale that keeps activations near one through all layers."""
    rng = np.random.default_rng(seed)
    state = {}
    for name, shape in sorted(shapes.items()):
        if name.endswith("num_batches_tracked"):
            state[name] = np.array(7)
        elif name.endswith("running_var") or (name.endswith("weight") and len(shape) == 1):
            state[name] = rng.uniform(0.5, 1.5, shape).astype(np.float32)
        elif len(shape) == 4:
            spread = np.sqrt(2 / np.prod(shape[1:]))
            state[name] = rng.normal(0, spread, shape).astype(np.float32)
        else:
            state[name] = rng.normal(0, 0.2, shape).astype(np.float32)
    return state


def random_images(batch: int, height: int, width: int, seed: int) -> np.ndarray:
    """``float32[B, H, W, 3]`` in [-1, 1], with low frequencies as photos have, drawn by NumPy."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(-1, 1, (batch, height // 8, width // 8, 3))
    noise = rng.uniform(-1, 1, (batch, height, width, 3))
    return (0.7 * np.kron(coarse, np.ones((1, 8, 8, 1))) + 0.3 * noise).astype(np.float32)

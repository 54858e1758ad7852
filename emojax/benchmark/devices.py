"""How programs of either framework set up their process, and what they say of their device."""

import os
from typing import Any

from emojax.benchmark.timing import WorkerError
from emojax.core import runtime


def configure_jax() -> None:
    """As every emojax program, but sharing a GPU with a peer; before anything touches a device."""
    runtime.configure()
    # A peer works on the same GPU, whose memory JAX would otherwise take at once.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")


def jax_facts(device: Any) -> dict[str, Any]:
    """What `measure` wants to know of a program that takes a step per call on this `jax.Device` alone."""
    import jax

    return {
        "platform": device.platform,
        "device": device.device_kind,
        "devices": 1,
        "devices_present": jax.device_count(),
        "steps_per_call": 1,
    }


def configure_torch(platform: str, keep_memory: bool) -> Any:
    """PyTorch at its fastest, as a `torch.device`.

    Args:
      platform: JAX's name of the device to run on.
      keep_memory: whether to keep freed memory as emojax does.

    Raises:
      WorkerError: PyTorch does not see the device.
    """
    if keep_memory:
        runtime.keep_freed_memory()
    import torch

    if platform != "cpu" and not torch.cuda.is_available():
        raise WorkerError(f"this PyTorch sees no CUDA device, while JAX runs on {platform}")
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = True  # as XLA does, and PyTorch itself in convolutions
    torch.manual_seed(0)
    return torch.device("cpu" if platform == "cpu" else "cuda")


def torch_facts(device: Any) -> dict[str, Any]:
    """``device`` and ``devices`` of a program on this `torch.device`."""
    import torch

    name = torch.cuda.get_device_name() if device.type == "cuda" else "cpu"
    return {"device": name, "devices": 1}

"""Sets up a worker process for JAX or PyTorch, and describes the device it uses."""

import os
from typing import Any

from emojax.benchmark.timing import WorkerError
from emojax.core import runtime


def configure_jax() -> None:
    """Configures this process as every emojax program, but so that it can share a GPU with a peer.

    To be called before JAX first uses a device.
    """
    runtime.configure()
    # By default JAX reserves most of a GPU's memory at once, and the peer needs some of it.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")


def jax_facts(device: Any) -> dict[str, Any]:
    """Entries of `Program.facts` for a program that takes one step per call on this one `jax.Device`."""
    import jax

    return {
        "platform": device.platform,
        "device": device.device_kind,
        "devices": 1,
        "devices_present": jax.device_count(),
        "steps_per_call": 1,
    }


def configure_torch(platform: str, keep_memory: bool) -> Any:
    """Configures PyTorch for speed and returns the `torch.device` to use.

    Args:
      platform: JAX's name of the platform: "cpu", "gpu", ...
      keep_memory: whether the allocator keeps freed memory, as in emojax's programs.

    Raises:
      WorkerError: JAX runs on an accelerator and PyTorch finds no CUDA device.
    """
    if keep_memory:
        runtime.keep_freed_memory()
    import torch

    if platform != "cpu" and not torch.cuda.is_available():
        raise WorkerError(f"PyTorch finds no CUDA device, while JAX runs on {platform}")
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = True  # as XLA does, and PyTorch itself in convolutions
    torch.manual_seed(0)
    return torch.device("cpu" if platform == "cpu" else "cuda")


def torch_facts(device: Any) -> dict[str, Any]:
    """Entries of `Program.facts` that describe this `torch.device`."""
    import torch

    name = torch.cuda.get_device_name() if device.type == "cuda" else "cpu"
    return {"device": name, "devices": 1}

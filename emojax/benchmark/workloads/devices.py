"""Sets up a worker process for JAX or PyTorch, and describes the device it uses."""

import os
import time
from typing import Any

from emojax.benchmark.timing import Build, Program, WorkerError
from emojax.core import runtime


def configure_jax() -> None:
    """Configures this process as every emojax program, but so that it can share a GPU with a peer.

    Programs are compiled and not read from the cache, so that their compilation can be timed. To be called
    before JAX first uses a device.
    """
    runtime.configure()
    import jax

    jax.config.update("jax_enable_compilation_cache", False)
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


def compile_program(lowered: Any, *, steps: int = 1) -> tuple[Any, dict[str, float]]:
    """Compiles a program, and says what that took and what the compiler counts.

    Args:
      lowered: a `jax.stages.Lowered`.
      steps: that are one after the other in the program. Those of a rolled loop are counted once.

    Returns:
      The program, and entries of `Program.facts`: ``compile_seconds``; of a step the ``compiled_gflop`` and
      ``compiled_gbyte``, arithmetic and memory traffic in 10⁹ as the compiled program has them on each
      device; and ``device_memory_mb``, its arguments, results and temporary arrays.
    """
    start = time.perf_counter()
    compiled = lowered.compile()
    facts = {"compile_seconds": time.perf_counter() - start}
    found = compiled.cost_analysis() or {}
    found = found[0] if isinstance(found, list) else found
    for name, key in (("compiled_gflop", "flops"), ("compiled_gbyte", "bytes accessed")):
        # Where a kernel is another library's, the compiler counts nothing, or a negative number.
        if found.get(key, 0) > 0:
            facts[name] = found[key] / 1e9 / steps
    memory = compiled.memory_analysis()
    if memory is not None:
        size = memory.argument_size_in_bytes + memory.output_size_in_bytes + memory.temp_size_in_bytes
        facts["device_memory_mb"] = (size - memory.alias_size_in_bytes) / 2**20
    return compiled, facts


def training_program(task: Any, data: Any, batch: Any, facts: dict[str, Any]) -> Program:
    """The training steps of a task, under ``jit`` on one device; to be built after `configure_jax`.

    Args:
      task: an `emojax.training.engine.task.Task` that knows its data.
      data: NumPy arrays, which are placed on the device.
      batch: ``(data, step) -> batch``.
      facts: of a step, such as ``images``.
    """
    import jax

    from emojax.core import rng
    from emojax.training.devices import parallel

    plan = parallel.make_plan("jit", task.config.batch_size)
    state = parallel.initialize(plan, task.init, rng.root(task.config.seed))
    length = parallel.steps_per_call(plan, 0)
    dataset = parallel.place(plan, data)
    compiled = parallel.compile_steps(plan, batch, task.step, length)
    steps, costs = compile_program(compiled.lower(state, dataset), steps=length if plan.on_cpu else 1)

    def call() -> None:
        nonlocal state
        state, metrics = steps(state, dataset)
        jax.block_until_ready((state, metrics))

    own = jax_facts(plan.mesh.devices.flat[0]) | {"steps_per_call": length}
    return Program(call, length, own | costs | facts)


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


def torch_memory(device: Any) -> Any:
    """`Program.device_memory_mb` of a program on this `torch.device`."""
    import torch

    if device.type != "cuda":
        return None
    return lambda: torch.cuda.max_memory_allocated() / 2**20


def torch_facts(device: Any) -> dict[str, Any]:
    """Entries of `Program.facts` that describe this `torch.device`."""
    import torch

    name = torch.cuda.get_device_name() if device.type == "cuda" else "cpu"
    return {"device": name, "devices": 1}


def join_and_build(coordinator: str, processes: int, index: int, build: Build) -> Program:
    """Builds a program in one of several processes of a job; the first program joins it.

    Args:
      coordinator: ``HOST:PORT`` of process 0.
      processes: of the job.
      index: of this process.
      build: makes the program.
    """
    configure_jax()
    import jax

    from emojax.training.devices import processes as job

    if not jax.distributed.is_initialized():
        job.join(coordinator=coordinator, num_processes=processes, process_id=index)
    return build()

"""The workloads by name: what is measured, and what it is compared with."""

import dataclasses
import functools
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from typing import Any

from emojax.benchmark.timing import Build, Program
from emojax.benchmark.workers import WARM_UP_CALLS
from emojax.benchmark.workloads import (
    autoencoder,
    data,
    gan,
    matching,
    parser,
    parts,
    scaling,
    selfie,
    startup,
)

MakeProgram = Callable[[dict[str, Any]], Program]
"""``config -> program``. It is sent to a worker by pickle, so it must be importable by name."""


@dataclasses.dataclass(frozen=True)
class Workload:
    """What is measured under one name.

    Attributes:
      config: the recipe that is run, ``NAME`` or ``NAME:VARIANT``, or the settings themselves.
      programs: emojax's programs for it. The first is always measured; the others do the same on several
        devices, and are measured where there are several.
      uncompared: emojax's programs that do something else; they are measured, but not compared.
      baselines: programs that do the same without a framework, each in a worker of its own.
      peers: ``(config, variant, platform=, steps=, keep_memory=) -> Program`` by framework, which does
        the same as the first program.
      peer_variants: the variants of each peer.
      accelerated: further variants of each peer, for accelerators alone.
      batch_size: replaces ``config.batch_size``, unless None.
      calls: of a program in a turn.
      warm_up: calls of a program before any is measured.
      by_devices: ``(number of devices, whether several processes share them) -> programs``, all uncompared;
        replaces `uncompared`.
    """

    config: str | Mapping[str, Any]
    programs: Mapping[str, MakeProgram]
    uncompared: Mapping[str, MakeProgram] = dataclasses.field(default_factory=dict)
    baselines: Mapping[str, MakeProgram] = dataclasses.field(default_factory=dict)
    peers: Mapping[str, Callable[..., Program]] = dataclasses.field(default_factory=dict)
    peer_variants: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    accelerated: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    batch_size: int | None = None
    calls: int = 10
    warm_up: int = WARM_UP_CALLS
    by_devices: Callable[..., Mapping[str, MakeProgram]] | None = None


_TORCH = ("eager", "channels_last", "compile")
_CUDA = {"torch": ("autocast", "graphs")}
_STARTS: Mapping[str, Callable[..., Program]] = {
    "train": startup.training_program,
    "selfie": functools.partial(startup.inference_program, flags=("--selfie", "demo")),
    "generate": functools.partial(startup.inference_program, flags=("--generate", "1")),
}

_GAN = Workload(
    config="dcgan",
    programs={
        "emojax": functools.partial(gan.emojax_program, mode="auto"),
        "emojax_jit": functools.partial(gan.emojax_program, mode="jit"),
        "emojax_mesh": functools.partial(gan.emojax_program, mode="mesh"),
    },
    peers={"torch": gan.torch_program},
    peer_variants={"torch": _TORCH},
    accelerated=_CUDA,
)

WORKLOADS: Mapping[str, Workload] = {
    "gan": _GAN,
    "cgan": dataclasses.replace(_GAN, config="cdcgan"),
    "parser": Workload(
        config="bisenet:refine",
        programs={"emojax": parser.emojax_program},
        uncompared={
            "emojax_labels": functools.partial(parser.labels_program, faces=1),
            "emojax_labels_batch8": functools.partial(parser.labels_program, faces=8),
        },
        peers={"torch": parser.torch_program},
        peer_variants={"torch": (*_TORCH, "frozen")},
        accelerated=_CUDA,
        batch_size=1,
    ),
    "autoencoder": Workload(
        config="autoencoder",
        programs={"emojax": autoencoder.emojax_program},
        uncompared={"emojax_drawn": functools.partial(autoencoder.emojax_program, drawn=True)},
        peers={"torch": autoencoder.torch_program},
        peer_variants={"torch": ("eager", "channels_last", "vmap", "compile")},
        accelerated=_CUDA,
    ),
    "parts": Workload(
        config="parts:64",
        programs={"emojax": parts.emojax_program},
        peers={"torch": parts.torch_program},
        peer_variants={"torch": _TORCH},
        accelerated={"torch": ("autocast",)},
    ),
    "match": Workload(
        config={"faces": matching.FACES, "variants": matching.VARIANTS},
        programs={"emojax": matching.emojax_program},
        baselines={
            f"numpy_{kind}": functools.partial(matching.numpy_program, kind=kind)
            for kind in ("loop", "product", "product_only")
        },
        calls=3,
    ),
    "selfie": Workload(config={"side": 1080}, programs={"emojax": selfie.emojax_program}),
    "data": Workload(
        config="dcgan",
        programs={"batch": data.batch_program},
        uncompared={"read": data.read_program, "render": data.render_program},
        calls=3,
        warm_up=1,
    ),
    "startup": Workload(
        config={"recipe": "dcgan"},
        programs={"import": startup.import_program},
        uncompared={
            f"{name}_{heat}": functools.partial(make, warm=heat == "warm")
            for name, make in _STARTS.items()
            for heat in ("cold", "warm")
        },
        calls=1,
        warm_up=1,
    ),
    "scaling": Workload(
        config="dcgan",
        programs={"emojax": functools.partial(gan.emojax_program, mode="auto")},
        by_devices=scaling.programs,
    ),
}


def peer_programs(
    workload: Workload, config: dict[str, Any], peer: str, facts: Mapping[str, Any]
) -> tuple[dict[str, Build], dict[str, str]]:
    """What a framework has to run, and why it cannot run the rest.

    Args:
      workload: one of `WORKLOADS`.
      config: what to run.
      peer: one of the workload's peers.
      facts: of the workload's first program.

    Returns:
      Programs, and reasons, by name of the variant.
    """
    # The allocator's settings matter only where a step allocates host memory.
    on_cpu = facts["platform"] == "cpu"
    keep = (False, True) if on_cpu and sys.platform == "linux" else (False,)
    compiler = os.environ.get("CXX", "clang++" if sys.platform == "darwin" else "g++")
    programs: dict[str, Build] = {}
    skipped: dict[str, str] = {}
    further = () if on_cpu else workload.accelerated.get(peer, ())
    for variant in (*workload.peer_variants[peer], *further):
        for keep_memory in keep:
            name = f"{peer}_{variant}" + "_kept_memory" * keep_memory
            if variant in ("compile", "frozen", "graphs") and shutil.which(compiler) is None:
                skipped[name] = f"torch.compile needs a C++ compiler, and there is no {compiler}"
                continue
            programs[name] = functools.partial(
                workload.peers[peer],
                config,
                variant,
                platform=facts["platform"],
                steps=facts["steps_per_call"],
                keep_memory=keep_memory,
            )
    return programs, skipped

"""The workload ``data``: how many images a second each stage of the GAN's data gives.

``batch`` samples a batch out of the data set on the device, compiled alone; in training it is part of the
step. ``read`` decodes the prepared data set, once a run, and ``render`` draws it, once on a machine. The
drawings are stand-ins for OpenMoji's, as many and of the same size but simpler, so that nothing is
downloaded.
"""

import functools
import os
import tempfile
from pathlib import Path
from typing import Any

from emojax.benchmark.timing import Program
from emojax.benchmark.workloads import devices, gan, startup

_HOST = {"device": "cpu", "devices": 1, "images": gan.IMAGES, "gflop": None}


def batch_program(config: dict[str, Any]) -> Program:
    """`GanTask.batch` of one step."""
    devices.configure_jax()
    import jax
    import ml_collections

    from emojax.core import rng
    from emojax.training import tasks

    images = {"images": gan.random_images(config["data"]["size"])}
    task = tasks.make_task(ml_collections.ConfigDict(config)).for_data(images)
    dataset, step = jax.device_put(images), jax.numpy.zeros((), jax.numpy.int32)
    draw = jax.jit(functools.partial(task.batch, key=rng.root(task.config.seed)))
    compiled, costs = devices.compile_program(draw.lower(dataset, step))

    def call() -> None:
        jax.block_until_ready(compiled(dataset, step))

    facts = {"images": config["batch_size"], "gflop": None}
    return Program(call, 1, devices.jax_facts(jax.devices()[0]) | costs | facts)


def read_program(config: dict[str, Any]) -> Program:
    """The prepared data set of the stand-in drawings, decoded."""
    from emojax.data.openmoji import emoji

    root, size = tempfile.TemporaryDirectory(prefix="emojax-benchmark-"), config["data"]["size"]
    drawings = Path(root.name) / "drawings"
    startup.write_drawings(drawings)
    os.environ["EMOJAX_CACHE"] = root.name  # of this worker, whose user has no use for the stand-ins

    def call() -> None:
        found = emoji.load("smileys", size=size, openmoji_dir=Path(root.name) / "drawings")
        assert len(found.images) == gan.IMAGES

    return Program(call, 1, dict(_HOST))


def render_program(config: dict[str, Any]) -> Program:
    """All stand-in drawings, rasterised."""
    from emojax.media.svg import rasterize

    with tempfile.TemporaryDirectory(prefix="emojax-benchmark-") as root:
        folder = Path(root) / "drawings"
        startup.write_drawings(folder)
        drawings = [file.read_bytes() for file in sorted(folder.glob("*.svg"))]

    def call() -> None:
        for drawing in drawings:
            rasterize(drawing, size=config["data"]["size"], name="drawing")

    return Program(call, 1, dict(_HOST))

"""The workload ``selfie``: from a photo's file to the text of an SVG, stage by stage, once all is loaded.

The photo is the portrait that ships, enlarged or shrunk to 1080 × 1080 pixels and stored as JPEG. Stages are
reading the file, those of `Avatar.timings_ms`, and writing the SVG's text.
"""

import io
import time
from typing import Any

from emojax.benchmark.timing import Program
from emojax.benchmark.workloads import devices


def emojax_program(config: dict[str, Any]) -> Program:
    """What ``infer.py --selfie`` does with a photo in the style flat.

    Args:
      config: the ``side`` of the photo in pixels.

    Raises:
      UserError: no face is found.
    """
    devices.configure_jax()
    import jax

    from emojax.avatar.extractors import table
    from emojax.avatar.faces.parser import FaceParser
    from emojax.avatar.pipeline import AvatarMaker
    from emojax.avatar.result import Avatar
    from emojax.avatar.styles import style
    from emojax.media import image

    photo = photo_file(config["side"])
    maker = AvatarMaker.load(style.load(style.find("flat")), table.load(table.DEFAULT), FaceParser.load())

    def call() -> dict[str, float]:
        start = time.perf_counter()
        pixels = image.decode_photo("photo.jpg", photo)
        read = time.perf_counter()
        (avatar,) = maker.make([pixels])
        if not isinstance(avatar, Avatar):
            raise avatar
        made = time.perf_counter()
        avatar.svg()
        drawn = time.perf_counter()
        return {"read": 1e3 * (read - start), **avatar.timings_ms, "draw": 1e3 * (drawn - made)}

    return Program(call, 1, devices.jax_facts(jax.devices()[0]) | {"images": 1, "gflop": None})


def photo_file(side: int) -> bytes:
    """The portrait that ships, its middle square resized to `side` pixels, as the bytes of a JPEG file."""
    from PIL import Image, ImageOps

    from emojax.avatar import demo

    file = io.BytesIO()
    with Image.open(demo.PORTRAIT) as portrait:
        ImageOps.fit(portrait, (side, side), Image.Resampling.BICUBIC).save(file, "JPEG", quality=92)
    return file.getvalue()

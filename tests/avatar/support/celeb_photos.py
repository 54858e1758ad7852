"""Drawn faces as photo files, and programs' fakes around them."""

import io
import zipfile
from pathlib import Path

import numpy as np
from avatar.support.drawn_face import empty_photo, on_photo
from PIL import Image

from emojax.avatar.faces.detection import Box

WIDTH, HEIGHT = 356, 436
"""Twice those of CelebA's aligned photos: in smaller drawings edges have too many colours for a parser
that goes by these."""


def photo(seed: int) -> np.ndarray:
    """``uint8[436, 356, 3]`` with a face about where CelebA's are; every fourth one turned and small."""
    rng = np.random.default_rng(seed)
    square = Box(178 + rng.uniform(-6, 6), 228 + rng.uniform(-6, 6), 320 * rng.uniform(0.95, 1.05))
    if seed % 4 == 3:
        square = Box(square.x, square.y, 260, 20)
    return on_photo(empty_photo(HEIGHT, WIDTH), square)


def files(count: int) -> dict[str, bytes]:
    """000001.png and so on; of a dozen, the fifth is no picture and the seventh shows nobody."""
    found = {}
    for number in range(1, count + 1):
        pixels = empty_photo(HEIGHT, WIDTH) if number % 12 == 7 else photo(number)
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, format="PNG")
        found[f"{number:06d}.png"] = b"text" if number % 12 == 5 else stream.getvalue()
    return found


def write_folder(folder: Path, count: int) -> Path:
    folder.mkdir()
    for name, data in files(count).items():
        (folder / name).write_bytes(data)
    return folder


def write_zip(path: Path, count: int) -> Path:
    with zipfile.ZipFile(path, "w") as bundle:
        for name, data in files(count).items():
            bundle.writestr(f"img_align_celeba/{name}", data)
    return path


def write_attributes(path: Path, count: int) -> Path:
    """As CelebA's, with columns padded for the eye; photo n has attribute k where n + k is even."""
    titles = " ".join(f"Attribute_{k}" for k in range(40))
    lines = [
        " ".join([f"{number:06d}.png ", *(f"{1 - 2 * ((number + k) % 2):2d}" for k in range(40))])
        for number in range(1, count + 1)
    ]
    path.write_text("\n".join([str(count), titles, *lines]) + "\n")
    return path

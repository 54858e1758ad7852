"""240 round faces of our own, in place of OpenMoji, which tests need no network for."""

import dataclasses
import itertools
import json
from pathlib import Path

import numpy as np

from emojax.evaluation.gan.reference import Reference
from emojax.media.svg import rasterize

SIZE = 32
_GROUNDS = ("#fcea2b", "#f5dc20", "#ffe84a", "#ea5a47")
_EYES = (
    '<circle cx="{x}" cy="30" r="3.5"/>',
    '<circle cx="{x}" cy="29" r="6" fill="#fff" stroke="#000" stroke-width="2"/>'
    '<circle cx="{x}" cy="29" r="2"/>',
    '<path d="M{l} 31q4 -7 8 0" fill="none" stroke="#000" stroke-width="2.5"/>',
    '<path d="M{l} 27l8 6m0 -6l-8 6" stroke="#000" stroke-width="2.5"/>',
)
_MOUTHS = (
    '<path d="M24 44q12 12 24 0" fill="none" stroke="#000" stroke-width="3"/>',
    '<path d="M24 50q12 -12 24 0" fill="none" stroke="#000" stroke-width="3"/>',
    '<ellipse cx="36" cy="47" rx="7" ry="9"/>',
    '<path d="M23 42h26q-2 14 -13 14t-13 -14" fill="#fff" stroke="#000" stroke-width="2.5"/>',
    '<path d="M26 47h20" stroke="#000" stroke-width="3"/>',
)
_EXTRAS = (
    "",
    '<path d="M20 20l12 3m20 -3l-12 3" stroke="#000" stroke-width="3"/>',
    '<circle cx="54" cy="22" r="6" fill="#61b2e4"/>',
)


def drawing(number: int) -> str:
    """A face as SVG, another one for each of 240 numbers."""
    looks = list(itertools.product(_EYES, _MOUTHS, _EXTRAS, _GROUNDS))
    eyes, mouth, extra, ground = looks[number * 77 % len(looks)]  # 77 and their number share no factor
    both = "".join(eyes.format(x=x, l=x - 4) for x in (27, 45))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72">'
        f'<circle cx="36" cy="36" r="25" fill="{ground}"/>{both}{mouth}{extra}</svg>'
    )


def pictures(numbers: range, size: int = SIZE) -> np.ndarray:
    """``uint8[N, size, size, 3]``."""
    return np.stack([rasterize(drawing(i).encode(), size=size, name=str(i)) for i in numbers])


def reference(count: int = 48, *, held_out: int = 0, size: int = SIZE) -> Reference:
    """Faces as `emojax.evaluation.gan.reference.load` gives them."""
    return Reference(
        name="drawn",
        images=pictures(range(count), size),
        hexcodes=tuple(f"1F{i:03X}" for i in range(count)),
        held_out=(
            pictures(range(220, 220 + held_out), size) if held_out else np.zeros((0, size, size, 3), np.uint8)
        ),
        held_out_hexcodes=tuple(f"E{i:03X}" for i in range(held_out)),
        version="custom",
        digest="0" * 64,
    )


def write_folder(folder: Path, count: int = 48) -> Path:
    """The same as a folder for ``--openmoji_dir``."""
    (folder / "color" / "svg").mkdir(parents=True)
    (folder / "data").mkdir()
    rows = []
    for number, hexcode in enumerate(f"1F{i:03X}" for i in range(count)):
        (folder / "color" / "svg" / f"{hexcode}.svg").write_text(drawing(number))
        rows.append(
            {
                "emoji": chr(int(hexcode, 16)),
                "hexcode": hexcode,
                "group": "smileys-emotion",
                "subgroups": "face-smiling",
                "annotation": f"face {number}",
                "tags": "",
                "openmoji_tags": "",
                "skintone": "",
                "order": number + 1,
            }
        )
    (folder / "data" / "openmoji.json").write_text(json.dumps(rows))
    return folder


@dataclasses.dataclass(frozen=True)
class Projection:
    """An extractor that takes no time: pictures of 16 × 16, projected at random."""

    name: str = "emoji_net"
    version: str = "projection"

    def __call__(self, images: np.ndarray) -> np.ndarray:
        block = images.shape[1] // 16
        small = images.reshape(len(images), 16, block, 16, block, 3).astype(np.float32).mean((2, 4))
        matrix = np.random.RandomState(0).standard_normal((16 * 16 * 3, 64)).astype(np.float32)
        return np.stack([row @ matrix for row in small.reshape(len(images), -1) / 127.5 - 1.0]) / 28

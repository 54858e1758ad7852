"""Cases of pictures, drawings and styles."""

import io
import json
import os
import random
from pathlib import Path
from typing import Any, Final

import numpy as np
from avatar.support import tiny_style
from PIL import Image

from emojax.avatar.styles import build, style
from emojax.avatar.styles.composition import compose
from emojax.media import image, svg
from fuzz import mutation
from fuzz.running import Kind

_FORMATS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("JPEG", {}),
    ("JPEG", {"progressive": True}),
    ("PNG", {}),
    ("GIF", {}),
    ("BMP", {}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ("TIFF", {"compression": "jpeg"}),
    ("WEBP", {}),
    ("AVIF", {"speed": 10}),
)
_MODES: Final = {"JPEG": ("RGB", "L", "CMYK"), "BMP": ("RGB", "P"), "AVIF": ("RGB",), "WEBP": ("RGB", "RGBA")}


def _photo(rng: random.Random, path: Path) -> None:
    format, options = rng.choice(_FORMATS)
    modes = _MODES.get(format, ("RGB", "L", "P", "RGBA"))
    mode = "RGB" if options.get("compression") == "jpeg" else rng.choice(modes)
    noise = np.random.default_rng(rng.randrange(100)).integers(0, 256, (24, 40, 3), np.uint8)
    picture = Image.fromarray(noise).resize((rng.choice((16, 40, 400)), rng.choice((16, 30)))).convert(mode)
    if format not in ("GIF", "BMP"):
        exif = Image.Exif()
        exif[0x0112] = rng.randrange(1, 9)
        options = options | {"exif": exif}
    file = io.BytesIO()
    picture.save(file, format, **options)
    path.write_bytes(mutation.of_bytes(rng, file.getvalue()))


def _read_photo(path: Path) -> None:
    pixels = image.read_photo(path)
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3


def _mask(rng: random.Random, path: Path) -> None:
    file = io.BytesIO()
    Image.new(rng.choice(("L", "P", "1", "RGB", "I;16", "LA")), (20, 20)).save(file, "PNG")
    path.write_bytes(mutation.of_bytes(rng, file.getvalue()))


_SHAPES: Final = (
    '<path d="M1 1L50 30q3 4 5-6a9 9 0 1 1 9 9z" {}/>',
    '<rect x="3" y="4" width="40" height="20" rx="3" {}/>',
    '<circle cx="30" cy="30" r="20" {}/>',
    '<polygon points="1,2 30,40 5,60" {}/>',
    '<line x1="1" y1="2" x2="60" y2="50" stroke="#f00" {}/>',
)
_LOOKS: Final = (
    *('fill="#fc3"', 'opacity=".5"', 'stroke="#000" stroke-width="3" stroke-dasharray="4 2"', ""),
    *('transform="rotate(30) scale(2)"', 'style="fill: url(#{0}); opacity: .3"', 'class="a"'),
    *('fill="url(#{0})"', "fill=\"url('#{0}')\"", 'mask="url(#{0})"', 'mask="#{0}"', 'clip-path="#{0}"'),
    *('clip-path="url(#{0})"', 'stroke="url( #{0} )"', 'filter="url(#{0})"', 'mask="x.svg#{0}"'),
)
_CONTAINERS: Final = (
    *("<g {1}>{2}</g>", '<mask id="{0}" {1}>{2}</mask>', '<clipPath id="{0}">{2}</clipPath>'),
    *('<pattern id="{0}" width="9" height="9" {1}>{2}</pattern>', '<defs>{2}</defs><use href="#{0}" {1}/>'),
    *('<linearGradient id="{0}" href="#a1"><stop offset="1"/></linearGradient>', '<g id="{0}">{2}</g>'),
    *('<symbol id="{0}" viewBox="0 0 9 9">{2}</symbol>', '<use xlink:href="#{0}" x="3" {1}/>'),
)


def _elements(rng: random.Random, depth: int, names: tuple[str, ...]) -> str:
    """Shapes and containers that refer to one another at random."""
    made = []
    for _ in range(rng.randint(1, 3)):
        look = rng.choice(_LOOKS).format(rng.choice(names))
        if depth and rng.random() < 0.7:
            inner = _elements(rng, depth - 1, names)
            made.append(rng.choice(_CONTAINERS).format(rng.choice(names), look, inner))
        else:
            made.append(rng.choice(_SHAPES).format(look))
    text = "".join(made)
    return text * rng.choice((1, 1, 1, 2, 40) if len(text) < 20_000 else (1,))


def _svg(rng: random.Random, path: Path) -> None:
    names = rng.choice((("a0", "a1", "a2"), ("a'0", "a'1", "a1"), ("é", "a b", "#a1", "a1")))
    sheet = rng.choice(("", "<style>.a { fill: url(#a1); mask: url(#a0) } rect { opacity: .9 }</style>"))
    body = sheet + _elements(rng, rng.randint(1, 5), names)
    xlink = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
    text = f'<svg xmlns="http://www.w3.org/2000/svg" {xlink} viewBox="0 0 72 72">{body}</svg>'
    path.write_bytes(mutation.encoded(mutation.of_text(rng, text) if rng.random() < 0.7 else text))


def _draw(path: Path) -> None:
    pixels = svg.rasterize(path.read_bytes(), size=32, name=path.name)
    assert pixels.shape == (32, 32, 3)


def _style(rng: random.Random, path: Path) -> None:
    tiny_style.write(path)
    drawing = path / "parts" / rng.choice(list(style.PART_TYPES)) / "one.svg"
    match rng.randrange(10):
        case 0 | 1 | 2 | 3 | 4:
            text = mutation.of_json(rng, tiny_style.manifest())
            (path / "style.json").write_bytes(mutation.encoded(text))
        case 5:
            drawing.unlink()
            drawing.symlink_to(rng.choice((drawing, "/etc/passwd", "/dev/zero", "../nothing")))
        case 6:
            drawing.unlink()
            rng.choice((os.mkfifo, os.mkdir))(drawing)
        case 7:
            drawing.write_bytes(mutation.of_bytes(rng, drawing.read_bytes()))
        case _:
            drawing.write_bytes(mutation.encoded(mutation.of_text(rng, drawing.read_text())))


def _compose(path: Path) -> None:
    loaded = style.load(path)
    svg.rasterize(compose(loaded, {}, {}).encode(), size=32, background=None, name="avatar")


_HAIR: Final = (
    '<shape id="disc" r="4" x="1"><circle cx="{153+x}" cy="{(1+2)*r/4}" r="{r}" fill="@hair.deep"/></shape>'
    '<variant id="one" length="long" texture="wavy" fringe="true"><pair><draw shape="disc" r="8"/></pair>'
    '<path class="hair" d="M{2*3} 0H9V{-5/2}Z" fill="@hair"/></variant>'
)


def _templates(rng: random.Random, path: Path) -> None:
    tiny_style.write(path)
    (path / "templates").mkdir()
    manifest, hair = json.dumps(tiny_style.manifest()), f"<part>{_HAIR}</part>"
    if rng.random() < 0.5:
        manifest = mutation.of_json(rng, tiny_style.manifest())
    else:
        hair = mutation.of_text(rng, hair)
    (path / "templates" / "style.json").write_bytes(mutation.encoded(manifest))
    for part in style.PART_TYPES:
        text = hair if part == "hair" else '<part><variant id="one"/></part>'
        (path / "templates" / f"{part}.xml").write_bytes(mutation.encoded(text))


DRAWINGS: Final = {
    "photo": Kind(_photo, _read_photo),
    "mask": Kind(_mask, image.read_mask),
    "svg": Kind(_svg, _draw),
    "style": Kind(_style, _compose),
    "templates": Kind(_templates, build.render),
}

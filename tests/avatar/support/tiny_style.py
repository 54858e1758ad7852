"""The smallest sound style: one or two square parts of each type, for tests to break."""

import json
from pathlib import Path
from typing import Any

from emojax.avatar.styles.manifest import PART_TYPES, SLOTS

SHAPES = {
    "head": '<path data-outline="" data-class="skin" fill="#f3c6a5" data-fill="skin"'
    ' d="M73 16H233V282H73Z"/>',
    "hair": '<path data-class="hair" fill="#332211" data-fill="hair" d="M60 0H246V80H60Z"/>'
    '<path data-layer="back" data-class="hair" fill="#332211" data-fill="hair.deep" d="M60 0H246V300H60Z"/>',
    "hat": '<path data-keep="hair" fill="none" d="M-100 40H400V400H-100Z"/>'
    '<path data-class="hat" fill="#aa0000" data-fill="hat" d="M70 -20H236V40H70Z"/>',
    "facial_hair": '<g data-clip="head"><path data-class="skin" fill="#332211" data-fill="beard"'
    ' d="M0 220H306V300H0Z"/></g>',
    "mouth": '<path data-class="lower-lip" fill="#c0706c" data-fill="lips" d="M123 224H183V240H123Z"/>',
}


def part(shapes: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 306 306">{shapes}</svg>'


def manifest() -> dict[str, Any]:
    parts = {}
    for depth, (kind, tags) in enumerate(PART_TYPES.items()):
        layers = {"back": -1, "front": depth} if kind == "hair" else {"front": depth}
        values = {tag: choices[-1] for tag, choices in tags.items()}
        if kind in ("mouth", "glasses"):  # what `SHAPES` draws
            values |= {"open": False} if kind == "mouth" else {"glasses": False}
        parts[kind] = {"z": layers, "default": "one", "variants": {"one": values}}
    return {
        "name": "tiny",
        "version": "1",
        "licence": "CC0-1.0",
        "author": "Nobody",
        "canvas": [-57, -58, 420],
        "palettes": {slot: [{"id": "first", "hex": "#804020"}] for slot in SLOTS},
        "follows": {"beard": "hair.deep"},
        "parts": parts,
    }


def write(folder: Path) -> Path:
    """Makes the style in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "style.json").write_text(json.dumps(manifest()))
    for kind in PART_TYPES:
        (folder / "parts" / kind).mkdir(parents=True, exist_ok=True)
        (folder / "parts" / kind / "one.svg").write_text(part(SHAPES.get(kind, "")))
    return folder

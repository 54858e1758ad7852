"""The smallest style that passes the checks: one or two square shapes a part type, for tests to alter."""

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

TAGS: dict[str, dict[str, str | bool]] = {
    "hair": {"length": "long", "texture": "coily", "fringe": True},
    "mouth": {"open": False, "smile": True},
    "glasses": {"glasses": False},
    "facial_hair": {"kind": "beard"},
    "hat": {"hat": True},
}


def part(shapes: str) -> str:
    """An SVG file with these shapes."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 306 306">{shapes}</svg>'


def manifest() -> dict[str, Any]:
    """The content of ``style.json``."""
    parts = {}
    for depth, part_type in enumerate(PART_TYPES):
        layers = {"back": -1, "front": depth} if part_type == "hair" else {"front": depth}
        tags = dict(TAGS.get(part_type, {}))
        parts[part_type] = {"z": layers, "default": "one", "variants": {"one": tags}}
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


def changed_manifest(**changes: Any) -> dict[str, Any]:
    """The content of ``style.json`` with other values at dotted paths (``__`` for dots); None deletes."""
    content = manifest()
    for dotted, value in changes.items():
        *path, last = dotted.split("__")
        node = content
        for key in path:
            node = node[key]
        if value is None:
            del node[last]
        else:
            node[last] = value
    return content


def write(folder: Path) -> Path:
    """Makes the style in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "style.json").write_text(json.dumps(manifest()))
    for part_type in PART_TYPES:
        (folder / "parts" / part_type).mkdir(parents=True, exist_ok=True)
        (folder / "parts" / part_type / "one.svg").write_text(part(SHAPES.get(part_type, "")))
    return folder

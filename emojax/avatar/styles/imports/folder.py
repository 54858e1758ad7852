"""Writes a style's folder out of translated drawings, and what the original renderer calls its parts."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement

from emojax.avatar.styles.part import serialize
from emojax.core.errors import UserError
from emojax.core.files import replacing_directory

OPTIONS: Final = "renderer.json"
"""File of a style's folder that says how the original renderer is asked for each part."""


@dataclasses.dataclass(frozen=True)
class Drawing:
    """One variant.

    Attributes:
      shapes: in the face frame.
      clips: clip paths that these refer to.
      tags: as of ``style.json``.
    """

    shapes: Sequence[Element]
    clips: Sequence[Element]
    tags: Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Imported:
    """A style to write.

    Attributes:
      manifest: ``style.json`` without ``parts``.
      layers: by part type its ``z``.
      defaults: by part type its default variant.
      drawings: by part type and variant.
      renderer: what `OPTIONS` says.
    """

    manifest: Mapping[str, Any]
    layers: Mapping[str, Mapping[str, int]]
    defaults: Mapping[str, str]
    drawings: Mapping[str, Mapping[str, Drawing]]
    renderer: Mapping[str, Any]


def write(imported: Imported, folder: Path) -> int:
    """Writes a style's folder, whole or not at all.

    Returns:
      The number of drawings.

    Raises:
      UserError: the folder holds something else than a style of this kind, or cannot be written.
    """
    if folder.exists() and not (folder / OPTIONS).is_file():
        raise UserError(f"--out {folder} exists and holds no imported style: choose another folder")
    parts = {
        part: {
            "z": dict(imported.layers[part]),
            "default": imported.defaults[part],
            "variants": {name: dict(drawing.tags) for name, drawing in variants.items()},
        }
        for part, variants in imported.drawings.items()
    }
    try:
        with replacing_directory(folder) as made:
            for part, variants in imported.drawings.items():
                (made / "parts" / part).mkdir(parents=True)
                for name, drawing in variants.items():
                    text = serialize(_document(drawing))
                    (made / "parts" / part / f"{name}.svg").write_text(text, encoding="utf-8")
            for name, content in (
                ("style.json", {**imported.manifest, "parts": parts}),
                (OPTIONS, imported.renderer),
            ):
                (made / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"--out {folder}: cannot be written ({error.strerror}); choose another") from error
    return sum(map(len, imported.drawings.values()))


def _document(drawing: Drawing) -> Element:
    root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 306 306"})
    if drawing.clips:
        SubElement(root, "defs").extend(drawing.clips)
    root.extend(drawing.shapes)
    return root

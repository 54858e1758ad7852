"""The avatar report as a folder of files: all of them, or none."""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import numpy as np

from emojax.avatar.result import Avatar
from emojax.evaluation import report_folder
from emojax.evaluation.avatar.faces import Face
from emojax.evaluation.avatar.report import Judged
from emojax.media import grids, image, svg

_TILE: Final = 192
"""Side of each picture on a contact sheet, in pixels."""

_PAIRS: Final = 4
"""Faces in a row, each with its avatar."""

_EXTREMES: Final = 12
_FACES: Final = 60
"""Faces on the sheets of most and of least overlap, and on that of the first by name."""

_REPORT: Final = "avatar.json"
_SUFFIXES: Final = (".md", ".json", ".png")


def writing(out: Path) -> AbstractContextManager[Path]:
    """`report_folder.writing` for an avatar report."""
    return report_folder.writing(out, main=_REPORT, kind="avatar report", suffixes=_SUFFIXES)


def write(folder: Path, text: str, document: Mapping[str, Any], judged: Mapping[str, Judged]) -> None:
    """Writes ``avatar.md`` and ``avatar.json``, and for each extractor contact sheets: ``best-NAME.png``,
    ``worst-NAME.png`` and ``faces-NAME.png``."""
    (folder / "avatar.md").write_text(text + "\n", encoding="utf-8")
    (folder / _REPORT).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    for extractor, found in judged.items():
        for name, sheet in sheets(found).items():
            image.save_png(folder / f"{name}-{extractor}.png", sheet)


def sheets(judged: Judged) -> dict[str, np.ndarray]:
    """Faces beside their avatars, ``uint8[H, W, 3]``: of most overlap, of least, and the first by name."""
    by_name = sorted(judged.made, key=lambda pair: pair[0].name)
    return {
        "best": _sheet(judged.made[::-1][:_EXTREMES]),
        "worst": _sheet(judged.made[:_EXTREMES]),
        "faces": _sheet(by_name[:_FACES]),
    }


def _sheet(made: Sequence[tuple[Face, Avatar]]) -> np.ndarray:
    tiles = [
        tile for _, avatar in made for tile in (grids.fit_square(avatar.crop.pixels, _TILE), _drawn(avatar))
    ]
    return grids.grid(np.stack(tiles), columns=2 * _PAIRS, background=255)


def _drawn(avatar: Avatar) -> np.ndarray:
    return svg.rasterize(avatar.svg().encode(), size=_TILE, background="white", name="avatar")

"""The avatar report as a folder of files: all of them, or none."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from emojax import grids, image, svg
from emojax.avatar.result import Avatar
from emojax.errors import UserError
from emojax.evaluation.avatar_faces import Face
from emojax.evaluation.avatar_report import Judged
from emojax.files import replacing_directory

_TILE: Final = 192  # pixels
_PAIRS: Final = 4  # in a row
_FEW: Final = 12
_MANY: Final = 60
_REPORT: Final = "avatar.json"
_SUFFIXES: Final = (".md", ".json", ".png")


@contextlib.contextmanager
def writing(out: Path) -> Iterator[Path]:
    """Yields a folder that becomes `out` at the end; if the block raises, `out` is as it was.

    Raises:
      UserError: `out` is a file, holds what no earlier report wrote, or cannot be written.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out} is a file: give a folder")
    _check_ours(out)
    try:
        with replacing_directory(out.resolve()) as folder:
            yield folder
            _check_ours(out)  # again, minutes later
    except OSError as error:
        raise UserError(
            f"--out {out}: cannot be written ({error.strerror or error}); choose another place"
        ) from error


def write(folder: Path, text: str, document: Mapping[str, Any], judged: Mapping[str, Judged]) -> None:
    """Writes ``avatar.md`` and ``avatar.json``, and for each extractor contact sheets: ``best-NAME.png``,
    ``worst-NAME.png`` and ``faces-NAME.png``."""
    (folder / "avatar.md").write_text(text + "\n", encoding="utf-8")
    (folder / _REPORT).write_text(json.dumps(document, indent=2) + "\n")
    for extractor, found in judged.items():
        for name, sheet in sheets(found).items():
            image.save_png(folder / f"{name}-{extractor}.png", sheet)


def sheets(judged: Judged) -> dict[str, np.ndarray]:
    """Faces beside their avatars, ``uint8[H, W, 3]``: of most overlap, of least, and the first by name."""
    by_name = sorted(judged.made, key=lambda pair: pair[0].name)
    return {
        "best": _sheet(judged.made[::-1][:_FEW]),
        "worst": _sheet(judged.made[:_FEW]),
        "faces": _sheet(by_name[:_MANY]),
    }


def _check_ours(out: Path) -> None:
    """A folder that is replaced whole must not be anybody's photos."""
    files = list(out.iterdir()) if out.is_dir() else []
    strange = [file for file in files if not file.is_file() or file.suffix not in _SUFFIXES]
    if strange or (files and not (out / _REPORT).is_file()):
        raise UserError(f"--out {out}: holds what is no avatar report; name a new folder")


def _sheet(made: Sequence[tuple[Face, Avatar]]) -> np.ndarray:
    tiles = [
        tile for _, avatar in made for tile in (grids.fit_square(avatar.crop.pixels, _TILE), _drawn(avatar))
    ]
    return grids.grid(np.stack(tiles), columns=2 * _PAIRS, background=255)


def _drawn(avatar: Avatar) -> np.ndarray:
    return svg.rasterize(avatar.svg().encode(), size=_TILE, background="white", name="avatar")

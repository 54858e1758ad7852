"""Writes avatars as SVG, PNG or JSON, of one photo or of a folder of photos."""

import collections
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from tqdm import tqdm

from emojax.avatar.faces.files import is_photo
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.result import Avatar
from emojax.core.errors import UserError
from emojax.media import grids, image, svg

SUFFIXES: Final = (".svg", ".png", ".json")
_BATCH: Final = 16
"""Photos made into avatars at a time. Smaller, more calls; larger, more photos in memory, and more to make
again after an interruption."""

_TILE: Final = 160
"""Side of a picture on the contact sheet, in pixels."""

_SHEET: Final = "contact-sheet.png"
_SETTINGS: Final = ".settings"
"""File with the settings that a folder's avatars were made with."""


def one(
    maker: AvatarMaker,
    photo: np.ndarray,
    *,
    face: int = 0,
    exact_colors: bool = False,
    overrides: Mapping[str, str] | None = None,
) -> Avatar:
    """The avatar of a photo ``uint8[H, W, 3]``; see `AvatarMaker.make`.

    Raises:
      UserError: there is no face, or the style lacks an override.
    """
    (made,) = maker.make([photo], face=face, exact_colors=exact_colors, overrides=overrides)
    if isinstance(made, UserError):
        raise made
    return made


def write(avatar: Avatar, path: Path, *, size: int, background: str | None) -> None:
    """Writes the avatar in the format that the suffix of `path` names, whole or not at all.

    Args:
      avatar: what to write.
      path: ends in one of `SUFFIXES`.
      size: side of a PNG in pixels.
      background: ``#rrggbb``, or None for transparency.

    Raises:
      UserError: `path` cannot be written, or the background is no colour.
    """
    drawing = avatar.svg(background=background)
    if path.suffix.lower() == ".png":
        image.save_png(path, svg.rasterize(drawing.encode(), size=size, background=None, name=path.name))
        return
    text = drawing if path.suffix.lower() == ".svg" else as_text(avatar)
    with image.writing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def as_text(avatar: Avatar) -> str:
    """The avatar's JSON document."""
    return json.dumps(avatar.as_json(), indent=2, ensure_ascii=False) + "\n"


def folder(
    maker: AvatarMaker,
    source: Path,
    out: Path,
    *,
    size: int,
    background: str | None,
    exact_colors: bool,
    overrides: Mapping[str, str],
) -> tuple[int, int]:
    """Avatars of a folder's photos: ``NAME.json``, ``NAME.svg`` and ``NAME.png`` of each in `out`.

    Photos whose avatars exist and were made with the same settings are skipped, so that an interrupted run
    can be resumed. A photo that fails is reported in a line on standard error, and the rest go on. At the end
    all avatars are drawn beside their photos on one contact sheet.

    Returns:
      How many avatars there are now, and how many photos failed.

    Raises:
      UserError: there are no photos, two avatars would have one name, or `out` cannot be written.
    """
    photos = [path for path in sorted(source.iterdir()) if is_photo(path)]
    if not photos:
        raise UserError(f"{source}: no pictures in this folder; name one that holds JPEG or PNG files")
    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out} is a file: for a folder of photos give a folder")
    names = collections.Counter([Path(_SHEET).stem, *(path.stem for path in photos)])
    duplicates = [path.name for path in photos if names[path.stem] > 1]
    if duplicates:
        name = Path(duplicates[0]).stem
        raise UserError(f"{source}: two files in {out} would be called {name}; rename {duplicates[0]}")
    if out.resolve() == source.resolve():
        raise UserError(
            f"--out {out}: is the folder of the photos, which avatars could replace; name another"
        )
    settings = " ".join((maker.style.digest, maker.extractor.digest, maker.parser.digest))
    settings += f" {size} {background} {exact_colors} {json.dumps(sorted(overrides.items()))}"
    if _read_settings(out) != settings:
        for path in photos:  # first, so that an interruption leaves none that look finished
            _last_file(path, out).unlink(missing_ok=True)
        with image.writing(out / _SETTINGS) as temporary:
            temporary.write_text(settings)
    todo = [path for path in photos if not _last_file(path, out).is_file()]
    failed = 0
    with tqdm(total=len(photos), initial=len(photos) - len(todo), unit="photo", disable=None) as bar:
        for paths, pixels, errors in _read(todo):
            made = maker.make(pixels, exact_colors=exact_colors, overrides=overrides)
            for path, avatar in zip(paths, made, strict=True):
                if isinstance(avatar, UserError):
                    errors.append(f"{path}: {avatar}")
                    continue
                for suffix in SUFFIXES:
                    target = out / f"{path.stem}{suffix}"
                    write(avatar, target, size=size, background=background)
            for error in errors:
                tqdm.write(f"emojax: {error}", file=sys.stderr)
            failed += len(errors)
            bar.update(len(paths) + len(errors) - sum(isinstance(each, UserError) for each in made))
    finished = [path for path in photos if _last_file(path, out).is_file()]
    if finished:
        image.save_png(out / _SHEET, _contact_sheet(finished, out))
    return len(finished), failed


def _last_file(photo: Path, out: Path) -> Path:
    """The file of a photo's avatar that is written last: if it exists, all do."""
    return out / f"{photo.stem}{SUFFIXES[-1]}"


def _read_settings(out: Path) -> str | None:
    try:
        return (out / _SETTINGS).read_text()
    except (OSError, ValueError):
        return None


def _read(paths: Sequence[Path]) -> Iterator[tuple[list[Path], list[np.ndarray], list[str]]]:
    """Batches: the photos that could be read, their pixels, and an error for each of the others."""
    for start in range(0, len(paths), _BATCH):
        good, pixels, errors = [], [], []
        for path in paths[start : start + _BATCH]:
            try:
                pixels.append(image.read_photo(path))
                good.append(path)
            except UserError as error:
                errors.append(str(error))
        yield good, pixels, errors


def _contact_sheet(photos: Sequence[Path], out: Path) -> np.ndarray:
    """Every photo beside its avatar: ``uint8[H, W, 3]``."""
    tiles = []
    for path in photos:
        drawing = (out / f"{path.stem}.svg").read_bytes()
        avatar = svg.rasterize(drawing, size=_TILE, background="white", name=f"{path.stem}.svg")
        tiles += [grids.fit_square(image.read_photo(path), _TILE), avatar]
    columns = 2 * min(6, max(1, round(len(photos) ** 0.5)))
    return grids.grid(np.stack(tiles), columns=columns, background=255)

"""Avatars of a folder of photos; a run that was stopped goes on where it stopped."""

import dataclasses
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from tqdm import tqdm

from emojax.avatar import files
from emojax.avatar.faces.files import names, photos_in
from emojax.avatar.pipeline import AvatarMaker
from emojax.core.errors import UserError
from emojax.core.paths import refuse_replacing
from emojax.media import grids, image, svg

_BATCH: Final = 16
"""Photos made into avatars at a time. Smaller, more calls; larger, more photos in memory, and more to make
again after an interruption."""

_TILE: Final = 160
"""Side of a picture on the contact sheet, in pixels."""

_SHEET: Final = "contact-sheet"
_RECORD: Final = ".settings"
"""File with what each avatar was made from."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """What an avatar depends on besides its photo and what `AvatarMaker` holds.

    Attributes:
      size: side of PNGs in pixels.
      background: ``#rrggbb``, or None for transparency.
      exact_colors, overrides, mood: as of `AvatarMaker.make`.
    """

    size: int
    background: str | None
    exact_colors: bool
    overrides: Mapping[str, str]
    mood: str = "as-seen"


def plan(source: Path, out: Path, read: Iterable[Path | None] = ()) -> dict[Path, str]:
    """The name of each photo's avatar: ``NAME.json``, ``NAME.svg`` and ``NAME.png`` in `out`.

    Args:
      source: the folder of photos, those in its subfolders not included.
      out: where avatars are written.
      read: what else is read, and must not be replaced.

    Raises:
      UserError: there are no photos, `out` is a file, or an avatar would replace what is read.
    """
    photos = photos_in(source)
    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out} is a file: for a folder of photos give a folder")
    named = names(photos, [_SHEET])
    written = [*(file for name in named.values() for file in _files(out, name)), out / f"{_SHEET}.png"]
    refuse_replacing({f"--out {path}": path for path in written}, [*photos, *read])
    return named


def make(maker: AvatarMaker, photos: Mapping[Path, str], out: Path, settings: Settings) -> tuple[int, int]:
    """Makes the avatars that `out` lacks, or has of another photo or of other settings.

    A photo that fails is reported in a line on standard error, and the rest go on. At the end all avatars are
    drawn beside their photos on one contact sheet.

    Args:
      maker: makes them.
      photos: names by photo, see `plan`.
      out: where to write.
      settings: how to make them.

    Returns:
      How many avatars there are now, and how many photos failed.

    Raises:
      UserError: `out` cannot be written.
    """
    record = _Record(out)
    wanted = {path: _digest(path, maker, settings) for path in photos}
    todo = [path for path, name in photos.items() if not record.holds(name, wanted[path])]
    failed = 0
    with tqdm(total=len(photos), initial=len(photos) - len(todo), unit="photo", disable=None) as bar:
        for batch in (todo[i : i + _BATCH] for i in range(0, len(todo), _BATCH)):
            # First, so that an interruption leaves none that look finished.
            record.remove([photos[path] for path in batch])
            done, errors = _make_batch(maker, {path: photos[path] for path in batch}, out, settings)
            record.add({photos[path]: wanted[path] for path in done})
            for error in errors:
                tqdm.write(f"emojax: {error}", file=sys.stderr)
            failed += len(errors)
            bar.update(len(batch))
    finished = {path: name for path, name in photos.items() if record.holds(name, wanted[path])}
    if finished:
        image.save_png(out / f"{_SHEET}.png", _contact_sheet(finished, out))
    return len(finished), failed


def _make_batch(
    maker: AvatarMaker, photos: Mapping[Path, str], out: Path, settings: Settings
) -> tuple[list[Path], list[str]]:
    """Writes avatars; returns the photos that have one now, and an error for each of the others."""
    readable, pixels, errors = [], [], []
    for path in photos:
        try:
            pixels.append(image.read_photo(path))
            readable.append(path)
        except UserError as error:
            errors.append(str(error))
    made = maker.make(
        pixels, exact_colors=settings.exact_colors, overrides=settings.overrides, mood=settings.mood
    )
    done = []
    for path, avatar in zip(readable, made, strict=True):
        if isinstance(avatar, UserError):
            errors.append(f"{path}: {avatar}")
            continue
        for target in _files(out, photos[path]):
            files.write(avatar, target, size=settings.size, background=settings.background)
        done.append(path)
    return done, errors


class _Record:
    """What each avatar in a folder was made from: digests by name, in a file there."""

    def __init__(self, out: Path) -> None:
        self._out = out
        try:
            stored = json.loads((out / _RECORD).read_text(encoding="utf-8-sig"))
            self._made: dict[str, str] = {str(k): str(v) for k, v in stored.items()}
        except (OSError, ValueError, AttributeError, RecursionError):  # none yet, or damaged
            self._made = {}

    def holds(self, name: str, digest: str) -> bool:
        """Whether all files of that avatar are there, made from what has that digest."""
        return self._made.get(name) == digest and all(file.is_file() for file in _files(self._out, name))

    def add(self, made: Mapping[str, str]) -> None:
        self._made |= made
        with image.writing(self._out / _RECORD) as temporary:
            temporary.write_text(json.dumps(self._made, indent=0) + "\n", encoding="utf-8")

    def remove(self, outdated: Iterable[str]) -> None:
        """Removes avatars of these names that are of an earlier run, so that no photo has another's."""
        for name in outdated:
            if self._made.pop(name, None) is not None:
                for file in _files(self._out, name):
                    file.unlink(missing_ok=True)
        self.add({})


def _files(out: Path, name: str) -> list[Path]:
    return [out / f"{name}{suffix}" for suffix in files.SUFFIXES]


def _digest(photo: Path, maker: AvatarMaker, settings: Settings) -> str:
    """Of all that an avatar depends on."""
    digest = hashlib.sha256()
    digest.update(" ".join((maker.style.digest, maker.extractor.digest, maker.parser.digest)).encode())
    digest.update(json.dumps(dataclasses.asdict(settings), sort_keys=True).encode())
    try:
        if photo.is_file():  # a pipe would block
            with photo.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    except OSError:
        pass  # reported where the photo is read
    return digest.hexdigest()


def _contact_sheet(photos: Mapping[Path, str], out: Path) -> np.ndarray:
    """Every photo beside its avatar: ``uint8[H, W, 3]``."""
    tiles = list(_tiles(photos, out))
    columns = 2 * min(6, max(1, round(len(photos) ** 0.5)))
    return grids.grid(np.stack(tiles), columns=columns, background=255)


def _tiles(photos: Mapping[Path, str], out: Path) -> Iterator[np.ndarray]:
    for path, name in photos.items():
        drawing = (out / f"{name}.svg").read_bytes()
        yield grids.fit_square(image.read_photo(path), _TILE)
        yield svg.rasterize(drawing, size=_TILE, background="white", name=f"{name}.svg")

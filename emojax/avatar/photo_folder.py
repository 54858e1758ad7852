"""Avatars of a folder of photos, of one face each or of all; a run that was stopped resumes."""

import dataclasses
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from tqdm import tqdm

from emojax.avatar import files
from emojax.avatar.faces.files import names, photos_in
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.result import Avatar
from emojax.core.errors import UserError
from emojax.core.paths import refuse_replacing
from emojax.media import grids, image, svg

_BATCH: Final = 16
"""Photos made into avatars at a time. Smaller, more calls; larger, more photos in memory, and more to make
again after an interruption."""

_TILE: Final = 160
"""Side of a picture on the contact sheet, in pixels."""

_SHOWN: Final = 1.8
"""Side of what the contact sheet shows around a face of several, in its sides: with hair and chin."""

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
      every_face: whether every face of a photo gets an avatar, in the order of `crop_faces`, or the first.
    """

    size: int
    background: str | None
    exact_colors: bool
    overrides: Mapping[str, str]
    mood: str = "as-seen"
    every_face: bool = False

    @property
    def wanted(self) -> dict[str, Any]:
        """Keyword arguments of `AvatarMaker`'s methods."""
        return {"exact_colors": self.exact_colors, "overrides": self.overrides, "mood": self.mood}

    def make(self, maker: AvatarMaker, photos: Sequence[np.ndarray]) -> list[list[Avatar] | UserError]:
        """For each photo its avatars, or the error that says why there is none."""
        if not self.every_face:
            made = maker.make(photos, **self.wanted)
            return [each if isinstance(each, UserError) else [each] for each in made]
        found: list[list[Avatar] | UserError] = []
        for photo in photos:
            try:
                found.append(maker.make_all(photo, **self.wanted))
            except UserError as error:
                found.append(error)
        return found


def plan(
    source: Path, out: Path, read: Iterable[Path | None] = (), *, every_face: bool = False
) -> dict[Path, str]:
    """The name of each photo's avatar: ``NAME.json``, ``NAME.svg`` and ``NAME.png`` in `out`.

    With `every_face` it is followed by the face's number: ``NAME-0.json`` and so on.

    Args:
      source: the folder of photos, those in its subfolders not included.
      out: where avatars are written.
      read: what else is read, and must not be replaced.
      every_face: as of `Settings`.

    Raises:
      UserError: there are no photos, `out` is a file, or an avatar would replace what is read.
    """
    photos = photos_in(source)
    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out} is a file: for a folder of photos give a folder")
    named = names(photos, [_SHEET])
    if every_face:
        # How many faces there are is not known yet. But only a file that exists can be replaced.
        written = [path for path in out.glob("*-*") if _is_numbered(path.name, named.values())]
    else:
        written = [file for name in named.values() for file in _files(out, name)]
    written.append(out / f"{_SHEET}.png")
    refuse_replacing({f"--out {path}": path for path in written}, [*photos, *read])
    return named


def numbered(path: Path, faces: int) -> list[Path]:
    """The files of the avatars of one photo's faces: ``a-0.svg``, ``a-1.svg`` and so on for ``a.svg``."""
    return [path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(faces)]


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
    if todo:  # first, so that an interruption leaves none that look finished
        record.remove([photos[path] for path in todo])
    failed = 0
    with tqdm(total=len(photos), initial=len(photos) - len(todo), unit="photo", disable=None) as bar:
        for batch in (todo[i : i + _BATCH] for i in range(0, len(todo), _BATCH)):
            done, errors = _make_batch(maker, {path: photos[path] for path in batch}, out, settings)
            record.add({photos[path]: (wanted[path], made) for path, made in done.items()})
            for error in errors:
                tqdm.write(f"emojax: {error}", file=sys.stderr)
            failed += len(errors)
            bar.update(len(batch))
    finished = {
        path: record.made[name][1] for path, name in photos.items() if record.holds(name, wanted[path])
    }
    if finished:
        image.save_png(out / f"{_SHEET}.png", _contact_sheet(finished, out, settings.every_face))
    return sum(map(len, finished.values())), failed


def _make_batch(
    maker: AvatarMaker, photos: Mapping[Path, str], out: Path, settings: Settings
) -> tuple[dict[Path, list[str]], list[str]]:
    """Writes avatars; returns their names by photo, and an error for each of the other photos."""
    readable, pixels, errors = [], [], []
    for path in photos:
        try:
            pixels.append(image.read_photo(path))
            readable.append(path)
        except UserError as error:
            errors.append(str(error))
    done = {}
    for path, avatars in zip(readable, settings.make(maker, pixels), strict=True):
        if isinstance(avatars, UserError):
            errors.append(f"{path}: {avatars}")
            continue
        name = photos[path]
        done[path] = [f"{name}-{n}" for n in range(len(avatars))] if settings.every_face else [name]
        for made, avatar in zip(done[path], avatars, strict=True):
            for target in _files(out, made):
                files.write(avatar, target, size=settings.size, background=settings.background)
    return done, errors


class _Record:
    """What was made of each photo of a folder: by its name a digest and its avatars' names, in a file."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self.made: dict[str, tuple[str, list[str]]] = {}
        try:
            stored = json.loads((out / _RECORD).read_text(encoding="utf-8-sig"))
            for name, (digest, own) in stored.items():
                if own and all(each == name or _is_numbered(each, [name]) for each in own):
                    self.made[name] = (str(digest), list(own))
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):  # none yet, old, or damaged
            pass

    def holds(self, name: str, digest: str) -> bool:
        """Whether all files of that photo's avatars are there, made from what has that digest."""
        known, made = self.made.get(name, ("", []))
        return known == digest and all(file.is_file() for each in made for file in _files(self._out, each))

    def add(self, made: Mapping[str, tuple[str, list[str]]]) -> None:
        self.made |= made
        with image.writing(self._out / _RECORD) as temporary:
            temporary.write_text(json.dumps(self.made, indent=0) + "\n", encoding="utf-8")

    def remove(self, outdated: Iterable[str]) -> None:
        """Removes avatars of these names that are of an earlier run, so that no photo has another's."""
        for name in outdated:
            for each in self.made.pop(name, ("", []))[1]:
                for file in _files(self._out, each):
                    file.unlink(missing_ok=True)
        self.add({})


def _files(out: Path, name: str) -> list[Path]:
    return [out / f"{name}{suffix}" for suffix in files.SUFFIXES]


def _is_numbered(file: str, known: Iterable[str]) -> bool:
    """Whether a file's name, with or without a suffix of avatars, is one of those known with a number."""
    # Not `Path.stem`: names may have dots.
    base = next((file.removesuffix(s) for s in files.SUFFIXES if file.endswith(s)), file)
    name, _, number = base.rpartition("-")
    return number.isdecimal() and name in known


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


def _contact_sheet(made: Mapping[Path, Sequence[str]], out: Path, every_face: bool) -> np.ndarray:
    """Every avatar beside its photo, or its face of the photo: ``uint8[H, W, 3]``."""
    tiles = list(_tiles(made, out, every_face))
    columns = 2 * min(6, max(1, round((len(tiles) // 2) ** 0.5)))
    return grids.grid(np.stack(tiles), columns=columns, background=255)


def _tiles(made: Mapping[Path, Sequence[str]], out: Path, every_face: bool) -> Iterator[np.ndarray]:
    for path, own in made.items():
        photo = image.read_photo(path)
        for name in own:
            yield grids.fit_square(_around(photo, out / f"{name}.json") if every_face else photo, _TILE)
            drawing = (out / f"{name}.svg").read_bytes()
            yield svg.rasterize(drawing, size=_TILE, background="white", name=f"{name}.svg")


def _around(photo: np.ndarray, document: Path) -> np.ndarray:
    """What a photo shows around the face of an avatar's document."""
    x0, y0, x1, y1 = json.loads(document.read_text(encoding="utf-8"))["face"]["box"]
    (x, y), half = ((x0 + x1) / 2, (y0 + y1) / 2), _SHOWN * max(x1 - x0, 2.0) / 2
    height, width = photo.shape[:2]
    left, top = (int(max(0.0, min(at - half, length - 1))) for at, length in ((x, width), (y, height)))
    right, bottom = (int(max(start + 1, at + half)) for at, start in ((x, left), (y, top)))
    return np.ascontiguousarray(photo[top:bottom, left:right])

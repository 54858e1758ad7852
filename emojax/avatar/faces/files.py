"""Writes the label maps of photos as PNG files."""

import collections
import itertools
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from emojax.avatar.faces.crop import Labeller, crop_face
from emojax.core.errors import UserError
from emojax.media import image

PHOTO_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".gif", ".bmp"),
    *(".tif", ".tiff", ".avif", ".heic", ".heif"),
)


def plan(source: Path, out: Path | None) -> list[tuple[Path, Path]]:
    """Chooses the file of each photo's label map.

    Args:
      source: a photo or a folder of photos, those in its subfolders not included.
      out: for a photo a .png file (labels.png) or an existing folder; for a folder a folder (labels).

    Raises:
      UserError: there are no photos, or two files would have the same name.
    """
    if source.is_dir():
        photos = photos_in(source)
        folder = out or Path("labels")
        if folder.exists() and not folder.is_dir():
            raise UserError(f"--out {folder} is a file: for a folder of photos give a folder")
        pairs = [(photo, folder / f"{name}.png") for photo, name in names(photos).items()]
    else:
        target = out or Path("labels.png")
        if target.is_dir():
            target = target / f"{source.stem}.png"
        if target.suffix.lower() != ".png":
            raise UserError(f"--out {target}: label maps are PNG files; give a name that ends in .png")
        pairs = [(source, target)]
    return pairs


def segment(photo: Path, target: Path, parser: Labeller, *, crop: bool, face: int) -> None:
    """Writes the labels of a photo at its own size, or those of its face's crop.

    Raises:
      UserError: the photo cannot be read or shows no such face, or `target` cannot be written.
    """
    pixels = image.read_photo(photo)
    if crop:
        try:
            pixels = crop_face(pixels, face=face, parser=parser).pixels
        except UserError as error:
            raise UserError(f"{photo}: {error}") from error
    image.save_png(target, parser.label_maps(pixels[None])[0])


def segment_all(pairs: list[tuple[Path, Path]], parser: Labeller, *, crop: bool, face: int) -> int:
    """`segment` for each pair; a failure is one line on standard error. Returns the number of failures."""
    failed = 0
    for photo, target in pairs:
        try:
            segment(photo, target, parser, crop=crop, face=face)
        except UserError as error:
            print(f"emojax: {error}", file=sys.stderr)
            failed += 1
    return failed


def photos_in(folder: Path) -> list[Path]:
    """The pictures of a folder by name, those in its subfolders not included; UserError if there are none."""
    photos = [path for path in sorted(folder.iterdir()) if is_photo(path)]
    if not photos:
        raise UserError(f"{folder}: no pictures in this folder; name one that holds JPEG or PNG files")
    return photos


def names(photos: Sequence[Path], taken: Iterable[str] = ()) -> dict[Path, str]:
    """A name for the outputs of each photo, each different, also where case does not count.

    It is the photo's without suffix; with it for photos that differ by it alone, as phones save a.heic and
    a.jpg side by side; and with a number where that is taken, too.

    Args:
      photos: of one folder.
      taken: names of other outputs.
    """
    used = {name.casefold() for name in taken}
    counts = collections.Counter([*used, *(photo.stem.casefold() for photo in photos)])
    chosen: dict[Path, str] = {}
    # Plain names first: the photo a.jpg.png must not lose its own to a.jpg, which is beside a.png.
    for photo in sorted(photos, key=lambda photo: counts[photo.stem.casefold()] > 1):
        plain = photo.stem if counts[photo.stem.casefold()] == 1 else photo.name
        numbered = (f"{plain}-{number}" for number in itertools.count(2))
        name = next(each for each in itertools.chain([plain], numbered) if each.casefold() not in used)
        used.add(name.casefold())
        chosen[photo] = name
    return {photo: chosen[photo] for photo in photos}


def is_photo(path: Path) -> bool:
    """Whether a file is a picture, by its suffix."""
    return path.suffix.lower() in PHOTO_SUFFIXES and not path.name.startswith(".") and not path.is_dir()

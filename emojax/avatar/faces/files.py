"""Writes the label maps of photos as PNG files."""

import collections
import sys
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
        photos = [p for p in sorted(source.iterdir()) if is_photo(p)]
        if not photos:
            raise UserError(f"{source}: no pictures in this folder; name one that holds JPEG or PNG files")
        folder = out or Path("labels")
        if folder.exists() and not folder.is_dir():
            raise UserError(f"--out {folder} is a file: for a folder of photos give a folder")
        names = collections.Counter(photo.stem for photo in photos)
        # Phones save a.heic and a.jpg side by side; one label map must not overwrite the other.
        pairs = [(p, folder / f"{p.stem if names[p.stem] == 1 else p.name}.png") for p in photos]
    else:
        target = out or Path("labels.png")
        if target.is_dir():
            target = target / f"{source.stem}.png"
        if target.suffix.lower() != ".png":
            raise UserError(f"--out {target}: label maps are PNG files; give a name that ends in .png")
        pairs = [(source, target)]
    originals = {photo.resolve(): photo for photo, _ in pairs}
    for photo, target in pairs:
        if target.resolve() in originals:
            raise UserError(
                f"--out: the labels of {photo} would replace the photo {originals[target.resolve()]}; "
                "choose another place"
            )
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


def is_photo(path: Path) -> bool:
    """Whether a file is a picture, by its suffix."""
    return path.suffix.lower() in PHOTO_SUFFIXES and not path.name.startswith(".") and not path.is_dir()

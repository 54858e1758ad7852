"""The photos that avatars are judged by, with label maps that people drew where there are any."""

import collections
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from emojax.avatar.faces import alignment
from emojax.avatar.faces.crop import CROP_SIZE, cut
from emojax.avatar.faces.files import is_photo
from emojax.avatar.faces.portraits import Portrait
from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.data.faces.source import Pair, read_pair
from emojax.evaluation.measures.segmentation import held_out
from emojax.media import image, warp


@dataclasses.dataclass(frozen=True)
class Face:
    """A photo of somebody.

    Attributes:
      name: of the photo, without its suffix.
      photo: its file.
      truth: the portrait cut out and labelled by the true label map; None without one, or if it shows no
        face.
    """

    name: str
    photo: Path
    truth: Portrait | None

    def pixels(self) -> np.ndarray:
        """The photo, ``uint8[H, W, 3]``; UserError where it can no longer be read."""
        return image.read_photo(self.photo)


def load(photos: Path, masks: Path | None, *, validation: str = "", count: int | None = None) -> list[Face]:
    """Finds the photos of a folder, and reads their label maps.

    Args:
      photos: folder of pictures.
      masks: folder with ``NAME.png`` for each photo ``NAME.*``, square as the photo then has to be, values
        indices into `CLASSES` or `UNKNOWN`; of another size it is scaled.
      validation: regular expression of the names to take.
      count: how many of these at most, the first by name.

    Raises:
      UserError: a folder is missing, no photo matches, a label map is missing or does not fit, or a file is
        damaged.
    """
    found = _matching(photos, validation)[:count]
    if masks is None:
        return [Face(photo.stem, photo, None) for photo in found]
    if not masks.is_dir():
        raise UserError(f"--masks {masks}: no such folder; name one that holds the photos' label maps")
    pairs = list(_pairs(found, masks))
    # All at once, so that a file that does not fit is refused now and not after minutes of other work.
    return [
        Face(pair.name, pair.photo, _truth(pair)) for pair in tqdm(pairs, "masks", disable=None, leave=False)
    ]


def names(folder: Path) -> list[str]:
    """The names, without suffix, of all photos of a folder.

    Raises:
      UserError: there is no such folder, or none in it.
    """
    return [photo.stem for photo in _photos(folder)]


def true_portrait(photo: np.ndarray, labels: np.ndarray) -> Portrait | None:
    """The main face in the face frame, aligned by its true labels.

    Args:
      photo: ``uint8[S, S, 3]``.
      labels: ``uint8[S, S]``, indices into `CLASSES`, or `UNKNOWN`.

    Returns:
      What is beyond the photo is `UNKNOWN`; None if there is no face.
    """
    square = alignment.fit_square(np.where(labels == UNKNOWN, np.uint8(CLASSES.index("background")), labels))
    if square is None:
        return None
    pixels, to_photo = cut(photo, square, CROP_SIZE)
    return Portrait(pixels, warp.crop_labels(labels, to_photo, CROP_SIZE, outside=UNKNOWN))


def _photos(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UserError(f"--photos {folder}: no such folder; name one that holds JPEG or PNG files")
    photos = sorted(path for path in folder.iterdir() if is_photo(path))
    if not photos:
        raise UserError(
            f"--photos {folder}: no pictures in this folder; name one that holds JPEG or PNG files"
        )
    return photos


def _matching(folder: Path, pattern: str) -> list[Path]:
    photos = _photos(folder)
    chosen = held_out([photo.stem for photo in photos], pattern)
    found = [photo for photo, picked in zip(photos, chosen, strict=True) if picked]
    if not found:
        raise UserError(
            f"--validation: no name of the {len(photos)} photos matches {pattern!r}; give another expression"
        )
    name, times = collections.Counter(photo.stem for photo in found).most_common(1)[0]
    if times > 1:
        raise UserError(f"--photos {folder}: has two photos called {name}; rename one")
    return found


def _pairs(photos: list[Path], masks: Path) -> Iterator[Pair]:
    for photo in photos:
        mask = masks / f"{photo.stem}.png"
        if not mask.is_file():
            raise UserError(f"{mask}: is missing; add the labels of {photo.name}, or leave --masks out")
        yield Pair(photo.stem, photo, {None: mask})


def _truth(pair: Pair) -> Portrait | None:
    return true_portrait(*read_pair(pair, len(image.read_photo(pair.photo))))

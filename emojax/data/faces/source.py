"""Folders of faces with label maps: finding and reading pairs.

There are two layouts:

* CelebAMask-HQ as published (Lee et al., 2020, "MaskGAN"): photos in ``CelebA-HQ-img/N.jpg``, and one
  black-and-white image for each visible part in ``CelebAMask-HQ-mask-anno/*/NNNNN_part.png``;
* photos in ``images/`` and label maps of the same names in ``masks/``, as 8-bit grey or palette PNG with
  values 0 to 18, or 255 for unknown.
"""

import dataclasses
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from emojax.core import paths
from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.media import image

# CelebAMask-HQ's names of labels 1 to 18. Where parts overlap, the higher label is on top.
_PARTS = (
    *("skin", "l_brow", "r_brow", "l_eye", "r_eye", "eye_g", "l_ear", "r_ear", "ear_r", "nose", "mouth"),
    *("u_lip", "l_lip", "neck", "neck_l", "cloth", "hair", "hat"),
)

_PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


@dataclasses.dataclass(frozen=True)
class Pair:
    """A photo and its labels.

    Attributes:
      name: of the photo, without its suffix.
      photo: its file.
      labels: one label map, ``{None: file}``, or a file for each label, later ones over earlier ones.
    """

    name: str
    photo: Path
    labels: dict[int | None, Path]


def find_pairs(folder: Path) -> list[Pair]:
    """The pairs in a folder of either layout, sorted by name, numbers by value.

    Raises:
      UserError: the folder is missing, empty or of another layout, lacks the labels of a photo, or has two
        photos of one name.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: is no folder; name one that holds CelebAMask-HQ, or images/ and masks/")
    folder = paths.unpacked(folder, _holds_pairs)
    if (folder / "CelebA-HQ-img").is_dir():
        pairs = list(_find_official(folder))
    elif (folder / "images").is_dir() and (folder / "masks").is_dir():
        pairs = list(_find_plain(folder))
    else:
        raise UserError(
            f"{folder}: holds neither CelebA-HQ-img/ and CelebAMask-HQ-mask-anno/ nor images/ and masks/"
        )
    if not pairs:
        raise UserError(f"{folder}: holds no photos; unpack the data set there")
    names = [pair.name for pair in pairs]
    if len(set(names)) < len(names):
        twin = next(name for name in names if names.count(name) > 1)
        raise UserError(f"{folder}: has two photos called {twin}; rename one, and its labels")
    return sorted(pairs, key=lambda pair: (len(pair.name) if pair.name.isdigit() else 0, pair.name))


def _holds_pairs(folder: Path) -> bool:
    return any((folder / name).is_dir() for name in ("CelebA-HQ-img", "images", "masks"))


def digest(pairs: list[Pair]) -> str:
    """SHA-256, in hexadecimal, of the files' names, sizes and times of modification.

    Not of their contents, which takes minutes for 30,000 faces, at each start.
    """
    state = hashlib.sha256()
    for pair in pairs:
        for label, path in [("", pair.photo), *pair.labels.items()]:
            info = path.stat()
            state.update(f"{pair.name}\0{label}\0{info.st_size}\0{info.st_mtime_ns}\0".encode())
    return state.hexdigest()


def read_pair(pair: Pair, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Reads a pair and resizes it to ``size`` pixels.

    Returns:
      The photo, ``uint8[size, size, 3]``, and its label map, ``uint8[size, size]``.

    Raises:
      UserError: a file is damaged, not square, or has values that are no labels.
    """
    photo = image.read_photo(pair.photo)
    if photo.shape[0] != photo.shape[1]:
        raise UserError(f"{pair.photo}: is {photo.shape[1]}x{photo.shape[0]}; crop photos and masks square")
    pixels = Image.fromarray(photo).resize((size, size), Image.Resampling.LANCZOS)
    labels = Image.fromarray(_read_labels(pair)).resize((size, size), Image.Resampling.NEAREST)
    return np.asarray(pixels), np.asarray(labels)


def _find_official(folder: Path) -> Iterator[Pair]:
    parts: dict[str, dict[str, Path]] = {}
    for path in (folder / "CelebAMask-HQ-mask-anno").glob("*/*.png"):
        number, _, part = path.stem.partition("_")
        if number.isdigit():
            parts.setdefault(str(int(number)), {})[part] = path
    for photo in (folder / "CelebA-HQ-img").glob("*.jpg"):
        name = photo.stem
        if not re.fullmatch(r"0|[1-9][0-9]{0,8}", name):
            raise UserError(f"{photo}: is no photo of CelebAMask-HQ, whose names are numbers; move it away")
        files = parts.get(name, {})
        unknown = sorted(files.keys() - set(_PARTS))
        if unknown or not files:
            what = f"the unknown part {files[unknown[0]].name}" if unknown else "no part"
            raise UserError(f"{photo}: has {what} in CelebAMask-HQ-mask-anno; unpack the data set again")
        yield Pair(name, photo, {i: files[part] for i, part in enumerate(_PARTS, 1) if part in files})


def _find_plain(folder: Path) -> Iterator[Pair]:
    for photo in (folder / "images").iterdir():
        if photo.suffix.lower() not in _PHOTO_SUFFIXES or photo.name.startswith("."):
            continue
        labels = folder / "masks" / f"{photo.stem}.png"
        if not labels.is_file():
            raise UserError(f"{labels}: is missing; add the labels of {photo.name}, or take the photo away")
        yield Pair(photo.stem, photo, {None: labels})


def _read_labels(pair: Pair) -> np.ndarray:
    labels: np.ndarray | None = None
    for label, path in pair.labels.items():
        values = image.read_mask(path)
        if values.shape[0] != values.shape[1]:
            raise UserError(f"{path}: is {values.shape[1]}x{values.shape[0]}; crop photos and masks square")
        if label is None:
            wrong = np.setdiff1d(values, [*range(len(CLASSES)), UNKNOWN])
            if wrong.size:
                raise UserError(f"{path}: holds {wrong[0]}; labels are 0 to {len(CLASSES) - 1}, or {UNKNOWN}")
            return values
        labels = np.zeros(values.shape, np.uint8) if labels is None else labels
        if values.shape != labels.shape:
            raise UserError(f"{path}: differs in size from the face's other parts; unpack the data set again")
        labels[values > 127] = label
    assert labels is not None
    return labels

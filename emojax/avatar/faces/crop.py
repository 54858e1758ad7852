"""The face on a photo, cut out level, centred and at one scale.

The cascade says roughly where faces are. The parser then looks at each: what it does not take for a
face is dropped, and where it sees eyes, nose and mouth decides how the crop lies.
"""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from emojax.avatar.faces import alignment
from emojax.avatar.faces.detection import Box, find_faces, find_portrait
from emojax.core.errors import UserError
from emojax.media import warp

CROP_SIZE = 306
"""Pixels; the frame that avatars are drawn in."""

# The cascade's square in a portrait, measured on CelebA-HQ: its middle, and its side, in portrait sides.
_FACE_DOWN, _FACE_SIDE = 0.05, 0.65

_ROOM = 1.2
"""Portrait sides of the crop that the parser aligns by: the cascade's square may be off by some."""

_CERTAIN = 12
"""Windows of the cascade that make a face even if the parser sees none, as it may where much is hidden."""

_LIKELY = 8
"""The same where there is no other face."""

_LIKE = (0.55, 1.8)
"""How many times the cascade's portrait the parser's may measure."""


class Labeller(Protocol):
    """What is needed of a face parser."""

    def label_maps(self, images: np.ndarray) -> np.ndarray:
        """``uint8[B, H, W, 3]`` to ``uint8[B, H, W]``."""
        ...


@dataclasses.dataclass(frozen=True)
class Crop:
    """A face cut out of a photo.

    Attributes:
      pixels: ``uint8[S, S, 3]``.
      face: the square from brows to chin, on the photo.
      to_photo: ``float64[2, 3]`` that takes a pixel ``(x, y, 1)`` of the crop to its place on the photo;
        the centres of first pixels are (0, 0).
    """

    pixels: np.ndarray
    face: Box
    to_photo: np.ndarray


def crop_face(
    photo: np.ndarray, *, face: int = 0, parser: Labeller | None = None, size: int = CROP_SIZE
) -> Crop:
    """Cuts out a face with its hair, as CelebA-HQ's portraits lie, whatever its place, scale and roll.

    Args:
      photo: ``uint8[H, W, 3]``.
      face: which one; 0 is the largest.
      parser: None takes the cascade's word for where faces are.
      size: side of the crop in pixels.

    Raises:
      UserError: there is no face on the photo, or no such many.
    """
    at_once = _at_once(photo, parser) if face == 0 else None
    portraits = [at_once] if at_once else list(itertools.islice(_portraits(photo, parser), face + 1))
    if not portraits:
        raise UserError(
            "no face found: use a photo that shows one from the front, well lit, over at least 80 pixels"
        )
    if face >= len(portraits):
        count = f"{len(portraits)} face{'s' if len(portraits) > 1 else ''} found"
        raise UserError(f"--face {face}: {count}, numbered from 0, the largest; choose one of these")
    square = portraits[face]
    pixels, to_photo = cut(photo, square, size)
    return Crop(pixels, square.moved(0, _FACE_DOWN, _FACE_SIDE), to_photo)


def cut(photo: np.ndarray, square: Box, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Crops a square out of a photo, whose border pixels repeat outside.

    Returns:
      ``uint8[size, size, 3]`` and ``to_photo`` as in `Crop`.
    """
    to_photo = warp.crop_matrix(complex(square.x, square.y), square.axis * square.side / size, size)
    return warp.crop_picture(photo, to_photo, size), to_photo


def _at_once(photo: np.ndarray, parser: Labeller | None) -> Box | None:
    """The portrait square of a face that fills much of the photo, if that is plain to see."""
    face = find_portrait(photo)
    if face is None:
        return None
    square = _around(face)
    return square if parser is None else _likened(photo, square, parser)


def _portraits(photo: np.ndarray, parser: Labeller | None) -> Iterator[Box]:
    """Portrait squares of the photo's faces, the largest first."""
    candidates = [_around(face) for face in find_faces(photo)]
    if parser is None:
        yield from candidates
        return
    seen: list[Box] = []
    for square in candidates:
        aligned = _likened(photo, square, parser)
        if aligned is None and square.score >= _CERTAIN:
            aligned = square
        if aligned is not None and not any(map(aligned.overlaps, seen)):
            seen.append(aligned)
            yield aligned
    if not seen:
        likely = (square for square in candidates if square.score >= _LIKELY)
        yield from list(_search(photo, parser)) or likely


def _around(face: Box) -> Box:
    return face.moved(0, -_FACE_DOWN / _FACE_SIDE, 1 / _FACE_SIDE)


def _likened(photo: np.ndarray, square: Box, parser: Labeller) -> Box | None:
    """The parser's portrait square, or None where it is not about the cascade's."""
    aligned = _aligned(photo, square, parser)
    like = aligned is not None and _LIKE[0] < aligned.side / square.side < _LIKE[1]
    return aligned if like else None


def _aligned(
    photo: np.ndarray, square: Box, parser: Labeller, *, least_weight: float = alignment.LEAST_WEIGHT
) -> Box | None:
    """The portrait square of the face in `square`, or None where the parser sees none."""
    first = _look(photo, [square.moved(0, 0, _ROOM)], parser, least_weight)[0]
    if first is None:
        return None
    # A face is seen better as in the portraits that the parser learned from, and in the same place.
    # What is made out in clouds is made out elsewhere at the second look.
    second = _look(photo, [first.moved(0, 0, _ROOM)], parser, least_weight)[0]
    return second if second is not None and squares_agree(first, second) else None


def squares_agree(first: Box, second: Box) -> bool:
    """Whether two looks at a face found the same portrait square, but for what the second mends."""
    apart = abs(complex(first.x - second.x, first.y - second.y)) / second.side
    turned = (first.roll_degrees - second.roll_degrees + 180) % 360 - 180
    return apart < 0.1 and 0.8 < first.side / second.side < 1.25 and abs(turned) < 12


def _look(photo: np.ndarray, squares: list[Box], parser: Labeller, least_weight: float) -> list[Box | None]:
    """In each square, the portrait square of its main face."""
    crops = np.stack([cut(photo, square, CROP_SIZE)[0] for square in squares])
    found = [alignment.fit_square(m, least_weight=least_weight) for m in parser.label_maps(crops)]
    return [inner and to_photo_square(inner, square) for inner, square in zip(found, squares, strict=True)]


def to_photo_square(inner: Box, square: Box) -> Box:
    """A square in pixels of a crop, on the photo that the crop was cut from."""
    middle = (CROP_SIZE - 1) / 2
    right, down, scale = (n / CROP_SIZE for n in (inner.x - middle, inner.y - middle, inner.side))
    roll = (square.roll_degrees + inner.roll_degrees + 180) % 360 - 180
    return dataclasses.replace(square.moved(right, down, scale), roll_degrees=roll)


def _search(photo: np.ndarray, parser: Labeller) -> Iterator[Box]:
    """Faces that only the parser sees: in the whole photo, and in overlapping squares of it."""
    height, width = photo.shape[:2]
    squares = [Box((width - 1) / 2, (height - 1) / 2, max(height, width))]
    for side in (min(height, width), min(height, width) / 2):
        xs, ys = (_spread(length, side) for length in (width, height))
        squares += [Box(float(x), float(y), side) for y in ys for x in xs]
    # With nothing else to speak for a face, one needs eyes, nose and mouth.
    whole = alignment.WHOLE_FACE
    found = [square for square in _look(photo, squares, parser, whole) if square is not None]
    seen: list[Box] = []
    for square in sorted(found, key=lambda square: -square.side):
        aligned = _aligned(photo, square, parser, least_weight=whole)
        if aligned is not None and not any(map(aligned.overlaps, seen)):
            seen.append(aligned)
            yield aligned


def _spread(length: int, side: float) -> np.ndarray:
    """Middles of squares along a photo's side, half overlapping, five at most."""
    count = min(5, 1 + round(2 * (length - side) / side))
    return np.linspace(side / 2, length - side / 2, count) - 0.5

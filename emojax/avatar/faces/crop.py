"""Crops the face on a photo: upright, centred and at one scale.

The cascade finds candidates. The parser then labels each: one that it does not take for a face is dropped,
and its eyes, nose and mouth decide the position of the crop.
"""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Final, Protocol

import numpy as np

from emojax.avatar.faces import alignment
from emojax.avatar.faces.detection import Box, find_faces, find_portrait
from emojax.core.errors import UserError
from emojax.media import warp

CROP_SIZE: Final = 306
"""Pixels; the frame that avatars are drawn in."""

# Figures: 240 portraits of CelebAMask-HQ whose IDs do not match ^[01].

# The cascade's square in a portrait: its centre is that much lower, and its side that large, in the
# portrait's sides. Means 0.052 and 0.656, standard deviations 0.010 and 0.051. Without a parser another value
# shifts or scales all crops; with one it is put right unless it is off by `_SIDE_RATIOS`.
_FACE_DOWN: Final = 0.05
_FACE_SIDE: Final = 0.65

# Sides of the portrait in the crop that is parsed to align it. Smaller: what the cascade's square misses is
# cut off, and its portrait is up to 1.18 times too small. Larger: the face has fewer of the parser's pixels.
_PADDED: Final = 1.2

# Windows of the cascade that make a face even if the parser sees none, as it may where much is hidden; and
# the same where there is no other face. 95 of 100 portraits have 17 and more. Smaller: patterns are faces.
# Larger: masked and veiled faces are lost.
_CERTAIN: Final = 12
_LIKELY: Final = 8

# Sides of the parser's portrait in the cascade's. 99 of 100 are between 0.81 and 1.18. Narrower: tilted and
# hidden faces, whose cascade's square is worse, are dropped. Wider: the parser may have found another face.
_SIDE_RATIOS: Final = (0.55, 1.8)

# How far two parses of a face may be apart, in sides, factors and degrees, to agree on it. Smaller: faces
# that the first crop shows tilted or cut off are dropped. Larger: what is seen in clouds and foliage, each
# time elsewhere, is a face.
_MAX_SHIFT: Final = 0.1
_SCALES: Final = (0.8, 1.25)
_MAX_TURN: Final = 12.0

# Most squares along a photo's side in which faces are searched that the cascade missed. Fewer: faces between
# two squares of a panorama are missed. More: a photo without a face takes longer, by a parse for each.
_SEARCHED: Final = 5


class Labeller(Protocol):
    """A face parser."""

    def label_maps(self, images: np.ndarray) -> np.ndarray:
        """``uint8[B, H, W, 3]`` to ``uint8[B, H, W]``."""
        ...


@dataclasses.dataclass(frozen=True)
class Crop:
    """A face cropped from a photo.

    Attributes:
      pixels: ``uint8[S, S, 3]``.
      face: the square from brows to chin, on the photo.
      to_photo: ``float64[2, 3]`` from a pixel ``(x, y, 1)`` of the crop to its position on the photo; the
        centres of both first pixels are (0, 0).
    """

    pixels: np.ndarray
    face: Box
    to_photo: np.ndarray


def crop_face(
    photo: np.ndarray, *, face: int = 0, parser: Labeller | None = None, size: int = CROP_SIZE
) -> Crop:
    """Crops a face with its hair, aligned as CelebA-HQ's portraits, whatever its position, scale and roll.

    A portrait may also lie on a side or upside down; of several faces on such a photo one is found.

    Args:
      photo: ``uint8[H, W, 3]``.
      face: which one; 0 is the largest.
      parser: checks and aligns what the cascade finds; None crops what the cascade finds.
      size: side of the crop in pixels.

    Raises:
      UserError: there is no face on the photo, or none of that number.
    """
    at_once = _find_at_once(photo, parser) if face == 0 else None
    squares = [at_once] if at_once else list(itertools.islice(_find_squares(photo, parser), face + 1))
    if not squares:
        squares = list(itertools.islice(_find_turned(photo, parser), 1))
    if not squares:
        raise UserError(
            "no face found: use a photo that shows one from the front, well lit, over at least 80 pixels"
        )
    if face >= len(squares):
        count = f"{len(squares)} face{'s' if len(squares) > 1 else ''} found"
        raise UserError(f"--face {face}: {count}, numbered from 0, the largest; choose one of these")
    square = squares[face]
    pixels, to_photo = cut(photo, square, size)
    return Crop(pixels, square.moved(0, _FACE_DOWN, _FACE_SIDE), to_photo)


def cut(photo: np.ndarray, square: Box, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Crops a square of a photo, whose border pixels repeat outside.

    Returns:
      ``uint8[size, size, 3]`` and ``to_photo`` as in `Crop`.
    """
    to_photo = warp.crop_matrix(complex(square.x, square.y), square.axis * square.side / size, size)
    return warp.crop_picture(photo, to_photo, size), to_photo


def squares_agree(first: Box, second: Box) -> bool:
    """Whether two parses of a face gave the same portrait square, but for what the second corrects."""
    shift = abs(complex(first.x - second.x, first.y - second.y)) / second.side
    turn = (first.roll_degrees - second.roll_degrees + 180) % 360 - 180
    return shift < _MAX_SHIFT and _SCALES[0] < first.side / second.side < _SCALES[1] and abs(turn) < _MAX_TURN


def to_photo_square(inner: Box, square: Box) -> Box:
    """The square on the photo that is `inner` in pixels of the crop of `square`."""
    middle = (CROP_SIZE - 1) / 2
    right, down, scale = (n / CROP_SIZE for n in (inner.x - middle, inner.y - middle, inner.side))
    roll = (square.roll_degrees + inner.roll_degrees + 180) % 360 - 180
    return dataclasses.replace(square.moved(right, down, scale), roll_degrees=roll)


def _find_at_once(photo: np.ndarray, parser: Labeller | None) -> Box | None:
    """The portrait square of an upright face that fills much of the photo, as is usual of one person."""
    face = find_portrait(photo)
    if face is None:
        return None
    square = _around(face)
    return square if parser is None else _align_alike(photo, square, parser)


def _find_turned(photo: np.ndarray, parser: Labeller | None) -> Iterator[Box]:
    """The portrait on a photo that lies on a side or upside down, as scans and stripped metadata leave it."""
    height, width = photo.shape[:2]
    for quarters in (1, 3, 2):  # counterclockwise
        found = _find_at_once(np.ascontiguousarray(np.rot90(photo, quarters)), parser)
        if found is not None:
            x, y = {
                1: (width - 1 - found.y, found.x),
                2: (width - 1 - found.x, height - 1 - found.y),
                3: (found.y, height - 1 - found.x),
            }[quarters]
            roll = (found.roll_degrees + 90 * quarters + 180) % 360 - 180
            yield dataclasses.replace(found, x=x, y=y, roll_degrees=roll)


def _find_squares(photo: np.ndarray, parser: Labeller | None) -> Iterator[Box]:
    """Portrait squares of the photo's faces, the largest first."""
    candidates = [_around(face) for face in find_faces(photo)]
    if parser is None:
        yield from candidates
        return
    seen: list[Box] = []
    for square in candidates:
        aligned = _align_alike(photo, square, parser)
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


def _align_alike(photo: np.ndarray, square: Box, parser: Labeller) -> Box | None:
    """The parser's portrait square, or None if it is not about as large as the cascade's."""
    aligned = _align(photo, square, parser)
    alike = aligned is not None and _SIDE_RATIOS[0] < aligned.side / square.side < _SIDE_RATIOS[1]
    return aligned if alike else None


def _align(
    photo: np.ndarray, square: Box, parser: Labeller, *, min_weight: float = alignment.MIN_WEIGHT
) -> Box | None:
    """The portrait square of the face in `square`, or None if the parser sees none."""
    first = _parse(photo, [square.moved(0, 0, _PADDED)], parser, min_weight)[0]
    if first is None:
        return None
    # The parser is better on a crop that is aligned as the portraits that it learned from. What it takes
    # for a face in clouds it sees elsewhere in the second crop.
    second = _parse(photo, [first.moved(0, 0, _PADDED)], parser, min_weight)[0]
    return second if second is not None and squares_agree(first, second) else None


def _parse(photo: np.ndarray, squares: list[Box], parser: Labeller, min_weight: float) -> list[Box | None]:
    """In each square, the portrait square of its main face."""
    crops = np.stack([cut(photo, square, CROP_SIZE)[0] for square in squares])
    found = [alignment.fit_square(labels, min_weight=min_weight) for labels in parser.label_maps(crops)]
    return [inner and to_photo_square(inner, square) for inner, square in zip(found, squares, strict=True)]


def _search(photo: np.ndarray, parser: Labeller) -> Iterator[Box]:
    """Faces that only the parser sees: in the whole photo, and in overlapping squares of it."""
    height, width = photo.shape[:2]
    squares = [Box((width - 1) / 2, (height - 1) / 2, max(height, width))]
    for side in (min(height, width), min(height, width) / 2):
        xs, ys = (_spread(length, side) for length in (width, height))
        squares += [Box(float(x), float(y), side) for y in ys for x in xs]
    # Without the cascade's vote a face needs eyes, nose and mouth.
    whole = alignment.WHOLE_FACE
    found = [square for square in _parse(photo, squares, parser, whole) if square is not None]
    seen: list[Box] = []
    for square in sorted(found, key=lambda square: -square.side):
        aligned = _align(photo, square, parser, min_weight=whole)
        if aligned is not None and not any(map(aligned.overlaps, seen)):
            seen.append(aligned)
            yield aligned


def _spread(length: int, side: float) -> np.ndarray:
    """Centres of squares along a photo's side, half overlapping, `_SEARCHED` at most."""
    count = min(_SEARCHED, 1 + round(2 * (length - side) / side))
    return np.linspace(side / 2, length - side / 2, count) - 0.5

"""Crops the faces on a photo: upright, centred and at one scale.

The detector finds candidates. The parser then labels each: one that it does not take for a face is dropped,
unless the detector is certain, and eyes, nose and mouth decide the position of the crop.
"""

import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

import numpy as np

from emojax.avatar.faces import alignment
from emojax.avatar.faces.detection import ON_A_SIDE, Box, NoSuchFaceError, find_faces, find_portrait
from emojax.core.errors import UserError
from emojax.media import warp

CROP_SIZE: Final = 306
"""Pixels; the frame that avatars are drawn in."""

MAX_FACES: Final = 100
"""Faces of a photo that `crop_faces` returns. Fewer: people at the back of a large group are left out. More:
a photo of a crowd takes minutes."""

# A face, from brows to chin, in its portrait: its centre is that much lower, and its side that large, in the
# portrait's sides. Of the detector's squares the standard deviations are 0.031 and 0.067. Without a parser
# another value shifts or scales all crops; with one it is put right unless it is off by `_SIDE_RATIOS`.
_FACE_DOWN: Final = 0.05
_FACE_SIDE: Final = 0.65

# Sides of the portrait in the crop that is parsed to align it. Smaller: what the detector's square misses is
# cut off, and its portrait is up to 1.3 times too small. Larger: the face has fewer of the parser's pixels.
_PADDED: Final = 1.2

# The detector's confidence that makes a face even if the parser sees none, as it may where much is hidden;
# and the same where there is no other face. Smaller: patterns are faces. Larger: masked and veiled faces are
# lost.
_CERTAIN: Final = 0.5
_LIKELY: Final = 0.2

# Sides of the parser's portrait in the detector's. 98 of 100 are between 0.84 and 1.31. Narrower: tilted and
# hidden faces, whose square is worse, are dropped. Wider: the parser may have found another face.
_SIDE_RATIOS: Final = (0.55, 1.8)

# How far the parser's portrait may be from the detector's, in sides of the latter. Smaller: tilted faces keep
# the detector's square. Larger: of two faces side by side the one is aligned to the other, and lost.
_MAX_AWAY: Final = 0.25

# How far two parses of a face may be apart, in sides, factors and degrees, to agree on it. Smaller: faces
# that the first crop shows tilted or cut off are dropped. Larger: what is seen in clouds and foliage, each
# time elsewhere, is a face.
_MAX_SHIFT: Final = 0.1
_SCALES: Final = (0.8, 1.25)
_MAX_TURN: Final = 12.0

# Degrees from which on a face may be that of somebody upright on a photo that lies on a side. Smaller: photos
# of one tilted head take longer. Larger: of such a photo only the people are found who tilt their heads.
_ON_A_SIDE: Final = 60.0

# Most squares along a photo's side in which faces are searched that the detector missed. Fewer: faces between
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

    The photo may also lie on a side or upside down.

    Args:
      photo: ``uint8[H, W, 3]``.
      face: which one, as `crop_faces` lists them.
      parser: checks and aligns what the detector finds; None crops what the detector finds.
      size: side of the crop in pixels.

    Raises:
      UserError: there is no face on the photo.
      NoSuchFaceError: there is none of that number.
    """
    squares = _listed(photo, parser, face + 1)
    if face >= len(squares):
        count = f"{len(squares)} face{'s' if len(squares) > 1 else ''} found"
        raise NoSuchFaceError(f"--face {face}: {count}, numbered from 0; choose one of these")
    return _crop(photo, squares[face], size)


def crop_faces(photo: np.ndarray, *, parser: Labeller | None = None, size: int = CROP_SIZE) -> list[Crop]:
    """Crops every face of a photo, each once, `MAX_FACES` at most.

    First comes the face that fills the photo, if one does, and then the others, the largest first. Numbers of
    faces are places in this list, everywhere.

    Args:
      photo, parser, size: as of `crop_face`.

    Raises:
      UserError: there is no face on the photo.
    """
    return [_crop(photo, square, size) for square in _listed(photo, parser, MAX_FACES)]


def cut(photo: np.ndarray, square: Box, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Crops a square of a photo, whose border pixels repeat outside.

    Returns:
      ``uint8[size, size, 3]`` and ``to_photo`` as in `Crop`.
    """
    to_photo = warp.crop_matrix(complex(square.x, square.y), square.axis * square.side / size, size)
    return warp.crop_picture(photo, to_photo, size), to_photo


def squares_agree(first: Box, second: Box) -> bool:
    """Whether two parses of a face gave the same portrait square, but for what the second corrects."""
    shift = _distance(first, second) / second.side
    turn = (first.roll_degrees - second.roll_degrees + 180) % 360 - 180
    return shift < _MAX_SHIFT and _SCALES[0] < first.side / second.side < _SCALES[1] and abs(turn) < _MAX_TURN


def to_photo_square(inner: Box, square: Box) -> Box:
    """The square on the photo that is `inner` in pixels of the crop of `square`."""
    middle = (CROP_SIZE - 1) / 2
    right, down, scale = (n / CROP_SIZE for n in (inner.x - middle, inner.y - middle, inner.side))
    roll = (square.roll_degrees + inner.roll_degrees + 180) % 360 - 180
    return dataclasses.replace(square.moved(right, down, scale), roll_degrees=roll)


def _crop(photo: np.ndarray, square: Box, size: int) -> Crop:
    pixels, to_photo = cut(photo, square, size)
    return Crop(pixels, _face(square), to_photo)


def _face(square: Box) -> Box:
    """From brows to chin, of a portrait's square."""
    return square.moved(0, _FACE_DOWN, _FACE_SIDE)


def _portrait(face: Box) -> Box:
    """The other way round."""
    return face.moved(0, -_FACE_DOWN / _FACE_SIDE, 1 / _FACE_SIDE)


def _listed(photo: np.ndarray, parser: Labeller | None, count: int) -> list[Box]:
    """Portrait squares of the photo's first `count` faces; UserError if there are none."""
    squares = list(itertools.islice(_find_squares(photo, parser), count))
    if not squares:
        raise UserError(
            "no face found: use a photo that shows one from the front, well lit, over at least 80 pixels"
        )
    return squares


def _find_squares(photo: np.ndarray, parser: Labeller | None) -> Iterator[Box]:
    """Portrait squares of the photo's faces, each once.

    Lazily, because most photos are of one person, and the first face is found in a twentieth of the time.
    """
    seen: list[Box] = []

    def new(squares: Iterable[Box]) -> Iterator[Box]:
        for square in squares:
            if not any(map(_face(square).overlaps, map(_face, seen))):
                seen.append(square)
                yield square

    yield from new(_find_at_once(photo, parser))
    candidates = [_portrait(face) for face in find_faces(photo)]
    yield from new(_verified(photo, candidates, parser))
    # Scans, and photos that lost their metadata. Some of the people may be tilted so that they were found.
    if all(abs(square.roll_degrees) > _ON_A_SIDE for square in seen):
        turned = [_portrait(face) for face in find_faces(photo, ON_A_SIDE)]
        yield from new(_verified(photo, turned, parser))
    if not seen and parser is not None:
        yield from new(_search(photo, parser))
    if not seen:
        yield from new(square for square in candidates if square.score >= _LIKELY)


def _find_at_once(photo: np.ndarray, parser: Labeller | None) -> Iterator[Box]:
    """The portrait square of an upright face that fills much of the photo, as is usual of one person."""
    face = find_portrait(photo)
    if face is not None:
        square = _portrait(face)
        aligned = square if parser is None else _align_alike(photo, square, parser)
        if aligned is not None:
            yield aligned


def _verified(photo: np.ndarray, candidates: list[Box], parser: Labeller | None) -> Iterator[Box]:
    """The portrait squares in which the parser sees a face, too, or of which the detector is certain."""
    for square in candidates:
        aligned = square if parser is None else _align_alike(photo, square, parser)
        if aligned is not None:
            yield aligned
        elif square.score >= _CERTAIN:
            yield square


def _align_alike(photo: np.ndarray, square: Box, parser: Labeller) -> Box | None:
    """The parser's portrait square, or None if it is not about where the detector's is, and as large."""
    aligned = _align(photo, square, parser)
    if aligned is None or _distance(aligned, square) > _MAX_AWAY * square.side:
        return None
    return aligned if _SIDE_RATIOS[0] < aligned.side / square.side < _SIDE_RATIOS[1] else None


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
    # Without the detector's vote a face needs eyes, nose and mouth.
    whole = alignment.WHOLE_FACE
    found = [square for square in _parse(photo, squares, parser, whole) if square is not None]
    for square in sorted(found, key=lambda square: -square.side):
        aligned = _align(photo, square, parser, min_weight=whole)
        if aligned is not None:
            yield aligned


def _spread(length: int, side: float) -> np.ndarray:
    """Centres of squares along a photo's side, half overlapping, `_SEARCHED` at most."""
    count = min(_SEARCHED, 1 + round(2 * (length - side) / side))
    return np.linspace(side / 2, length - side / 2, count) - 0.5


def _distance(first: Box, second: Box) -> float:
    return abs(complex(first.x - second.x, first.y - second.y))

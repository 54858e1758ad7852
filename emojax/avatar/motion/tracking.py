"""Follows one face through a clip: detected now and then, and in between found where it was.

The crop of a frame is where the face is expected. The label map of that crop says where the face really is,
by its eyes, nose and mouth, and so where the next crop is: following costs nothing beyond the parser, which
labels every frame anyway. Only a face that is lost, or a new scene, needs the detector.
"""

import cmath
import dataclasses
import math
from typing import Final

import cv2
import numpy as np

from emojax.avatar.faces import alignment
from emojax.avatar.faces.crop import CROP_SIZE, Crop, Labeller, crop_face, cut, squares_agree, to_photo_square
from emojax.avatar.faces.detection import Box, NoSuchFaceError, find_portrait
from emojax.avatar.motion.cuts import Cuts
from emojax.avatar.motion.landmarks import Landmarks, is_whole
from emojax.avatar.motion.smoothing import OneEuro
from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES, UNKNOWN

CUTOFF: Final = 1.2
"""Hertz of the crop's filter for a face at rest. Smaller: crops of a slowly moving face lag. Larger: they
tremble with the parser's labels."""

RISE: Final = 14.0
"""Hertz that a speed of one portrait side per second adds. Smaller: quick turns leave the crop behind, and
the face is lost. Larger: noise counts as speed."""

_CALM: Final = 0.15
"""Portrait sides per second at which a crop goes half as far ahead as the speed says. Smaller: noise moves
the crop of a face at rest. Larger: the crop lags behind a slow face."""

_ROLL_WEIGHT: Final = 0.5
"""Portrait sides that a radian of roll counts as in that speed: half of the face's own half."""

_SEARCH: Final = 640
"""Longer side in pixels of the copy of a frame in which faces are looked for. Smaller: small faces are
missed. Larger: a search takes longer."""

_QUICK: Final = 3
"""Frames between quick looks for a lost face, which find large upright ones. Smaller: a clip without faces
takes longer. Larger: a face comes back later."""

_FIRST_WAIT: Final = 12
_LONGEST_WAIT: Final = 240
"""Frames to the second thorough search for a lost face; each wait is twice as long as the one before, up to
the longest. Smaller: a clip without faces takes hours. Larger: a small face comes back late."""

_NEAR: Final = 0.8
"""Portrait sides within which a lost face is looked for. Smaller: one that has moved meanwhile is lost for
longer. Larger: a neighbour is taken for it."""

_PATIENCE: Final = 50
"""Frames for which a lost face is looked for only near where it was. Smaller: the avatar of one who turns
aside goes to a neighbour. Larger: one who has walked behind something comes back later."""

_FACE_DOWN: Final = 0.05
_FACE_SIDE: Final = 0.65
"""The square from brows to chin in a portrait's, as in `faces.crop`."""

_MIDDLE: Final = (CROP_SIZE - 1) / 2
_SIDES: Final = (0.75, 1.33)
"""Sides of a face's square by its landmarks in the detector's beyond which these are taken for unusual: drawn
faces have eyes of other sizes in other places. Narrower: crops of people are no better than the detector's.
Wider: of drawn people only a part of the face is cropped."""

_BACKGROUND: Final = np.uint8(CLASSES.index("background"))


@dataclasses.dataclass(frozen=True)
class Look:
    """The face in one frame.

    Attributes:
      crop: the portrait, where the face was expected.
      square: where its portrait really is, in pixels of the frame.
      track: number of the scene, from one cut or longer loss to the next.
    """

    crop: Crop
    square: Box
    track: int


class Tracker:
    """Says of each frame in turn where to crop the face, and takes back its labels.

    `notice` is called for every frame; `propose` and then, where it returned a crop, `accept` for every frame
    or for some.
    """

    def __init__(self, parser: Labeller, *, face: int = 0) -> None:
        """
        Args:
          parser: labels crops when faces are looked for.
          face: which one to follow where a scene begins; 0 is the largest.
        """
        self._parser, self._face = parser, face
        self._filter: OneEuro | None = None
        self._cuts = Cuts()
        self._lost = 0
        self._wait = _FIRST_WAIT
        self._last: Box | None = None
        self._unit = 1.0
        self._elsewhere: Box | None = None
        self._landmarks = Landmarks()
        self._is_new = True
        self.track = -1
        self.cuts = 0

    def notice(self, frame: np.ndarray) -> bool:
        """Looks at the next frame ``uint8[H, W, 3]``; returns whether it begins a new scene."""
        is_cut = self._cuts(frame)
        if is_cut:
            self._forget()
            self.cuts += 1
        return is_cut

    @property
    def follows(self) -> bool:
        """Whether the face was found in the frame that was looked at last."""
        return self._filter is not None

    def propose(self, frame: np.ndarray, time: float) -> Crop | None:
        """The crop in which the face should be; None if it is lost and not found again.

        Args:
          frame: ``uint8[H, W, 3]``.
          time: seconds.

        Raises:
          NoSuchFaceError: the first scene has a face, but not of the number that was asked for.
        """
        square = self._expected(frame, time)
        if square is None:
            square = self._search(frame)
            self._lost += 1
            if square is None:
                return None
            self._filter = None
        return _crop(frame, square)

    def again(self, frame: np.ndarray) -> Crop | None:
        """Another crop of the frame, after `accept` has refused one whose labels show a face further off."""
        square, self._elsewhere = self._elsewhere, None
        return None if square is None else _crop(frame, square)

    def accept(self, crop: Crop, labels: np.ndarray, time: float) -> Look | None:
        """Where the face is by the labels ``uint8[306, 306]`` of its crop; None if they show none there."""
        expected = square_of(crop)
        square = self._own(labels, expected)
        if square is None:
            square = self._anybody(labels, expected)
            odd = square is None or not _SIDES[0] < square.side / expected.side < _SIDES[1]
            if self._is_new and odd and is_whole(labels):
                square = expected  # the detector's, of a face of unusual proportions
            if square is None or not squares_agree(expected, square):
                self._filter, self._elsewhere = None, square  # lost: the next frames look for it
                return None
            if self._is_new:
                self._landmarks = Landmarks()
                self._landmarks.learn(labels, *_from_portrait(square, expected))
        if self._is_new:
            self.track += 1
            self._is_new = False
        self._lost, self._wait, self._elsewhere = 0, _FIRST_WAIT, None
        if self._filter is None:
            self._filter, self._unit = OneEuro(cutoff=CUTOFF, rise=RISE, together=True), square.side
        self._filter(_as_vector(square, self._unit), time)
        self._last = square
        return Look(crop, square, self.track)

    def _own(self, labels: np.ndarray, expected: Box) -> Box | None:
        """Where the face is by its own landmarks; None if they are not known, or do not fit."""
        fit = None if self._is_new else self._landmarks.fit(labels)
        if fit is None:
            return None
        z, t = fit
        middle = z * complex(_MIDDLE, _MIDDLE) + t
        roll = math.degrees(cmath.phase(z))
        square = to_photo_square(Box(middle.real, middle.imag, abs(z) * CROP_SIZE, roll), expected)
        return square if squares_agree(expected, square) else None

    def _anybody(self, labels: np.ndarray, expected: Box) -> Box | None:
        """Where a face is by what all faces are like."""
        inner = alignment.fit_square(np.where(labels == UNKNOWN, _BACKGROUND, labels))
        return None if inner is None else to_photo_square(inner, expected)

    def _expected(self, frame: np.ndarray, time: float) -> Box | None:
        follows = self._filter
        if follows is None or follows.value is None or follows.speed is None:
            return None
        speed = float(np.linalg.norm(follows.speed))
        ahead = follows.ahead(time) - follows.value
        square = _as_box(follows.value + ahead * speed / (speed + _CALM), self._unit)
        height, width = frame.shape[:2]
        inside = 0 <= square.x < width and 0 <= square.y < height and 8 < square.side < 4 * max(height, width)
        return square if inside else None

    def _search(self, frame: np.ndarray) -> Box | None:
        """Where the face was, quick looks, and thorough ones ever more seldom, while the face is lost."""
        known = None if self._is_new else self._last
        if known is not None and self._lost % _QUICK != _QUICK - 1:
            return known  # it costs no more than a frame with a face to see whether it is back
        scale = max(1.0, max(frame.shape[:2]) / _SEARCH)
        size = tuple(round(side / scale) for side in frame.shape[1::-1])
        small = frame if scale == 1.0 else cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        found: Box | None = None
        if self._face == 0 and (known is not None or self._lost % _QUICK == 0):
            face = find_portrait(small)
            found = face and face.moved(0, -_FACE_DOWN / _FACE_SIDE, 1 / _FACE_SIDE)
        if found is None and (self._lost >= self._wait or (self._is_new and not self._lost)):
            self._wait = self._lost + min(max(self._lost, _FIRST_WAIT), _LONGEST_WAIT)
            found = self._thorough(small)
        found = None if found is None else _scaled(found, scale)
        if known is None or (found is not None and (self._lost > _PATIENCE or _is_near(found, known))):
            return found
        return known

    def _thorough(self, frame: np.ndarray) -> Box | None:
        try:
            return square_of(crop_face(frame, face=self._face, parser=self._parser))
        except UserError as error:
            if isinstance(error, NoSuchFaceError) and self.track < 0:
                raise
            return None  # later scenes may have fewer faces

    def _forget(self) -> None:
        self._filter, self._lost, self._wait, self._is_new = None, 0, _FIRST_WAIT, True


def square_of(crop: Crop) -> Box:
    """Which square of its picture a crop shows."""
    x, y = crop.to_photo @ np.asarray([_MIDDLE, _MIDDLE, 1.0])
    step = complex(crop.to_photo[0, 0], crop.to_photo[1, 0])
    return Box(float(x), float(y), abs(step) * CROP_SIZE, math.degrees(math.atan2(step.imag, step.real)))


def face_of(square: Box) -> Box:
    """The square from brows to chin in a portrait's square."""
    return square.moved(0, _FACE_DOWN, _FACE_SIDE)


def _from_portrait(square: Box, expected: Box) -> tuple[complex, complex]:
    """``z`` and ``t`` from pixels of the portrait in `square` to those of the crop of `expected`."""
    z = square.side / expected.side * square.axis / expected.axis
    offset = complex(square.x - expected.x, square.y - expected.y) / expected.axis
    middle = complex(_MIDDLE, _MIDDLE)
    return z, middle + offset * CROP_SIZE / expected.side - z * middle


def _crop(frame: np.ndarray, square: Box) -> Crop:
    pixels, to_photo = cut(frame, square, CROP_SIZE)
    return Crop(pixels, face_of(square), to_photo)


def _is_near(first: Box, second: Box) -> bool:
    shift = abs(complex(first.x - second.x, first.y - second.y))
    return shift < _NEAR * second.side and 0.5 < first.side / second.side < 2.0


def _as_vector(square: Box, unit: float) -> np.ndarray:
    """In sides of `unit` pixels, so that one filter fits faces of every size."""
    roll = math.radians(square.roll_degrees) * _ROLL_WEIGHT
    return np.asarray([square.x / unit, square.y / unit, math.log(square.side), roll])


def _as_box(vector: np.ndarray, unit: float) -> Box:
    x, y, log_side, roll = vector.tolist()
    return Box(x * unit, y * unit, math.exp(log_side), math.degrees(roll / _ROLL_WEIGHT))


def _scaled(square: Box, scale: float) -> Box:
    x, y = ((at + 0.5) * scale - 0.5 for at in (square.x, square.y))
    return dataclasses.replace(square, x=x, y=y, side=square.side * scale)

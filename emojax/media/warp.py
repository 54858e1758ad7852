"""Crops, rotations and resizes of pictures and label maps, with OpenCV.

Everywhere the centre of a picture's first pixel is (0, 0), x goes right and y goes down, so that a picture
of W columns reaches from -0.5 to W - 0.5. A matrix ``float64[2, 3]`` takes a pixel ``(x, y, 1)`` of the
result to its place in the source.
"""

import math
from typing import Final, NamedTuple

import cv2
import numpy as np

# Pixels of the crop's size that are kept around it before the source is shrunk; bilinear interpolation reads
# one of them. Smaller: the outermost pixels of a crop may repeat. Larger: more is shrunk for nothing. From 0
# to 8 the error against supersampling differs by one per cent.
_PREFILTER_MARGIN: Final = 2


def crop_matrix(centre: complex, step: complex, size: int) -> np.ndarray:
    """The matrix of a square crop.

    Args:
      centre: of the square in the source, ``x + iy``.
      step: from one pixel of the crop to the next on its right, in the source, ``x + iy``: its length is
        the scale, its angle the rotation.
      size: side of the crop in pixels.
    """
    middle = (size - 1) / 2
    corner = centre - step * complex(middle, middle)
    return np.asarray([[step.real, -step.imag, corner.real], [step.imag, step.real, corner.imag]])


def crop_picture(picture: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """Samples a square crop, bilinearly and without aliasing; the border pixels repeat outside.

    Args:
      picture: ``uint8[H, W, 3]``.
      matrix: from crop to picture: a rotation, one scale and a shift.
      size: side of the crop in pixels.

    Returns:
      ``uint8[size, size, 3]``.
    """
    shrink = max(1.0, abs(complex(matrix[0, 0], matrix[1, 0])))
    x0, y0, source, scale = _shrunk_part(picture, matrix, size, shrink)
    # From the crop to the shrunk part of the picture that it is sampled from.
    shift = np.asarray([(0.5 - x0) * scale[0] - 0.5, (0.5 - y0) * scale[1] - 0.5])
    inner = np.asarray(scale)[:, None] * matrix
    inner[:, 2] += shift
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(source, inner, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def crop_labels(
    labels: np.ndarray, matrix: np.ndarray, size: int, *, outside: int | None = None
) -> np.ndarray:
    """Samples a square crop of a label map ``uint8[H, W]`` by nearest neighbours: ``uint8[size, size]``.

    Args:
      labels: the source.
      matrix: from crop to source.
      size: side of the crop in pixels.
      outside: the label of what is outside the source; None repeats the border's labels.
    """
    return cv2.warpAffine(
        labels,
        matrix,
        (size, size),
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE if outside is None else cv2.BORDER_CONSTANT,
        borderValue=outside or 0,
    )


def crop_positions(matrix: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the pixels of a square crop are in the source: x and y, ``float64[size, size]`` each."""
    steps = np.arange(size)
    right, down, corner = matrix.T
    x, y = (corner[k] + down[k] * steps[:, None] + right[k] * steps[None, :] for k in (0, 1))
    return x, y


def remap(picture: np.ndarray, x: np.ndarray, y: np.ndarray, *, nearest: bool = False) -> np.ndarray:
    """Samples ``[H, W, ...]`` at positions ``float[h, w]``; the border pixels repeat outside.

    Args:
      picture: the source.
      x, y: positions of the result's pixels.
      nearest: nearest neighbours, as labels need, instead of bilinear interpolation.
    """
    method = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    maps = x.astype(np.float32), y.astype(np.float32)
    return cv2.remap(picture, *maps, method, borderMode=cv2.BORDER_REPLICATE)


def nearest_pixels(positions: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The nearest pixels on a line of `count`, clipped to it, and whether the positions are on the line.

    A line reaches from -0.5 to ``count - 0.5``; a position halfway between two pixels goes to the later.
    """
    pixels = np.floor(positions + 0.5).astype(int)
    return np.clip(pixels, 0, count - 1), (pixels >= 0) & (pixels < count)


def resize(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """Stretches a picture to another size: area averages if it shrinks, bilinear if it grows."""
    shrinks = width * height < picture.shape[0] * picture.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(picture, (width, height), interpolation=method)


class Rotated(NamedTuple):
    """A rotated picture.

    Attributes:
      pixels: ``[H, W, ...]``, the canvas that the rotated picture fits on.
      turn: ``float64[2, 2]``, the rotation.
      centre: of the canvas, ``float64[2]``.
      middle: of the picture, ``float64[2]``, which comes to `centre`.
    """

    pixels: np.ndarray
    turn: np.ndarray
    centre: np.ndarray
    middle: np.ndarray

    def source(self, place: np.ndarray) -> np.ndarray:
        """Where a place ``float[2]`` of the canvas is in the picture."""
        return self.turn.T @ (place - self.centre) + self.middle


def rotate(picture: np.ndarray, degrees: float, *, margin: float) -> Rotated:
    """Rotates a picture anticlockwise about its middle; the border pixels repeat outside.

    Args:
      picture: ``uint8[H, W, ...]``.
      degrees: of the rotation, as one sees it.
      margin: pixels by which the canvas is wider and higher than the rotated picture.
    """
    height, width = picture.shape[:2]
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    across = math.ceil(width * abs(cos) + height * abs(sin) + margin)
    down = math.ceil(width * abs(sin) + height * abs(cos) + margin)
    turn = np.asarray([[cos, sin], [-sin, cos]])
    middle, centre = np.asarray([width - 1, height - 1]) / 2, np.asarray([across - 1, down - 1]) / 2
    forward = np.column_stack([turn, centre - turn @ middle])
    canvas = cv2.warpAffine(picture, forward, (across, down), borderMode=cv2.BORDER_REPLICATE)
    return Rotated(canvas, turn, centre, middle)


def _shrunk_part(
    picture: np.ndarray, matrix: np.ndarray, size: int, shrink: float
) -> tuple[int, int, np.ndarray, tuple[float, float]]:
    """The part of a picture under a crop, `shrink` times smaller, so that its pixels are about the crop's.

    Sampling every third pixel of a large photo would turn fine hair into specks.

    Returns:
      x and y of the part's first pixel, the shrunk part, and by what its width and height were multiplied.
    """
    height, width = picture.shape[:2]
    corners = matrix @ np.asarray([[0, size, 0, size], [0, 0, size, size], [1, 1, 1, 1]])
    limits, margin = np.asarray([width, height]), _PREFILTER_MARGIN * shrink
    low = np.clip(np.floor(corners.min(1) - margin), 0, limits - 1).astype(int)
    high = np.clip(np.ceil(corners.max(1) + margin), low + 1, limits).astype(int)
    (x0, y0), (x1, y1) = low.tolist(), high.tolist()
    part = picture[y0:y1, x0:x1]
    if shrink == 1:
        return x0, y0, part, (1.0, 1.0)
    sides = max(1, round((x1 - x0) / shrink)), max(1, round((y1 - y0) / shrink))
    return x0, y0, resize(part, *sides), (sides[0] / (x1 - x0), sides[1] / (y1 - y0))

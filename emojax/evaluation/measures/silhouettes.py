"""The silhouettes of drawings on a ground of one colour, and how complete a round face's outline is."""

from typing import Final

import numpy as np
from scipy import ndimage

from emojax.evaluation.measures.estimates import check_images

LEAST_SIDE: Final = 16
"""Of a picture in pixels; below that eyes and mouths are single pixels and no measure of texture works."""

_CONTRAST: Final = 64
"""Levels of 255 by which a drawing differs from its ground. At 16 noise of 30 levels joins the silhouette
(the completeness of noisy OpenMoji faces falls from 0.91 to 0.45); at 128 faint parts drop out (the published
recipe's samples fall from 0.87 to 0.84)."""

_DIRECTIONS: Final = 72
_ANGLES: Final = np.arange(_DIRECTIONS) * 2 * np.pi / _DIRECTIONS
_LEAST_AREA: Final = 0.05
"""Share of the picture that a silhouette needs to have an outline. With less, specks that a circle fits by
chance count as faces; with 0.2, real faces are lost: OpenMoji's cover 0.30 in the median and 0.11 at
least."""

_TOLERANCE: Final = 0.05
"""Share of the radius within which a point is on a circle: one pixel for a face of 40. At 0.02 the pixel grid
breaks outlines (OpenMoji's faces fall from 0.91 to 0.65); at 0.1 dents pass, and samples score above real
ones."""

_STEPS: Final = (24, 18, 12, 9)
"""Directions from point to point of a trial circle: 120°, 90°, 60° and 45°. The wide ones miss the circle of
which only an arc is there; rounding to pixels would move the centres of still narrower ones."""

_TRIPLES: Final = np.asarray([(k, k + step, k + 2 * step) for step in _STEPS for k in range(_DIRECTIONS)])


def silhouettes(images: np.ndarray) -> np.ndarray:
    """The region of each drawing: the largest of its `shapes`, with its holes filled.

    Args:
      images: ``uint8[N, S, S, 3]``.

    Returns:
      ``bool[N, S, S]``.

    Raises:
      UserError: pictures are not of one size of at least 16 pixels.
    """
    found = shapes(images)
    for shape in found:
        labels, count = ndimage.label(shape)
        if count:
            largest = np.bincount(labels.ravel())[1:].argmax() + 1
            shape[:] = ndimage.binary_fill_holes(labels == largest)
    return found


def shapes(images: np.ndarray) -> np.ndarray:
    """Where a channel differs by more than 64 levels from the ground, without what is one pixel thin.

    The ground is the median colour of the picture's border.

    Args:
      images: ``uint8[N, S, S, 3]``.

    Returns:
      ``bool[N, S, S]``.

    Raises:
      UserError: as of `silhouettes`.
    """
    (images,) = check_images("silhouettes", images, least_side=LEAST_SIDE)
    border = np.concatenate([images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1]], 1)
    ground = np.median(border, axis=1)[:, None, None]
    found: np.ndarray = ndimage.binary_opening(
        (np.abs(images - ground) > _CONTRAST).any(-1), np.ones((1, 2, 2))
    )
    return found


def outline_completeness(images: np.ndarray) -> np.ndarray:
    """Share of the directions in which a face's outline is on a circle.

    The outermost points of the silhouette in 72 directions from its centroid give trial circles, one through
    each of 288 triples of points. From the centre of the circle with the most points on it, outermost points
    are searched again. A direction counts if its point is within 5 % of the radius from that circle, and not
    at the picture's border, which cuts shapes off.

    So half a disc scores 0.5. A hat, a hand or a tear also costs the directions it covers: OpenMoji's faces
    score 1 in the median and 0.91 in the mean, which is what to compare with. Blur does not lower it.

    Args:
      images: ``uint8[N, S, S, 3]``.

    Returns:
      ``float64[N]``, 0 to 1; 0 where the silhouette covers less than 5 % of the picture.

    Raises:
      UserError: pictures are not of one size of at least 16 pixels.
    """
    return np.asarray([_completeness(shape) for shape in silhouettes(images)], np.float64)


def _completeness(shape: np.ndarray) -> float:
    if shape.mean() < _LEAST_AREA:
        return 0.0
    points = outermost(shape, np.asarray(ndimage.center_of_mass(shape)))
    centers, radii = circles(*(points[_TRIPLES[:, i] % _DIRECTIONS] for i in range(3)))
    radii = np.where(radii <= max(shape.shape), radii, np.nan)  # huge circles fit any straight piece
    best = int(_on_circle(points, centers[:, None], radii[:, None]).sum(1).argmax())
    points = outermost(shape, centers[best])
    cut_off = ((points < 1.0) | (points > np.asarray(shape.shape) - 2.0)).any(1)
    return float((_on_circle(points, centers[best], radii[best]) & ~cut_off).mean())


def outermost(shape: np.ndarray, center: np.ndarray) -> np.ndarray:
    """The last point of a shape in each of 72 directions.

    Args:
      shape: ``bool[S, S]``.
      center: row and column, ``float64[2]``, from which rays start. The first runs along the row, the next
        ones turn towards higher rows.

    Returns:
      Rows and columns ``float64[72, 2]``, to half a pixel; `center` where a ray does not meet the shape.
    """
    steps = np.arange(0.0, np.hypot(*shape.shape), 0.5)
    rays = center + steps[:, None, None] * np.stack([np.sin(_ANGLES), np.cos(_ANGLES)], -1)
    inside = ndimage.map_coordinates(shape.astype(np.float64), rays.transpose(2, 0, 1), order=1) >= 0.5
    last = np.where(inside.any(0), len(steps) - 1 - inside[::-1].argmax(0), 0)
    return rays[last, np.arange(_DIRECTIONS)]


def circles(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Circles through three points each.

    Args:
      a, b, c: the points, ``float64[T, 2]``.

    Returns:
      Centres ``float64[T, 2]`` and radii ``float64[T]``, NaN where points are in line.
    """
    u, v = b - a, c - a
    twice = 2.0 * (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    twice = np.where(twice == 0.0, np.nan, twice)
    uu, vv = (u**2).sum(1), (v**2).sum(1)
    from_a = np.stack([v[:, 1] * uu - u[:, 1] * vv, u[:, 0] * vv - v[:, 0] * uu], 1) / twice[:, None]
    return a + from_a, np.hypot(from_a[:, 0], from_a[:, 1])


def _on_circle(points: np.ndarray, center: np.ndarray, radius: np.ndarray) -> np.ndarray:
    away = np.linalg.norm(points - center, axis=-1)
    return np.abs(away - radius) <= _TOLERANCE * radius

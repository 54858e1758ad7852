"""Faults of drawing that can be seen in one picture: speckle, open outlines, soft edges, smears.

Nothing here knows what an emoji is, only that it is drawn in flat colours on a ground of one colour, and, for
outlines, that it is round.
"""

import dataclasses
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage

from emojax.core.errors import UserError
from emojax.evaluation.measures.estimates import require

_CONTRAST: Final = 64  # levels of 255, from the ground or across an edge, that make a shape
_WINDOW: Final = 7  # pixels
_CHUNK: Final = 64  # pictures at a time, which bounds memory
_FLAT: Final = 16  # levels of 255 within 3×3 pixels, up to which they are of one colour
_SHARP: Final = 96  # and from which on an edge runs through them
_ROUNDING: Final = 1 / 12  # variance that rounding to whole levels adds

_DIRECTIONS: Final = 72
_ANGLES: Final = np.arange(_DIRECTIONS) * 2 * np.pi / _DIRECTIONS
_LEAST_AREA: Final = 0.05  # of the picture, for a silhouette to have an outline
_TOLERANCE: Final = 0.05  # of the radius: one pixel for a face of 40
# Circles are tried through three points of the outline, 120°, 90°, 60° and 45° apart.
_TRIPLES: Final = np.asarray(
    [(k, k + step, k + 2 * step) for step in (24, 18, 12, 9) for k in range(_DIRECTIONS)]
)


@dataclasses.dataclass(frozen=True)
class Speckle:
    """Of each picture ``float64[N]``, over the reference pictures' mean: 1 is as they are.

    Attributes:
      inside: within the silhouette; of the whole picture where there is none.
      ground: more than two pixels from any shape; of the whole picture where nothing is.
    """

    inside: np.ndarray
    ground: np.ndarray


def speckle(images: np.ndarray, reference: np.ndarray) -> Speckle:
    """Energy in the band that drawings leave empty, relative to real pictures.

    The residual is the picture under ``[1 -2 1]ᵀ [1 -2 1] / 6`` (Immerkær 1996), which leaves white noise its
    energy. It passes what is fine in both directions at once: straight edges and strokes vanish, and of
    OpenMoji's faces at 64 px 1.3 % of the energy is left. With ``r(p)`` its root mean square over channels,

        energy(region) = mean over p in the region of (median of r in the 7×7 pixels around p)²

    taken at every other pixel. Corners and crossing strokes fill less than half of most windows, so the
    median passes them over, as it does single specks; grain and checkerboards fill windows. The result is
    ``(energy + 1/12) / (mean energy of the reference + 1/12)``, the twelfth being what rounding to whole
    levels may make.

    Args:
      images: ``uint8[N, S, S, 3]``.
      reference: ``uint8[M, S, S, 3]``, of the same size: how fine drawings are depends on it.

    Raises:
      UserError: there is no reference, or pictures are not of one size of at least 16 pixels.
    """
    images, reference = _check("speckle", images), _check("speckle (real)", reference)
    require("speckle (real)", samples=len(reference), least=1)
    if images.shape[1:] != reference.shape[1:]:
        sizes = f"{list(images.shape[1:3])} and {list(reference.shape[1:3])}"
        raise UserError(f"speckle: samples and real pictures must be of one size, not {sizes}")
    usual = _energies(reference).mean(1, keepdims=True)
    inside, ground = (_energies(images) + _ROUNDING) / (usual + _ROUNDING)
    return Speckle(inside, ground)


def outline_completeness(images: np.ndarray) -> np.ndarray:
    """Share of the directions in which a face's outline is where a closed circle has it.

    Of the silhouette (see `silhouettes`) the outermost points in 72 directions from its centroid give circles
    to try, one through each of 288 triples of points. From the centre of the circle that most points lie
    on, outermost points are taken again. A direction counts if its point is within 5 % of the radius from
    that circle, and not at the picture's frame, which cuts off.

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


def edge_quality(images: np.ndarray) -> np.ndarray:
    """How much of an edge's contrast is crossed within two pixels, the mean over a picture's edges.

    With ``d`` the largest difference of a pixel's opposite neighbours (left and right, above and below) in
    any channel, and ``c`` the largest range of a channel in the 7×7 pixels around it, edges are where d is
    the largest of its 5×5 pixels and c is at least 64 levels. The figure is ``Σ d / Σ c`` over them. An
    antialiased edge has 0.9 to 1, one blurred with a sigma of 1 pixel 0.67, of 2 pixels 0.44. Contrast itself
    does not matter, and grain does not lower it: see `speckle` for that.

    Args:
      images: ``uint8[N, S, S, 3]``.

    Returns:
      ``float64[N]``, 0 to 1; 0 where there is no edge.

    Raises:
      UserError: pictures are not of one size of at least 16 pixels.
    """
    images = _check("edge quality", images)
    found = [_sharpness(images[i : i + _CHUNK]) for i in range(0, len(images), _CHUNK)]
    return np.concatenate([np.zeros(0), *found])


def shading(images: np.ndarray) -> np.ndarray:
    """Share of a face in which colours run into each other, where a drawing is flat or has an edge.

    Of the silhouette's pixels but those at its border, these are the ones around which, in 3×3 pixels, the
    widest range of a channel is more than 16 levels and less than 96. Blur fills a face with them, and so do
    smears between two drawings; of OpenMoji's faces at 64 px they are 7.6 %, beside antialiased edges. The
    larger a drawing, the fewer they are: compare pictures of one size.

    Args:
      images: ``uint8[N, S, S, 3]``.

    Returns:
      ``float64[N]``, 0 to 1; 0 where there is no silhouette.

    Raises:
      UserError: pictures are not of one size of at least 16 pixels.
    """
    images = _check("shading", images)
    found = [_shaded(images[i : i + _CHUNK]) for i in range(0, len(images), _CHUNK)]
    return np.concatenate([np.zeros(0), *found])


def silhouettes(images: np.ndarray) -> np.ndarray:
    """Where the drawings are: ``bool[N, S, S]`` of ``uint8[N, S, S, 3]``.

    Shapes are 4-connected pixels in which a channel differs by more than 64 levels from the ground, the
    median colour of the picture's frame; what is one pixel thin is no shape. The silhouette is the largest,
    its holes filled.

    Raises:
      UserError: pictures are not of one size of at least 16 pixels.
    """
    shapes = _shapes(_check("silhouettes", images))
    for shape in shapes:
        named, count = ndimage.label(shape)
        if count:
            largest = np.bincount(named.ravel())[1:].argmax() + 1
            shape[:] = ndimage.binary_fill_holes(named == largest)
    return shapes


def _shapes(images: np.ndarray) -> np.ndarray:
    frames = np.concatenate([images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1]], 1)
    ground = np.median(frames, axis=1)[:, None, None]
    return ndimage.binary_opening((np.abs(images - ground) > _CONTRAST).any(-1), np.ones((1, 2, 2)))


def _energies(images: np.ndarray) -> np.ndarray:
    """Of the residual within the silhouettes and outside of them: ``float64[2, N]``."""
    energies = np.zeros((2, len(images)))
    for start in range(0, len(images), _CHUNK):
        part = images[start : start + _CHUNK]
        residual = part.astype(np.float64)
        for axis in (1, 2):
            residual = ndimage.convolve1d(residual, (1.0, -2.0, 1.0), axis=axis, mode="nearest")
        level = np.sqrt((residual**2).mean(-1)) / 6.0
        margin = _WINDOW // 2
        padded = np.pad(level, ((0, 0), (margin, margin), (margin, margin)), mode="edge")
        windows = sliding_window_view(padded, (_WINDOW, _WINDOW), axis=(1, 2))[:, ::2, ::2]
        energy = np.median(windows.reshape(*windows.shape[:3], -1), axis=-1) ** 2
        inside = silhouettes(part)
        ground = ~ndimage.binary_dilation(inside | _shapes(part), np.ones((1, 5, 5)))
        for row, region in zip(energies, (inside, ground), strict=True):
            region = region[:, ::2, ::2]
            region = region | ~region.any((1, 2), keepdims=True)
            row[start : start + _CHUNK] = (energy * region).sum((1, 2)) / region.sum((1, 2))
    return energies


def _sharpness(images: np.ndarray) -> np.ndarray:
    levels = images.astype(np.float64)
    padded = np.pad(levels, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    down = np.abs(padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1])
    across = np.abs(padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2])
    step = np.maximum(down, across).max(-1)
    around = (1, _WINDOW, _WINDOW, 1)
    contrast = (ndimage.maximum_filter(levels, around) - ndimage.minimum_filter(levels, around)).max(-1)
    edges = (step == ndimage.maximum_filter(step, (1, 5, 5))) & (contrast >= _CONTRAST)
    whole = (contrast * edges).sum((1, 2))
    return (step * edges).sum((1, 2)) / np.where(whole > 0, whole, 1.0)


def _shaded(images: np.ndarray) -> np.ndarray:
    inner = ndimage.binary_erosion(silhouettes(images), np.ones((1, 3, 3)))
    around = (1, 3, 3, 1)
    span = (ndimage.maximum_filter(images, around) - ndimage.minimum_filter(images, around)).max(-1)
    shaded = inner & (span > _FLAT) & (span < _SHARP)
    found: np.ndarray = shaded.sum((1, 2)) / np.maximum(inner.sum((1, 2)), 1)
    return found


def _completeness(shape: np.ndarray) -> float:
    if shape.mean() < _LEAST_AREA:
        return 0.0
    points = _outermost(shape, np.asarray(ndimage.center_of_mass(shape)))
    centers, radii = _circles(*(points[_TRIPLES[:, i] % _DIRECTIONS] for i in range(3)))
    radii = np.where(radii <= max(shape.shape), radii, np.nan)  # straight pieces fit circles without end
    hits = _on_circle(points, centers[:, None], radii[:, None]).sum(1)
    if not hits.any():
        return 0.0
    best = int(hits.argmax())
    points = _outermost(shape, centers[best])
    open_ended = ((points < 1.0) | (points > np.asarray(shape.shape) - 2.0)).any(1)
    return float((_on_circle(points, centers[best], radii[best]) & ~open_ended).mean())


def _outermost(shape: np.ndarray, center: np.ndarray) -> np.ndarray:
    """The last points (row, column) of a shape in each direction from there: ``float64[72, 2]``."""
    steps = np.arange(0.0, np.hypot(*shape.shape), 0.5)
    rays = center + steps[:, None, None] * np.stack([np.sin(_ANGLES), np.cos(_ANGLES)], -1)
    inside = ndimage.map_coordinates(shape.astype(np.float64), rays.transpose(2, 0, 1), order=1) >= 0.5
    last = np.where(inside.any(0), len(steps) - 1 - inside[::-1].argmax(0), 0)
    return rays[last, np.arange(_DIRECTIONS)]


def _circles(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Through three points ``[T, 2]`` each: centres ``[T, 2]`` and radii ``[T]``, NaN for points in line."""
    u, v = b - a, c - a
    twice = 2.0 * (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    twice = np.where(np.abs(twice) > 1e-9, twice, np.nan)
    uu, vv = (u**2).sum(1), (v**2).sum(1)
    from_a = np.stack([v[:, 1] * uu - u[:, 1] * vv, u[:, 0] * vv - v[:, 0] * uu], 1) / twice[:, None]
    return a + from_a, np.hypot(from_a[:, 0], from_a[:, 1])


def _on_circle(points: np.ndarray, center: np.ndarray, radius: np.ndarray) -> np.ndarray:
    away = np.linalg.norm(points - center, axis=-1)
    return np.abs(away - radius) <= _TOLERANCE * radius


def _check(figure: str, images: np.ndarray) -> np.ndarray:
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] != 3 or images.dtype != np.uint8 or min(images.shape[1:3]) < 16:
        raise UserError(
            f"{figure}: pictures must be uint8 [N, S, S, 3] of at least 16 pixels, not {list(images.shape)}"
        )
    return images

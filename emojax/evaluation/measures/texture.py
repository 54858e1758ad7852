"""Faults of drawing that show in single pictures: speckle, soft edges and smears.

Pictures count as drawings: flat colours on a ground of one colour.
"""

import dataclasses
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage

from emojax.evaluation.measures.estimates import check_images, require
from emojax.evaluation.measures.silhouettes import LEAST_SIDE, shapes, silhouettes

_CONTRAST: Final = 64
"""Levels of 255 across an edge. At 16 soft shadows count as edges (real emoji fall from 0.99 to 0.96); at 128
weak ones are left out, soft or not."""

_WINDOW: Final = 7
"""Pixels. A smaller window does not hold a blurred edge's contrast (with 3, the edge quality under blur by 2
pixels is 0.90). In a larger one flat places have the contrast of an edge whose step is outside of their 5×5
pixels, and count as soft edges (with 11, real emoji have 0.29)."""

_FLAT: Final = 16
"""Levels of 255 within 3×3 pixels up to which these count as flat. At 4 unevenness that nobody sees is
shading (the best recipe's samples rise from 0.19 to 0.48); at 32 blur is missed (by 2 pixels, it falls from
0.73 to 0.53)."""

_SHARP: Final = 96
"""Levels from which on an edge runs through 3×3 pixels. At 48 blur is missed (it falls from 0.73 to 0.41); at
160 antialiased edges are shading (real emoji rise from 0.07 to 0.16)."""

_ROUNDING: Final = 1 / 12  # variance of rounding to whole levels
_CHUNK: Final = 64  # pictures at a time, which bounds memory


@dataclasses.dataclass(frozen=True)
class Speckle:
    """Noise of each picture ``float64[N]``, over the reference pictures' mean: 1 is as they have.

    Attributes:
      inside: within the silhouette; of the whole picture where there is none.
      ground: more than two pixels from any shape; of the whole picture where nothing is.
    """

    inside: np.ndarray
    ground: np.ndarray


def speckle(images: np.ndarray, reference: np.ndarray) -> Speckle:
    """Energy in the frequencies that drawings leave empty, relative to real pictures.

    The residual is the picture under ``[1 -2 1]ᵀ [1 -2 1] / 6`` (Immerkær 1996), which keeps the energy of
    white noise. It passes what is fine in both directions at once: straight edges and strokes vanish, and of
    OpenMoji's faces at 64 px 1.3 % of the energy is left. With ``r(p)`` its root mean square over channels,

        energy(region) = mean over p in the region of (median of r in the 7×7 pixels around p)²

    at every other pixel. Corners and crossing strokes fill less than half of most windows, so the median
    ignores them, as it does single specks; grain and checkerboards fill windows. The result is
    ``(energy + 1/12) / (mean energy of the reference + 1/12)``, where 1/12 is the variance that rounding to
    whole levels adds.

    Args:
      images: ``uint8[N, S, S, 3]``.
      reference: ``uint8[M, S, S, 3]``, M at least 1; of the same size, because the energy depends on it.

    Raises:
      UserError: there is no reference, or pictures are not of one size of at least 16 pixels.
    """
    images, reference = check_images("speckle", images, reference, least_side=LEAST_SIDE)
    require("speckle (real)", samples=len(reference), least=1)
    usual = _energies(reference).mean(1, keepdims=True)
    inside, ground = (_energies(images) + _ROUNDING) / (usual + _ROUNDING)
    return Speckle(inside, ground)


def edge_quality(images: np.ndarray) -> np.ndarray:
    """Share of an edge's contrast that is crossed within two pixels, the mean over a picture's edges.

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
    (images,) = check_images("edge quality", images, least_side=LEAST_SIDE)
    return _in_chunks(_edge_quality, images)


def shading(images: np.ndarray) -> np.ndarray:
    """Share of a face in which colours change gradually, where a drawing is flat or has an edge.

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
    (images,) = check_images("shading", images, least_side=LEAST_SIDE)
    return _in_chunks(_shading, images)


def _in_chunks(
    measure: Callable[[np.ndarray], np.ndarray], images: np.ndarray, shape: tuple[int, ...] = ()
) -> np.ndarray:
    """A measure's values ``float64[*shape, N]``, computed for a bounded number of pictures at a time."""
    found = [measure(images[start : start + _CHUNK]) for start in range(0, len(images), _CHUNK)]
    return np.concatenate([np.zeros((*shape, 0)), *found], axis=-1)


def _energies(images: np.ndarray) -> np.ndarray:
    """Energy of the residual within the silhouettes and on the ground: ``float64[2, N]``."""
    return _in_chunks(_chunk_energies, images, (2,))


def _chunk_energies(images: np.ndarray) -> np.ndarray:
    residual = images.astype(np.float64)
    for axis in (1, 2):
        residual = ndimage.convolve1d(residual, (1.0, -2.0, 1.0), axis=axis, mode="nearest")
    level = np.sqrt((residual**2).mean(-1)) / 6.0
    margin = _WINDOW // 2
    padded = np.pad(level, ((0, 0), (margin, margin), (margin, margin)), mode="edge")
    # `ndimage.median_filter` is the same at all pixels, and takes twice as long.
    windows = sliding_window_view(padded, (_WINDOW, _WINDOW), axis=(1, 2))[:, ::2, ::2]
    energy = np.median(windows, axis=(-2, -1)) ** 2
    inside = silhouettes(images)
    ground = ~ndimage.binary_dilation(inside | shapes(images), np.ones((1, 5, 5)))
    found = []
    for region in (inside[:, ::2, ::2], ground[:, ::2, ::2]):
        somewhere = region | ~region.any((1, 2), keepdims=True)
        found.append((energy * somewhere).sum((1, 2)) / somewhere.sum((1, 2)))
    return np.stack(found)


def _edge_quality(images: np.ndarray) -> np.ndarray:
    levels = images.astype(np.float64)
    padded = np.pad(levels, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    down = np.abs(padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1])
    across = np.abs(padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2])
    step = np.maximum(down, across).max(-1)
    window = (1, _WINDOW, _WINDOW, 1)
    contrast = (ndimage.maximum_filter(levels, window) - ndimage.minimum_filter(levels, window)).max(-1)
    edges = (step == ndimage.maximum_filter(step, (1, 5, 5))) & (contrast >= _CONTRAST)
    total = (contrast * edges).sum((1, 2))
    quality: np.ndarray = (step * edges).sum((1, 2)) / np.where(total > 0, total, 1.0)
    return quality


def _shading(images: np.ndarray) -> np.ndarray:
    inner = ndimage.binary_erosion(silhouettes(images), np.ones((1, 3, 3)))
    window = (1, 3, 3, 1)
    span = (ndimage.maximum_filter(images, window) - ndimage.minimum_filter(images, window)).max(-1)
    shaded = inner & (span > _FLAT) & (span < _SHARP)
    share: np.ndarray = shaded.sum((1, 2)) / np.maximum(inner.sum((1, 2)), 1)
    return share

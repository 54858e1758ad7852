"""The face parser: labels each pixel of photos of any size.

parser = FaceParser.load()
labels = parser.label_maps(photo[None])[0]     # uint8 [H, W], indices into CLASSES
"""

import dataclasses
import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import cv2
import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image

from emojax import weights
from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES, mirror_scores
from emojax.models import bisenet, inference
from emojax.models.interpolation import linear_weights
from emojax.weights import face_parser

# Sides of what is computed at once are multiples of this many pixels. Smaller: more sizes of photos need a
# compiled program of their own. Larger: more is computed and thrown away.
_TILE: Final = 64

# Scores held at once: 64 MB. Smaller: large photos take more calls. Larger: those of a phone's photo would
# take a gigabyte.
_MAX_SCORES: Final = 2**24

# Figures: mean F1 over 18 classes of 21 portraits of CelebAMask-HQ whose IDs do not match ^[01], shrunk by a
# half on grey.

# Share of a photo's longer side below which the part with people is parsed once more, alone. Smaller: the
# net, made for portraits, labels small people (one pass: 0.39 at 0.3 of the size, 0.76 at 0.5, 0.82 at 0.65,
# 0.85 at 0.8; two passes: 0.85 to 0.86). Larger: portraits take twice as long for a hundredth.
_MAX_FAR: Final = 0.7
# What is shown around that part, in its sides. Smaller: what the first pass missed is cut off; on these
# portraits, which it does not miss, 0 is better (0.867, instead of 0.857). Larger: people are smaller again
# (0.12: 0.847, 0.25: 0.825).
_FAR_MARGIN: Final = 0.06
# Per cent of the labelled pixels on each side that may be specks elsewhere. Smaller: a speck undoes the
# second look (0: 0.854). Larger: ends of hair and clothes are cut off (2: 0.863, 5: 0.855).
_STRAY_PERCENT: Final = 0.5
# Side in pixels below which the part is not parsed again. Smaller: specks are enlarged. Larger: small people
# are labelled by one pass alone.
_MIN_FAR: Final = 24


@dataclasses.dataclass(frozen=True)
class FaceParser:
    """A net with its weights.

    Attributes:
      model: the Flax module.
      variables: its parameters and batch statistics.
      size: side of the net's input, a multiple of 32. Photos are resized to fit it.
      mirror: whether to average the scores with those of the mirrored photo: better, at twice the cost.
      batch_size: photos per call of the net. Always this many, the last call padded, so that one compiled
        program serves all and a label map does not depend on the other photos of its batch.
    """

    model: bisenet.BiSeNet
    variables: Any
    size: int
    mirror: bool = True
    batch_size: int = 1

    @classmethod
    def load(cls, path: Path | None = None, *, mirror: bool = True, batch_size: int = 1) -> "FaceParser":
        """The parser in a file of `emojax.training.export` or of ``python -m emojax.ports bisenet``.

        Args:
          path: the file; None takes what is installed with emojax.
          mirror: see `FaceParser`.
          batch_size: see `FaceParser`.

        Raises:
          UserError: there is no such file, or it is damaged or no face parser's.
        """
        path = weights.shipped("bisenet") if path is None else path
        model, variables, size = face_parser.load(path)
        return cls(model, variables, size, mirror, batch_size)

    def label_maps(self, images: np.ndarray) -> np.ndarray:
        """``uint8[B, H, W, 3]`` of any size to ``uint8[B, H, W]``, indices into `CLASSES`."""
        return self._parse_twice(images, _labels, np.empty(images.shape[:3], np.uint8))

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """``uint8[B, H, W, 3]`` to ``float32[B, H, W, 19]``, 76 bytes per pixel."""
        out = np.empty((*images.shape[:3], len(CLASSES)), np.float32)
        return self._parse_twice(images, _probabilities, out)

    def _parse_twice(
        self, images: np.ndarray, decode: Callable[..., jax.Array], out: np.ndarray
    ) -> np.ndarray:
        """`_parse`, and once more the part with people, where it is small: the net is made for portraits."""
        self._parse(images, decode, out)
        for image, found in zip(images, out, strict=True):
            part = _far_people(found if found.ndim == 2 else found.argmax(-1))
            if part is not None:
                nearer = image[part][None]
                found[part] = self._parse(nearer, decode, np.empty((1, *found[part].shape), out.dtype))[0]
        return out

    def _parse(self, images: np.ndarray, decode: Callable[..., jax.Array], out: np.ndarray) -> np.ndarray:
        """Fills ``out[B, H, W, ...]`` with what `decode` makes of the net's scores, tile by tile."""
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] != 3:
            raise TypeError(f"expected uint8[B, H, W, 3], got {images.dtype}{list(images.shape)}")
        H, W = images.shape[1:3]
        fit = _Fit.of(H, W, self.size)
        width = -W % _TILE + W
        tallest = _MAX_SCORES // (self.batch_size * width * len(CLASSES)) // _TILE * _TILE
        height = min(-H % _TILE + H, max(tallest, _TILE))
        for start in range(0, len(images), self.batch_size):
            batch = images[start : start + self.batch_size]
            inputs = np.zeros((self.batch_size, self.size, self.size, 3), np.uint8)
            for index, photo in enumerate(batch):
                inputs[index] = fit.apply(photo)
            logits = self.net(self.folded, inputs)
            if not jnp.isfinite(logits).all():
                raise UserError("the face parser's scores are not finite: train it again, or export it anew")
            rows, columns = fit.weights(logits.shape[1:3], self.model.align_corners)
            columns = np.pad(columns, [(0, width - W), (0, 0)])
            for top in range(0, H, height):
                band = rows[top : top + height]
                band = np.pad(band, [(0, height - len(band)), (0, 0)])
                tile = np.asarray(decode(logits, band, columns))
                out[start : start + len(batch), top : top + height] = tile[: len(batch), : H - top, :W]
        return out

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 of the net and its weights, hex: two parsers of one digest give the same labels."""
        found = hashlib.sha256(repr((self.model, self.size, self.mirror)).encode())
        for array in jax.tree.leaves(self.variables):
            found.update(np.asarray(array).tobytes())
        return found.hexdigest()

    @functools.cached_property
    def folded(self) -> dict[str, Any]:
        """The variables as `net` takes them: on the device, normalisation folded into the convolutions."""
        return inference.folded(self.variables)

    @functools.cached_property
    def net(self) -> Callable[[Any, np.ndarray], jax.Array]:
        """`folded` and ``uint8[B, size, size, 3]`` to scores ``float32[B, h, w, 19]`` on the net's grid."""

        def net(variables: Any, images: jax.Array) -> jax.Array:
            x = images.astype(jnp.float32) / 127.5 - 1.0
            if self.mirror:
                x = jnp.concatenate([x, x[:, :, ::-1]])
            parsing: Any = self.model.apply(variables, x, train=False, auxiliary=False, upsample=False)
            if not self.mirror:
                return parsing.logits
            # Enlarging is linear and symmetric: averaging before it gives the same and costs less.
            straight, mirrored = jnp.split(parsing.logits, 2)
            return 0.5 * (straight + mirror_scores(mirrored))

        return inference.compiled(net)


def _far_people(labels: np.ndarray) -> tuple[slice, slice] | None:
    """Rows and columns around all that is not background in ``uint8[H, W]``; None if it is not small."""
    rows, columns = np.nonzero(labels)
    if not len(rows):
        return None
    spans = [np.percentile(at, (_STRAY_PERCENT, 100 - _STRAY_PERCENT)) for at in (rows, columns)]
    side = max(high - low for low, high in spans) + 1
    if not _MIN_FAR <= side < _MAX_FAR * max(labels.shape):
        return None
    half = side * (0.5 + _FAR_MARGIN)
    limits = [
        (max(0, int((low + high) / 2 - half)), min(length, int((low + high) / 2 + half) + 1))
        for (low, high), length in zip(spans, labels.shape, strict=True)
    ]
    return slice(*limits[0]), slice(*limits[1])


class _Fit(NamedTuple):
    """A photo of ``height × width`` in the net's square input: whole, undistorted and centred."""

    height: int
    width: int
    inner_height: int
    inner_width: int
    size: int

    @classmethod
    def of(cls, height: int, width: int, size: int) -> "_Fit":
        scale = size / max(height, width)
        inner_height, inner_width = (max(1, round(side * scale)) for side in (height, width))
        return cls(height, width, inner_height, inner_width, size)

    def apply(self, photo: np.ndarray) -> np.ndarray:
        """``uint8[height, width, 3]`` to ``uint8[size, size, 3]``; the border repeats around the photo."""
        inner = (self.inner_width, self.inner_height)
        # Pillow's filter is wider the more it shrinks, which avoids aliasing.
        small = np.asarray(Image.fromarray(photo).resize(inner, Image.Resampling.BILINEAR))
        spare = [(rest // 2, rest - rest // 2) for rest in (self.size - s for s in small.shape[:2])]
        return np.pad(small, [*spare, (0, 0)], mode="edge")

    def weights(self, grid: tuple[int, ...], align_corners: bool) -> tuple[np.ndarray, np.ndarray]:
        """Matrices ``float32[height, h]`` and ``[width, w]`` that enlarge scores ``[h, w]`` to the photo."""
        sides = ((self.height, self.inner_height, grid[0]), (self.width, self.inner_width, grid[1]))
        rows, columns = (self._interpolation(*side, align_corners) for side in sides)
        return rows, columns

    def _interpolation(self, side: int, inner: int, cells: int, align_corners: bool) -> np.ndarray:
        # Positions of the photo's pixels in the net's input, and then on the grid of its scores.
        position = (np.arange(side) + 0.5) * (inner / side) - 0.5 + (self.size - inner) // 2
        if align_corners:
            position = position * ((cells - 1) / (self.size - 1))
        else:
            position = (position + 0.5) * (cells / self.size) - 0.5
        weights: np.ndarray = linear_weights(np.clip(position, 0, cells - 1), cells)
        return weights.astype(np.float32)


def _enlarged(logits: jax.Array, rows: jax.Array, columns: jax.Array) -> jax.Array:
    # HIGHEST, because weights rounded to bfloat16 move edges.
    x = jnp.einsum("bhwc,Ww->bhWc", logits, columns, precision=jax.lax.Precision.HIGHEST)
    return jnp.einsum("bhWc,Hh->bHWc", x, rows, precision=jax.lax.Precision.HIGHEST)


@jax.jit
def _labels(logits: jax.Array, rows: jax.Array, columns: jax.Array) -> jax.Array:
    return jnp.argmax(_enlarged(logits, rows, columns), -1).astype(jnp.uint8)


@jax.jit
def _probabilities(logits: jax.Array, rows: jax.Array, columns: jax.Array) -> jax.Array:
    return jax.nn.softmax(_enlarged(logits, rows, columns), axis=-1)


def label_square(logits: np.ndarray, side: int, *, align_corners: bool) -> np.ndarray:
    """Labels ``uint8[side, side]`` of a square crop, of a net's scores ``float32[h, w, 19]`` for it.

    The same as `FaceParser.label_maps` does on the device, but faster on CPUs, which are slow at taking the
    largest of 19.
    """
    cells = logits.shape[0]
    # Of a net that aligns corners, cells reach half a cell beyond the crop, which is cut off.
    grown = round(side * cells / (cells - 1)) if align_corners else side
    margin = (grown - side) // 2
    inner = slice(margin, margin + side)
    best = np.full((side, side), -np.inf, np.float32)
    labels = np.zeros((side, side), np.uint8)
    for label in range(logits.shape[2]):
        scores = np.ascontiguousarray(logits[:, :, label])
        large = cv2.resize(scores, (grown, grown), interpolation=cv2.INTER_LINEAR)[inner, inner]
        higher = large > best
        np.copyto(best, large, where=higher)
        labels[higher] = label
    return labels

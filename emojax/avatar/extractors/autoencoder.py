"""The default extractor: one convolutional encoder per face part, applied to the part's label map.

It reads labels, not colours, so photographed and drawn parts have comparable vectors::

    extractor = Autoencoders.load()
    extractor.embed("mouth", segments)     # B segments -> float32 [B, D]
"""

import dataclasses
import functools
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import jax
import numpy as np

from emojax import weights
from emojax.avatar.reading.segments import Segment
from emojax.core.errors import UserError
from emojax.data.parts import shapes
from emojax.models.autoencoder import Autoencoder
from emojax.weights import autoencoder

_BATCHES: Final = (4, 64)
"""Batch sizes that are compiled; a batch is padded to the next larger one. 4 is for one photo: smaller, its
parts would need several calls; larger, one photo pays for padding. 64 is for libraries and folders: smaller
means more calls, larger more padding. Vectors do not depend on it."""


@dataclasses.dataclass(frozen=True)
class Autoencoders:
    """The encoders of all parts and their weights. An `emojax.avatar.extractors.table.Extractor`.

    Attributes:
      model: the architecture, which all encoders share.
      variables: their weights, stacked along a leading axis in the order of `parts`.
      parts: keys of `shapes.PARTS_OF_TYPE`; left and right parts share an encoder.
      digest: SHA-256 of the weight file, hex; equal digests mean equal vectors.
      photo_zooms, photo_means: see `weights.autoencoder.Stored`.
      name, needs_pixels: see `Extractor`.
    """

    model: Autoencoder
    variables: Any
    parts: tuple[str, ...]
    digest: str
    photo_zooms: np.ndarray
    photo_means: np.ndarray
    name: str = "autoencoder"
    needs_pixels: bool = False

    @classmethod
    def load(cls, path: Path | None = None) -> "Autoencoders":
        """Loads a file that `emojax.training.export` wrote; None loads the one that ships.

        Raises:
          UserError: the file is missing, damaged or holds something else.
        """
        path = weights.shipped("autoencoder") if path is None else path
        stored = autoencoder.load(path)
        unknown = set(stored.parts) - set(shapes.PARTS_OF_TYPE)
        if unknown:
            raise UserError(
                f"{path}: has a part {min(unknown)!r}, which this version does not know; update it"
            )
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        variables = jax.device_put(stored.variables)
        return cls(stored.model, variables, stored.parts, digest, stored.photo_zooms, stored.photo_means)

    def embed(self, part: str, segments: Sequence[Segment]) -> np.ndarray:
        """Encodes one part of B faces.

        Args:
          part: of `segments.PARTS`; its encoder, ``shapes.TYPES[part]``, must be among `parts`.
          segments: B >= 1 results of `segments.segment`.

        Returns:
          ``float32[B, D]``.
        """
        masks = np.stack([segment.labels for segment in segments])
        index = np.int32(self.parts.index(shapes.TYPES[part]))
        table = shapes.table(part)
        vectors = np.empty((len(masks), self.model.embedding), np.float32)
        size = next((size for size in _BATCHES if len(masks) <= size), _BATCHES[-1])
        for start in range(0, len(masks), size):
            batch = masks[start : start + size]
            padded = np.pad(batch, [(0, size - len(batch)), (0, 0), (0, 0)])
            encoded = np.asarray(self._encode(self.variables, index, table, padded))
            vectors[start : start + size] = encoded[: len(batch)]
        return vectors

    def photo_mean(self, part: str, zoom: float) -> np.ndarray | None:
        """``float32[D]``: the mean vector of photographed parts magnified by `zoom`; None if not stored.

        Interpolated linearly between the magnifications that were measured; beyond them, the nearest's.
        """
        if not len(self.photo_zooms):
            return None
        means = self.photo_means[self.parts.index(shapes.TYPES[part])]
        position = float(np.interp(zoom, self.photo_zooms, np.arange(len(self.photo_zooms))))
        below = int(position)
        above = min(below + 1, len(means) - 1)
        mean: np.ndarray = means[below] + (position - below) * (means[above] - means[below])
        return mean

    @functools.cached_property
    def _encode(self) -> Callable[..., jax.Array]:
        def encode(variables: Any, index: jax.Array, table: jax.Array, masks: jax.Array) -> jax.Array:
            own = jax.tree.map(lambda leaf: leaf[index], variables)
            vectors: Any = self.model.apply(own, table[masks], method=Autoencoder.encode)
            return vectors

        return jax.jit(encode)

"""Parts of faces as vectors that their shapes decide, alike whether they are photographed or drawn.

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
"""Pictures embedded at once: a photo's, and many. The next larger is filled up, so that there are two
programs, which all parts share."""


@dataclasses.dataclass(frozen=True)
class Autoencoders:
    """The encoders of all kinds of parts, with their weights.

    Attributes:
      model: the net that they all are.
      variables: theirs, stacked in the order of `parts`.
      parts: kinds of parts, keys of `shapes.SOURCES`.
      photo_zooms, photo_means: of `weights.autoencoder.Stored`.
      digest: SHA-256 of the weight file, hex: two with one digest give one vector for one picture.
      name: of the extractor, for people.
      needs_pixels: False, the labels say all.
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
        """The encoders in a file of `emojax.training.export`; None takes what is installed with emojax.

        Raises:
          UserError: there is no such file, or it is damaged or of something else.
        """
        path = weights.shipped("autoencoder") if path is None else path
        stored = autoencoder.load(path)
        unknown = set(stored.parts) - set(shapes.SOURCES)
        if unknown:
            raise UserError(
                f"{path}: has a part {min(unknown)!r}, which this version does not know; update it"
            )
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        variables = jax.device_put(stored.variables)
        return cls(stored.model, variables, stored.parts, digest, stored.photo_zooms, stored.photo_means)

    def embed(self, part: str, segments: Sequence[Segment]) -> np.ndarray:
        """The vectors of one part of many faces.

        Args:
          part: of `segments.PARTS`, whose kind is among `parts`; twins are one kind.
          segments: at least one, of `segments.segment`.

        Returns:
          ``float32[B, D]``.
        """
        masks = np.stack([segment.labels for segment in segments])
        index = np.int32(self.parts.index(shapes.KINDS[part]))
        table = shapes.table(part)
        vectors = np.empty((len(masks), self.model.embedding), np.float32)
        size = next((size for size in _BATCHES if len(masks) <= size), _BATCHES[-1])
        for start in range(0, len(masks), size):
            batch = masks[start : start + size]
            padded = np.pad(batch, [(0, size - len(batch)), (0, 0), (0, 0)])
            found = np.asarray(self._encode(self.variables, index, table, padded))
            vectors[start : start + size] = found[: len(batch)]
        return vectors

    def photo_mean(self, part: str, zoom: float) -> np.ndarray | None:
        """``float32[D]``, the mean vector of photographed such parts, shown `zoom` times as large."""
        if not len(self.photo_zooms):
            return None
        at = float(np.interp(zoom, self.photo_zooms, np.arange(len(self.photo_zooms))))
        below = min(int(at), len(self.photo_zooms) - 2) if len(self.photo_zooms) > 1 else 0
        means = self.photo_means[self.parts.index(shapes.KINDS[part])]
        mean: np.ndarray = means[below] + (at - below) * (
            means[min(below + 1, len(means) - 1)] - means[below]
        )
        return mean

    @functools.cached_property
    def _encode(self) -> Callable[..., jax.Array]:
        def encode(variables: Any, index: jax.Array, table: jax.Array, masks: jax.Array) -> jax.Array:
            mine = jax.tree.map(lambda leaf: leaf[index], variables)
            vectors: Any = self.model.apply(mine, table[masks], method=Autoencoder.encode)
            return vectors

        return jax.jit(encode)

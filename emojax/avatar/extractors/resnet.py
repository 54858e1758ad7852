"""ResNet-50 features of a part's pixels (He et al., 2016), with ImageNet weights that the user provides."""

import dataclasses
import functools
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from emojax import weights
from emojax.avatar.reading.segments import Segment
from emojax.core import rng
from emojax.data.parts.shapes import part_mask
from emojax.models import inference
from emojax.models.resnet import ResNet50Features, abstract_variables

_SIDE: Final = 224
"""Side of the net's input in pixels: that of its training. Smaller, its last map has fewer cells than it was
trained with; larger, cost grows with the square and features drift from those it learned."""

_BATCH: Final = 8
"""Pictures per call; the last batch is padded. Smaller means more calls, larger more padding for one photo's
parts and more memory. Vectors do not depend on it."""

_GREY: Final = 124
"""Grey level around the part: ImageNet's mean over channels. A darker or lighter ground would put an edge
around every part, which the features would then describe."""


@dataclasses.dataclass(frozen=True)
class ResNet50:
    """Encodes a part's pixels on grey. An `emojax.avatar.extractors.table.Extractor`.

    Attributes:
      variables: the net's parameters and batch statistics.
      digest: SHA-256 of the weight file, hex.
      name, needs_pixels: see `Extractor`.
    """

    variables: Any
    digest: str
    name: str = "resnet50"
    needs_pixels: bool = True

    @classmethod
    def load(cls, path: Path) -> "ResNet50":
        """Loads weights that ``python -m emojax.ports resnet50`` wrote.

        Raises:
          UserError: the file is missing, damaged or another net's.
        """
        variables, _ = weights.load(path, expect=abstract_variables(ResNet50Features()))
        return cls(variables, hashlib.sha256(path.read_bytes()).hexdigest())

    @classmethod
    def random(cls, seed: int) -> "ResNet50":
        """The untrained net: a baseline that shows what trained weights add."""
        shape = (1, _SIDE, _SIDE, 3)
        init = jax.jit(functools.partial(ResNet50Features().init, train=False))
        variables = init(rng.root(seed), jnp.zeros(shape))
        return cls(variables, f"emojax.resnet50.random.{seed}", name="resnet50_random")

    def embed(self, part: str, segments: Sequence[Segment]) -> np.ndarray:
        """``float32[B, 2048]`` of B >= 1 segments."""
        images = [np.where(part_mask(part, s.labels)[..., None], s.image, np.uint8(_GREY)) for s in segments]
        vectors = []
        for start in range(0, len(images), _BATCH):
            batch = np.stack(images[start : start + _BATCH])
            padding = [(0, _BATCH - len(batch))] + [(0, 0)] * 3
            vectors.append(np.asarray(self._net(self._folded, np.pad(batch, padding)))[: len(batch)])
        return np.concatenate(vectors)

    def photo_mean(self, part: str, zoom: float) -> np.ndarray | None:
        """None: not measured, since the weights are the user's."""
        return None

    @functools.cached_property
    def _folded(self) -> dict[str, Any]:
        return inference.folded(self.variables)

    @functools.cached_property
    def _net(self) -> Callable[[Any, np.ndarray], jax.Array]:
        model = ResNet50Features()

        def net(variables: Any, images: jax.Array) -> jax.Array:
            x = images.astype(jnp.float32) / 127.5 - 1.0
            x = jax.image.resize(x, (len(x), _SIDE, _SIDE, 3), "linear")
            features: Any = model.apply(variables, x, train=False)
            return features

        return inference.compiled(net)

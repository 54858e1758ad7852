"""Parts compared by ResNet-50's features, as published: the second extractor, with the user's weights."""

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
from emojax.data.parts.shapes import own_pixels
from emojax.models import inference
from emojax.models.resnet import ResNet50Features, abstract_variables

_SIDE: Final = 224
_BATCH: Final = 8
_GREY: Final = 124  # about ImageNet's mean: what lies outside the part says nothing


@dataclasses.dataclass(frozen=True)
class ResNet50:
    """An `emojax.avatar.matching.library.Extractor` that looks at a part's pixels, all else greyed out."""

    variables: Any
    digest: str
    name: str = "resnet50"
    needs_pixels: bool = True

    @classmethod
    def load(cls, path: Path) -> "ResNet50":
        """The weights that ``python -m emojax.ports resnet50`` wrote.

        Raises:
          UserError: there is no such file, or it is damaged or another net's.
        """
        variables, _ = weights.load(path, expect=abstract_variables(ResNet50Features()))
        return cls(variables, hashlib.sha256(path.read_bytes()).hexdigest())

    @classmethod
    def random(cls, seed: int) -> "ResNet50":
        """The net before any training, which tells what its weights are worth."""
        shape = (1, _SIDE, _SIDE, 3)
        init = jax.jit(functools.partial(ResNet50Features().init, train=False))
        variables = init(jax.random.key(seed), jnp.zeros(shape))
        return cls(variables, f"emojax.resnet50.random.{seed}", name="resnet50_random")

    def embed(self, part: str, segments: Sequence[Segment]) -> np.ndarray:
        """``float32[B, 2048]`` of B segments, at least one."""
        images = [np.where(own_pixels(part, s.labels)[..., None], s.image, np.uint8(_GREY)) for s in segments]
        vectors = []
        for start in range(0, len(images), _BATCH):
            batch = np.stack(images[start : start + _BATCH])
            spare = [(0, _BATCH - len(batch))] + [(0, 0)] * 3
            vectors.append(np.asarray(self._net(self._folded, np.pad(batch, spare)))[: len(batch)])
        return np.concatenate(vectors)

    def photo_mean(self, part: str, zoom: float) -> np.ndarray | None:
        """None: it would have to be measured for the user's weights."""
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

"""Feature extractors with fixed weights and a version: distances between sets of drawings are of their
features.

`random_cnn` is untrained, `emoji_net` was trained by us on rendered emoji and avatars, `plugged` is the
user's own. A picture's features depend on that picture alone, to the last bit: each goes through the net by
itself, which takes little longer with nets this small.
"""

import dataclasses
import functools
import hashlib
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from emojax import weights
from emojax.core import paths, untrusted
from emojax.core.errors import UserError
from emojax.evaluation.measures import random_cnn as random_filters
from emojax.models import resnet
from emojax.models.features import EmojiFeatures, abstract_variables
from emojax.models.interpolation import linear_weights

FORMAT: Final = "emojax.features.1"
"""``metadata["format"]`` of `emoji_net`'s weight file."""

_RESNET_SIZE: Final = 224
_USERS_BATCH: Final = 32
_MOST_WIDTH: Final = 1024
"""Channels, dimensions or pixels that a weight file may ask for, which bounds its memory and time."""


class Extractor(Protocol):
    """Features of pictures.

    Attributes:
      name: in reports.
      version: of the weights; features of two versions cannot be compared.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Features ``float32[N, D]`` of ``uint8[N, S, S, 3]``, N at least 1; each the same bits whatever
        N."""
        ...


@dataclasses.dataclass(frozen=True)
class _Net:
    """A network that takes pictures of one size.

    Attributes:
      apply: ``(variables, float32[1, size, size, 3] in [-1, 1])`` to ``float32[1, D]``.
    """

    name: str
    version: str
    size: int
    variables: Any
    apply: Callable[[Any, jax.Array], jax.Array]

    def __call__(self, images: np.ndarray) -> np.ndarray:
        _check_images(images)
        kernel = resampling(images.shape[1], self.size)
        return np.concatenate([np.asarray(self._one(self.variables, kernel, image)) for image in images])

    @functools.cached_property
    def _one(self) -> Callable[[Any, np.ndarray, np.ndarray], jax.Array]:
        def one(variables: Any, kernel: jax.Array, image: jax.Array) -> jax.Array:
            # In full precision on accelerators, too: features must agree between machines.
            with jax.default_matmul_precision("highest"):
                pixels = jnp.einsum("iy,jx,yxc->ijc", kernel, kernel, image.astype(jnp.float32))
                return self.apply(variables, pixels[None] / 127.5 - 1.0)

        return jax.jit(one)


def random_cnn() -> Extractor:
    """432 texture features of random filters; see `emojax.evaluation.measures.random_cnn`."""
    return _Net(
        "random_cnn",
        random_filters.VERSION,
        random_filters.SIZE,
        jax.device_put(random_filters.variables()),
        random_filters.features,
    )


def emoji_net(path: Path | None = None) -> Extractor:
    """Embeddings that separate emoji, 128 numbers whose squares have the mean 1.

    Scaled so, ``x · y / D`` is a cosine, as the polynomial kernel of `distances.kernel` expects.

    Args:
      path: a file that ``python -m emojax.training.export`` wrote of a run of ``configs/features.py``; the
        weights that ship if left out.

    Raises:
      UserError: the file is missing, damaged or another net's.
    """
    path = path or weights.shipped("features")
    model, variables = read_net(path)

    def apply(variables: Any, images: jax.Array) -> jax.Array:
        vectors: Any = model.apply(variables, images)
        return jnp.sqrt(jnp.float32(model.embedding)) * vectors

    return _Net("emoji_net", _digest(path), model.size, jax.device_put(variables), apply)


def read_net(path: Path) -> tuple[EmojiFeatures, dict[str, Any]]:
    """The network of `emoji_net` and its variables, whose outputs are unit vectors; errors as there."""
    model = _read_model(path)
    return model, weights.load(path, expect=abstract_variables(model))[0]


def plugged(spec: str) -> Extractor:
    """Features of the user's own network or function.

    Args:
      spec: ``resnet50:FILE.safetensors``, the file as ``python -m emojax.ports resnet50`` writes it; or
        ``module:function`` of the user's own Python, a function of ``uint8[N, S, S, 3]`` that returns
        numbers ``[N, D]``. It is called with batches of one size, padded with black pictures.

    Raises:
      UserError: there is no such file or function, or (when called) it does not return such numbers.
    """
    kind, colon, rest = spec.partition(":")
    if not (kind and colon and rest):
        raise UserError(f"{spec!r} names no features: give resnet50:FILE.safetensors or module:function")
    if kind == "resnet50":
        return _resnet50(paths.local(rest))
    try:
        module = importlib.import_module(kind)
        function = functools.reduce(getattr, rest.split("."), module)
    except Exception as error:  # importing runs the user's code, which may fail in any way
        raise UserError(
            f"{spec}: cannot be imported ({_one_line(error)}); correct the name or the code"
        ) from error
    if not callable(function):
        raise UserError(f"{spec}: is not a function; give one of uint8[N, S, S, 3] that returns [N, D]")
    file = getattr(module, "__file__", None)
    return _UserFunction(spec, _digest(Path(file)) if file else "unknown", function)


@dataclasses.dataclass(frozen=True)
class _UserFunction:
    """A function of the user's; `version` is the digest of its file."""

    name: str
    version: str
    function: Callable[[np.ndarray], Any]

    def __call__(self, images: np.ndarray) -> np.ndarray:
        _check_images(images)
        found = []
        for start in range(0, len(images), _USERS_BATCH):
            batch = images[start : start + _USERS_BATCH]
            padded = np.pad(batch, [(0, _USERS_BATCH - len(batch))] + [(0, 0)] * 3)
            found.append(self._features(padded)[: len(batch)])
        return np.concatenate(found)

    def _features(self, images: np.ndarray) -> np.ndarray:
        try:
            found = np.asarray(self.function(images), np.float32)
        except Exception as error:
            raise UserError(f"{self.name}: failed ({_one_line(error)}); correct it") from error
        if found.ndim != 2 or len(found) != len(images) or not found.size:
            raise UserError(
                f"{self.name}: returned an array {list(found.shape)} for {len(images)} pictures; "
                "return [N, D], a row for each"
            )
        if not np.isfinite(found).all():
            raise UserError(f"{self.name}: returned numbers that are not finite; correct it")
        return found


def _resnet50(path: Path) -> Extractor:
    model = resnet.ResNet50Features()
    variables, _ = weights.load(path, expect=resnet.abstract_variables(model))

    def apply(variables: Any, images: jax.Array) -> jax.Array:
        found: Any = model.apply(variables, images, train=False)
        return found

    return _Net("resnet50", _digest(path), _RESNET_SIZE, jax.device_put(variables), apply)


def _read_model(path: Path) -> EmojiFeatures:
    """The network that a weight file's metadata describes."""
    metadata = weights.read_metadata(path)
    try:
        if metadata.get("format") != FORMAT:
            raise ValueError(f"format {metadata.get('format')!r}")
        config = untrusted.parse_json(metadata["config"], path)
        widths, embedding, size = (
            config["model"]["widths"],
            config["model"]["embedding"],
            config["data"]["size"],
        )
        for value in (*widths, embedding, size):
            if type(value) is not int or not 0 < value <= _MOST_WIDTH:
                raise ValueError(f"size {value!r}")
        if not 0 < len(widths) <= 5 or any(width % 8 for width in widths) or size % (4 << len(widths) - 1):
            raise ValueError(f"widths {widths!r}")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise UserError(
            f"{path} holds no features ({str(error)[:200]}): give a file that "
            "python -m emojax.training.export wrote of a run of configs/features.py"
        ) from error
    return EmojiFeatures(tuple(widths), embedding, size)


@functools.lru_cache(maxsize=16)
def resampling(before: int, after: int) -> np.ndarray:
    """The matrix ``float32[after, before]`` that resizes a row of pixels.

    It shrinks by area averaging and enlarges by linear interpolation; between equal sizes it is the identity.
    """
    if before >= after:
        edges = np.arange(after + 1) * (before / after)
        pixels = np.arange(before)
        overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
        matrix = np.clip(overlap, 0, None)
    else:
        centers = np.clip((np.arange(after) + 0.5) * (before / after) - 0.5, 0, before - 1)
        matrix = linear_weights(centers, before)
    return (matrix / matrix.sum(1, keepdims=True)).astype(np.float32)


def _check_images(images: np.ndarray) -> None:
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:] != (images.shape[1],) * 2 + (3,):
        raise TypeError(f"expected uint8[N, S, S, 3], got {images.dtype}{list(images.shape)}")
    if not len(images):
        raise ValueError("expected at least one picture")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]

"""New emoji from a trained generator."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn

from emojax import weights
from emojax.core import rng, untrusted
from emojax.core.errors import UserError
from emojax.data.openmoji.labels import MAX_LABELS, LabelTable
from emojax.media import image
from emojax.models.dcgan import make_generator

_BATCH = 16
"""Images per call of the generator; the last call is padded. A fixed number, so that there is one compiled
program and an image does not depend, to the last bit, on how many are drawn. Larger wastes time on a
single image; smaller takes longer per image."""

MAX_ACTIVATIONS = 2**22
"""Values of a layer for one image; 16 images of that many take 268 MB. The largest net that ships has half a
million. Fewer refuse pictures of 512 pixels; more, and drawing takes gigabytes."""

_MAX_LAYERS = 9
_MAX_WIDTH = 4096
_MAX_SIDE = 512  # pixels


@dataclasses.dataclass(frozen=True)
class EmojiGenerator:
    """A trained generator.

    Attributes:
      model: the Flax module.
      variables: its parameters and batch statistics.
      latent_size: length of a latent vector.
      labels: names of its K classes; None for an unconditional generator.
    """

    model: nn.Module
    variables: dict[str, Any]
    latent_size: int
    labels: LabelTable | None = None

    @rng.standard_settings()
    def latents(self, seed: int, indices: Sequence[int]) -> np.ndarray:
        """Latents from N(0, 1), ``float32[len(indices), latent_size]``: each is a function of `seed` and its
        index alone.
        """
        key = rng.root(seed)
        keys = jax.vmap(lambda i: jax.random.fold_in(key, i))(jnp.asarray(indices, jnp.uint32))
        return np.asarray(jax.vmap(lambda k: jax.random.normal(k, (self.latent_size,)))(keys))

    def one_hot(self, labels: Sequence[int]) -> np.ndarray:
        """Classes for `draw`, ``float32[len(labels), K]``, from indices of `labels`."""
        return np.eye(len(self.labels or ()), dtype=np.float32)[np.asarray(labels, int)]

    @rng.standard_settings()
    def draw(self, latents: np.ndarray, classes: np.ndarray | None = None) -> np.ndarray:
        """Draws images, each a function of its own latent and class alone, to the last bit.

        Args:
          latents: ``float32[N, latent_size]``.
          classes: ``float32[N, K]``, weights of the labels: one-hot for one label, or a mixture; None if
            there are no `labels`.

        Returns:
          ``uint8[N, S, S, 3]``.

        Raises:
          ValueError: classes are missing, or given to an unconditional generator.
          UserError: the weights are finite, but so large that an image is not.
        """
        if (classes is None) != (self.labels is None):
            raise ValueError(f"classes are {'missing' if classes is None else 'given to a net without any'}")
        inputs = [latents] if classes is None else [latents, classes]
        count, missing = len(latents), -len(latents) % _BATCH
        padded = [np.concatenate([x, np.zeros((missing, x.shape[1]), np.float32)]) for x in inputs]
        batches = zip(*(x.reshape(-1, _BATCH, x.shape[1]) for x in padded), strict=True)
        drawn = np.concatenate([np.asarray(self._apply(self.variables, *batch)) for batch in batches])[:count]
        if not np.isfinite(drawn).all():
            raise UserError("the generator draws values that are not finite: train it again, or export it")
        return image.to_uint8(drawn)

    @functools.cached_property
    def _apply(self) -> Any:
        return jax.jit(functools.partial(self.model.apply, train=False))


def load(source: Path, *, average: bool = True) -> EmojiGenerator:
    """Reads a generator from a work directory or an exported file.

    Args:
      source: ``--workdir`` of a training run, or a safetensors file that `emojax.training.export`
        wrote.
      average: take the moving average of the weights instead of the last step's.

    Raises:
      UserError: `source` holds no generator, is damaged, or is of another net.
    """
    if source.is_dir():
        # Imported here: checkpoints need libraries that exported files do not.
        from emojax.training.export import read_workdir

        variables, metadata = read_workdir(source, "generator")
        config = untrusted.parse_json(metadata["config"], source)["model"]
        model: nn.Module = make_generator(config, dtype=jnp.float32)
        labels = _labels(source, metadata, config)
    else:
        metadata = weights.read_metadata(source)
        config = _config(source, metadata)
        labels = _labels(source, metadata, config)
        model, abstract = _model(source, config)
        present = ("average",) if metadata.get("holds") == "average" else ("last", "average")
        if not average and "last" not in present:
            raise UserError(
                f"{source} holds the moving average alone: leave --no-average out, or give a work directory"
            )
        variables = weights.load(source, expect=dict.fromkeys(present, abstract))[0]
    return EmojiGenerator(model, variables["average" if average else "last"], config["latent_size"], labels)


def _config(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    """``config.model`` of an exported file, with all sizes within bounds."""
    try:
        if metadata["format"] != "emojax.generator.1":
            raise KeyError(metadata["format"])
        config = untrusted.parse_json(metadata["config"], path)["model"]
        for name, value in config.items():
            limit = MAX_LABELS if name == "num_classes" else _MAX_WIDTH
            sizes = value if isinstance(value, list) else [value]
            if len(sizes) > _MAX_LAYERS or not all(_is_small(size, limit) for size in sizes):
                raise ValueError(f"{name} is out of bounds")
        if not isinstance(config["latent_size"], int) or config["latent_size"] < 1:
            raise ValueError("latent_size is out of bounds")
        check_activations(config["generator_widths"], config.get("first_size", 4), config.get("attention", 0))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise _no_generator(path, error) from error
    return dict(config)


def check_activations(widths: Sequence[int], side: int, attention: int = 0) -> None:
    """Bounds what drawing takes: a file of a few kernels can make pictures of thousands of channels.

    Args:
      widths: channels of the layers, each of which doubles the side.
      side: of the first layer, in pixels.
      attention: side at which all pixels are compared with all; 0 if nowhere.

    Raises:
      ValueError: a layer has more than `MAX_ACTIVATIONS` values for one image.
    """
    enlarged = [width * (2 * side * 2**index) ** 2 for index, width in enumerate(widths)]
    if max([attention**4, *enlarged]) > MAX_ACTIVATIONS:
        raise ValueError(f"a layer of {max([attention**4, *enlarged]):,} values for one image")


def _is_small(value: object, limit: int) -> bool:
    if isinstance(value, str):
        return len(value) <= 100
    return value is None or (isinstance(value, int | float) and 0 <= value <= limit)  # NaN is not


def _labels(source: Path, metadata: Mapping[str, str], config: Mapping[str, Any]) -> LabelTable | None:
    count = config.get("num_classes", 0)
    if not count:
        return None
    if "labels" not in metadata:
        raise UserError(f"{source} lacks the names of its {count} labels; export it again")
    labels = LabelTable.from_json(metadata["labels"], source=source)
    if len(labels) != count:
        raise UserError(f"{source} names {len(labels)} labels for {count} classes; export it again")
    return labels


def _model(path: Path, config: Mapping[str, Any]) -> tuple[nn.Module, Any]:
    """The net that `config` describes, and its variables' shapes."""
    latents = jnp.zeros((1, config["latent_size"]))
    inputs = [latents, jnp.zeros((1, config["num_classes"]))] if config.get("num_classes") else [latents]
    try:
        model = make_generator(config, dtype=jnp.float32)
        abstract = jax.eval_shape(functools.partial(model.init, train=False), rng.root(0), *inputs)
        images = jax.eval_shape(functools.partial(model.apply, train=False), abstract, *inputs)
    except Exception as error:  # sizes that do not go together raise errors of many types
        raise _no_generator(path, error) from error
    side = images.shape[1]
    if images.shape[1:] != (side, side, 3) or side > _MAX_SIDE:
        raise _no_generator(path, ValueError(f"its images would be {images.shape[1:]}"))
    return model, abstract


def _no_generator(path: Path, error: Exception) -> UserError:
    reason = (str(error).splitlines() or [""])[0][:200]
    return UserError(
        f"{path} holds no emoji generator ({reason}): give one that emojax.training.export wrote"
    )

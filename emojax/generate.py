"""New emoji from a trained generator, and morphs between them."""

import dataclasses
import functools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from emojax import image, weights
from emojax.errors import UserError
from emojax.models.dcgan import Generator

_CHUNK = 16
"""Images per call of the generator. Always this many, so that one compiled program draws
everything and an image does not depend, not even in its last bit, on how many are asked for."""

MAX_SEED = 2**32 - 1


@dataclasses.dataclass(frozen=True)
class EmojiGenerator:
    """A generator ready to draw.

    Attributes:
      model: the Flax module.
      variables: its parameters and batch statistics.
      latent_size: length of a latent vector.
    """

    model: Generator
    variables: dict[str, Any]
    latent_size: int

    def latents(self, seed: int, indices: Sequence[int]) -> np.ndarray:
        """``float32[len(indices), latent_size]``: number i depends on `seed` and i alone."""
        key = jax.random.key(seed)
        keys = jax.vmap(lambda i: jax.random.fold_in(key, i))(jnp.asarray(indices, jnp.uint32))
        return np.asarray(jax.vmap(lambda k: jax.random.normal(k, (self.latent_size,)))(keys))

    def draw(self, latents: np.ndarray) -> np.ndarray:
        """``float32[N, latent_size] -> uint8[N, S, S, 3]``."""
        count = len(latents)
        padded = np.concatenate([latents, np.zeros((-count % _CHUNK, self.latent_size), np.float32)])
        chunks = padded.reshape(-1, _CHUNK, self.latent_size)
        images = [image.to_uint8(np.asarray(self._apply(self.variables, chunk))) for chunk in chunks]
        return np.concatenate(images)[:count]

    @functools.cached_property
    def _apply(self) -> Any:
        return jax.jit(functools.partial(self.model.apply, train=False))


def load(source: Path, *, average: bool = True) -> EmojiGenerator:
    """The generator in a work directory or in an exported file.

    Args:
      source: ``--workdir`` of a training run, or a safetensors file of
        `emojax.training.export`.
      average: take the moving average rather than the last step's generator.

    Raises:
      UserError: `source` holds no generator, is damaged, or is of another net.
    """
    if source.is_dir():
        # Imported here because checkpoints cost imports that shipped weights do without.
        from emojax.training.export import read_workdir

        variables, metadata = read_workdir(source)
        config = json.loads(metadata["config"])
    else:
        config = _config_of(source)
        variables = weights.load(source, expect={k: _abstract(config) for k in ("last", "average")})[0]
    return EmojiGenerator(
        model=_model(config),
        variables=variables["average" if average else "last"],
        latent_size=config["model"]["latent_size"],
    )


def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Spherical interpolation (Shoemake, 1985; for latents: White, "Sampling Generative Networks", 2016).

    Gaussian latents of n dimensions lie close to a sphere of radius √n. A straight line
    between two of them runs through its inside, where the generator was never trained;
    the arc does not. Lengths are interpolated linearly.

    Args:
      a, b: ``float32[D]``, not zero.
      t: ``float32[T]`` in [0, 1].

    Returns:
      ``float32[T, D]``; exactly `a` at 0 and `b` at 1.
    """
    length_a, length_b = np.linalg.norm(a), np.linalg.norm(b)
    u, v = a / length_a, b / length_b
    angle = np.arccos(np.clip(u @ v, -1.0, 1.0))
    t = t[:, None]
    if np.sin(angle) < 1e-6:  # parallel: every arc is the line; opposite: none is preferred
        path = (1 - t) * u + t * v
    else:
        path = (np.sin((1 - t) * angle) * u + np.sin(t * angle) * v) / np.sin(angle)
    path = path * ((1 - t) * length_a + t * length_b)
    return np.where(t == 0, a, np.where(t == 1, b, path)).astype(np.float32)


def _config_of(path: Path) -> dict[str, Any]:
    metadata = weights.read_metadata(path)
    try:
        if metadata["format"] != "emojax.generator.1":
            raise KeyError(metadata["format"])
        config = json.loads(metadata["config"])
        model = config["model"]
        sizes = [*model["generator_widths"], model["latent_size"]]
        if not all(isinstance(n, int) and 0 < n <= 4096 for n in sizes) or len(sizes) > 9:
            raise ValueError("sizes out of bounds")
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path} holds no emoji generator ({error}): give one that emojax.training.export wrote"
        ) from error
    return config


def _model(config: dict[str, Any]) -> Generator:
    return Generator(widths=tuple(config["model"]["generator_widths"]))


def _abstract(config: dict[str, Any]) -> Any:
    latents = jnp.zeros((1, config["model"]["latent_size"]))
    return jax.eval_shape(functools.partial(_model(config).init, train=False), jax.random.key(0), latents)

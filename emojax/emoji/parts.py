"""New emoji of chosen or random parts."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn

from emojax import weights
from emojax.core import rng, untrusted
from emojax.core.errors import UserError
from emojax.data.openmoji.parts import composing, vector
from emojax.data.openmoji.parts.composing import Distribution
from emojax.data.openmoji.parts.names import names_of
from emojax.data.openmoji.parts.part_set import SLOTS, PartSet
from emojax.emoji.generate import EmojiGenerator, check_activations
from emojax.models.emoji_parts import placing
from emojax.models.emoji_parts.generator import FORMAT, image_size, make_part_generator

_SIZES: Final = {"grid_size": 64, "code": 512, "embedding_size": 2048, "style": 2048}
_MAX_WIDTH: Final = 2048
_MAX_LAYERS: Final = 5
_MAX_SIDE: Final = 512  # pixels

_SAMPLED: Final = Distribution(own=0.0, mirrored=0.5, pairs="all")
"""How new emoji are drawn: OpenMoji's own come up by chance alone."""

_PLAIN: Final = Distribution(own=0.0, mirrored=0.0, pairs="all")


@dataclasses.dataclass(frozen=True)
class Samples:
    """Emoji to draw, as what `PartEmojiGenerator.draw` takes, and as parts.

    Attributes:
      latents: ``float32[N, AMOUNTS]``, movements.
      classes: ``float32[N, P]``, 1 for each part.
      chosen: ``int32[N, 4]``, the parts by slot; P where there is none.
    """

    latents: np.ndarray
    classes: np.ndarray
    chosen: np.ndarray


@dataclasses.dataclass(frozen=True)
class PartEmojiGenerator(EmojiGenerator):
    """A generator of faces from parts. Its `labels` are the emoji that the parts are from.

    Attributes:
      parts: what its classes are; None in no case.
    """

    parts: PartSet | None = None

    @property
    def part_set(self) -> PartSet:
        """`parts`."""
        assert self.parts is not None
        return self.parts

    def sample(self, seed: int, indices: Sequence[int], fixed: Sequence[Mapping[str, int]] = ()) -> Samples:
        """Emoji of random parts and movements, each a function of `seed`, its index and its fixed parts
        alone.

        Args:
          seed: of all that is random.
          indices: of the emoji.
          fixed: parts by slot that are given, in turn; the others fit them.
        """
        rows = [[choice.get(slot, -1) for slot in SLOTS] for choice in fixed] or [[-1] * len(SLOTS)]
        given = np.asarray([rows[i % len(rows)] for i in range(len(indices))], np.int32)
        faces = np.full(len(indices), -1, np.int32)
        return self._drawn(_SAMPLED, seed, indices, given, faces)

    def own(self, seed: int, indices: Sequence[int], labels: Sequence[int]) -> Samples:
        """OpenMoji's own emoji by the numbers of their labels, each moved a little, and never mirrored."""
        given = np.full((len(indices), len(SLOTS)), -1, np.int32)
        return self._drawn(_PLAIN, seed, indices, given, np.asarray(labels, np.int32))

    def endpoints(
        self, seed: int, wanted: Sequence[int | Mapping[str, int]], labels: Sequence[int | None]
    ) -> Samples:
        """What to morph between: for each a label of `own`; or where that is None, a number of `sample` or
        parts by slot."""
        found = []
        for i, (other, label) in enumerate(zip(wanted, labels, strict=True)):
            if label is not None:
                found.append(self.own(seed, [i], [label]))
            else:
                found.append(
                    self.sample(seed, [other]) if isinstance(other, int) else self.sample(seed, [i], [other])
                )
        return Samples(
            *(np.concatenate([getattr(each, f.name) for each in found]) for f in dataclasses.fields(Samples))
        )

    def one_hot(self, labels: Sequence[int]) -> np.ndarray:
        """Classes of OpenMoji's own emoji: 1 for each of their parts."""
        faces = self._tables["faces"][np.asarray(labels, int)]
        return np.asarray(composing.classes(jnp.asarray(faces), len(self.part_set.parts)))

    @rng.standard_settings()
    def _drawn(
        self, how: Distribution, seed: int, indices: Sequence[int], fixed: np.ndarray, faces: np.ndarray
    ) -> Samples:
        key = rng.root(seed)
        keys = jax.vmap(lambda i: jax.random.fold_in(key, i))(jnp.asarray(indices, jnp.uint32))
        chosen, latents = _choose(self._tables, keys, how, fixed, faces)
        classes = composing.classes(chosen, len(self.part_set.parts))
        return Samples(np.asarray(latents), np.asarray(classes), np.asarray(chosen))

    @functools.cached_property
    def _tables(self) -> composing.Tables:
        return composing.tables(self.part_set)


@functools.partial(jax.jit, static_argnums=2)
def _choose(
    table: composing.Tables, keys: jax.Array, how: Distribution, fixed: jax.Array, faces: jax.Array
) -> tuple[jax.Array, jax.Array]:
    def one(key: jax.Array, fixed: jax.Array, face: jax.Array) -> tuple[jax.Array, jax.Array]:
        return composing.draw(table, key, how, fixed=fixed, face=face)

    return jax.vmap(one)(keys, fixed, faces)


def find_part(parts: PartSet, slot: str, text: str) -> int:
    """The number of the part of a slot that `text` means.

    Raises:
      UserError: nothing fits, and these are the five nearest; or several fit, and these they are.
    """
    return names_of(parts, slot).find(text)


def part_table(parts: PartSet, slot: str) -> str:
    """A line for each part of a slot: its name and an emoji that has it."""
    return names_of(parts, slot).table()


def with_further(samples: Samples, further: Sequence[Sequence[int]]) -> Samples:
    """Emoji with more extras than one: `further` has the numbers of each emoji's others."""
    classes = samples.classes.copy()
    for row, numbers in zip(classes, further, strict=True):
        row[list(numbers)] = 1.0
    return dataclasses.replace(samples, classes=classes)


@rng.standard_settings()
def vectors(parts: PartSet, samples: Samples, further: Sequence[Sequence[int]] | None = None) -> list[str]:
    """The same emoji as SVG documents: parts and movements are those of `samples`, with `further` extras."""
    transforms = composing.svg_transforms(samples.latents)
    none = len(parts.parts)
    documents = []
    for i, (row, moves) in enumerate(zip(samples.chosen, transforms, strict=True)):
        chosen = {parts.parts[n].kind: int(n) for n in row if n != none}
        documents.append(vector.document(parts, chosen, moves, further[i] if further else ()))
    return documents


def is_parted(metadata: Mapping[str, str]) -> bool:
    """Whether a weight file holds a generator of faces from parts."""
    return metadata.get("format") == FORMAT


def load(source: Path, *, average: bool = True) -> PartEmojiGenerator:
    """Reads a generator from a work directory or an exported file.

    Args:
      source: ``--workdir`` of a training run, or a safetensors file that `emojax.training.export` wrote.
      average: take the moving average of the weights instead of the last step's.

    Raises:
      UserError: `source` holds no such generator, is damaged, or is of another net.
    """
    if source.is_dir():
        # Imported here: checkpoints need libraries that exported files do not.
        from emojax.training.export import read_workdir

        variables, metadata = read_workdir(source, "generator")
    else:
        variables, metadata = {}, weights.read_metadata(source)
    parts = PartSet.from_json(metadata.get("parts", ""), source=source)
    model, abstract = _model(_config(source, metadata, parts))
    if not variables:
        present = ("average",) if metadata.get("holds") == "average" else ("last", "average")
        if not average and "last" not in present:
            raise UserError(
                f"{source} holds the moving average alone: leave --no-average out, or give a work directory"
            )
        variables = weights.load(source, expect=dict.fromkeys(present, abstract))[0]
    chosen = variables["average" if average else "last"]
    return PartEmojiGenerator(model, chosen, placing.AMOUNTS, parts.labels, parts)


def _config(path: Path, metadata: Mapping[str, str], parts: PartSet) -> dict[str, Any]:
    """``config.model`` of an exported file, with all sizes within bounds."""
    try:
        config = dict(untrusted.parse_json(metadata["config"], path)["model"])
        if tuple(config["groups"]) != parts.counts:
            raise ValueError("it has other parts than it names")
        for name, most in _SIZES.items():
            if not isinstance(config[name], int) or not 1 <= config[name] <= most:
                raise ValueError(f"{name} is out of bounds")
        widths = config["generator_widths"]
        if not 1 <= len(widths) <= _MAX_LAYERS or not all(
            isinstance(width, int) and 1 <= width <= _MAX_WIDTH for width in widths
        ):
            raise ValueError("generator_widths is out of bounds")
        check_activations(widths, config["grid_size"])
        if image_size(config) > _MAX_SIDE:
            raise ValueError(f"its images would be {image_size(config)} px")
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise UserError(f"{path} holds no emoji generator ({error}): export it again") from error
    return config


def _model(config: Mapping[str, Any]) -> tuple[nn.Module, Any]:
    """The net that `config` describes, and its variables' shapes."""
    model = make_part_generator(config)
    inputs = jnp.zeros((1, placing.AMOUNTS)), jnp.zeros((1, sum(config["groups"])))
    return model, jax.eval_shape(model.init, rng.root(0), *inputs)

"""Recombined OpenMoji faces as a tensorflow-datasets data set, for whoever wants them on disk.

Training composes them on the device instead, see `composing`.
"""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Final

import jax
import numpy as np
import tensorflow_datasets as tfds

from emojax.core import rng
from emojax.core.errors import UserError
from emojax.data.openmoji.parts import collecting, composing, layers
from emojax.data.openmoji.parts.composing import Distribution
from emojax.data.openmoji.parts.part_set import SLOTS
from emojax.data.openmoji.subset import RELEASE
from emojax.data.preparing import FORMAT, encode_image
from emojax.media import image
from emojax.media.svg import parse_color, parse_rgb

_AT_ONCE: Final = 64
_LARGEST: Final = 1_000_000
_PAIRS: Final = ("trained", "held out", "all")


@dataclasses.dataclass(eq=False)
class MixedConfig(tfds.core.BuilderConfig):
    """How many faces, of which parts, and how they are drawn.

    Attributes:
      name: derived from the others; not to be given.
      count: of faces, up to a million.
      seed: of all that is random; a face depends on it and on its index alone.
      size: side of the images in pixels, 8 to 512.
      background: a CSS colour.
      pairs: of eyes and mouth: "trained", "held out" or "all".

    Raises:
      UserError: one of them is out of range.
    """

    name: str = ""
    count: int = 1000
    seed: int = 0
    size: int = 64
    background: str = "black"
    pairs: str = "trained"

    def __post_init__(self) -> None:
        for field, low, high in (("count", 1, _LARGEST), ("seed", 0, 2**32 - 1), ("size", 8, 512)):
            if not low <= getattr(self, field) <= high:
                raise UserError(f"{field} is {getattr(self, field)}: give a number from {low} to {high}")
        if self.pairs not in _PAIRS:
            raise UserError(f"pairs is {self.pairs!r}: choose one of {', '.join(_PAIRS)}")
        color = parse_color(self.background)
        ground = re.sub(r"\W", "", self.background)
        self.name = f"mixed-{self.size}-{ground}-{self.pairs.replace(' ', '_')}-{self.count}-seed{self.seed}"
        self.description = f"{self.count} faces of OpenMoji's parts, {self.size} x {self.size} px on {color}."


class MixedOpenMoji(tfds.core.GeneratorBasedBuilder):
    """The data set: one split, "train", of `MixedConfig.count` faces.

    Prepare it with ``file_format="array_record"`` and read it with ``as_data_source``. Each face has its
    ``image``, the ``parts`` by slot (eyes, mouth, extra, base; one number more than there are is none), their
    names, and the ``amounts`` by which `emojax.models.emoji_parts.placing` moved them.
    """

    VERSION = tfds.core.Version(RELEASE)
    RELEASE_NOTES: ClassVar[dict[str, str]] = {RELEASE: "Composed of the drawings' layers."}
    BUILDER_CONFIGS: ClassVar[list[MixedConfig]] = [MixedConfig(size=size) for size in (64, 128)]

    def __init__(
        self, *, config: MixedConfig | str | None = None, openmoji_dir: Path | None = None, **kwargs: Any
    ) -> None:
        """``openmoji_dir`` as in `source.locate`; other arguments as of any builder."""
        self._openmoji_dir = openmoji_dir
        if isinstance(config, MixedConfig):
            # tensorflow-datasets refuses a configuration with the name of a listed one.
            config = self.builder_configs.get(config.name, config)
        super().__init__(config=config, **FORMAT | kwargs)
        self._original_state["openmoji_dir"] = openmoji_dir  # what pickling keeps

    def _info(self) -> tfds.core.DatasetInfo:
        size = self.builder_config.size
        names = {slot: tfds.features.Text() for slot in SLOTS}
        return self.dataset_info_from_configs(
            description="Faces composed of parts of OpenMoji's drawings (CC BY-SA 4.0, openmoji.org).",
            homepage="https://openmoji.org",
            license="CC BY-SA 4.0",
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(
                        shape=(size, size, 3), dtype=np.uint8, encoding_format="png"
                    ),
                    "parts": tfds.features.Tensor(shape=(len(SLOTS),), dtype=np.int32),
                    "amounts": tfds.features.Tensor(shape=(composing.placing.AMOUNTS,), dtype=np.float32),
                    **names,
                }
            ),
            disable_shuffling=True,
            metadata=tfds.core.MetadataDict(),
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        parts = collecting.load(self._openmoji_dir)
        self.info.metadata.update(digest=parts.digest, part_names=[part.name for part in parts.parts])
        return {"train": self._generate_examples(parts)}

    def _generate_examples(self, parts: Any) -> Iterator[tuple[int, dict[str, Any]]]:
        config = self.builder_config
        tables = jax.device_put(composing.tables(parts, layers.load(parts, config.size)))
        how, ground = Distribution(own=0.0, pairs=config.pairs), parse_rgb(config.background)
        key = rng.root(config.seed)

        @jax.jit
        def some(first: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
            keys = jax.vmap(lambda i: rng.at(key, "mixed", i))(first + jax.numpy.arange(_AT_ONCE))
            chosen, amounts = jax.vmap(lambda key: composing.draw(tables, key, how))(keys)
            return chosen, amounts, composing.on(ground, composing.compose(tables, chosen, amounts))

        names = [*(part.name for part in parts.parts), ""]
        for first in range(0, config.count, _AT_ONCE):
            rows = zip(*jax.device_get(some(np.int32(first))), strict=True)
            for index, (chosen, amounts, picture) in enumerate(rows, first):
                if index < config.count:
                    yield (
                        index,
                        {
                            "image": encode_image(image.to_uint8(picture), "PNG"),
                            "parts": chosen,
                            "amounts": amounts,
                            **{slot: names[n] for slot, n in zip(SLOTS, chosen, strict=True)},
                        },
                    )

"""OpenMoji as a tensorflow-datasets data set, without TensorFlow.

The drawings are downloaded and rasterised once; later calls need neither npm nor cairo.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import tensorflow_datasets as tfds
from absl import logging

from emojax.core.errors import UserError
from emojax.data.openmoji import source as openmoji_source
from emojax.data.openmoji.metadata import SUBSETS, Emoji, read_metadata, select, shortcodes
from emojax.data.openmoji.source import Source
from emojax.data.openmoji.subset import RELEASE, EmojiSet, set_name
from emojax.data.preparing import FORMAT, encode_image, prepare_in_cache, prepared_folder
from emojax.media.svg import parse_color, rasterize


@dataclasses.dataclass(eq=False)
class OpenMojiConfig(tfds.core.BuilderConfig):
    """Subset, size and background of the images.

    Attributes:
      name: derived from the others; not to be given.
      subset: "smileys" (the 108 of emoji-GAN papers), "faces", "people", "hands", "animals" or
        "all". Skin-tone variants are in "all" alone; the others have the yellow base form.
      size: side of the images in pixels, 8 to 512.
      background: a CSS colour.

    Raises:
      UserError: one of them is out of range.
    """

    name: str = ""
    subset: str = "smileys"
    size: int = 64
    background: str = "black"

    def __post_init__(self) -> None:
        self.name = set_name(self.subset, self.size, self.background)
        color = parse_color(self.background)
        self.description = f"OpenMoji {self.subset}, {self.size} x {self.size} pixels on {color}."


class OpenMoji(tfds.core.GeneratorBasedBuilder):
    """The data set: one split, "train", in the order of the labels, with one example per label.

    Prepare it with ``file_format="array_record"`` and read it with ``as_data_source``.
    ``info.metadata`` has the ``version`` and the ``digest`` of the drawings.
    """

    VERSION = tfds.core.Version(RELEASE)
    RELEASE_NOTES: ClassVar[dict[str, str]] = {RELEASE: "Drawn by CairoSVG."}
    BUILDER_CONFIGS: ClassVar[list[OpenMojiConfig]] = [
        OpenMojiConfig(subset=subset, size=size) for size in (32, 64, 128, 256) for subset in SUBSETS
    ]

    def __init__(
        self, *, config: OpenMojiConfig | str | None = None, openmoji_dir: Path | None = None, **kwargs: Any
    ) -> None:
        """``openmoji_dir`` as in `source.locate`; other arguments as of any builder."""
        self._openmoji_dir = openmoji_dir
        if isinstance(config, OpenMojiConfig):
            # tensorflow-datasets refuses a configuration with the name of a listed one.
            config = self.builder_configs.get(config.name, config)
        super().__init__(config=config, **FORMAT | kwargs)
        self._original_state["openmoji_dir"] = openmoji_dir  # what pickling keeps

    def _info(self) -> tfds.core.DatasetInfo:
        size = self.builder_config.size
        return self.dataset_info_from_configs(
            description="OpenMoji's colour drawings, rasterised (CC BY-SA 4.0, openmoji.org).",
            homepage="https://openmoji.org",
            license="CC BY-SA 4.0",
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(
                        shape=(size, size, 3), dtype=np.uint8, encoding_format="png"
                    ),
                    "label": tfds.features.ClassLabel(),  # named once the drawings are known
                    "hexcode": tfds.features.Text(),
                    "emoji": tfds.features.Text(),
                    "annotation": tfds.features.Text(),
                    "shortcode": tfds.features.Text(),
                    "tags": tfds.features.Sequence(tfds.features.Text()),
                    "group": tfds.features.Text(),
                    "subgroup": tfds.features.Text(),
                }
            ),
            supervised_keys=("image", "label"),
            disable_shuffling=True,
            metadata=tfds.core.MetadataDict(),
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        source = openmoji_source.locate(
            self._openmoji_dir, download=lambda url: Path(dl_manager.download(url))
        )
        subset = self.builder_config.subset
        emoji = select(read_metadata(source.metadata), subset)
        if not emoji:
            raise UserError(f"{source.metadata}: has no emoji of the subset {subset!r}")
        missing = [entry.hexcode for entry in emoji if not source.drawing(entry).is_file()]
        if missing:
            raise UserError(
                f"{source.svg_dir}: lacks {len(missing)} of the {len(emoji)} drawings of {subset!r}, first "
                f"{missing[0]}.svg; add them, or take them out of {source.metadata.name}"
            )
        names = shortcodes(emoji)
        self.info.features["label"].names = names
        self.info.metadata.update(version=source.version, digest=source.digest)
        return {"train": self._generate_examples(source, emoji, names)}

    def _generate_examples(
        self, source: Source, emoji: list[Emoji], names: list[str]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        config = self.builder_config
        for index, (entry, name) in enumerate(zip(emoji, names, strict=True)):
            drawing = source.drawing(entry)
            pixels = rasterize(
                drawing.read_bytes(), size=config.size, background=config.background, name=str(drawing)
            )
            yield (
                index,
                {
                    "image": encode_image(pixels, "PNG"),
                    "label": name,
                    "shortcode": name,
                    "hexcode": entry.hexcode,
                    "emoji": entry.emoji,
                    "annotation": entry.annotation,
                    "tags": list(entry.tags),
                    "group": entry.group,
                    "subgroup": entry.subgroup,
                },
            )


def load(config: OpenMojiConfig, digest: str, openmoji_dir: Path | None = None) -> EmojiSet:
    """Reads a configuration's images; the first time they are prepared in the cache.

    Args:
      config: subset, size and background.
      digest: of the drawings, see `source.Source`.
      openmoji_dir: the folder of the drawings, or None for the pinned OpenMoji.

    Raises:
      UserError: as `emoji.load`.
    """
    root = prepared_folder(digest)
    prepared = root / OpenMoji.name / config.name / str(OpenMoji.VERSION)
    if not prepared.is_dir():
        prepare_in_cache(
            lambda folder: OpenMoji(config=config, data_dir=folder, openmoji_dir=openmoji_dir),
            digest,
            source=openmoji_dir,
        )
    builder = OpenMoji(config=config, data_dir=root)
    try:
        return _read(builder)
    except Exception as error:  # damaged files raise errors of many types
        raise UserError(f"{builder.data_dir}: cannot be read ({error}); delete it and try again") from error


def _read(builder: OpenMoji) -> EmojiSet:
    verbosity = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)  # tensorflow-datasets warns that it decodes with Pillow
    try:
        rows = list(builder.as_data_source(split="train"))
    finally:
        logging.set_verbosity(verbosity)

    def column(key: str) -> tuple[str, ...]:
        return tuple(row[key].decode() for row in rows)

    return EmojiSet(
        images=np.stack([row["image"] for row in rows]),
        labels=np.array([row["label"] for row in rows], np.int32),
        hexcodes=column("hexcode"),
        emoji=column("emoji"),
        annotations=column("annotation"),
        shortcodes=column("shortcode"),
        tags=tuple(tuple(tag.decode() for tag in row["tags"]) for row in rows),
        groups=column("group"),
        subgroups=column("subgroup"),
        version=builder.info.metadata["version"],
        digest=builder.info.metadata["digest"],
    )

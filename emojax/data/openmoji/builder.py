"""OpenMoji as a tensorflow-datasets data set, without TensorFlow.

The drawings are fetched and rasterised once; after that neither npm nor cairo is needed.
"""

import contextlib
import dataclasses
import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import tensorflow_datasets as tfds
from absl import logging
from PIL import Image

from emojax.core.errors import UserError
from emojax.core.files import cache_dir, publish
from emojax.data.openmoji import source as openmoji_source
from emojax.data.openmoji.metadata import SUBSETS, Emoji, read_metadata, select, shortcodes
from emojax.data.openmoji.source import Source
from emojax.data.openmoji.subset import RELEASE, EmojiSet, set_name
from emojax.media.svg import parse_color, rasterize


@dataclasses.dataclass(eq=False)
class OpenMojiConfig(tfds.core.BuilderConfig):
    """Which drawings, how large, on what ground.

    Attributes:
      name: made from the others; not to be given.
      subset: "smileys" (the 108 of emoji-GAN papers), "faces", "people", "hands", "animals" or
        "all". Skin-tone variants are in "all" only; the others keep the base (yellow) form.
      size: side of the images in pixels, 8 to 512.
      background: a CSS colour that shows where the drawing does not cover.
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
    """Builds the data set: one split, "train", in the order of the labels, one example per label.

    Prepare it with ``file_format="array_record"`` and read it with ``as_data_source``.
    ``info.metadata`` holds the ``version`` and the ``digest`` of the drawings.
    """

    VERSION = tfds.core.Version(RELEASE)
    RELEASE_NOTES: ClassVar[dict[str, str]] = {RELEASE: "Drawn by CairoSVG."}
    BUILDER_CONFIGS: ClassVar[list[OpenMojiConfig]] = [
        OpenMojiConfig(subset=subset, size=size) for size in (32, 64, 128, 256) for subset in SUBSETS
    ]

    def __init__(
        self, *, config: OpenMojiConfig | str | None = None, openmoji_dir: Path | None = None, **kwargs: Any
    ) -> None:
        """``openmoji_dir`` is as in `openmoji_source.locate`; the rest as for any builder."""
        self._openmoji_dir = openmoji_dir
        if isinstance(config, OpenMojiConfig):
            # tensorflow-datasets refuses the twin of a listed configuration; equal names mean
            # equal contents here.
            config = self.builder_configs.get(config.name, config)
        super().__init__(config=config, **kwargs)
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
            png = io.BytesIO()
            Image.fromarray(pixels).save(png, format="PNG")
            yield (
                index,
                {
                    "image": png.getvalue(),  # without TensorFlow the feature takes encoded images only
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
    """Reads a configuration's images, preparing them under ``cache_dir()`` the first time.

    Args:
      config: what to read.
      digest: of the drawings that it is made of, see `openmoji_source.Source`.
      openmoji_dir: the folder that they are in, or None for the pinned OpenMoji.

    Raises:
      UserError: as `openmoji_set.load`.
    """
    root = cache_dir() / "tfds" / digest[:16]
    prepared = root / OpenMoji.name / config.name / str(OpenMoji.VERSION)
    if not prepared.is_dir():
        _prepare(config, digest, prepared, openmoji_dir)
    builder = OpenMoji(config=config, data_dir=root)
    try:
        return _read(builder)
    except Exception as error:  # a damaged file shows in many ways
        raise UserError(f"{builder.data_dir}: cannot be read ({error}); delete it and try again") from error


def _prepare(config: OpenMojiConfig, digest: str, target: Path, openmoji_dir: Path | None) -> None:
    """Prepares in a directory of its own and renames, so that what stands at ``target`` is whole."""
    root = cache_dir() / "tfds"
    root.mkdir(parents=True, exist_ok=True)
    tfds.display_progress_bar(sys.stderr.isatty())
    with tempfile.TemporaryDirectory(dir=root, prefix=".prepare-") as directory:
        builder = OpenMoji(config=config, data_dir=directory, openmoji_dir=openmoji_dir)
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # it would announce the temporary directory
                builder.download_and_prepare(file_format="array_record", download_dir=root / "downloads")
        except (OSError, RuntimeError) as error:  # array_record reports a full disk as the latter
            raise UserError(f"cannot write the prepared drawings in {root} ({error}): make room") from error
        if builder.info.metadata["digest"] != digest:
            raise UserError(f"{openmoji_dir}: changed while it was read; try again")
        publish(Path(builder.data_dir), target)


def _read(builder: OpenMoji) -> EmojiSet:
    verbosity = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)  # tfds warns that it decodes with Pillow, as we mean it to
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

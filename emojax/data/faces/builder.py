"""Faces with label maps as a tensorflow-datasets data set, without TensorFlow.

    faces = builder.load(Path("CelebAMask-HQ"), size=320)
    faces.images, faces.masks     # uint8[N, 320, 320, 3], uint8[N, 320, 320]

The folder is read and resized once; later calls read the prepared data set.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import tensorflow_datasets as tfds

from emojax.core.errors import UserError
from emojax.data.faces import source
from emojax.data.preparing import FORMAT, encode_image, prepare_in_cache, prepared_folder

_MIN_SIZE, _MAX_SIZE = 32, 1024  # pixels


@dataclasses.dataclass(eq=False)
class FaceParsingConfig(tfds.core.BuilderConfig):
    """The size of the faces.

    Attributes:
      name: derived from the size; not to be given.
      size: side of photos and label maps in pixels, 32 to 1024.

    Raises:
      UserError: the size is out of range.
    """

    name: str = ""
    size: int = 512

    def __post_init__(self) -> None:
        if not _MIN_SIZE <= self.size <= _MAX_SIZE:
            raise UserError(
                f"image size {self.size} is out of range: choose {_MIN_SIZE} to {_MAX_SIZE} pixels"
            )
        self.name = str(self.size)
        self.description = f"Faces of {self.size} x {self.size} pixels."


class FaceParsing(tfds.core.GeneratorBasedBuilder):
    """The data set: one split, "train", in the order of `source.find_pairs`.

    Prepare it with ``file_format="array_record"`` and read it with ``as_data_source``.
    ``info.metadata["digest"]`` is that of the folder it was made of.
    """

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS: ClassVar[list[FaceParsingConfig]] = [
        FaceParsingConfig(size=size) for size in (256, 320, 512)
    ]

    def __init__(
        self, *, config: FaceParsingConfig | str | None = None, faces_dir: Path | None = None, **kwargs: Any
    ) -> None:
        """``faces_dir``, with photos and labels, is needed to prepare; other arguments as of any builder."""
        self._faces_dir = faces_dir
        if isinstance(config, FaceParsingConfig):
            # tensorflow-datasets refuses a configuration with the name of a listed one.
            config = self.builder_configs.get(config.name, config)
        super().__init__(config=config, **FORMAT | kwargs)
        self._original_state["faces_dir"] = faces_dir  # what pickling keeps

    def _info(self) -> tfds.core.DatasetInfo:
        size = self.builder_config.size
        return self.dataset_info_from_configs(
            description="Photos of faces and their label maps.",
            features=tfds.features.FeaturesDict(
                {
                    "name": tfds.features.Text(),
                    "image": tfds.features.Image(shape=(size, size, 3), encoding_format="jpeg"),
                    "mask": tfds.features.Image(shape=(size, size, 1), encoding_format="png"),
                }
            ),
            supervised_keys=("image", "mask"),
            disable_shuffling=True,
            metadata=tfds.core.MetadataDict(),
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        if self._faces_dir is None:
            raise UserError(
                "faces_dir is missing: name the folder of CelebAMask-HQ, or of images/ and masks/"
            )
        pairs = source.find_pairs(self._faces_dir)
        self.info.metadata.update(digest=source.digest(pairs))
        return {"train": self._generate_examples(pairs)}

    def _generate_examples(self, pairs: list[source.Pair]) -> Iterator[tuple[int, dict[str, Any]]]:
        for index, pair in enumerate(pairs):
            photo, labels = source.read_pair(pair, self.builder_config.size)
            yield (
                index,
                {
                    "name": pair.name,
                    "image": encode_image(photo, "JPEG", quality=95, subsampling=0),
                    "mask": encode_image(labels, "PNG"),
                },
            )


@dataclasses.dataclass(frozen=True)
class FaceSet:
    """Faces in memory.

    Attributes:
      names: of the photos, without suffix.
      images: ``uint8[N, size, size, 3]``, RGB.
      masks: ``uint8[N, size, size]``, indices of `labels.CLASSES`, or `labels.UNKNOWN`.
      digest: see `source.digest`.
    """

    names: tuple[str, ...]
    images: np.ndarray
    masks: np.ndarray
    digest: str


def load(faces_dir: Path, *, size: int) -> FaceSet:
    """Reads a folder of faces; the first time it is prepared in the cache.

    Args:
      faces_dir: a folder in one of the layouts of `source`.
      size: side of photos and label maps in pixels, 32 to 1024.

    Raises:
      UserError: the size is out of range, or the folder or a file in it, which the message names, is not
        such data.
    """
    config = FaceParsingConfig(size=size)
    key = source.digest(source.find_pairs(faces_dir))
    root = prepared_folder(key)
    prepared = root / FaceParsing.name / config.name / str(FaceParsing.VERSION)
    if not prepared.is_dir():
        prepare_in_cache(
            lambda folder: FaceParsing(config=config, data_dir=folder, faces_dir=faces_dir),
            key,
            source=faces_dir,
        )
    builder = FaceParsing(config=config, data_dir=root)
    try:
        return _read(builder, size)
    except Exception as error:  # damaged files raise errors of many types
        raise UserError(f"{builder.data_dir}: cannot be read ({error}); delete it and try again") from error


def _read(builder: FaceParsing, size: int) -> FaceSet:
    rows = builder.as_data_source(split="train")
    # Filled in place: a list of 30,000 faces and its stacked copy would take the memory twice.
    images = np.empty((len(rows), size, size, 3), np.uint8)
    masks = np.empty((len(rows), size, size), np.uint8)
    names = []
    for index, row in enumerate(rows):
        names.append(row["name"].decode())
        images[index], masks[index] = row["image"], row["mask"][..., 0]
    return FaceSet(tuple(names), images, masks, builder.info.metadata["digest"])

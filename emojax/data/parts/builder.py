"""Parts of many faces as tensorflow-datasets data sets, one for each part, without TensorFlow.

python -m emojax.avatar.datasets.celeb_parts img_align_celeba.zip --out parts

mouths = builder.load(Path("parts"), "mouth")
mouths.images, mouths.masks     # uint8[N, 64, 64, 3], uint8[N, 64, 64]
"""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import tensorflow_datasets as tfds

from emojax.core.errors import UserError
from emojax.data.parts import chunks
from emojax.data.parts.shapes import PATCH_SIZE
from emojax.data.parts.source import ATTRIBUTES, Attributes
from emojax.data.preparing import FORMAT, encode_image
from emojax.data.preparing import prepare as prepare_builder

PARTS: Final = (
    *("face", "skin", "hair", "hat", "left_brow", "right_brow", "left_eye", "right_eye"),
    *("eyeglasses", "nose", "mouth", "left_ear", "right_ear", "neck", "cloth"),
)
"""The data set's configurations; see `emojax.avatar.reading.segments` for how they are cropped."""


class CelebParts(tfds.core.GeneratorBasedBuilder):
    """A part's data set: one split, "train", in the order of the photos' names.

    Prepare it with ``file_format="array_record"`` and read it with ``as_data_source``. ``attributes`` are
    1 (present), -1 (absent) or 0 (unknown); ``info.metadata["attributes"]`` has their names.
    """

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS: ClassVar[list[tfds.core.BuilderConfig]] = [
        tfds.core.BuilderConfig(name=part, description=f"The {part.replace('_', ' ')} of each face.")
        for part in PARTS
    ]

    def __init__(
        self, *, chunks: Sequence[Path] = (), attributes: Attributes | None = None, **kwargs: Any
    ) -> None:
        """``chunks``, with the parts, are needed to prepare; other arguments as of any builder."""
        self._chunks, self._attributes = chunks, attributes
        super().__init__(**FORMAT | kwargs)
        self._original_state.update(chunks=chunks, attributes=attributes)  # what pickling keeps

    def _info(self) -> tfds.core.DatasetInfo:
        size = PATCH_SIZE
        return self.dataset_info_from_configs(
            description="Parts of faces and their label maps.",
            features=tfds.features.FeaturesDict(
                {
                    "name": tfds.features.Text(),
                    "image": tfds.features.Image(shape=(size, size, 3), encoding_format="jpeg"),
                    "mask": tfds.features.Image(shape=(size, size, 1), encoding_format="png"),
                    "box": tfds.features.Tensor(shape=(4,), dtype=np.float32),
                    "attributes": tfds.features.Tensor(shape=(ATTRIBUTES,), dtype=np.int8),
                }
            ),
            supervised_keys=("image", "mask"),
            disable_shuffling=True,
            metadata=tfds.core.MetadataDict(),
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        if not self._chunks:
            raise UserError("chunks are missing: make them with python -m emojax.avatar.datasets.celeb_parts")
        self.info.metadata.update(attributes=list(self._attributes.names) if self._attributes else [])
        return {"train": self._generate_examples()}

    def _generate_examples(self) -> Iterator[tuple[int, dict[str, Any]]]:
        known = self._attributes
        unknown = np.zeros(ATTRIBUTES, np.int8)
        rows = (row for chunk in self._chunks for row in chunks.rows(chunk, self.builder_config.name))
        for index, row in enumerate(rows):
            # The features do not convert types.
            yield (
                index,
                {
                    "name": row.name,
                    "image": row.image,
                    "mask": row.mask,
                    "box": np.asarray(row.box, np.float32),
                    "attributes": known.values[known.rows[row.name]] if known else unknown,
                },
            )


def encode(
    name: str, image: np.ndarray, labels: np.ndarray, box: tuple[float, float, float, float]
) -> chunks.Row:
    """A part as a row of a chunk.

    Args:
      name: of the photo.
      image: ``uint8[PATCH_SIZE, PATCH_SIZE, 3]``, RGB.
      labels: ``uint8[PATCH_SIZE, PATCH_SIZE]``.
      box: ``x0, y0, x1, y1`` of the crop in the portrait.
    """
    photo = encode_image(image, "JPEG", quality=95, subsampling=0)
    return chunks.Row(name, photo, encode_image(labels, "PNG"), box)


def prepare(paths: Sequence[Path], attributes: Attributes | None, root: Path) -> dict[str, int]:
    """Prepares the data sets of all parts that occur, in ``root/celeb_parts``.

    Args:
      paths: of chunks, in the photos' order.
      attributes: of the photos, if known.
      root: the data sets' directory, as ``data_dir`` of the builder.

    Returns:
      The number of examples of each part of `PARTS`.

    Raises:
      UserError: a chunk is damaged, or the data sets cannot be written.
    """
    summaries = [chunks.read_summary(path) for path in paths]
    counts = {part: sum(summary.parts[part] for summary in summaries) for part in PARTS}
    for part in (part for part in PARTS if counts[part]):
        builder = CelebParts(config=part, data_dir=root, chunks=paths, attributes=attributes)
        prepare_builder(builder)
    return counts


@dataclasses.dataclass(frozen=True)
class PartSet:
    """One part of many faces, in memory.

    Attributes:
      names: of the photos.
      images: ``uint8[N, 64, 64, 3]``, RGB, all that is in the crop.
      masks: ``uint8[N, 64, 64]``, indices of `faces.labels.CLASSES`, or `faces.labels.UNKNOWN`.
      boxes: ``float32[N, 4]``, ``x0, y0, x1, y1`` of the crops in portraits of 306 pixels.
      attributes: ``int8[N, 40]``: 1 (present), -1 (absent) or 0 (unknown).
      attribute_names: 40, or none if all are unknown.
    """

    names: tuple[str, ...]
    images: np.ndarray
    masks: np.ndarray
    boxes: np.ndarray
    attributes: np.ndarray
    attribute_names: tuple[str, ...]


def load(root: Path, part: str) -> PartSet:
    """Reads the data set of a part.

    Args:
      root: the ``--out`` of ``python -m emojax.avatar.datasets.celeb_parts``.
      part: of `PARTS`.

    Raises:
      UserError: there is no such part, or no data set of it, or it is damaged.
    """
    if part not in PARTS:
        raise UserError(f"there is no part {part!r}; choose one of {', '.join(PARTS)}")
    folder = root / CelebParts.name
    if not folder.is_dir():
        raise UserError(
            f"{root}: holds no parts; make them with python -m emojax.avatar.datasets.celeb_parts"
        )
    if not (folder / part / str(CelebParts.VERSION)).is_dir():
        raise UserError(f"{root}: none of its faces has a part {part!r}; choose another")
    try:
        return _read(CelebParts(config=part, data_dir=root))
    except Exception as error:  # damaged files raise errors of many types
        raise UserError(f"{folder / part}: cannot be read ({error}); make the parts again") from error


def _read(builder: CelebParts) -> PartSet:
    source = builder.as_data_source(split="train")
    count, size = len(source), PATCH_SIZE
    # Filled in place: a list of 200,000 parts and its stacked copy would take the memory twice.
    images, masks = np.empty((count, size, size, 3), np.uint8), np.empty((count, size, size), np.uint8)
    boxes, attributes = np.empty((count, 4), np.float32), np.empty((count, ATTRIBUTES), np.int8)
    names = []
    for index, row in enumerate(source):
        names.append(row["name"].decode())
        images[index], masks[index] = row["image"], row["mask"][..., 0]
        boxes[index], attributes[index] = row["box"], row["attributes"]
    attribute_names = tuple(builder.info.metadata["attributes"])
    return PartSet(tuple(names), images, masks, boxes, attributes, attribute_names)

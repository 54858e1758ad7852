"""Faces with label maps as a tensorflow-datasets data set, without TensorFlow.

    faces = face_parsing.load(Path("CelebAMask-HQ"), size=320)
    faces.images, faces.masks     # uint8 [N, 320, 320, 3], uint8 [N, 320, 320]

The folder is read and resized once; after that its prepared copy is.
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
from PIL import Image
from tensorflow_datasets.core import shuffle

from emojax.core.errors import UserError
from emojax.core.files import cache_dir, publish
from emojax.data.faces import source

_MIN_SIZE, _MAX_SIZE = 32, 1024  # pixels


@dataclasses.dataclass(eq=False)
class FaceParsingConfig(tfds.core.BuilderConfig):
    """How large the faces are.

    Attributes:
      name: made from the size; not to be given.
      size: side of photos and label maps in pixels, 32 to 1024.
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
    """Builds the data set: one split, "train", in the order of `source.find_pairs`.

    Prepare it with ``file_format="array_record"`` and read it with ``as_data_source``.
    ``info.metadata`` holds the ``digest`` of the folder it was made from.
    """

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS: ClassVar[list[FaceParsingConfig]] = [
        FaceParsingConfig(size=size) for size in (256, 320, 512)
    ]

    def __init__(
        self, *, config: FaceParsingConfig | str | None = None, faces_dir: Path | None = None, **kwargs: Any
    ) -> None:
        """``faces_dir`` holds photos and labels, and is needed to prepare; the rest as for any builder."""
        self._faces_dir = faces_dir
        if isinstance(config, FaceParsingConfig):
            # tensorflow-datasets refuses the twin of a listed configuration.
            config = self.builder_configs.get(config.name, config)
        super().__init__(config=config, **kwargs)
        self._original_state["faces_dir"] = faces_dir  # what pickling keeps

    def _info(self) -> tfds.core.DatasetInfo:
        size = self.builder_config.size
        return self.dataset_info_from_configs(
            description="Photos of faces and what every pixel of them shows.",
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
            # Without TensorFlow the features take encoded pictures only.
            yield (
                index,
                {
                    "name": pair.name,
                    "image": encoded(photo, "JPEG", quality=95, subsampling=0),
                    "mask": encoded(labels, "PNG"),
                },
            )


@dataclasses.dataclass(frozen=True)
class FaceSet:
    """Faces in memory.

    Attributes:
      names: of the photos, without suffix.
      images: uint8 [N, size, size, 3] RGB.
      masks: uint8 [N, size, size], indices into `labels.CLASSES`, or
        `labels.UNKNOWN`.
      digest: see `source.digest`.
    """

    names: tuple[str, ...]
    images: np.ndarray
    masks: np.ndarray
    digest: str


def load(faces_dir: Path, *, size: int) -> FaceSet:
    """Reads a folder of faces, preparing it under ``cache_dir()`` the first time.

    Args:
      faces_dir: of a layout that `face_parsing_source` knows.
      size: side of photos and label maps in pixels, 32 to 1024.

    Raises:
      UserError: the size is out of range, or the folder or a file in it is no such data, by name.
    """
    config = FaceParsingConfig(size=size)
    key = source.digest(source.find_pairs(faces_dir))
    root = cache_dir() / "tfds" / key[:16]
    prepared = root / FaceParsing.name / config.name / str(FaceParsing.VERSION)
    if not prepared.is_dir():
        _prepare(config, key, prepared, faces_dir)
    builder = FaceParsing(config=config, data_dir=root)
    try:
        return _read(builder, size)
    except Exception as error:  # a damaged file shows in many ways
        raise UserError(f"{builder.data_dir}: cannot be read ({error}); delete it and try again") from error


def _prepare(config: FaceParsingConfig, key: str, target: Path, faces_dir: Path) -> None:
    """Prepares in a directory of its own and renames, so that what stands at ``target`` is whole."""
    root = cache_dir() / "tfds"
    root.mkdir(parents=True, exist_ok=True)
    tfds.display_progress_bar(sys.stderr.isatty())
    with tempfile.TemporaryDirectory(dir=root, prefix=".prepare-") as directory, unlimited_buffer():
        builder = FaceParsing(config=config, data_dir=directory, faces_dir=faces_dir)
        with contextlib.redirect_stdout(io.StringIO()):  # it would announce the temporary directory
            builder.download_and_prepare(file_format="array_record")
        if builder.info.metadata["digest"] != key:
            raise UserError(f"{faces_dir}: changed while it was read; try again")
        publish(Path(builder.data_dir), target)


@contextlib.contextmanager
def unlimited_buffer() -> Iterator[None]:
    """Keeps tensorflow-datasets from spilling a split over 1 GB to disk, which takes TensorFlow."""
    limit = shuffle.MAX_MEM_BUFFER_SIZE
    shuffle.MAX_MEM_BUFFER_SIZE = 1 << 60
    try:
        yield
    finally:
        shuffle.MAX_MEM_BUFFER_SIZE = limit


def _read(builder: FaceParsing, size: int) -> FaceSet:
    rows = builder.as_data_source(split="train")
    # Filled in place: a list of 30,000 faces and their stack would need the memory twice.
    images = np.empty((len(rows), size, size, 3), np.uint8)
    masks = np.empty((len(rows), size, size), np.uint8)
    names = []
    for index, row in enumerate(rows):
        names.append(row["name"].decode())
        images[index], masks[index] = row["image"], row["mask"][..., 0]
    return FaceSet(tuple(names), images, masks, builder.info.metadata["digest"])


def encoded(pixels: np.ndarray, kind: str, **options: Any) -> bytes:
    """``uint8[H, W]`` or ``[H, W, 3]`` as a file of the kind that Pillow calls so."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format=kind, **options)
    return stream.getvalue()

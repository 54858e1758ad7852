"""Preparing data sets of tensorflow-datasets, without TensorFlow, and whole or not at all."""

import contextlib
import io
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import tensorflow_datasets as tfds
from PIL import Image
from tensorflow_datasets.core import example_serializer, shuffle

from emojax.core.errors import UserError
from emojax.core.files import cache_dir, publish, temporary_prefix

FORMAT: Final[dict[str, Any]] = {"file_format": "array_record"}
"""Arguments of every builder here: the default format of tensorflow-datasets needs TensorFlow."""


def prepared_folder(digest: str) -> Path:
    """The ``data_dir`` of data sets that are made of the files with this SHA-256."""
    return cache_dir() / "tfds" / digest[:16]


def prepare(builder: tfds.core.DatasetBuilder, **options: Any) -> None:
    """Prepares a data set in its ``data_dir`` as array_record files.

    Nothing is printed but a progress bar, on a terminal.

    Args:
      builder: of the data set.
      options: further arguments of ``download_and_prepare``.

    Raises:
      UserError: the files cannot be written; or what the builder raises.
    """
    tfds.display_progress_bar(sys.stderr.isatty())
    with _unlimited_buffer(), _reproducible_records(), contextlib.redirect_stdout(io.StringIO()):
        try:
            builder.download_and_prepare(**FORMAT | options)
        except (OSError, RuntimeError) as error:  # array_record reports a full disk as the latter
            raise UserError(
                f"cannot write the data set in {builder.data_dir} ({error}): free space or change permissions"
            ) from error


def prepare_in_cache(
    make_builder: Callable[[Path], tfds.core.DatasetBuilder], digest: str, *, source: Path | None
) -> None:
    """Prepares a data set in ``prepared_folder(digest)``, whole or not at all.

    Args:
      make_builder: makes the builder for a ``data_dir``.
      digest: SHA-256 of the files that it is made of, which the builder stores as
        ``info.metadata["digest"]``.
      source: the folder of these files, for error messages.

    Raises:
      UserError: as `prepare`; or the files are no longer those of the digest.
    """
    root = cache_dir() / "tfds"
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=temporary_prefix(root, "prepare")) as folder:
        builder = make_builder(Path(folder))
        prepare(builder, download_dir=root / "downloads")
        if builder.info.metadata["digest"] != digest:
            raise UserError(f"{source}: changed while it was read; try again")
        publish(Path(builder.data_dir), prepared_folder(digest) / Path(builder.data_dir).relative_to(folder))


def encode_image(pixels: np.ndarray, image_format: str, **options: Any) -> bytes:
    """``uint8[H, W]`` or ``[H, W, 3]`` as an image file.

    Without TensorFlow the features of tensorflow-datasets take encoded images only.

    Args:
      pixels: grey or RGB.
      image_format: Pillow's name, such as "PNG".
      options: of Pillow's writer, such as ``quality``.
    """
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format=image_format, **options)
    return stream.getvalue()


@contextlib.contextmanager
def _unlimited_buffer() -> Iterator[None]:
    """Keeps tensorflow-datasets from writing splits over 1 GB to disk, for which it needs TensorFlow."""
    limit = shuffle.MAX_MEM_BUFFER_SIZE
    shuffle.MAX_MEM_BUFFER_SIZE = 1 << 60
    try:
        yield
    finally:
        shuffle.MAX_MEM_BUFFER_SIZE = limit


@contextlib.contextmanager
def _reproducible_records() -> Iterator[None]:
    """Equal examples become equal bytes. Otherwise the order of a record's fields changes from process to
    process, and a data set that was interrupted and resumed differs from one that was not."""
    kind = example_serializer.ExampleSerializer
    original = kind.serialize_example

    def serialize(self: Any, example: Any) -> bytes:
        record: bytes = self.get_tf_example(example).SerializeToString(deterministic=True)
        return record

    kind.serialize_example = serialize
    try:
        yield
    finally:
        kind.serialize_example = original

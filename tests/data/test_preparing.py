"""Data sets are prepared quietly, whole or not at all, and without TensorFlow's spilling to disk."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tensorflow_datasets.core import shuffle

from emojax.core.errors import UserError
from emojax.core.files import cache_dir
from emojax.data import preparing
from emojax.data.openmoji import source
from emojax.data.openmoji.builder import OpenMoji, OpenMojiConfig


class _Builder:
    """A builder that prints, notes how it is called, and fails if told to."""

    def __init__(self, folder: Path, error: Exception | None = None) -> None:
        self.data_dir, self.error, self.calls = folder, error, []  # type: ignore[var-annotated]

    def download_and_prepare(self, **options: Any) -> None:
        print("a line for users of notebooks")
        self.calls.append((options, shuffle.MAX_MEM_BUFFER_SIZE))
        if self.error:
            raise self.error


def test_preparing_is_quiet_and_keeps_splits_in_memory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    limit = shuffle.MAX_MEM_BUFFER_SIZE
    builder = _Builder(tmp_path)
    preparing.prepare(builder, download_dir="there")
    ((options, largest),) = builder.calls
    assert options == {"file_format": "array_record", "download_dir": "there"}
    assert largest > 10**15
    assert limit == shuffle.MAX_MEM_BUFFER_SIZE
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "")


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), RuntimeError("RESOURCE_EXHAUSTED")], ids=type
)
def test_a_full_disk_is_a_users_error(error: Exception, tmp_path: Path) -> None:
    limit = shuffle.MAX_MEM_BUFFER_SIZE
    with pytest.raises(UserError, match=f"cannot write the data set in {tmp_path} .*: free space"):
        preparing.prepare(_Builder(tmp_path, error))
    assert limit == shuffle.MAX_MEM_BUFFER_SIZE


def test_errors_of_the_data_pass(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^a\.svg: is damaged$"):
        preparing.prepare(_Builder(tmp_path, UserError("a.svg: is damaged")))


def _prepare(folder: Path, digest: str) -> None:
    config = OpenMojiConfig(size=16)
    preparing.prepare_in_cache(
        lambda target: OpenMoji(config=config, data_dir=target, openmoji_dir=folder), digest, source=folder
    )


def test_the_cache_has_whole_data_sets_of_the_given_files_alone(openmoji_folder: Path) -> None:
    with pytest.raises(UserError, match="openmoji: changed while it was read; try again"):
        _prepare(openmoji_folder, "0" * 64)
    folders = cache_dir() / "tfds"
    assert [path.name for path in folders.iterdir()] == ["downloads"]
    digest = source.locate(openmoji_folder).digest
    _prepare(openmoji_folder, digest)
    folder = preparing.prepared_folder(digest)
    assert {path.name for path in folders.iterdir()} == {"downloads", folder.name}
    assert (folder / "open_moji" / "smileys_16" / "1.0.0" / "dataset_info.json").is_file()


def test_images_are_encoded_as_their_format_keeps_them() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 6, 3), np.uint8)
    for array in (pixels, pixels[..., 0]):
        with Image.open(io.BytesIO(preparing.encode_image(array, "PNG"))) as image:
            assert image.format == "PNG"
            np.testing.assert_array_equal(np.asarray(image), array)
    small, large = (len(preparing.encode_image(pixels, "JPEG", quality=q)) for q in (5, 95))
    assert small < large

"""Both layouts are read as published, cached by what they hold, and refused by name."""

import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emojax.core.errors import UserError
from emojax.core.files import cache_dir
from emojax.data.faces import source as face_parsing_source
from emojax.data.faces.builder import FaceParsing, FaceParsingConfig, load
from emojax.data.faces.labels import CLASSES
from emojax.data.faces.source import find_pairs, read_pair


def _photo(seed: int, side: int = 64) -> Image.Image:
    small = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
    return Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC)


def write_plain(folder: Path, count: int = 3, side: int = 64) -> Path:
    """`count` photos called face0.jpg and so on, with labels in vertical stripes."""
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    for i in range(count):
        _photo(i, side).save(folder / "images" / f"face{i}.jpg")
        labels = np.tile((np.arange(side) * 19 // side + i) % 19, (side, 1)).astype(np.uint8)
        Image.fromarray(labels).save(folder / "masks" / f"face{i}.png")
    return folder


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return write_plain(tmp_path / "plain")


@pytest.fixture
def official(tmp_path: Path) -> Path:
    """Photos 0, 2 and 10 at twice the size of their parts, as in CelebAMask-HQ."""
    folder = tmp_path / "official"
    (folder / "CelebA-HQ-img").mkdir(parents=True)
    for number in (0, 2, 10):
        _photo(number, 64).save(folder / "CelebA-HQ-img" / f"{number}.jpg")
        _part(folder, number, "skin", slice(0, 32), slice(0, 32))
    return folder


def _part(folder: Path, number: int, part: str, rows: slice, columns: slice, mode: str = "RGB") -> None:
    drawn = np.zeros((32, 32), np.uint8)
    drawn[rows, columns] = 255
    path = folder / "CelebAMask-HQ-mask-anno" / str(number // 2000) / f"{number:05d}_{part}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(drawn).convert(mode).save(path)


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "1"])
def test_parts_are_painted_in_the_published_order(official: Path, mode: str) -> None:
    """Later parts cover earlier ones, whatever order the files are found in."""
    _part(official, 2, "hair", slice(0, 8), slice(0, 32), mode)
    _part(official, 2, "hat", slice(0, 4), slice(0, 32), mode)
    _part(official, 2, "nose", slice(4, 12), slice(0, 32), mode)
    labels = read_pair(find_pairs(official)[1], 32)[1]
    assert [CLASSES[i] for i in labels[[0, 4, 8, 12], 5]] == ["hat", "hair", "nose", "skin"]


def test_official_photos_come_by_number_and_are_shrunk_to_the_labels(official: Path) -> None:
    faces = load(official, size=32)
    assert faces.names == ("0", "2", "10")
    assert faces.images.shape == (3, 32, 32, 3)
    assert (faces.masks == 1).all()


def test_plain_folders_keep_every_label_and_the_colours(plain: Path) -> None:
    faces = load(plain, size=64)
    for i, name in enumerate(faces.names):
        np.testing.assert_array_equal(faces.masks[i], np.asarray(Image.open(plain / "masks" / f"{name}.png")))
        original = np.asarray(Image.open(plain / "images" / f"{name}.jpg")).astype(int)
        assert np.abs(faces.images[i] - original).mean() < 3  # it has been a JPEG once more
    assert faces.names == ("face0", "face1", "face2")


def test_labels_are_never_mixed_by_resizing(plain: Path) -> None:
    labels = np.zeros((64, 64), np.uint8)
    labels[:, 20:] = 18
    labels[:, 40:] = 255
    Image.fromarray(labels).save(plain / "masks" / "face0.png")
    assert set(np.unique(load(plain, size=48).masks[0])) == {0, 18, 255}


def test_the_prepared_copy_is_used_until_the_folder_changes(
    plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(plain, size=32)
    with monkeypatch.context() as patch:
        patch.setattr(face_parsing_source, "read_pair", None)  # reading the folder again would fail
        again = load(plain, size=32)
    np.testing.assert_array_equal(again.images, first.images)
    _photo(9).save(plain / "images" / "face1.jpg")
    os.utime(plain / "images" / "face1.jpg", (1, 1))
    changed = load(plain, size=32)
    assert changed.digest != first.digest
    assert (changed.images[1] != first.images[1]).any()
    assert load(plain, size=64).images.shape == (3, 64, 64, 3)


def test_a_failed_preparation_leaves_nothing(plain: Path) -> None:
    (plain / "images" / "face2.jpg").write_bytes((plain / "images" / "face2.jpg").read_bytes()[:300])
    with pytest.raises(UserError, match="face2.jpg"):
        load(plain, size=32)
    assert not [p for p in cache_dir().rglob("*") if p.is_file()]


def test_it_is_a_builder_like_any_other(plain: Path, tmp_path: Path) -> None:
    builder = FaceParsing(config=FaceParsingConfig(size=48), faces_dir=plain, data_dir=tmp_path / "tfds")
    builder = pickle.loads(pickle.dumps(builder))
    builder.download_and_prepare()
    source = builder.as_data_source(split="train[1:]")
    assert [row["name"] for row in source] == [b"face1", b"face2"]
    assert source[0]["image"].shape == (48, 48, 3)
    assert source[0]["mask"].shape == (48, 48, 1)


def _change(plain: Path, name: str, picture: Image.Image) -> None:
    picture.save(plain / "masks" / name)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda p: shutil.rmtree(p), "is no folder"),
        (lambda p: shutil.rmtree(p / "masks"), "holds neither"),
        (lambda p: shutil.rmtree(p / "images") or (p / "images").mkdir(), "holds no photos"),
        (lambda p: (p / "masks" / "face1.png").unlink(), r"face1\.png: is missing"),
        (lambda p: (p / "masks" / "face1.png").write_text("text"), r"face1\.png: is not a picture"),
        (lambda p: (p / "images" / "face1.jpg").write_text("text"), r"face1\.jpg: is not a picture"),
        (lambda p: _photo(0).save(p / "images" / "face1.png"), "two photos called face1"),
        (lambda p: _change(p, "face1.png", Image.new("L", (64, 64), 19)), r"face1\.png: holds 19"),
        (lambda p: _change(p, "face1.png", Image.new("L", (64, 32))), r"face1\.png: is 64x32"),
        (lambda p: _change(p, "face1.png", Image.new("I;16", (64, 64))), r"face1\.png: holds uint16"),
        (lambda p: _photo(0).resize((64, 40)).save(p / "images" / "face1.jpg"), r"face1\.jpg: is 64x40"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(plain: Path, spoil, says: str) -> None:  # type: ignore[no-untyped-def]
    spoil(plain)
    with pytest.raises(UserError, match=says) as error:
        load(plain, size=32)
    assert "\n" not in str(error.value)


def test_strangers_among_the_official_files_are_named(official: Path) -> None:
    _part(official, 2, "beard", slice(0, 1), slice(0, 1))
    with pytest.raises(UserError, match=r"00002_beard\.png"):
        load(official, size=32)
    shutil.rmtree(official / "CelebAMask-HQ-mask-anno")
    with pytest.raises(UserError, match="has no part"):
        load(official, size=32)


def test_official_photos_have_numbers_for_names(official: Path) -> None:
    shutil.copy(official / "CelebA-HQ-img" / "0.jpg", official / "CelebA-HQ-img" / "me.jpg")
    with pytest.raises(UserError, match=r"me\.jpg"):
        load(official, size=32)


@pytest.mark.parametrize("size", [31, 1025])
def test_sizes_are_bounded(plain: Path, size: int) -> None:
    with pytest.raises(UserError, match="out of range"):
        load(plain, size=size)

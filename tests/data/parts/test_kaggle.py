"""CelebA as Kaggle distributes it: a folder in a folder, and a CSV above both."""

from pathlib import Path

import numpy as np
import pytest
from avatar.support.celeb_photos import write_attributes

from emojax.core.errors import UserError
from emojax.data.faces.source import find_pairs
from emojax.data.parts.source import find_attributes, find_photos, read_attributes
from emojax.media import image


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    photos = tmp_path / "archive" / "img_align_celeba" / "img_align_celeba"
    photos.mkdir(parents=True)
    for number in (1, 2):
        image.save_png(photos / f"{number:06d}.png", np.full((20, 20, 3), number, np.uint8))
    return tmp_path / "archive"


def _as_csv(text: Path, path: Path) -> Path:
    """The official table as Kaggle's."""
    _, names, *rows = text.read_text(encoding="utf-8").splitlines()
    lines = [",".join(["image_id", *names.split()]), *(",".join(row.split()) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return path


def test_photos_and_table_are_found_from_any_of_the_folders(archive: Path, tmp_path: Path) -> None:
    official = write_attributes(tmp_path / "official.txt", 3)
    table = _as_csv(official, archive / "list_attr_celeba.csv")
    inner = archive / "img_align_celeba" / "img_align_celeba"
    for given in (archive, inner.parent, inner):
        photos = find_photos(given)
        assert photos.names == ("000001.png", "000002.png")
        assert photos.read("000002.png")[0, 0, 0] == 2
        assert find_attributes(given) == table
    found, expected = (read_attributes(path, ("000001.png",)) for path in (table, official))
    assert (found.names, found.rows) == (expected.names, expected.rows)
    np.testing.assert_array_equal(found.values, expected.values)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("000002.png,", "000001.png,", "line 3 is not a new photo"),
        ("000002.png,-1", "000002.png,", "line 3 is not a new photo"),
        ("Attribute_7,", "", "line 1 does not name 40"),
    ],
)
def test_a_damaged_csv_is_refused_by_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = _as_csv(write_attributes(tmp_path / "official.txt", 3), tmp_path / "list_attr_celeba.csv")
    text = path.read_text(encoding="utf-8-sig").replace("000002.png,1", "000002.png,-1")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(UserError, match=says):
        read_attributes(path, ())


def test_of_several_folders_none_is_taken(archive: Path) -> None:
    (archive / "other").mkdir()
    with pytest.raises(UserError, match="holds no photos"):
        find_photos(archive)


def test_labelled_faces_are_found_in_a_folder_in_a_folder(tmp_path: Path) -> None:
    for name in ("images", "masks"):
        image.save_png(tmp_path / "a" / "b" / name / "1.png", np.zeros((20, 20), np.uint8))
    assert [pair.name for pair in find_pairs(tmp_path)] == ["1"]

"""What goes into the parts' data sets comes out, and what is no such thing is refused in a line."""

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from avatar.support.celeb_photos import write_attributes

from emojax.core.errors import UserError
from emojax.data.parts import chunks as celeb_parts_chunks
from emojax.data.parts import source as celeb_parts_source
from emojax.data.parts.builder import PARTS, PATCH_SIZE, CelebParts, encode, load, prepare
from emojax.data.parts.source import find_photos, read_attributes
from emojax.media import image

BOX = (1.5, -2.0, 89.5, 86.0)


def _patch(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A gradient, which JPEG keeps, and labels in stripes."""
    y, x = np.mgrid[:PATCH_SIZE, :PATCH_SIZE]
    pixels = np.stack([3 * x, 3 * y, np.full_like(x, 10 * seed)], -1).astype(np.uint8)
    return pixels, ((x // 4 + seed) % 19).astype(np.uint8)


def _write_chunk(path: Path, seeds: list[int]) -> Path:
    rows = {part: [encode(f"{s}.jpg", *_patch(s), BOX) for s in seeds if part != "hat"] for part in PARTS}
    celeb_parts_chunks.write(path, rows, photos=len(seeds) + 1, skipped={"x.jpg": "no face"})
    return path


@pytest.fixture
def chunks(tmp_path: Path) -> list[Path]:
    return [_write_chunk(tmp_path / "0.zip", [3, 1]), _write_chunk(tmp_path / "1.zip", [2])]


def test_data_sets_hold_the_chunks_rows_in_order(chunks: list[Path], tmp_path: Path) -> None:
    names = ("3.jpg", "1.jpg", "2.jpg")
    path = write_attributes(tmp_path / "attributes.txt", 3)
    path.write_text(path.read_text().replace("00000", "").replace(".png", ".jpg"))
    counts = prepare(chunks, read_attributes(path, names), tmp_path / "sets")
    assert counts == {part: 0 if part == "hat" else 3 for part in PARTS}
    for part in ("mouth", "cloth"):
        found = load(tmp_path / "sets", part)
        assert found.names == names
        assert np.array_equal(found.boxes, np.tile(np.asarray(BOX, np.float32), (3, 1)))
        for row, name in enumerate(names):
            pixels, labels = _patch(int(name[0]))
            assert np.array_equal(found.masks[row], labels)
            assert np.abs(found.images[row].astype(int) - pixels).max() <= 8
            assert found.attributes[row].tolist() == [1 - 2 * ((int(name[0]) + k) % 2) for k in range(40)]


def test_equal_rows_make_equal_files(chunks: list[Path], tmp_path: Path) -> None:
    again = _write_chunk(tmp_path / "again.zip", [3, 1])
    assert again.read_bytes() == chunks[0].read_bytes()
    assert celeb_parts_chunks.read_summary(again) == celeb_parts_chunks.Summary(
        3, {"x.jpg": "no face"}, {part: 0 if part == "hat" else 2 for part in PARTS}
    )


def test_it_is_a_builder_like_any_other(chunks: list[Path], tmp_path: Path) -> None:
    builder = CelebParts(config="nose", chunks=chunks, data_dir=tmp_path / "sets")
    builder = pickle.loads(pickle.dumps(builder))
    builder.download_and_prepare()
    source = builder.as_data_source(split="train[1:]")
    assert [row["name"] for row in source] == [b"1.jpg", b"2.jpg"]
    assert source[0]["mask"].shape == (PATCH_SIZE, PATCH_SIZE, 1)
    assert not source[0]["attributes"].any()


def _truncate(root: Path) -> None:
    for record in (root / "celeb_parts" / "nose").rglob("*array_record*"):
        record.write_bytes(record.read_bytes()[:100])


@pytest.mark.parametrize(
    ("part", "damage", "says"),
    [
        ("chin", None, "no part 'chin'; choose one of face, skin"),
        ("hat", None, "none of its faces has a part 'hat'"),
        ("nose", _truncate, "nose: cannot be read .* make the parts again"),
        ("nose", lambda root: (root / "celeb_parts").rename(root / "x"), "holds no parts; make them"),
    ],
)
def test_what_cannot_be_loaded_is_named(chunks, tmp_path, part, damage, says) -> None:  # type: ignore[no-untyped-def]
    prepare(chunks, None, tmp_path)
    if damage:
        damage(tmp_path)
    with pytest.raises(UserError, match=says):
        load(tmp_path, part)


def _zip(
    path: Path,
    *members: str | zipfile.ZipInfo,
    data: bytes = b"x" * 100,
    compression: int = zipfile.ZIP_STORED,
) -> Path:
    with zipfile.ZipFile(path, "w", compression) as bundle:
        for member in members:
            bundle.writestr(member, data)
    return path


def _linked() -> zipfile.ZipInfo:
    member = zipfile.ZipInfo("a.jpg")
    member.external_attr = 0o120777 << 16
    return member


@pytest.mark.parametrize(
    ("write", "says"),
    [
        (lambda p: None, "no such folder or file"),
        (lambda p: p.mkdir(), "holds no photos"),
        (lambda p: p.write_bytes(b"PK\x03\x04" + bytes(90)), "is damaged or no zip"),
        (lambda p: _zip(p, "readme.txt", "__MACOSX/a.jpg", "._a.jpg"), "holds no photos"),
        (lambda p: _zip(p, "../a.jpg"), r"'\.\./a\.jpg' leads out"),
        (lambda p: _zip(p, "/etc/a.jpg"), "leads out"),
        (lambda p: _zip(p, "c:\\a.jpg"), "leads out"),
        (lambda p: _zip(p, "x/a.jpg", "y/a.jpg"), "two photos called a.jpg"),
        (lambda p: _zip(p, _linked()), "a.jpg is encrypted, a link, or has"),
        (lambda p: _zip(p, "a.jpg", compression=zipfile.ZIP_LZMA), "unknown compression"),
        (lambda p: _zip(p, "a.jpg", data=bytes(10**6), compression=zipfile.ZIP_DEFLATED), "over 20 times"),
        (lambda p: _zip(p, "a\n.jpg"), "unprintable"),
    ],
)
def test_zips_and_folders_that_hold_no_photos_are_refused(tmp_path: Path, write, says: str) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path / "photos")
    with pytest.raises(UserError, match=says) as error:
        find_photos(tmp_path / "photos")
    assert "\n" not in str(error.value)
    assert [path.name for path in tmp_path.rglob("*") if path.suffix == ".jpg"] == []


def test_sizes_in_a_zip_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _zip(tmp_path / "photos.zip", "a.jpg", "b.jpg")
    with monkeypatch.context() as patch:
        patch.setattr(celeb_parts_source, "_MAX_PHOTOS", 1)
        with pytest.raises(UserError, match="holds more than 1 photos"):
            find_photos(path)
    monkeypatch.setattr(image, "MAX_FILE_BYTES", 99)
    with pytest.raises(UserError, match=r"a\.jpg is larger than"):
        find_photos(path)


def test_a_damaged_member_is_found_when_read(tmp_path: Path) -> None:
    path = _zip(tmp_path / "photos.zip", "a.jpg", data=b"0123456789" * 20)
    path.write_bytes(path.read_bytes().replace(b"0123456789", b"0123456780", 1))
    photos = find_photos(path)
    with pytest.raises(UserError, match=r"a\.jpg is damaged"):
        photos.read("a.jpg")


def test_a_limit_takes_the_first_and_changes_the_digest(tmp_path: Path) -> None:
    path = _zip(tmp_path / "photos.zip", "b.jpg", "a.jpg", "c.PNG")
    whole, first = find_photos(path), find_photos(path, limit=2)
    assert (whole.names, first.names) == (("a.jpg", "b.jpg", "c.PNG"), ("a.jpg", "b.jpg"))
    assert len({whole.digest, first.digest, find_photos(path, limit=1).digest}) == 3


def _edit(line: int, old: str, new: str):  # type: ignore[no-untyped-def]
    def edit(text: str) -> str:
        lines = text.split("\n")
        assert old in lines[line - 1]
        lines[line - 1] = lines[line - 1].replace(old, new, 1)
        return "\n".join(lines)

    return edit


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda text: "", "line 1 is not the number"),
        (_edit(1, "4", "5"), "line 1 is not the number"),
        (_edit(1, "4", "-4"), "line 1 is not the number"),
        (_edit(1, "4", "9" * 5000), "line 1 is not the number"),
        (lambda text: text + "000009.png\n", "line 1 is not the number"),
        (_edit(2, "Attribute_7 ", ""), "line 2 does not name 40"),
        (_edit(2, "Attribute_7 ", "Attribute_8 "), "line 2 does not name 40"),
        (_edit(2, "Attribute_7 ", "<b> "), "line 2 does not name 40"),
        (_edit(4, " 1", " 0"), "line 4 is not a new photo"),
        (_edit(4, " 1", ""), "line 4 is not a new photo"),
        (_edit(5, "000003", "000002"), "line 5 is not a new photo"),
        (_edit(5, "000003.png", "é.png"), "lacks 000003.png"),
    ],
)
def test_attribute_files_are_read_strictly(tmp_path: Path, edit, says: str) -> None:  # type: ignore[no-untyped-def]
    path = write_attributes(tmp_path / "attributes.txt", 4)
    path.write_text(edit(path.read_text()))
    with pytest.raises(UserError, match=says) as error:
        read_attributes(path, ("000003.png",))
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300


def test_an_attribute_file_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_attributes(tmp_path / "attributes.txt", 4)
    monkeypatch.setattr(celeb_parts_source, "_MAX_ATTRIBUTE_BYTES", 100)
    with pytest.raises(UserError, match="is larger than"):
        read_attributes(path, ())
    with pytest.raises(UserError, match="no such file"):
        read_attributes(tmp_path / "none.txt", ())

"""What a picture file may cost is counted before it is decoded."""

import io
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emojax.core.errors import UserError
from emojax.media import image, image_cost
from emojax.media.image import read_photo

NOISE = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)


def saved(format: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(NOISE).save(file, format, **options)
    return file.getvalue()


def with_scans(count: int) -> bytes:
    """A progressive JPEG of `count` scans."""
    data = saved("JPEG", progressive=True)
    last = data.rfind(b"\xff\xda")
    return data[:-2] + data[last:-2] * (count - data.count(b"\xff\xda")) + b"\xff\xd9"


def chunk(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def exif(orientation: int, *, order: str = "<") -> bytes:
    entry = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    start = b"II*\0" if order == "<" else b"MM\0*"
    return b"Exif\0\0" + start + struct.pack(f"{order}IH", 8, 1) + entry + bytes(4)


def tiff_of(entries: list[tuple[int, int, int, int]], *, at: int = 8) -> bytes:
    """A TIFF of one directory with these tags, types, counts and values."""
    directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<I", at) + bytes(at - 8) + struct.pack("<H", len(entries)) + directory


def big_tiff(count: int) -> bytes:
    return b"II+\0" + struct.pack("<HHQQ", 8, 0, 16, count) + bytes(20 * 1_000)


def jpeg_in_tiff() -> bytes:
    return tiff_of([(0x0103, 3, 1, 7)]) + saved("JPEG", progressive=True)


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "scans.jpg": (lambda: with_scans(image_cost.MAX_SCANS + 1), "scans"),
    "segments.jpg": (lambda: b"\xff\xd8" + b"\xff\xfe\0\2" * 100_000 + saved("JPEG")[2:], "segments"),
    "fillers.jpg": (lambda: b"\xff\xd8" + b"\0\xff\xd0" * 100_000 + saved("JPEG")[2:], "segments"),
    "chunks.png": (lambda: saved("PNG")[:33] + chunk(b"tEXt") * 60_000 + saved("PNG")[33:], "chunks"),
    "parts.png": (lambda: saved("PNG")[:33] + chunk(b"IDAT") * 60_000 + saved("PNG")[33:], "chunks"),
    "comments.gif": (lambda: saved("GIF")[:781] + b"!\xfe\1a\0" * 6_000 + saved("GIF")[781:], "comments"),
    "comment.gif": (
        lambda: saved("GIF")[:781] + b"!\xfe" + (b"\xff" + b"a" * 255) * 5_000 + b"\0" + saved("GIF")[781:],
        "comments",
    ),
    "runs.bmp": (lambda: b"BM" + bytes(28) + struct.pack("<I", 1) + bytes(5 * 2**20), "run-length"),
    "tags.tiff": (lambda: big_tiff(3_000_000), "3,000,000 tags"),
    "overlap.tiff": (lambda: tiff_of([(tag, 1, 4_000, 0) for tag in range(900, 1_100)]), "metadata of"),
    "circle.tiff": (lambda: tiff_of([(0x8769, 4, 1, 8)]), "refer to each other"),
    "scans.tiff": (jpeg_in_tiff, "progressive"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_would_take_a_decoder_minutes_is_refused_at_once(name: str, tmp_path: Path) -> None:
    make, reason = BAD[name]
    (tmp_path / name).write_bytes(make())
    start = time.process_time()
    with pytest.raises(UserError, match=reason) as caught:
        read_photo(tmp_path / name)
    assert time.process_time() - start < 2
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("scans.jpg", with_scans(image_cost.MAX_SCANS)),
        ("comments.jpg", b"\xff\xd8" + b"\xff\xfe\0\2" * 10_000 + saved("JPEG")[2:]),
        ("fill.jpg", b"\xff\xd8" + b"\xff" * 500 + saved("JPEG")[3:]),
        ("comments.gif", saved("GIF")[:781] + b"!\xfe\1a\0" * 1_000 + saved("GIF")[781:]),
        ("notes.png", saved("PNG")[:33] + chunk(b"tEXt", b"a\0b") * 10_000 + saved("PNG")[33:]),
    ],
)
def test_odd_files_below_the_bounds_are_read(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert read_photo(tmp_path / name).shape == (64, 64, 3)


def test_scans_count_by_the_size_of_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_cost, "_MAX_SCANNED", 40 * 64 * 64)
    image_cost.prepare(with_scans(40))
    with pytest.raises(image_cost.CostError, match="41 scans"):
        image_cost.prepare(with_scans(41))


def test_decoders_get_no_metadata_but_the_colour_profile() -> None:
    profile = b"p" * 70_000  # more than a segment of JPEG holds
    for format in ("JPEG", "PNG"):
        data = saved(format, exif=exif(3), icc_profile=profile)
        prepared = image_cost.prepare(data)
        assert prepared.orientation == 3
        assert b"Exif" not in prepared.data
        with Image.open(io.BytesIO(prepared.data)) as picture, Image.open(io.BytesIO(data)) as original:
            assert picture.info["icc_profile"] == profile
            np.testing.assert_array_equal(np.asarray(picture), np.asarray(original))


def test_colours_of_a_print_jpeg_survive(tmp_path: Path) -> None:
    # The segment that says that inks are stored inverted is a note of a program.
    Image.fromarray(NOISE).convert("CMYK").save(tmp_path / "print.jpg", quality=95)
    expected = np.asarray(Image.open(tmp_path / "print.jpg").convert("RGB"))
    np.testing.assert_array_equal(read_photo(tmp_path / "print.jpg"), expected)


@pytest.mark.parametrize("order", ["<", ">"])
def test_orientation_is_read_in_both_byte_orders(order: str) -> None:
    assert [image_cost.read_orientation(exif(n, order=order)) for n in range(10)] == [
        1, 1, 2, 3, 4, 5, 6, 7, 8, 1,
    ]  # fmt: skip


def test_orientation_of_xmp_is_taken_where_exif_has_none() -> None:
    xmp = b'<rdf:Description tiff:Orientation="6"/>'
    assert image_cost.read_orientation(b"", xmp) == 6
    assert image_cost.read_orientation(exif(3), xmp) == 3
    assert image_cost.read_orientation(b"Exif\0\0II*\0\xff\xff\xff\xff", b"") == 1


def test_the_orientation_of_a_jpeg_is_that_of_its_first_exif() -> None:
    xmp = b"http://ns.adobe.com/xap/1.0/\0<a tiff:Orientation='x' tiff:Orientation=\"8\"/>"

    def orientation(*notes: bytes) -> int | None:
        segments = b"".join(b"\xff\xe1" + struct.pack(">H", len(note) + 2) + note for note in notes)
        return image_cost.prepare(b"\xff\xd8" + segments + saved("JPEG")[2:]).orientation

    assert orientation(xmp, exif(6), exif(3)) == 6
    assert orientation(xmp) == 8
    assert orientation() is None


@pytest.mark.parametrize(("size", "reads"), [((256, 16), True), ((257, 16), False), ((16, 257), False)])
def test_strips_are_refused_by_their_sides(size: tuple[int, int], reads: bool, tmp_path: Path) -> None:
    Image.new("RGB", size).save(tmp_path / "strip.png")
    if reads:
        assert read_photo(tmp_path / "strip.png").shape == (size[1], size[0], 3)
    else:
        with pytest.raises(UserError, match="too narrow"):
            read_photo(tmp_path / "strip.png")


def test_bands_are_converted_as_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = {
        "alpha.png": Image.fromarray(np.dstack([NOISE, NOISE[..., :1]])),
        "palette.png": Image.fromarray(NOISE).quantize(16),
        "deep.tiff": Image.fromarray(NOISE[..., 0].astype(np.float32) * 7),
    }
    for name, picture in pictures.items():
        picture.save(tmp_path / name)
    whole = {name: read_photo(tmp_path / name) for name in pictures}
    monkeypatch.setattr(image, "_BAND_PIXELS", 64 * 5)
    for name in pictures:
        np.testing.assert_array_equal(read_photo(tmp_path / name), whole[name])


def test_some_formats_have_a_lower_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(image._MAX_PIXELS_OF, "AVIF", 64 * 64)
    (tmp_path / "a.avif").write_bytes(saved("AVIF"))
    assert read_photo(tmp_path / "a.avif").shape == (64, 64, 3)
    monkeypatch.setitem(image._MAX_PIXELS_OF, "AVIF", 64 * 64 - 1)
    with pytest.raises(UserError, match="megapixels"):
        read_photo(tmp_path / "a.avif")


def test_decoders_print_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = bytearray(saved("TIFF", compression="tiff_adobe_deflate"))
    data[200:2_000] = bytes(1_800)
    (tmp_path / "damaged.tiff").write_bytes(data)
    with pytest.raises(UserError, match="damaged"):
        read_photo(tmp_path / "damaged.tiff")
    assert capfd.readouterr().err == ""


def test_a_jpeg_above_the_bound_is_decoded_at_half_its_side(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    small = Image.fromarray(rng.integers(0, 256, (8, 12, 3)).astype(np.uint8))
    stream = io.BytesIO()
    small.resize((300, 200), Image.Resampling.BICUBIC).save(stream, "JPEG", quality=95)
    whole = image.decode_photo("a.jpg", stream.getvalue())
    for pixels, side in ((60_000, 200), (59_999, 100), (15_000, 100), (14_999, 50)):
        monkeypatch.setattr(image, "MAX_PIXELS", pixels)
        found = image.decode_photo("a.jpg", stream.getvalue())
        assert found.shape == (side, side * 3 // 2, 3)
        step = 200 // side
        means = whole.reshape(side, step, side * 3 // 2, step, 3).mean((1, 3))
        assert np.abs(means - found).mean() < 3
    monkeypatch.setitem(image._MAX_PIXELS_OF, "JPEG", 59_999)
    with pytest.raises(UserError, match="megapixels"):
        image.decode_photo("a.jpg", stream.getvalue())

"""Untrusted images are read upright, in sRGB and within bounds."""

import io
import os
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from emojax.core.errors import UserError
from emojax.media import image
from emojax.media.image import MAX_FILE_BYTES, MAX_PIXELS, read_photo

SHAPE = (24, 40, 3)


@pytest.fixture
def photo() -> np.ndarray:
    """A smooth picture whose four corners differ, so that JPEG keeps it and turns show."""
    down, across = np.linspace(0, 1, SHAPE[0])[:, None], np.linspace(0, 1, SHAPE[1])[None]
    planes = [255 * down + 0 * across, 255 * across + 0 * down, 255 * (1 - down) * (1 - across)]
    return np.rint(np.stack(planes, -1)).astype(np.uint8)


def difference(a: np.ndarray, b: np.ndarray) -> float:
    assert a.shape == b.shape
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


@pytest.mark.parametrize(
    ("suffix", "tolerance"),
    [("png", 0), ("bmp", 0), ("tiff", 0), ("jpg", 4), ("webp", 6)],
)
def test_common_formats_are_read(tmp_path: Path, photo: np.ndarray, suffix: str, tolerance: float) -> None:
    path = tmp_path / f"photo.{suffix}"
    Image.fromarray(photo).save(path)
    read = read_photo(path)
    assert read.dtype == np.uint8
    assert difference(read, photo) <= tolerance


def test_the_format_is_recognised_by_content_not_by_name(tmp_path: Path, photo: np.ndarray) -> None:
    Image.fromarray(photo).save(tmp_path / "photo.jpg", format="PNG")
    assert difference(read_photo(tmp_path / "photo.jpg"), photo) == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_comes_out_upright(
    tmp_path: Path, photo: np.ndarray, orientation: int
) -> None:
    # What the camera stores is the upright picture with the inverse of the turn that EXIF asks for.
    stored = {
        1: photo,
        2: photo[:, ::-1],
        3: photo[::-1, ::-1],
        4: photo[::-1],
        5: photo.swapaxes(0, 1),
        6: np.rot90(photo, 1),
        7: np.rot90(photo, 2).swapaxes(0, 1),
        8: np.rot90(photo, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(stored)).save(tmp_path / "turned.png", exif=exif)
    assert difference(read_photo(tmp_path / "turned.png"), photo) == 0


def test_broken_exif_does_not_hide_the_picture(tmp_path: Path, photo: np.ndarray) -> None:
    Image.fromarray(photo).save(tmp_path / "odd.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + b"\xee" * 40)
    assert difference(read_photo(tmp_path / "odd.jpg"), photo) < 4


@pytest.mark.parametrize("mode", ["L", "1", "CMYK", "P"])
def test_other_modes_become_rgb(tmp_path: Path, photo: np.ndarray, mode: str) -> None:
    converted = Image.fromarray(photo).convert(mode)
    path = tmp_path / ("photo.jpg" if mode == "CMYK" else "photo.png")
    converted.save(path)
    assert difference(read_photo(path), np.asarray(converted.convert("RGB"))) < 4


def test_sixteen_bit_grey_keeps_its_brightness(tmp_path: Path) -> None:
    grey = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (32, 1))
    Image.fromarray(grey).save(tmp_path / "deep.png")
    np.testing.assert_array_equal(
        read_photo(tmp_path / "deep.png")[..., 1], np.rint(grey / 257).astype(np.uint8)
    )


@pytest.mark.parametrize(
    ("dtype", "white", "brightest"),
    [
        (np.float32, 1, 1.0),
        (np.float32, 1, 0.7),
        (np.float32, 255, 1.5),
        (np.float32, 255, 255.0),
        (np.float32, 65535, 256.0),
        (np.float32, 70000, 70000.0),
        (np.int32, 255, 1),
        (np.int32, 255, 255),
        (np.int32, 65535, 256),
        (np.uint16, 65535, 200),
    ],
)
def test_the_white_of_deep_grey_images_is_found_by_their_type_and_range(
    tmp_path: Path, dtype: type, white: float, brightest: float
) -> None:
    grey = np.tile(np.linspace(0, brightest, 64).astype(dtype), (32, 1))
    Image.fromarray(grey).save(tmp_path / "deep.tiff")
    expected = np.rint(grey.astype(np.float32) * np.float32(255 / white))
    np.testing.assert_array_equal(read_photo(tmp_path / "deep.tiff")[..., 0], expected)


def test_values_that_are_no_numbers_are_black(tmp_path: Path) -> None:
    grey = np.full((32, 32), 0.5, np.float32)
    grey[0, :3] = np.nan, np.inf, -np.inf
    Image.fromarray(grey).save(tmp_path / "odd.tiff")
    read = read_photo(tmp_path / "odd.tiff")[..., 0]
    assert (read[0, :3] == 0).all()
    assert (read[1:] == 128).all()


@pytest.mark.parametrize("name", ["MAX_PIXELS", "MIN_SIDE", "MAX_FILE_BYTES"])
def test_limits_include_their_bound(
    name: str, photo: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "photo.png"
    Image.fromarray(photo).save(path)
    height, width = SHAPE[:2]
    bound = {"MAX_PIXELS": height * width, "MIN_SIDE": height, "MAX_FILE_BYTES": path.stat().st_size}[name]
    monkeypatch.setattr(image, name, bound)
    assert read_photo(path).shape == SHAPE
    monkeypatch.setattr(image, name, bound + (1 if name == "MIN_SIDE" else -1))
    with pytest.raises(UserError, match="megapixels|too small|larger than"):
        read_photo(path)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB"])
def test_transparency_is_laid_over_white(tmp_path: Path, mode: str) -> None:
    left_clear = Image.new("RGBA", (32, 32), (10, 10, 10, 255))
    left_clear.paste((0, 0, 0, 0), (0, 0, 16, 32))
    if mode == "RGB":  # Colour-keyed: one colour of a picture without alpha counts as clear.
        left_clear.convert("RGB").save(tmp_path / "clear.png", transparency=(0, 0, 0))
    else:
        left_clear.convert(mode).save(tmp_path / "clear.png")
    read = read_photo(tmp_path / "clear.png")
    assert (read[:, :16] == 255).all()
    assert (abs(read[:, 16:].astype(int) - 10) <= 1).all()


def test_half_transparent_is_half_white(tmp_path: Path) -> None:
    Image.new("RGBA", (16, 16), (200, 0, 0, 128)).save(tmp_path / "half.png")
    assert tuple(read_photo(tmp_path / "half.png")[0, 0]) == (227, 127, 127)


def test_first_frame_of_an_animation(tmp_path: Path) -> None:
    red, blue = (Image.new("RGB", (20, 20), color) for color in ((255, 0, 0), (0, 0, 255)))
    red.save(tmp_path / "moving.gif", save_all=True, append_images=[blue])
    assert tuple(read_photo(tmp_path / "moving.gif")[3, 3]) == (255, 0, 0)


def test_color_profile_is_applied_and_a_broken_one_ignored(tmp_path: Path, photo: np.ndarray) -> None:
    # A profile whose red and blue primaries are exchanged: applying it exchanges the channels.
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    Image.fromarray(photo).save(tmp_path / "swapped.png", icc_profile=bytes(profile))
    Image.fromarray(photo).save(tmp_path / "broken.png", icc_profile=b"not a profile")
    assert difference(read_photo(tmp_path / "swapped.png"), photo[..., ::-1]) < 2
    assert difference(read_photo(tmp_path / "broken.png"), photo) == 0


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def saved(format: str) -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(file, format)
    return file.getvalue()


BAD = {
    "text.jpg": (b"this is no picture, whatever its name says\n" * 20, "not a picture"),
    "empty.png": (b"", "empty"),
    "bomb.png": (png_header(30_000, 30_000), "megapixels"),
    "wide.png": (png_header(MAX_PIXELS + 1, 1), "megapixels"),
    "warned_about.png": (png_header(10_000, 9_500), "megapixels"),
    "tiny.png": (png_header(400, 15), "too small"),
    "short.png": (saved("PNG")[:6000], "cut short"),
    "short.jpg": (saved("JPEG")[:1200], "cut short"),
    "short.webp": (saved("WEBP")[:900], "(cut short|not a picture)"),
    "phone.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 400, "pillow-heif"),
    "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg' width='64' height='64'/>", "not a picture"),
    "program.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\nshowpage\n", "not a picture"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.filterwarnings("error")
def test_bad_files_are_refused_in_one_line(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    content, reason = BAD[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=reason) as caught:
        read_photo(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_damage_anywhere_never_escapes_as_a_traceback(tmp_path: Path, format: str) -> None:
    whole = saved(format)
    rng = np.random.default_rng(1)
    for _ in range(40):
        damaged = bytearray(whole)
        for place in rng.integers(0, min(len(whole), 400), 6):
            damaged[place] = rng.integers(0, 256)
        (tmp_path / "damaged").write_bytes(damaged)
        try:
            read = read_photo(tmp_path / "damaged")
        except UserError:
            continue
        assert read.dtype == np.uint8
        assert read.ndim == 3


def test_places_that_hold_no_picture(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    for name, reason in {
        "missing.jpg": "no such file",
        ".": "directory",
        "pipe": "regular file",
        "huge.jpg": "64 MB",
        "null\0byte": "cannot be read",
    }.items():
        with pytest.raises(UserError, match=reason):
            read_photo(tmp_path / name)

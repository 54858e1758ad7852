"""Reading untrusted images, and writing images.

Whatever is wrong with an image file becomes one `UserError` here; all other modules get
``uint8[H, W, 3]`` in sRGB.
"""

import contextlib
import io
import os
import stat
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from emojax.core.errors import UserError
from emojax.core.files import replacing

MAX_FILE_BYTES: Final = 64 * 2**20
MAX_PIXELS: Final = 50_000_000
MIN_SIDE: Final = 16

# Formats that cameras, phones, browsers and drawing programs write. Pillow's other decoders are less
# tested against hostile files, and some (EPS) start other programs.
_FORMATS: Final = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
_HEIF_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def read_photo(path: str | os.PathLike[str]) -> np.ndarray:
    """Reads an untrusted image, upright and in sRGB.

    EXIF orientation and embedded colour profile are applied, transparency is composed over white, and
    of an animation the first frame is taken.

    Returns:
      ``uint8[H, W, 3]``.

    Raises:
      UserError: the file is missing, not a regular file, unreadable, not an image, truncated, in a
        format that needs a plugin, or outside `MAX_FILE_BYTES`, `MAX_PIXELS` or `MIN_SIDE`.
    """
    return decode_photo(path, _read_bytes(Path(path)))


def decode_photo(path: str | os.PathLike[str], data: bytes) -> np.ndarray:
    """`read_photo` for a file's bytes, at most `MAX_FILE_BYTES`; errors name it `path`."""
    with warnings.catch_warnings():
        # Pillow warns of odd metadata, which is harmless, and of sizes below the limit here.
        warnings.simplefilter("ignore")
        picture = _open(path, data)
        _check_size(path, picture.size)
        try:
            picture.load()
        except Exception as error:  # Damaged files raise errors of many types.
            reason = str(error) or type(error).__name__
            raise UserError(f"{path}: is damaged or cut short ({reason}); copy it again") from error
        try:
            return np.array(_upright_rgb(picture))
        except Exception as error:
            raise UserError(
                f"{path}: pictures with {picture.mode} pixels cannot be used; save it as JPEG or PNG"
            ) from error


def save_png(
    path: str | os.PathLike[str], image: np.ndarray, *, text: Mapping[str, str] | None = None
) -> None:
    """Writes ``uint8[H, W]``, ``[H, W, 1]``, ``[H, W, 3]`` or ``[H, W, 4]`` as a PNG, whole or not at all.

    Args:
      path: the file.
      image: its pixels.
      text: Latin-1 texts by keyword, stored in the file beside them.

    Raises:
      UserError: the file cannot be written.
      TypeError: the pixels are not uint8.
    """
    if image.dtype != np.uint8:
        raise TypeError(f"expected uint8 pixels, got {image.dtype}")
    pixels = image[..., 0] if image.ndim == 3 and image.shape[-1] == 1 else image
    chunks = PngImagePlugin.PngInfo()
    for keyword, words in (text or {}).items():
        chunks.add_text(keyword, words, zip=True)
    with writing(path) as temporary:
        Image.fromarray(np.ascontiguousarray(pixels)).save(temporary, format="PNG", pnginfo=chunks)


@contextlib.contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """`files.replacing` for a path that the user chose: errors of the file system become a `UserError`."""
    try:
        with replacing(path) as temporary:
            yield temporary
    except OSError as error:
        raise UserError(
            f"{path}: cannot be written ({error.strerror or error}); choose another place"
        ) from error


def to_uint8(images: np.ndarray) -> np.ndarray:
    """``float[...]`` in [-1, 1] to the nearest of 0 to 255, ``uint8[...]``; values outside are clipped."""
    scaled = np.rint((np.asarray(images, np.float32) + 1.0) * 127.5)
    return np.clip(scaled, 0, 255).astype(np.uint8)


def _read_bytes(path: Path) -> bytes:
    try:
        info = path.stat()
        if stat.S_ISDIR(info.st_mode):
            raise UserError(f"{path}: is a directory, not a picture; name one file in it")
        if not stat.S_ISREG(info.st_mode):  # Reading a pipe or a terminal could block.
            raise UserError(f"{path}: is not a regular file; save the picture to disk first")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file; check the path") from error
    except (OSError, ValueError) as error:  # ValueError: a path with a null byte.
        raise UserError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if len(data) > MAX_FILE_BYTES:
        raise UserError(f"{path}: the file is larger than {MAX_FILE_BYTES >> 20} MB; use a smaller copy")
    if not data:
        raise UserError(f"{path}: the file is empty; copy it again")
    return data


def _open(path: str | os.PathLike[str], data: bytes) -> Image.Image:
    is_heif = data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS
    if is_heif:
        _register_heif(path)
    Image.init()
    try:
        return Image.open(io.BytesIO(data), formats=[name for name in _FORMATS if name in Image.OPEN])
    except Image.DecompressionBombError as error:
        raise UserError(_too_large(path)) from error
    except Exception as error:
        raise UserError(f"{path}: is not a picture that can be read; use a JPEG or PNG file") from error


def _register_heif(path: str | os.PathLike[str]) -> None:
    try:
        import pillow_heif  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise UserError(
            f"{path}: is a HEIC photo; convert it to JPEG or PNG, or run: pip install pillow-heif"
        ) from error
    pillow_heif.register_heif_opener(thumbnails=False)


def _check_size(path: str | os.PathLike[str], size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise UserError(_too_large(path))
    if min(size) < MIN_SIDE:
        raise UserError(
            f"{path}: {width}x{height} is too small; at least {MIN_SIDE}x{MIN_SIDE} pixels are needed"
        )


def _too_large(path: str | os.PathLike[str]) -> str:
    return f"{path}: the picture has more than {MAX_PIXELS // 10**6} megapixels; shrink it first"


def _upright_rgb(picture: Image.Image) -> Image.Image:
    upright = picture
    # A photo with broken metadata is still a photo.
    with contextlib.suppress(Exception):
        upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I") or upright.mode == "F":
        return Image.fromarray(_eight_bits(np.asarray(upright))).convert("RGB")
    if upright.has_transparency_data:
        layered = upright.convert("RGBA")
        colors = _to_srgb(layered.convert("RGB"), picture.info.get("icc_profile"))
        white = Image.new("RGB", layered.size, "white")
        white.paste(colors, mask=layered.getchannel("A"))
        return white
    if upright.mode in ("1", "P"):
        upright = upright.convert("RGB")
    return _to_srgb(upright, picture.info.get("icc_profile"))


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        # A profile that is damaged or of another pixel mode is common, and ignored as in image viewers.
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            converted = ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
            if converted is not None:
                return converted
    return picture.convert("RGB")


def _eight_bits(grey: np.ndarray) -> np.ndarray:
    """Grey values of 16-bit integers, or of floats with white at 1, 255 or 65535, as ``uint8``."""
    values = np.nan_to_num(grey.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    whites = [1.0, 255.0, 65535.0]
    if np.issubdtype(grey.dtype, np.integer):
        whites = [65535.0] if grey.dtype == np.uint16 else [255.0, 65535.0]
    peak = float(values.max())
    white = next((white for white in whites if peak <= white), peak)
    return np.clip(np.rint(values * (255.0 / white)), 0, 255).astype(np.uint8)

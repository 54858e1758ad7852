"""Reading untrusted images, and writing images.

Whatever is wrong with an image file becomes one `UserError` here; all other modules get
``uint8[H, W, 3]`` in sRGB.
"""

import contextlib
import io
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageCms, PngImagePlugin

from emojax.core import quiet, untrusted
from emojax.core.errors import UserError
from emojax.core.files import replacing
from emojax.media import image_cost

MAX_FILE_BYTES: Final = 64 * 2**20
MAX_PIXELS: Final = 65_000_000  # sensors of phones have 50 and 64 million; more takes gigabytes
MIN_SIDE: Final = 16
MAX_ASPECT: Final = 16
"""Longer side in shorter ones. Panoramas have up to 12. Less refuses those; more, and what is proportional to
the longer side, such as a band of scores across the picture, takes gigabytes."""

# Formats whose decoders take several copies of the picture, at 50 megapixels gigabytes; and JPEG, of which
# pictures above `MAX_PIXELS` are decoded at a half of the side or less.
_MAX_PIXELS_OF: Final = {"AVIF": 25_000_000, "HEIF": 25_000_000, "JPEG": 178_000_000, "MPO": 178_000_000}
_BAND_PIXELS: Final = 2**20
"""Pixels that are converted at a time. Fewer take more calls; of more, copies take more memory."""

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
    with _opened(path, data, _FORMATS) as (picture, orientation):
        try:
            return _upright(_rgb(picture), orientation)
        except Exception as error:
            raise UserError(
                f"{path}: pictures with {picture.mode} pixels cannot be used; save it as JPEG or PNG"
            ) from error


def read_mask(path: str | os.PathLike[str]) -> np.ndarray:
    """Reads an untrusted PNG file of values, such as labels, as they are stored.

    Returns:
      ``uint8[H, W]``; of RGB the first channel, of black and white 0 and 255.

    Raises:
      UserError: as `read_photo`, or the file is no PNG or has other than 8 bits per pixel.
    """
    with _opened(path, _read_bytes(Path(path)), ("PNG",)) as (picture, _):
        values = np.array(picture)
    values = values[..., 0] if values.ndim == 3 else values
    if values.dtype not in (np.uint8, np.bool_):
        raise UserError(f"{path}: holds {values.dtype} values; save it with 8 bits per pixel")
    return values.astype(np.uint8) * (255 if values.dtype == np.bool_ else 1)


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
    data = untrusted.read_bytes(path, most=MAX_FILE_BYTES)
    if not data:
        raise UserError(f"{path}: the file is empty; copy it again")
    return data


@contextlib.contextmanager
def _opened(
    path: str | os.PathLike[str], data: bytes, formats: Sequence[str]
) -> Iterator[tuple[Image.Image, int]]:
    """The decoded picture, and its orientation as in Exif."""
    try:
        prepared = image_cost.prepare(data)
    except image_cost.CostError as error:
        raise UserError(f"{path}: the picture {error}; save it anew with a drawing program") from error
    with warnings.catch_warnings(), quiet.errors_of_libraries():
        # Pillow warns of odd metadata, which is harmless, and of sizes below the limit here.
        warnings.simplefilter("ignore")
        with _open(path, prepared.data, formats) as picture:
            _check_size(path, picture)
            try:
                picture.load()
            except Exception as error:  # Damaged files raise errors of many types.
                reason = str(error) or type(error).__name__
                raise UserError(f"{path}: is damaged or cut short ({reason}); copy it again") from error
            yield picture, prepared.orientation or _orientation(picture)


def _open(path: str | os.PathLike[str], data: bytes, formats: Sequence[str]) -> Image.Image:
    is_heif = data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS
    if is_heif and "HEIF" in formats:
        _register_heif(path)
    Image.init()
    try:
        return Image.open(io.BytesIO(data), formats=[name for name in formats if name in Image.OPEN])
    except Image.DecompressionBombError as error:
        raise UserError(_too_large(path, MAX_PIXELS)) from error
    except Exception as error:
        wanted = "a JPEG or PNG" if "JPEG" in formats else f"a {formats[0]}"
        raise UserError(f"{path}: is not a picture that can be read; use {wanted} file") from error


def _register_heif(path: str | os.PathLike[str]) -> None:
    try:
        import pillow_heif  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise UserError(
            f"{path}: is a HEIC photo; convert it to JPEG or PNG, or run: pip install pillow-heif"
        ) from error
    pillow_heif.register_heif_opener(thumbnails=False)


def _check_size(path: str | os.PathLike[str], picture: Image.Image) -> None:
    width, height = picture.size
    most = _MAX_PIXELS_OF.get(picture.format or "", MAX_PIXELS)
    if width * height > most:
        raise UserError(_too_large(path, most))
    if min(picture.size) < MIN_SIDE:
        raise UserError(
            f"{path}: {width}x{height} is too small; at least {MIN_SIDE}x{MIN_SIDE} pixels are needed"
        )
    if max(picture.size) > MAX_ASPECT * min(picture.size):
        raise UserError(
            f"{path}: {width}x{height} is too narrow; one side may be {MAX_ASPECT} times the other, crop it"
        )
    factor = next((f for f in (1, 2, 4) if width * height <= MAX_PIXELS * f**2), 8)
    picture.draft(None, (-(-width // factor), -(-height // factor)))


def _too_large(path: str | os.PathLike[str], most: int) -> str:
    return f"{path}: the picture has more than {most // 10**6} megapixels; shrink it first"


def _orientation(picture: Image.Image) -> int:
    tags = getattr(picture, "tag_v2", None)
    if tags is not None:  # TIFF
        value = tags.get(0x0112, 1)
        return value if value in range(1, 9) else 1
    exif, xmp = (picture.info.get(name) for name in ("exif", "xmp"))
    return image_cost.read_orientation(
        exif if isinstance(exif, bytes) else b"", xmp if isinstance(xmp, bytes) else b""
    )


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Undoes what Exif says: 2 to 4 mirrored and turned by 180 degrees, 5 to 8 with rows for columns."""
    turned = pixels.swapaxes(0, 1) if orientation >= 5 else pixels
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return np.ascontiguousarray(turned)


def _rgb(picture: Image.Image) -> np.ndarray:
    """``uint8[H, W, 3]`` in sRGB, some rows at a time, since each conversion takes a copy."""
    width, height = picture.size
    rows = max(1, _BAND_PIXELS // width)
    bands = [(0, top, width, min(height, top + rows)) for top in range(0, height, rows)]
    deep = picture.mode.startswith("I") or picture.mode == "F"
    scale = _scale(picture, bands) if deep else 1.0
    out = np.empty((height, width, 3), np.uint8)
    for band in bands:
        part = picture.crop(band)
        out[band[1] : band[3]] = _eight_bits(np.asarray(part), scale) if deep else np.asarray(_band_rgb(part))
    return out


def _band_rgb(part: Image.Image) -> Image.Image:
    profile = part.info.get("icc_profile")
    if part.has_transparency_data:
        layered = part.convert("RGBA")
        colors = _to_srgb(layered.convert("RGB"), profile)
        white = Image.new("RGB", layered.size, "white")
        white.paste(colors, mask=layered.getchannel("A"))
        return white
    return _to_srgb(part.convert("RGB") if part.mode in ("1", "P") else part, profile)


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


def _scale(picture: Image.Image, bands: Sequence[tuple[int, int, int, int]]) -> float:
    """255 over the white of 16-bit integers, or of floats with white at 1, 255 or 65535."""
    peak = max(float(_finite(np.asarray(picture.crop(band))).max()) for band in bands)
    dtype = np.asarray(picture.crop((0, 0, 1, 1))).dtype
    whites = [1.0, 255.0, 65535.0]
    if np.issubdtype(dtype, np.integer):
        whites = [65535.0] if dtype == np.uint16 else [255.0, 65535.0]
    return 255.0 / next((white for white in whites if peak <= white), peak)


def _eight_bits(grey: np.ndarray, scale: float) -> np.ndarray:
    """Grey values times `scale`, ``uint8[H, W, 1]``."""
    return np.clip(np.rint(_finite(grey) * scale), 0, 255).astype(np.uint8)[..., None]


def _finite(grey: np.ndarray) -> np.ndarray:
    return np.nan_to_num(grey.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)

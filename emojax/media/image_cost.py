"""What decoding an untrusted image may cost: its parts are counted before a decoder sees them.

The size of the picture bounds neither time nor memory. A JPEG file may draw one picture in thousands of
scans, and every format can hold millions of empty or overlapping pieces of metadata. So the file's parts are
walked here: metadata that is not needed is left out, and what remains is bounded.
"""

import dataclasses
import re
import struct
from collections.abc import Callable
from typing import Final

MAX_SCANS: Final = 100
"""Scans of one JPEG. Cameras write 1 to 10, optimisers up to 20. Fewer, and previews beside a picture, which
are counted with it, get it refused; more, and each adds the time of a whole picture."""

_MAX_SCANNED: Final = 1_000_000_000
"""Scans times pixels, some 10 s. 50 megapixels in 20 scans are read; more, and decoding takes longer."""

_MAX_PARTS: Final = 50_000
"""Segments, chunks or blocks. PNG files of 64 MB have 8,000. Fewer, and large pictures that are stored in
small pieces are refused; each costs microseconds."""

_MAX_PROFILE: Final = 4 * 2**20
"""Bytes of colour profile. Printers' profiles have up to 2 MB; larger ones take longer to apply."""

_MAX_TAGS: Final = 1_000
"""Entries of a TIFF directory. Cameras write 100; each entry is read by an interpreted program."""

_MAX_RUNS: Final = 4 * 2**20
"""Bytes of a run-length encoded BMP, which is decoded by an interpreted program: 3 s at this size."""

_ORIENTATION: Final = 0x0112
_COMPRESSION: Final = 0x0103
_DIRECTORIES: Final = (0x8769, 0x8825, 0xA005)  # Exif, GPS and interoperability, by tag
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
"""Bytes of a value of each type in a TIFF directory."""

_PROGRESSIVE: Final = re.compile(rb"\xff[\xc2\xca]\x00[\x08-\x1f]\x08")
"""The frame header of a JPEG of many scans, which TIFF does not provide for."""


class CostError(Exception):
    """The file would cost too much to decode; the message completes "the picture ..."."""


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A file that is safe to decode.

    Attributes:
      data: its bytes, of JPEG and PNG without metadata but for the colour profile.
      orientation: as in Exif, 1 to 8, where it was found so far.
    """

    data: bytes
    orientation: int | None = None


def prepare(data: bytes) -> Prepared:
    """Checks a file by its format; one of a format without a check is returned as it is.

    Raises:
      CostError: it has too many parts.
    """
    for start, check in _CHECKS.items():
        if data.startswith(start):
            try:
                return check(data)
            except (struct.error, IndexError):  # cut short; the decoder says so
                return Prepared(data)
    return Prepared(data)


def read_orientation(exif: bytes, xmp: bytes = b"") -> int:
    """The orientation, 1 to 8, that metadata gives a picture; 1 where they are damaged or give none.

    Args:
      exif: with or without ``Exif\\0\\0`` before it.
      xmp: XML, which is asked where `exif` has none.
    """
    tiff = exif.removeprefix(b"Exif\0\0")
    try:
        for tag, kind, count, value in _entries(tiff, *_first_directory(tiff)):
            if tag == _ORIENTATION and kind == 3 and count == 1:
                order = "<" if tiff[:1] == b"I" else ">"
                (number,) = struct.unpack(f"{order}H", value[:2])
                return number if 1 <= number <= 8 else 1
    except (struct.error, IndexError, CostError):
        pass
    found = re.search(rb'tiff:Orientation(?:="|>)([1-8])', xmp)
    return int(found[1]) if found else 1


def _jpeg(data: bytes) -> Prepared:
    kept, position, parts, profile, pixels = [data[:2]], 2, 0, 0, 0
    exif = xmp = b""
    while True:
        parts += 1
        if parts > _MAX_PARTS:
            raise CostError(f"has more than {_MAX_PARTS:,} segments")
        if data[position] != 0xFF:  # damaged; as decoders do, go on at the next marker
            following = data.find(b"\xff", position)
            if following < 0:
                return Prepared(b"".join(kept))
            position = following
        while data[position] == 0xFF:
            position += 1
        marker = data[position]
        position += 1
        if marker == 0xD9:
            return Prepared(b"".join([*kept, b"\xff\xd9"]))
        if marker <= 0x01 or 0xD0 <= marker <= 0xD8:  # markers without a segment
            continue
        (length,) = struct.unpack_from(">H", data, position)
        segment = data[position : position + length]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", segment, 3)
            pixels = max(pixels, height * width)
        if marker == 0xDA:
            scans = data.count(b"\xff\xda", position) + 1
            if scans > MAX_SCANS or scans * pixels > _MAX_SCANNED:
                raise CostError(f"is drawn in {scans:,} scans")
            kept.append(data[position - 2 :])
            orientation = read_orientation(exif, xmp) if exif or xmp else None
            return Prepared(b"".join(kept), orientation)
        if marker == 0xE1 and segment[2:8] == b"Exif\0\0":
            exif = exif or segment[2:]
        elif marker == 0xE1 and segment.startswith(b"http://ns.adobe.com/xap/", 2):
            xmp = xmp or segment
        is_profile = marker == 0xE2 and segment.startswith(b"ICC_PROFILE\0", 2)
        profile += is_profile * length
        # Of the notes of programs only those that say how colours are stored.
        is_note = (0xE1 <= marker <= 0xEF and marker != 0xEE) or marker == 0xFE
        if not is_note or (is_profile and profile <= _MAX_PROFILE):
            kept.append(bytes([0xFF, marker]) + segment)
        position += length


def _png(data: bytes) -> Prepared:
    kept, position, parts = [data[:8]], 8, 0
    exif = xmp = b""
    while position < len(data):
        parts += 1
        if parts > _MAX_PARTS:
            raise CostError(f"has more than {_MAX_PARTS:,} chunks")
        if position + 8 > len(data):
            break
        length, name = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        # Upper case says that pictures cannot be decoded without the chunk.
        if name[:1].isupper() or name == b"tRNS" or (name == b"iCCP" and length <= _MAX_PROFILE):
            kept.append(data[position:end])
        elif name == b"eXIf":
            exif = data[position + 8 : end - 4]
        elif name == b"iTXt" and data.startswith(b"XML:com.adobe.xmp\0", position + 8):
            xmp = data[position + 8 : end - 4]
        if name == b"IEND":
            break
        position = end
    return Prepared(b"".join(kept), read_orientation(exif, xmp) if exif or xmp else None)


def _gif(data: bytes) -> Prepared:
    """Counts the blocks before the first picture, the only one that is read."""
    position = 13 + (3 * 2 ** ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    for _ in range(_MAX_PARTS // 10):
        if data[position] != 0x21:
            return Prepared(data)
        position += 2
        while data[position]:
            position += data[position] + 1
            if position > 2**20:
                raise CostError("begins with more than a megabyte of comments")
        position += 1
    raise CostError(f"begins with more than {_MAX_PARTS // 10:,} comments")


def _bmp(data: bytes) -> Prepared:
    (compression,) = struct.unpack_from("<I", data, 30)
    if compression in (1, 2) and len(data) > _MAX_RUNS:
        raise CostError(f"is run-length encoded in more than {_MAX_RUNS >> 20} MB")
    return Prepared(data)


def _tiff(data: bytes) -> Prepared:
    """Adds up the values of the directories: overlapping, they could be any multiple of the file."""
    order = "<" if data[:1] == b"I" else ">"
    wide = data[2:4] in (b"+\0", b"\0+")
    waiting, total, compressed = [_first_directory(data)[0]], 0, False
    seen: set[int] = set()
    while waiting:
        offset = waiting.pop()
        if offset in seen or len(seen) > len(_DIRECTORIES):
            raise CostError("has directories that refer to each other")
        seen.add(offset)
        for tag, kind, count, value in _entries(data, offset, wide):
            total += count * _SIZES.get(kind, 1)
            if tag in _DIRECTORIES:
                waiting += struct.unpack(f"{order}{'Q' if wide else 'I'}", value)
            if tag == _COMPRESSION:
                compressed = struct.unpack_from(f"{order}H", value)[0] in (6, 7)  # JPEG
    if total > len(data):
        raise CostError(f"has metadata of {total:,} bytes in a file of {len(data):,}")
    if compressed and _PROGRESSIVE.search(data):
        raise CostError("is a progressive JPEG inside a TIFF file")
    return Prepared(data)


def _first_directory(tiff: bytes) -> tuple[int, bool]:
    """Offset of the first directory of a TIFF structure, and whether it has 64-bit offsets (BigTIFF)."""
    order = "<" if tiff[:1] == b"I" else ">"
    if tiff[2:4] in (b"+\0", b"\0+"):
        return struct.unpack_from(f"{order}Q", tiff, 8)[0], True
    return struct.unpack_from(f"{order}I", tiff, 4)[0], False


def _entries(tiff: bytes, offset: int, wide: bool) -> list[tuple[int, int, int, bytes]]:
    """Tag, type, count and value, or its offset, of a directory's entries; `CostError` if too many."""
    order = "<" if tiff[:1] == b"I" else ">"
    (count,) = struct.unpack_from(f"{order}{'Q' if wide else 'H'}", tiff, offset)
    if count > _MAX_TAGS:
        raise CostError(f"has a directory of {count:,} tags")
    start, entry = offset + (8 if wide else 2), struct.Struct(f"{order}HH{'Q8s' if wide else 'I4s'}")
    return [entry.unpack_from(tiff, start + entry.size * index) for index in range(count)]


_CHECKS: Final[dict[bytes, Callable[[bytes], Prepared]]] = {
    b"\xff\xd8": _jpeg,
    b"\x89PNG\r\n\x1a\n": _png,
    b"GIF8": _gif,
    b"BM": _bmp,
    b"II": _tiff,
    b"MM": _tiff,
}

"""Properties of the walk over a picture's parts, for whatever bytes hypothesis finds."""

import io
import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from emojax.media import image_cost

_NOTES = st.lists(
    st.tuples(st.sampled_from([0xE1, 0xE2, 0xE5, 0xED, 0xFE]), st.binary(max_size=40)), max_size=8
)


def _jpeg() -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.arange(32 * 32 * 3, dtype=np.uint8).reshape(32, 32, 3)).save(file, "JPEG")
    return file.getvalue()


JPEG = _jpeg()
STARTS = (b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"II*\0", b"MM\0*", b"II+\0")


@given(_NOTES)
def test_notes_change_no_pixel_of_a_jpeg_and_are_not_kept(notes: list[tuple[int, bytes]]) -> None:
    segments = b"".join(
        bytes([0xFF, marker]) + struct.pack(">H", len(note) + 2) + note for marker, note in notes
    )
    prepared = image_cost.prepare(JPEG[:2] + segments + JPEG[2:])
    assert prepared.data == JPEG


@given(st.sampled_from(STARTS), st.binary(max_size=200))
def test_whatever_follows_the_first_bytes_is_walked_to_an_end(start: bytes, rest: bytes) -> None:
    try:
        prepared = image_cost.prepare(start + rest)
    except image_cost.CostError:
        return
    assert len(prepared.data) <= len(start + rest) + 2  # the end of a JPEG is put back
    assert prepared.orientation in (None, 1, 2, 3, 4, 5, 6, 7, 8)


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_an_orientation_is_one_of_eight(exif: bytes, xmp: bytes) -> None:
    for tiff in (exif, b"II*\0\x08\0\0\0" + exif, b"Exif\0\0MM\0*\0\0\0\x08" + exif):
        assert 1 <= image_cost.read_orientation(tiff, xmp) <= 8

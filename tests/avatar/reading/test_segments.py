"""Parts of a portrait: their windows follow them at one scale, whoever the face and whatever its size."""

import cv2
import numpy as np
import pytest
from avatar.support.drawn_face import COLORS, ColorParser, portrait

from emojax.avatar.faces.crop import CROP_SIZE
from emojax.avatar.reading.segments import PARTS, Segment, segment, zoom_segment
from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.data.parts import builder
from emojax.data.parts.shapes import LABELS, PATCH_SIZE

WINDOWED = [name for name, part in PARTS.items() if part.window is not None]
DRAWN = ["face", "skin", "hair", "left_brow", "right_brow", "left_eye", "right_eye", "nose", "mouth", "neck"]


def _face(size: int = CROP_SIZE, picture: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    picture = portrait() if picture is None else picture
    pixels = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)
    return pixels, ColorParser().label_maps(pixels[None])[0]


def _shown(found: Segment, part: str) -> np.ndarray:
    return np.isin(found.labels, [CLASSES.index(label) for label in LABELS[part]])


def _segment(face: tuple[np.ndarray, np.ndarray], part: str) -> Segment:
    found = segment(*face, part)
    assert found is not None
    return found


def test_every_label_belongs_to_a_part_and_the_data_sets_are_theirs() -> None:
    comprised = {label for labels in LABELS.values() for label in labels}
    assert set(CLASSES) - comprised == {"background", "earring"}
    assert tuple(PARTS) == builder.PARTS


@pytest.mark.parametrize("part", DRAWN)
def test_a_part_shows_with_its_labels_in_place(part: str) -> None:
    found = _segment(_face(), part)
    assert found.image.shape == (PATCH_SIZE, PATCH_SIZE, 3)
    assert found.labels.shape == (PATCH_SIZE, PATCH_SIZE)
    again = ColorParser().label_maps(found.image[None])[0]
    if PARTS[part].mirrored:  # the colours are still the left one's
        left, right = CLASSES.index(LABELS[part][0]), CLASSES.index(f"right {part.split('_')[1]}")
        again[again == left] = right
    # Pixels between two parts mix their colours, but no other place fits as well.
    shifts = [(down, right) for down in range(-3, 4) for right in range(-3, 4)]
    fits = [np.mean(np.roll(again, shift, (0, 1)) == found.labels) for shift in shifts]
    assert shifts[int(np.argmax(fits))] == (0, 0)
    assert max(fits) > 0.75


@pytest.mark.parametrize("part", [part for part in DRAWN if part in WINDOWED])
@pytest.mark.parametrize("shift", [(0, 0), (23, -17), (-30, 11)], ids=str)
def test_windows_follow_a_shifted_face_at_the_same_scale(part: str, shift: tuple[int, int]) -> None:
    pixels, labels = _face()
    there = _segment((pixels, labels), part)
    matrix = np.asarray([[1, 0, shift[0]], [0, 1, shift[1]]], float)
    shifted = [
        cv2.warpAffine(each, matrix, labels.shape, flags=cv2.INTER_NEAREST) for each in (pixels, labels)
    ]
    moved = _segment((shifted[0], shifted[1]), part)
    assert np.subtract(moved.box, there.box) == pytest.approx([*shift, *shift])
    x0, y0, x1, y1 = moved.box
    assert x1 - x0 == y1 - y0 == pytest.approx(PARTS[part].window)
    inside = (there.labels != UNKNOWN) & (moved.labels != UNKNOWN)
    assert np.array_equal(there.labels[inside], moved.labels[inside])
    assert np.array_equal(there.image[inside], moved.image[inside])


@pytest.mark.parametrize("part", ["right_eye", "mouth"])
def test_a_part_half_as_large_looks_half_as_large(part: str) -> None:
    pixels, labels = _face()
    ids = [CLASSES.index(label) for label in LABELS[part]]
    rows, columns = np.nonzero(np.isin(labels, ids))
    shrunk = np.where(np.isin(labels, ids), np.uint8(1), labels)
    for row, column in zip(rows, columns, strict=True):
        shrunk[(row + rows.min()) // 2, (column + columns.min()) // 2] = labels[row, column]
    large, small = (_shown(_segment((pixels, each), part), part) for each in (labels, shrunk))
    assert small.sum() == pytest.approx(large.sum() / 4, rel=0.25)


def test_windows_are_the_same_in_portraits_of_another_size() -> None:
    for part in DRAWN:
        small, large = _segment(_face(153), part), _segment(_face(459), part)
        low, high = np.asarray(small.box), np.asarray(large.box)
        assert (high + 0.5) / 459 == pytest.approx((low + 0.5) / 153, abs=0.012)
        assert np.mean(small.labels == large.labels) > 0.88


@pytest.mark.parametrize("part", ["brow", "eye", "ear"])
def test_left_parts_lie_as_their_twins(part: str) -> None:
    """What is left in a face is right in the mirrored one, and looks the same there."""
    pixels, labels = _face()
    labels[150:190, 240:262] = CLASSES.index("left ear")
    swapped = np.arange(256, dtype=np.uint8)
    for a, b in ((2, 3), (4, 5), (7, 8)):
        swapped[[a, b]] = b, a
    left = _segment((pixels, labels), f"left_{part}")
    right = _segment((pixels[:, ::-1], swapped[labels[:, ::-1]]), f"right_{part}")
    assert np.mean(left.labels == right.labels) > 0.97
    assert np.mean(np.abs(left.image.astype(int) - right.image)) < 3
    x0, y0, x1, y1 = right.box
    assert left.box == pytest.approx((CROP_SIZE - 1 - x1, y0, CROP_SIZE - 1 - x0, y1), abs=0.51)


@pytest.mark.parametrize("part", ["hat", "eyeglasses", "left_ear", "right_ear"])
def test_what_a_face_lacks_is_none(part: str) -> None:
    assert segment(*_face(), part) is None


def test_hidden_parts_and_specks_are_none() -> None:
    assert segment(*_face(picture=portrait(without=("left eye",))), "left_eye") is None
    sunglasses = _face(picture=portrait(sunglasses=True))
    assert segment(*sunglasses, "right_eye") is None
    assert segment(*sunglasses, "eyeglasses") is not None
    pixels, labels = _face()
    labels[10:16, 10:16] = CLASSES.index("hat")
    assert segment(pixels, labels, "hat") is None


def test_specks_elsewhere_leave_the_window_where_it_is() -> None:
    pixels, labels = _face()
    expected = _segment((pixels, labels), "mouth").box
    labels[2:12, 2:12] = CLASSES.index("mouth")
    assert _segment((pixels, labels), "mouth").box == pytest.approx(expected, abs=1)


def test_parts_cut_by_the_photos_border_are_none_and_whole_ones_stay() -> None:
    pixels, labels = _face()
    labels[:100] = UNKNOWN  # through the hair, above the brows
    assert segment(pixels, labels, "hair") is None
    assert np.mean(_segment((pixels, labels), "neck").labels == UNKNOWN) == pytest.approx(100 / 306, abs=0.01)
    assert segment(pixels, labels, "right_brow") is not None
    labels[:147] = UNKNOWN  # through the eyes
    assert segment(pixels, labels, "right_eye") is None
    assert segment(pixels, labels, "mouth") is not None


def test_the_frame_cuts_everybodys_hair_but_no_ear() -> None:
    pixels = np.full((CROP_SIZE, CROP_SIZE, 3), COLORS["skin"], np.uint8)
    labels = np.zeros((CROP_SIZE, CROP_SIZE), np.uint8)
    labels[120:180, 280:] = CLASSES.index("right ear")
    labels[:60] = CLASSES.index("hair")
    assert segment(pixels, labels, "right_ear") is None
    assert segment(pixels, labels, "hair") is not None


def test_beyond_the_frame_nothing_is_known_and_all_is_grey() -> None:
    labels = np.zeros((CROP_SIZE, CROP_SIZE), np.uint8)
    labels[120:180, 265:303] = CLASSES.index("right ear")
    found = _segment((np.full((CROP_SIZE, CROP_SIZE, 3), COLORS["skin"], np.uint8), labels), "right_ear")
    x0, _, x1, _ = found.box
    beyond = (x1 - (CROP_SIZE - 0.5)) / (x1 - x0)
    assert beyond > 0.1
    assert np.mean(found.labels == UNKNOWN) == pytest.approx(beyond, abs=0.02)
    assert np.all(found.image[found.labels == UNKNOWN] == 127)
    assert np.all(found.image[found.labels != UNKNOWN] == COLORS["skin"])


def test_zooming_is_looking_through_a_smaller_window() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 19, (64, 64), np.uint8)
    found = Segment(rng.integers(0, 255, (64, 64, 3), np.uint8), labels, (10.0, 20.0, 58.0, 68.0))
    assert zoom_segment(found, 1.0) is found
    twice = zoom_segment(found, 2.0)
    assert twice.box == (22.0, 32.0, 46.0, 56.0)
    np.testing.assert_array_equal(twice.labels[::2, ::2], labels[16:48, 16:48])
    np.testing.assert_array_equal(twice.image[::2, ::2], found.image[16:48, 16:48])
    half = zoom_segment(found, 0.5)
    assert half.box == (-14.0, -4.0, 82.0, 92.0)
    assert (half.labels[:16] == UNKNOWN).all()
    np.testing.assert_array_equal(half.labels[16:48, 16:48], labels[1::2, 1::2])

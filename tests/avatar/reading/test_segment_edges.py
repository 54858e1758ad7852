"""Thresholds of segments: parts just below and just above each."""

import numpy as np
import pytest
from avatar.support.label_maps import SIDE, blank, fill

from emojax.avatar.reading.segments import PARTS, Segment, segment, zoom_segment
from emojax.data.faces.labels import CLASSES, UNKNOWN

# Of each part a label, the least pixels, and the side of its window.
RULES = {
    "face": ("skin", 8000, None),
    "skin": ("nose", 6000, None),
    "hair": ("hair", 1000, None),
    "hat": ("hat", 2000, None),
    "left_brow": ("left brow", 60, 84),
    "right_brow": ("right brow", 60, 84),
    "left_eye": ("left eye", 50, 48),
    "right_eye": ("right eye", 50, 48),
    "eyeglasses": ("eyeglasses", 1000, 200),
    "nose": ("nose", 600, 84),
    "mouth": ("lower lip", 200, 88),
    "left_ear": ("left ear", 150, 92),
    "right_ear": ("right ear", 150, 92),
    "neck": ("necklace", 800, None),
    "cloth": ("cloth", 800, None),
}


def _cut(labels: np.ndarray, part: str) -> Segment | None:
    return segment(np.zeros((*labels.shape, 3), np.uint8), labels, part)


def test_the_table_has_all_parts() -> None:
    assert list(RULES) == list(PARTS)


@pytest.mark.parametrize("part", RULES)
def test_a_part_needs_enough_pixels(part: str) -> None:
    name, enough, window = RULES[part]
    place = {"top": 100, "left": 130, "width": 100 if enough > 2000 else 40}
    found = _cut(fill(blank(), name, enough, **place), part)
    assert found is not None
    assert _cut(fill(blank(), name, enough - 1, **place), part) is None
    x0, y0, x1, y1 = found.box
    if window is None:
        assert found.box == (-0.5, -0.5, 305.5, 305.5)
    else:
        assert x1 - x0 == y1 - y0 == window


@pytest.mark.parametrize(("count", "visible"), [(150, True), (149, False)])
def test_in_a_portrait_of_half_the_size_a_quarter_is_enough(count: int, visible: bool) -> None:
    found = _cut(fill(blank(side=153), "nose", count, top=60, left=60, width=15), "nose")
    assert (found is not None) == visible
    if found is not None:
        assert found.box[2] - found.box[0] == 42


@pytest.mark.parametrize("name", ["mouth", "upper lip", "lower lip"])
def test_a_part_comprises_all_its_labels(name: str) -> None:
    labels = fill(blank("skin"), name, 100, top=200, left=130, width=40)
    labels = fill(labels, "mouth", 100, top=220, left=130, width=40)
    assert _cut(labels, "mouth") is not None
    assert (
        _cut(np.where(labels == CLASSES.index(name), np.uint8(CLASSES.index("neck")), labels), "mouth")
        is None
    )


@pytest.mark.parametrize(("cut", "visible"), [(5, True), (6, False)])
def test_a_part_may_end_at_unknown_pixels_over_a_quarter_of_its_areas_root(cut: int, visible: bool) -> None:
    """Of a mouth of 400 pixels along 5."""
    labels = fill(blank("skin"), "mouth", 400, top=200, left=140, width=20)
    if cut > 2:  # diagonal neighbours count, too
        labels[199, 141 : 141 + cut - 2] = UNKNOWN
    assert (_cut(labels, "mouth") is not None) == visible
    whole = fill(blank(), "mouth", 400, top=200, left=140, width=20)
    whole[198] = UNKNOWN  # one row is between them
    assert _cut(whole, "mouth") is not None


@pytest.mark.parametrize(("row", "visible"), [(30, True), (31, False), (274, False), (275, True)])
def test_large_parts_may_end_near_the_frames_border(row: int, visible: bool) -> None:
    """Hair that ends at unknown pixels in one of the first or last 31 rows."""
    labels = blank()
    labels[row] = CLASSES.index("hair")
    labels[min(row, 150) : max(row, 150) + 1, 100:110] = CLASSES.index("hair")
    beyond = slice(0, row) if row < 150 else slice(row + 1, SIDE)
    labels[beyond] = UNKNOWN
    assert (_cut(labels, "hair") is not None) == visible
    turned = np.ascontiguousarray(labels.T)
    assert (_cut(turned, "hair") is not None) == visible


@pytest.mark.parametrize(("top", "visible"), [(0, False), (1, True)])
def test_small_parts_may_not_touch_the_frames_border(top: int, visible: bool) -> None:
    assert (
        _cut(fill(blank(), "left ear", 400, top=top, left=100, width=20), "left_ear") is not None
    ) == visible
    assert (_cut(fill(blank(), "nose", 1200, top=100, left=top, width=20), "nose") is not None) == visible


@pytest.mark.parametrize(("strays", "shifted"), [(5, False), (6, True)])
def test_a_twentieth_of_a_part_on_either_side_does_not_move_its_window(strays: int, shifted: bool) -> None:
    """An eye of 100 pixels and a few more beside it, within its window."""
    alone = _cut(fill(blank(), "right eye", 100, top=150, left=140, width=10), "right_eye")
    assert alone is not None
    assert alone.box == (120.5, 130.5, 168.5, 178.5)
    for left, top in ((155, 154), (134, 154), (144, 165), (144, 143)):
        labels = fill(blank(), "right eye", 100, top=150, left=140, width=10)
        labels = fill(labels, "right eye", strays, top=top, left=left, width=1 if left != 144 else 6)
        found = _cut(labels, "right_eye")
        assert found is not None
        assert (found.box != alone.box) == shifted


@pytest.mark.parametrize(
    ("top", "left", "shifted"),
    [
        (154, 169, True),
        (154, 170, False),
        (154, 120, True),
        (154, 119, False),
        (179, 144, True),
        (180, 144, False),
        (130, 144, True),
        (129, 144, False),
    ],
)
def test_what_is_further_off_than_the_window_does_not_move_it(top: int, left: int, shifted: bool) -> None:
    """Half a window of 24 pixels from the median on; six strays in one column or row."""
    eye = fill(blank(), "right eye", 100, top=150, left=140, width=10)
    found = _cut(fill(eye, "right eye", 6, top=top, left=left, width=1 if top == 154 else 6), "right_eye")
    assert found is not None
    assert (found.box != (120.5, 130.5, 168.5, 178.5)) == shifted


def test_much_that_is_far_off_does_not_move_a_window_either() -> None:
    eye = fill(blank(), "right eye", 100, top=150, left=140, width=10)
    for top, left in ((154, 176), (154, 104), (186, 144), (116, 144)):
        found = _cut(fill(eye, "right eye", 30, top=top, left=left, width=6), "right_eye")
        assert found is not None
        assert found.box == (120.5, 130.5, 168.5, 178.5)


def test_a_window_beyond_the_frame_is_unknown_and_grey_there() -> None:
    labels = fill(blank("skin"), "left ear", 400, top=100, left=10, width=20)
    found = _cut(labels, "left_ear")
    assert found is not None
    assert found.box[0] < -0.5
    unknown = found.labels == UNKNOWN
    beyond = round((-0.5 - found.box[0]) / 92 * 64)
    assert unknown[:, -beyond:].all()  # mirrored
    assert not unknown[:, :-beyond].any()
    assert (found.image[unknown] == 127).all()
    assert (found.image[~unknown] == 0).all()
    assert found.labels.max(initial=0, where=~unknown) == CLASSES.index("right ear")


@pytest.mark.parametrize("factor", [0.7, 1.3, 2.0])
def test_zooming_keeps_the_centre_and_marks_what_was_outside(factor: float) -> None:
    rng = np.random.default_rng(0)
    found = Segment(
        rng.integers(0, 255, (64, 64, 3), np.uint8),
        rng.integers(0, 19, (64, 64), np.uint8),
        (10.0, 20.0, 58.0, 68.0),
    )
    zoomed = zoom_segment(found, factor)
    x0, y0, x1, y1 = zoomed.box
    assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx((34.0, 44.0))
    assert x1 - x0 == y1 - y0 == pytest.approx(48 / factor)
    for row, column in ((0, 5), (20, 40), (63, 63)):
        at = [int(np.floor((k + 0.5 - 32) / factor + 32)) for k in (row, column)]
        if min(at) >= 0 and max(at) < 64:
            assert zoomed.labels[row, column] == found.labels[*at]
            np.testing.assert_array_equal(zoomed.image[row, column], found.image[*at])
        else:
            assert zoomed.labels[row, column] == UNKNOWN
            assert (zoomed.image[row, column] == 127).all()

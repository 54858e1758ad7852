"""The use of the detector: what it is shown, and what is made of its windows, beside each threshold."""

import subprocess
import sys
from pathlib import Path

import dlib
import numpy as np
import pytest

from emojax.avatar.faces import detection
from emojax.avatar.faces.detection import ON_A_SIDE, Box, find_faces, find_portrait

Window = tuple[int, int, int, float]

ROOT = Path(__file__).parents[3]


class Detector:
    """Finds the same windows ``(x, y, side, score)`` on every copy, or on those of one width only."""

    def __init__(self, *windows: Window, only: int | None = None) -> None:
        self.windows, self.only = windows, only
        self.shapes: list[tuple[int, ...]] = []
        self.contrasts: list[float] = []

    def run(
        self, canvas: np.ndarray, upsample: int, threshold: float
    ) -> tuple[list[dlib.rectangle], list[float], list[int]]:
        assert (upsample, threshold) == (0, -0.1)
        self.shapes.append(canvas.shape)
        self.contrasts.append(float(canvas.std()))
        found = [w for w in self.windows if self.only in (None, canvas.shape[1])]
        rectangles = [dlib.rectangle(x, y, x + s - 1, y + s - 1) for x, y, s, _ in found]
        return rectangles, [w[3] for w in found], [0] * len(found)


def _use(monkeypatch: pytest.MonkeyPatch, *windows: Window, only: int | None = None) -> Detector:
    detector = Detector(*windows, only=only)
    monkeypatch.setattr(detection, "_detector", lambda: detector)
    return detector


def _photo(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), 100, np.uint8)


def test_the_photo_is_searched_upright_and_turned_to_either_side_with_a_margin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    detector = _use(monkeypatch, (250, 180, 100, 0.9), only=2580)
    (box,) = find_faces(_photo(1200, 4800))
    # 2400 x 600, and 0.3 of 600 in both directions; rotated, 800 x 200 with 60.
    assert detector.shapes == [(780, 2580), (768, 768), (768, 768)]
    # The window's centre (299.5, 229.5), less the margin of 90, on a copy of half the size; the face's
    # square is a little higher than the window, and larger.
    assert (box.x, box.y) == pytest.approx(((299.5 - 90 + 0.5) * 2 - 0.5, (229.5 - 90 + 0.5 - 9) * 2 - 0.5))
    assert (box.side, box.score, box.roll_degrees) == (pytest.approx(218), 0.9, 0)


def test_a_photo_on_its_side_is_searched_by_quarter_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = _use(monkeypatch, (200, 300, 100, 0.9), only=460)
    found = find_faces(_photo(400, 800), ON_A_SIDE)
    assert detector.shapes == [(920, 520), (920, 520), (521, 920)]
    assert found == []  # the last photo is on its head
    detector = _use(monkeypatch, (200, 300, 100, 0.9), only=520)
    # Both rotations show the window; turned back they are places on either side of the middle.
    first, second = find_faces(_photo(400, 800), ON_A_SIDE)
    assert {first.roll_degrees, second.roll_degrees} == {90, -90}
    assert (first.x + second.x, first.y + second.y) == pytest.approx((799, 399), abs=1)


@pytest.mark.parametrize(
    ("side", "copy"), [(100, 200), (1199, 2398), (1200, 2400), (1201, 2400), (3000, 2400)]
)
def test_photos_are_enlarged_twice_at_most_and_to_2400_pixels(
    side: int, copy: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = _use(monkeypatch, (100, 100, 50, 0.9))
    find_faces(_photo(side, side))
    assert detector.shapes[0] == (copy + np.ceil(0.3 * copy), copy + np.ceil(0.3 * copy))


def test_contrast_is_raised_only_where_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = np.random.default_rng(0).integers(0, 20, (400, 400, 3)).astype(np.uint8)
    detector = _use(monkeypatch)
    assert find_faces(photo) == []
    assert len(detector.contrasts) == 4
    assert detector.contrasts[3] > 5 * detector.contrasts[0]
    detector = _use(monkeypatch, (200, 200, 60, 0.0))
    find_faces(photo)
    assert len(detector.contrasts) == 3
    detector = _use(monkeypatch)
    find_faces(photo, ON_A_SIDE)
    assert len(detector.contrasts) == 3


@pytest.mark.parametrize(
    ("side", "score", "found"), [(46, 0.3, True), (46, 0.29, False), (45, 0.3, False), (90, 2.0, True)]
)
def test_a_portrait_is_sure_and_a_quarter_of_the_photo_and_searched_for_at_400_pixels(
    side: int, score: float, found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = _use(monkeypatch, (200, 80, side, score))
    assert (find_portrait(_photo(800, 1600)) is not None) == found
    assert detector.shapes == [(260, 460)]  # 200 x 400, upright only


def test_the_largest_sure_face_is_the_portrait(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, (60, 60, 100, 2.0), (250, 250, 140, 0.9), (90, 300, 150, 0.2))
    box = find_portrait(_photo(400, 400))
    assert box is not None
    assert (box.side, box.score) == (pytest.approx(152.6), 0.9)


def test_faces_beyond_the_photo_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window's centre on the continued border; the margin is 120 of 800 pixels."""
    for x, count in ((69, 0), (71, 1), (869, 1), (871, 0)):
        _use(monkeypatch, (x, 400, 100, 0.9), only=1040)
        assert len(find_faces(_photo(400, 400))) == count


def test_a_face_found_twice_is_the_better_one_and_the_largest_comes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _use(monkeypatch, (200, 200, 100, 0.5), (210, 210, 120, 1.5), (600, 600, 140, 0.8), only=1040)
    assert [box.score for box in find_faces(_photo(400, 400))] == [0.8, 1.5]


@pytest.mark.parametrize(
    ("other", "overlaps"),
    [
        (Box(49.0, 0.0, 100.0), True),
        (Box(50.0, 0.0, 100.0), False),
        (Box(0.0, -49.0, 100.0), True),
        (Box(0.0, -51.0, 100.0), False),
        (Box(49.0, 0.0, 20.0), True),
        (Box(51.0, 0.0, 20.0), False),
        (Box(29.0, 29.0, 100.0), True),  # 71 x 71
        (Box(30.0, 30.0, 100.0), False),
        (Box(300.0, 300.0, 100.0), False),
    ],
)
def test_boxes_overlap_by_half_of_the_smaller(other: Box, overlaps: bool) -> None:
    box = Box(0.0, 0.0, 100.0)
    assert box.overlaps(other) == overlaps == other.overlaps(box)


def test_a_box_moves_along_its_own_axes() -> None:
    box = Box(10.0, 20.0, 40.0, 90.0, 5.0)
    moved = box.moved(0.25, 0.5, 2.0)
    assert (moved.x, moved.y) == (pytest.approx(-10.0), pytest.approx(30.0))
    assert (moved.side, moved.roll_degrees, moved.score) == (80.0, 90.0, 5.0)
    assert box.corners == (-10.0, 0.0, 30.0, 40.0)
    assert Box(0, 0, 1, 30.0).axis == pytest.approx(complex(np.sqrt(0.75), 0.5))


def test_threads_find_what_one_finds_alone() -> None:
    """In a process of its own: with one detector for all threads it crashes."""
    code = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from emojax.avatar import demo\n"
        "from emojax.avatar.faces.detection import find_portrait\n"
        "from emojax.media import image\n"
        "photo = image.read_photo(demo.PORTRAIT)\n"
        "photos = [photo, photo[:, ::-1].copy(), photo[20:].copy(), photo[:, 20:].copy()] * 6\n"
        "alone = [find_portrait(each) for each in photos[:4]] * 6\n"
        "with ThreadPoolExecutor(4) as pool:\n"
        "    assert list(pool.map(find_portrait, photos)) == alone\n"
        "assert None not in alone\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

"""The use of the cascade: what it is shown, and what is made of its windows, beside each threshold."""

from collections.abc import Sequence

import numpy as np
import pytest

from emojax.avatar.faces import detection
from emojax.avatar.faces.detection import Box, find_faces, find_portrait


class Cascade:
    """Finds the same windows ``(x, y, side, score)`` on every copy, or on those of one width only."""

    def __init__(self, *windows: tuple[int, int, int, int], only: int | None = None) -> None:
        self.windows, self.only = windows, only
        self.shapes: list[tuple[int, ...]] = []
        self.smallest: list[int] = []
        self.means: list[float] = []

    def detectMultiScale2(  # noqa: N802
        self, canvas: np.ndarray, *, scaleFactor: float, minNeighbors: int, minSize: tuple[int, int]
    ) -> tuple[np.ndarray, Sequence[int]]:
        assert (scaleFactor, minNeighbors) == (1.1, 3)
        assert minSize[0] == minSize[1]
        self.shapes.append(canvas.shape)
        self.smallest.append(minSize[0])
        self.means.append(float(canvas.std()))
        found = [w for w in self.windows if self.only in (None, canvas.shape[1])]
        return np.asarray([(x, y, s, s) for x, y, s, _ in found]).reshape(-1, 4), [w[3] for w in found]


def _use(
    monkeypatch: pytest.MonkeyPatch, *windows: tuple[int, int, int, int], only: int | None = None
) -> Cascade:
    cascade = Cascade(*windows, only=only)
    monkeypatch.setattr(detection, "_cascade", lambda: cascade)
    return cascade


def _photo(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), 100, np.uint8)


def test_three_rotations_of_a_coarse_copy_with_a_margin_are_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    cascade = _use(monkeypatch, (250, 180, 60, 9), only=560)
    found = find_faces(_photo(400, 1000))
    # 500 x 200, and 0.3 of 200 in both directions; rotated by 30 degrees either way.
    assert cascade.shapes == [(260, 560), (484, 594), (484, 594)]
    assert set(cascade.smallest) == {22}
    (box,) = found
    # The window's centre (279.5, 209.5), less the margin of 30, on a copy of half the size.
    assert (box.x, box.y) == ((279.5 - 30 + 0.5) * 2 - 0.5, (209.5 - 30 + 0.5) * 2 - 0.5)
    assert (box.side, box.score, box.roll_degrees) == (120, 9, 0)


@pytest.mark.parametrize(("side", "copy"), [(299, 300), (300, 300), (301, 301), (500, 500), (501, 500)])
def test_photos_are_resized_to_300_to_500_pixels(
    side: int, copy: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cascade = _use(monkeypatch, (100, 100, 50, 9))
    find_faces(_photo(side, side))
    assert cascade.shapes[0] == (copy + np.ceil(0.3 * copy), copy + np.ceil(0.3 * copy))


@pytest.mark.parametrize(
    ("score", "side", "fine"), [(8, 1200, False), (7, 1200, True), (7, 501, True), (7, 500, False)]
)
def test_a_fine_copy_is_searched_where_no_face_is_sure(
    score: int, side: int, fine: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cascade = _use(monkeypatch, (200, 200, 60, score))
    find_faces(_photo(side, side))
    assert len(cascade.shapes) == (6 if fine else 3)
    if fine:
        assert cascade.shapes[3][0] == min(side, 1100) + np.ceil(0.3 * min(side, 1100))


def test_contrast_is_raised_only_where_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = np.random.default_rng(0).integers(0, 20, (400, 400, 3)).astype(np.uint8)
    cascade = _use(monkeypatch)
    assert find_faces(photo) == []
    assert len(cascade.means) == 6
    assert cascade.means[3] > 5 * cascade.means[0]
    cascade = _use(monkeypatch, (200, 200, 60, 3))
    find_faces(photo)
    assert len(cascade.means) == 3


@pytest.mark.parametrize(("side", "score", "found"), [(100, 8, True), (100, 7, False)])
def test_a_portrait_is_sure_and_searched_for_at_400_pixels(
    side: int, score: int, found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cascade = _use(monkeypatch, (200, 80, side, score))
    assert (find_portrait(_photo(800, 1600)) is not None) == found
    assert cascade.shapes == [(260, 460)]  # 200 x 400, upright only
    assert cascade.smallest == [50]  # a quarter of the shorter side


def test_the_largest_sure_face_is_the_portrait(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, (60, 60, 100, 20), (250, 250, 140, 9), (90, 300, 150, 7))
    box = find_portrait(_photo(400, 400))
    assert box is not None
    assert (box.side, box.score) == (140, 9)


def test_faces_beyond_the_photo_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window's centre on the continued border; the margin is 60 of 400 pixels."""
    for x, count in ((9, 0), (11, 1), (408, 1), (411, 0)):
        _use(monkeypatch, (x, 200, 100, 9), only=520)
        assert len(find_faces(_photo(400, 400))) == count


@pytest.mark.parametrize(("weaker", "count"), [(15, 2), (14, 1)])
def test_what_is_weak_beside_the_best_is_dropped(
    weaker: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _use(monkeypatch, (80, 80, 60, 100), (300, 300, 60, weaker), only=520)
    assert len(find_faces(_photo(400, 400))) == count


def test_a_face_found_twice_is_the_better_one_and_the_largest_comes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _use(monkeypatch, (80, 80, 60, 20), (85, 85, 70, 30), (300, 300, 90, 25), only=520)
    assert [(box.side, box.score) for box in find_faces(_photo(400, 400))] == [(90, 25), (70, 30)]


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
    box = Box(10.0, 20.0, 40.0, 90.0, 5)
    moved = box.moved(0.25, 0.5, 2.0)
    assert (moved.x, moved.y) == (pytest.approx(-10.0), pytest.approx(30.0))
    assert (moved.side, moved.roll_degrees, moved.score) == (80.0, 90.0, 5)
    assert box.corners == (-10.0, 0.0, 30.0, 40.0)
    assert Box(0, 0, 1, 30.0).axis == pytest.approx(complex(np.sqrt(0.75), 0.5))

"""Which of the detector's and the parser's squares are taken, on either side of each threshold."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from emojax.avatar.faces import alignment, crop
from emojax.avatar.faces.detection import Box
from emojax.core.errors import UserError

PHOTO = np.zeros((400, 500, 3), np.uint8)
MIDDLE = (crop.CROP_SIZE - 1) / 2
SAME = Box(MIDDLE, MIDDLE, crop.CROP_SIZE / 1.2)
"""In a crop padded by 1.2, the square that was asked for."""


class Blank:
    """A parser that sees nothing; `fit_square` is told what there is."""

    def __init__(self) -> None:
        self.crops = 0

    def label_maps(self, images: np.ndarray) -> np.ndarray:
        self.crops += len(images)
        return np.zeros(images.shape[:3], np.uint8)


Setup = Callable[..., list[float]]


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch) -> Setup:
    """Scripts the detector's faces and, in their order, the squares that are fitted to crops."""

    def scripted(faces: list[Box], fitted: list[Box | None], at_once: Box | None = None) -> list[float]:
        weights: list[float] = []
        answers = iter(fitted)

        def fit_square(labels: np.ndarray, *, min_weight: float) -> Box | None:
            weights.append(min_weight)
            return next(answers, None)

        monkeypatch.setattr(crop, "find_portrait", lambda photo: at_once)
        # Upright; on its side the photo shows nothing.
        monkeypatch.setattr(crop, "find_faces", lambda photo, *angles: [] if angles else faces)
        monkeypatch.setattr(alignment, "fit_square", fit_square)
        return weights

    return scripted


FACE = Box(250.0, 200.0, 65.0, 0.0, 0.1)
"""Of a portrait of side 100 whose centre is 5 higher."""


def test_a_portrait_is_larger_than_the_detectors_face_and_higher(setup: Setup) -> None:
    setup([FACE], [])
    found = crop.crop_face(PHOTO)
    assert np.hypot(*found.to_photo[:, 0]) * crop.CROP_SIZE == pytest.approx(100)
    assert found.to_photo @ [MIDDLE, MIDDLE, 1] == pytest.approx([250, 195])
    assert (found.face.x, found.face.y, found.face.side) == pytest.approx((250, 200, 65))


@pytest.mark.parametrize(
    ("ratio", "taken"), [(0.56, True), (0.54, False), (1.78, True), (1.82, False), (1.0, True)]
)
def test_the_parsers_square_is_about_as_large_as_the_detectors(
    ratio: float, taken: bool, setup: Setup
) -> None:
    larger = dataclasses.replace(SAME, side=SAME.side * ratio)
    weights = setup([FACE], [larger, SAME])
    if not taken:
        with pytest.raises(UserError, match="no face found"):
            crop.crop_face(PHOTO, parser=Blank())
        return
    found = crop.crop_face(PHOTO, parser=Blank())
    assert np.hypot(*found.to_photo[:, 0]) * crop.CROP_SIZE == pytest.approx(100 * ratio)
    assert weights == [1.5, 1.5]


def test_the_second_parse_decides_and_must_agree(setup: Setup) -> None:
    nearly = dataclasses.replace(SAME, x=SAME.x + 10, side=SAME.side * 1.1, roll_degrees=5)
    setup([FACE], [SAME, nearly])
    found = crop.crop_face(PHOTO, parser=Blank())
    assert found.face.roll_degrees == pytest.approx(5)
    assert np.hypot(*found.to_photo[:, 0]) * crop.CROP_SIZE == pytest.approx(110)
    setup([FACE], [SAME, dataclasses.replace(SAME, side=SAME.side * 1.3)])
    with pytest.raises(UserError, match="no face found"):
        crop.crop_face(PHOTO, parser=Blank())
    setup([FACE], [SAME, None])
    with pytest.raises(UserError, match="no face found"):
        crop.crop_face(PHOTO, parser=Blank())


@pytest.mark.parametrize(("score", "others", "found"), [(0.5, 1, 2), (0.49, 1, 1), (0.2, 0, 1), (0.19, 0, 0)])
def test_of_faces_that_the_parser_does_not_see_the_detector_must_be_certain(
    score: float, others: int, found: int, setup: Setup
) -> None:
    """By 0.5, or 0.2 where there is no other face."""
    seen, unseen = Box(120.0, 120.0, 80.0, 0.0, 0.1), Box(350.0, 250.0, 50.0, 0.0, score)
    faces, fitted = [seen, unseen][1 - others :], [SAME, SAME] if others else []
    for number in range(found):
        setup(faces, fitted)
        crop.crop_face(PHOTO, face=number, parser=Blank())
    setup(faces, fitted)
    with pytest.raises(UserError, match=f"{found} faces? found" if found else "no face found"):
        crop.crop_face(PHOTO, face=found, parser=Blank())


def test_a_face_found_twice_is_one(setup: Setup) -> None:
    setup([FACE, dataclasses.replace(FACE, x=255.0)], [SAME] * 4)
    with pytest.raises(UserError, match="1 face found"):
        crop.crop_face(PHOTO, face=1, parser=Blank())


def test_a_sure_portrait_is_the_first_face_and_no_second_one(setup: Setup) -> None:
    small = Box(100.0, 100.0, 32.5, 0.0, 1.0)
    setup([small], [SAME] * 4, at_once=FACE)
    assert crop.crop_face(PHOTO, parser=Blank()).face.x == pytest.approx(250)
    assert crop.crop_face(PHOTO).face.x == pytest.approx(250)
    setup([small], [None, SAME, SAME], at_once=FACE)
    assert crop.crop_face(PHOTO, parser=Blank()).face.x == pytest.approx(100)
    setup([small, FACE], [SAME] * 4, at_once=FACE)
    assert crop.crop_face(PHOTO, face=1, parser=Blank()).face.x == pytest.approx(100)
    setup([small, FACE], [SAME] * 6, at_once=FACE)
    assert [found.face.x for found in crop.crop_faces(PHOTO, parser=Blank())] == pytest.approx([250, 100])


@pytest.mark.parametrize(
    ("height", "width", "squares"),
    [(400, 400, 1 + 1 + 9), (400, 500, 1 + 1 + 3 * 4), (400, 600, 1 + 2 + 3 * 5), (100, 900, 1 + 5 + 3 * 5)],
)
def test_where_the_detector_finds_nothing_overlapping_squares_are_parsed(
    height: int, width: int, squares: int, setup: Setup
) -> None:
    weights, parser = setup([], []), Blank()
    with pytest.raises(UserError, match="no face found"):
        crop.crop_face(np.zeros((height, width, 3), np.uint8), parser=parser)
    assert parser.crops == squares
    assert set(weights) == {3.5}


def test_squares_of_the_search_cover_the_photo_evenly(monkeypatch: pytest.MonkeyPatch, setup: Setup) -> None:
    setup([], [])
    seen: list[Box] = []
    real = crop.cut

    def cut(photo: np.ndarray, square: Box, size: int) -> tuple[np.ndarray, np.ndarray]:
        seen.append(square)
        return real(photo, square, size)

    monkeypatch.setattr(crop, "cut", cut)
    with pytest.raises(UserError):
        crop.crop_face(PHOTO, parser=Blank())
    whole, large, *small = seen
    assert (whole.x, whole.y, whole.side) == (249.5, 199.5, 500)
    assert (large.x, large.y, large.side) == (199.5, 199.5, 400)
    assert sorted({box.y for box in small}) == [99.5, 199.5, 299.5]
    assert sorted({box.x for box in small}) == pytest.approx([99.5, 199.5, 299.5, 399.5])
    assert {box.side for box in small} == {200}


def test_the_search_yields_the_largest_face_first(setup: Setup) -> None:
    # Fourteen squares are parsed; two hold a face, which is parsed twice more.
    fitted: list[Box | None] = [None] * 14
    quarter = Box(MIDDLE, MIDDLE, crop.CROP_SIZE / 4)
    fitted[2], fitted[13] = quarter, dataclasses.replace(quarter, side=crop.CROP_SIZE / 3)
    setup([], [*fitted, SAME, SAME, SAME, SAME])
    sides = [crop.crop_face(PHOTO, face=0, parser=Blank()).face.side]
    setup([], [*fitted, SAME, SAME, SAME, SAME])
    sides.append(crop.crop_face(PHOTO, face=1, parser=Blank()).face.side)
    assert sides == pytest.approx([0.65 * 200 / 3, 0.65 * 200 / 4])


@pytest.mark.parametrize(("roll", "count"), [(61.0, 2), (-61.0, 2), (59.0, 1)])
def test_where_all_faces_lie_on_a_side_the_photo_is_turned(
    roll: float, count: int, setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup([], [SAME] * 6)
    found = [dataclasses.replace(FACE, x=100.0, roll_degrees=roll)]
    turned = [*found, dataclasses.replace(FACE, x=350.0, roll_degrees=90.0)]
    monkeypatch.setattr(crop, "find_faces", lambda photo, *angles: turned if angles else found)
    assert len(crop.crop_faces(PHOTO, parser=Blank())) == count

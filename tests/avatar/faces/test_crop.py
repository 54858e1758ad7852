"""The cropper: any place, size, roll and half-hidden face comes out as the same portrait."""

import numpy as np
import pytest
from avatar.support.drawn_face import SIDE, ColorParser, empty_photo, on_photo, portrait

from emojax.avatar.faces import alignment
from emojax.avatar.faces.crop import CROP_SIZE, crop_face, cut
from emojax.avatar.faces.detection import Box, find_faces, find_portrait
from emojax.core.errors import UserError


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Share of labels that agree."""
    return float(np.mean(a == b))


EXPECTED = ColorParser().label_maps(cut(portrait(), Box(255.5, 255.5, SIDE), CROP_SIZE)[0][None])[0]


@pytest.mark.parametrize(
    "square",
    [
        Box(400, 300, 420),
        Box(300, 280, 380, 30),
        Box(420, 310, 380, -30),
        Box(600, 380, 170),  # a face of 80 pixels
        Box(110, 300, 330, 10),  # hair beyond the left border
        Box(500, 470, 300),  # chin just above the lower border
    ],
    ids=str,
)
def test_a_face_is_found_wherever_and_however_it_lies(square: Box) -> None:
    photo = on_photo(empty_photo(), square)
    crop = crop_face(photo, parser=ColorParser())
    x, y = crop.to_photo @ [(CROP_SIZE - 1) / 2, (CROP_SIZE - 1) / 2, 1]
    assert np.hypot(x - square.x, y - square.y) < 0.04 * square.side
    assert np.hypot(*crop.to_photo[:, 0]) * CROP_SIZE == pytest.approx(square.side, rel=0.08)
    assert crop.face.roll_degrees == pytest.approx(square.roll_degrees, abs=3)
    assert crop.pixels.shape == (CROP_SIZE, CROP_SIZE, 3)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_portrait_on_its_side_or_upside_down_is_found(quarters: int) -> None:
    upright = on_photo(empty_photo(), Box(420, 310, 400))
    photo = np.ascontiguousarray(np.rot90(upright, quarters))
    crop = crop_face(photo, parser=ColorParser())
    assert _overlap(ColorParser().label_maps(crop.pixels[None])[0], EXPECTED) > 0.95
    assert (crop.face.roll_degrees + 90 * quarters + 180) % 360 - 180 == pytest.approx(0, abs=3)
    x, y = (crop.to_photo @ [(CROP_SIZE - 1) / 2, (CROP_SIZE - 1) / 2, 1]).round().astype(int)
    assert (photo[y, x] == upright[310, 420]).all()


def test_the_crop_shows_the_portrait() -> None:
    photo = on_photo(empty_photo(), Box(420, 310, 400, 20))
    labels = ColorParser().label_maps(crop_face(photo, parser=ColorParser()).pixels[None])[0]
    assert _overlap(labels, EXPECTED) > 0.95


@pytest.mark.parametrize(
    "picture",
    [
        portrait(sunglasses=True),
        portrait(without=("left eye", "left brow")),
        portrait(without=("upper lip", "lower lip")),
    ],
    ids=["sunglasses", "an eye and a brow hidden", "mouth hidden"],
)
def test_hidden_parts_cost_accuracy_and_no_more(picture: np.ndarray) -> None:
    labels = ColorParser().label_maps(picture[None])[0]
    found = alignment.fit_square(labels)
    assert found is not None
    assert np.hypot(found.x - 255.5, found.y - 255.5) < 0.04 * SIDE
    assert found.side == pytest.approx(SIDE, rel=0.1)
    assert abs(found.roll_degrees) < 4


def test_no_face_in_what_has_no_parts() -> None:
    for hidden in [("left eye", "right eye", "left brow", "right brow", "nose"), ("skin",)]:
        labels = ColorParser().label_maps(portrait(without=hidden)[None])[0]
        assert alignment.fit_square(labels) is None
    assert alignment.fit_square(np.zeros((64, 64), np.uint8)) is None
    noise = np.random.default_rng(0).integers(0, 19, (5, 306, 306)).astype(np.uint8)
    assert [alignment.fit_square(labels) for labels in noise] == [None] * 5


def test_the_largest_face_comes_first_and_others_by_number() -> None:
    photo = empty_photo()
    squares = [Box(560, 300, 400), Box(170, 200, 240, 15), Box(180, 460, 160)]
    for square in squares:
        photo = on_photo(photo, square)
    for number, square in enumerate(squares):
        found = crop_face(photo, face=number, parser=ColorParser()).face
        assert np.hypot(found.x - square.x, found.y - square.y) < 0.15 * square.side
    with pytest.raises(UserError, match=r"^--face 3: 3 faces found, numbered from 0"):
        crop_face(photo, face=3, parser=ColorParser())


def test_what_the_parser_takes_for_no_face_is_none() -> None:
    """And the detector's word counts where there is no parser."""

    class SeesNothing:
        def label_maps(self, images: np.ndarray) -> np.ndarray:
            return np.zeros(images.shape[:3], np.uint8)

    photo = empty_photo()
    with pytest.raises(UserError, match="no face found: use"):
        crop_face(photo, parser=SeesNothing())
    with pytest.raises(UserError, match="no face found"):
        crop_face(photo)
    photo = on_photo(photo, Box(400, 300, 420))
    crop = crop_face(photo)
    assert np.hypot(crop.face.x - 400, crop.face.y - 300) < 60


def test_the_parser_finds_what_the_detector_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emojax.avatar.faces.crop.find_faces", lambda photo, *angles: [])
    monkeypatch.setattr("emojax.avatar.faces.crop.find_portrait", lambda photo: None)
    for square in (Box(400, 300, 560), Box(210, 180, 230, -20)):
        found = crop_face(on_photo(empty_photo(), square), parser=ColorParser())
        assert np.hypot(*found.to_photo[:, 0]) * CROP_SIZE == pytest.approx(square.side, rel=0.08)
    with pytest.raises(UserError, match="no face found"):
        crop_face(empty_photo(), parser=ColorParser())


@pytest.mark.parametrize("shape", [(16, 16), (16, 3000), (3000, 16), (1, 1), (40, 4000)])
def test_odd_shapes_hold_no_face(shape: tuple[int, int]) -> None:
    with pytest.raises(UserError, match="no face found"):
        crop_face(empty_photo(*shape), parser=ColorParser())


@pytest.mark.parametrize(
    "square", [Box(50, 40, 30, 25), Box(61.5, 47.5, 300), Box(-500, 0, 90, 170)], ids=str
)
def test_crops_of_a_ramp_are_its_values_at_to_photo(square: Box) -> None:
    """Colours that rise linearly must come out as the matrix says, shrunk, turned or beyond the border."""
    y, x = np.mgrid[:96, :124]
    photo = np.stack([2 * x, 2 * y, x + y], -1).astype(np.uint8)
    pixels, to_photo = cut(photo, square, 64)
    v, u = np.mgrid[:64, :64]
    at = np.einsum("ij,jhw->ihw", to_photo, np.stack([u, v, np.ones_like(u)]))
    px, py = np.clip(at[0], 0, 123), np.clip(at[1], 0, 95)
    inside = (at[0] > 6) & (at[0] < 117) & (at[1] > 6) & (at[1] < 89)
    expected = np.stack([2 * px, 2 * py, px + py], -1)
    error = np.abs(pixels - expected)
    assert error[inside].max(initial=0) < 1.6
    assert error.max() < 16  # at the border a shrunk pixel averages what lies within


def test_boxes_are_found_at_the_photos_own_scale() -> None:
    """A photo four times as large has the same face four times as large."""
    small = on_photo(empty_photo(), Box(300, 260, 300))
    large = np.kron(small, np.ones((4, 4, 1), np.uint8))
    (one,), (other,) = find_faces(small), find_faces(large)
    # The detector searches a pyramid of scales, each 6/5 of the next.
    expected = 4 * (one.x + 0.5), 4 * (one.y + 0.5)
    assert (other.x + 0.5, other.y + 0.5) == pytest.approx(expected, abs=0.1 * other.side)
    assert other.side == pytest.approx(4 * one.side, rel=0.2)


def test_portraits_are_plain_to_see_and_other_photos_are_not() -> None:
    plain = on_photo(empty_photo(), Box(400, 300, 420))
    found = find_portrait(plain)
    assert found is not None
    assert np.hypot(found.x - 400, found.y - 300) < 0.15 * 420
    assert find_portrait(on_photo(empty_photo(), Box(600, 380, 170))) is None
    assert find_portrait(empty_photo()) is None

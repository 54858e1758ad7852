"""The portrait's square: landmarks painted where portraits have them, on either side of each threshold."""

from collections.abc import Mapping

import numpy as np
import pytest

from emojax.avatar.faces import alignment
from emojax.avatar.faces.detection import Box
from emojax.data.faces.labels import CLASSES

S = 400
SQUARE = Box(210.0, 190.0, 240.0)

# In sides of the portrait.
EYES_AND_MOUTH = {"left eye": (0.622, 0.478), "right eye": (0.379, 0.478), "upper lip": (0.5, 0.751)}
OTHERS = {
    "left brow": (0.627, 0.415),
    "right brow": (0.373, 0.415),
    "eyeglasses": (0.5, 0.478),
    "nose": (0.5, 0.578),
}
LANDMARKS = EYES_AND_MOUTH | OTHERS
HALF = 3
"""Landmarks are squares of 49 pixels, whose centres are rounded to whole pixels."""


def _on_map(square: Box, x: float, y: float) -> complex:
    inner = complex(x - 0.5, y - 0.5) * square.side * square.axis
    return complex(square.x, square.y) + inner


def _labels(
    names: Mapping[str, tuple[float, float]], square: Box = SQUARE, *, radius: float | None = None
) -> np.ndarray:
    """A disc of skin with landmarks."""
    labels = np.zeros((S, S), np.uint8)
    rows, columns = np.mgrid[:S, :S]
    middle = _on_map(square, 0.5, 0.58)
    radius = 0.32 * square.side if radius is None else radius
    labels[np.hypot(columns - middle.real, rows - middle.imag) <= radius] = CLASSES.index("skin")
    for name, place in names.items():
        at = _on_map(square, *place)
        row, column = round(at.imag), round(at.real)
        labels[row - HALF : row + HALF + 1, column - HALF : column + HALF + 1] = CLASSES.index(name)
    return labels


@pytest.mark.parametrize(
    "square", [SQUARE, Box(200.0, 200.0, 200.0, 25.0), Box(180.0, 205.0, 260.0, -40.0)], ids=str
)
@pytest.mark.parametrize(
    "names",
    [
        tuple(LANDMARKS),
        tuple(EYES_AND_MOUTH),
        ("left brow", "right brow", "upper lip"),
        ("left brow", "eyeglasses", "nose", "upper lip"),
        ("right brow", "eyeglasses", "nose", "upper lip"),
        ("left eye", "upper lip", "nose"),
        ("right eye", "upper lip", "nose"),
    ],
    ids=len,
)
def test_landmarks_at_their_mean_positions_give_the_portraits_square(
    names: tuple[str, ...], square: Box
) -> None:
    found = alignment.fit_square(_labels({name: LANDMARKS[name] for name in names}, square))
    assert found is not None
    assert np.hypot(found.x - square.x, found.y - square.y) < 0.012 * square.side
    all_three = set(EYES_AND_MOUTH) <= set(names)
    # Appendix C's square of eyes and mouth is a little smaller than that of the mean positions.
    assert found.side == pytest.approx(square.side * (4 * 0.243 if all_three else 1), rel=0.025)
    assert found.roll_degrees == pytest.approx(square.roll_degrees, abs=1.2)


@pytest.mark.parametrize(
    ("names", "enough"),
    [
        (("left eye", "right eye"), True),
        (("left eye", "upper lip"), True),
        (("nose", "upper lip"), True),
        (("nose", "right eye"), True),
        (("left eye",), False),
        (("left eye", "left brow"), False),
        (("nose", "left brow", "right brow", "eyeglasses"), False),
        (("upper lip", "left brow"), False),
    ],
)
def test_a_face_needs_landmarks_of_some_weight(names: tuple[str, ...], enough: bool) -> None:
    found = alignment.fit_square(_labels({name: LANDMARKS[name] for name in names}))
    assert (found is not None) == enough


def test_a_whole_face_is_eyes_nose_and_mouth() -> None:
    whole = {**EYES_AND_MOUTH, "nose": OTHERS["nose"]}
    assert alignment.fit_square(_labels(whole), min_weight=alignment.WHOLE_FACE) is not None
    for name in whole:
        less = {**LANDMARKS}
        del less[name], less["left brow"], less["right brow"], less["eyeglasses"]
        assert alignment.fit_square(_labels(less), min_weight=alignment.WHOLE_FACE) is None


@pytest.mark.parametrize(
    ("eye_distance", "down", "side"), [(60, 60, 240), (60, 68, 240), (60, 69, 241.5), (50, 70, 245)]
)
def test_the_side_is_four_eye_distances_or_three_and_a_half_down_to_the_mouth(
    eye_distance: int, down: int, side: float
) -> None:
    labels = _labels({})
    for name, row, column in (
        ("left eye", 180, 200 + eye_distance // 2),
        ("right eye", 180, 200 - eye_distance // 2),
        ("mouth", 180 + down, 200),
    ):
        labels[row - HALF : row + HALF + 1, column - HALF : column + HALF + 1] = CLASSES.index(name)
    found = alignment.fit_square(labels)
    assert found is not None
    assert found.side == pytest.approx(side)


def _misfit(places: Mapping[str, complex]) -> float:
    """Weighted RMS residual of the best similarity, in sides of the square, by linear least squares."""
    weights = {"nose": 0.5} | dict.fromkeys(EYES_AND_MOUTH, 1.0)
    w = np.asarray([weights[name] for name in places]) / sum(weights[name] for name in places)
    t = np.asarray([complex(*LANDMARKS[name]) for name in places])
    f = np.asarray(list(places.values()))
    design = np.stack([t, np.ones(len(t))], 1) * np.sqrt(w)[:, None]
    (z, _), *_ = np.linalg.lstsq(design, f * np.sqrt(w), rcond=None)
    residual = f - t * z - (w @ f - z * (w @ t))
    return float(np.sqrt(w @ np.abs(residual) ** 2) / abs(z))


@pytest.mark.parametrize(("limit", "is_face"), [((0.047, 0.0499), True), ((0.0501, 0.053), False)])
def test_landmarks_out_of_place_are_no_face(limit: tuple[float, float], is_face: bool) -> None:
    places = {name: LANDMARKS[name] for name in (*EYES_AND_MOUTH, "nose")}
    for shift in np.arange(0.05, 0.25, 0.002):
        moved = places | {"nose": (0.5 + shift, 0.578)}
        at = {name: _on_map(SQUARE, *place) for name, place in moved.items()}
        rounded = {name: complex(round(p.real), round(p.imag)) for name, p in at.items()}
        if limit[0] < _misfit(rounded) < limit[1]:
            assert (alignment.fit_square(_labels(moved)) is not None) == is_face
            return
    pytest.fail("no shift gives that misfit")


@pytest.mark.parametrize(("share", "is_face"), [(0.31, True), (0.29, False), (1.98, True), (2.02, False)])
def test_a_face_fills_about_a_third_of_its_square(share: float, is_face: bool) -> None:
    """`share` of the usual 0.3 of the area, counted over the map."""
    side = 100.0
    square = Box(200.0, 180.0, side)
    places = EYES_AND_MOUTH if share < 1 else LANDMARKS
    labels = _labels(places, square, radius=0.0)
    labels[labels == CLASSES.index("skin")] = 0
    found_side = 4 * abs(round(_on_map(square, 0.622, 0).real) - round(_on_map(square, 0.379, 0).real))
    wanted = round(share * 0.3 * found_side**2) - np.count_nonzero(labels)
    # Thin bridges join the landmarks to one region; the rest of the skin is below it.
    free = np.argwhere(labels == 0)
    rows, columns = free[:, 0], free[:, 1]
    order = np.argsort(np.abs(rows - 190) * 0.5 + np.abs(columns - 200) + 1000 * ~_bridge(rows, columns))
    chosen = free[order[:wanted]]
    labels[chosen[:, 0], chosen[:, 1]] = CLASSES.index("skin")
    assert (alignment.fit_square(labels) is not None) == is_face


def _bridge(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    across = (abs(rows - 178) <= 1) & (abs(columns - 200) < 14)
    return across | ((abs(columns - 200) <= 1) & (rows >= 170) & (rows < 208))


@pytest.mark.parametrize(("count", "counts"), [(20, False), (21, True)])
def test_a_landmark_has_more_than_a_thousandth_of_the_face(count: int, counts: bool) -> None:
    labels = np.zeros((S, S), np.uint8)
    labels[100:300, 150:250] = CLASSES.index("skin")  # 20,000 pixels with all that is on it
    labels[180:187, 225:232] = CLASSES.index("left eye")
    labels[250, 200 : 200 + count] = CLASSES.index("mouth")
    found = alignment.fit_square(labels)
    assert (found is not None) == counts


def test_the_face_nearer_to_the_middle_counts_even_if_it_is_a_little_smaller() -> None:
    def main(apart: int, larger: float) -> float | None:
        labels = np.zeros((S, S), np.uint8)
        for middle, scale in ((200, 1.0), (200 + apart, larger)):
            part = _labels(LANDMARKS, Box(float(middle), 200.0, 110.0 * scale))
            labels = np.where(part, part, labels)
        found = alignment.fit_square(labels)
        return None if found is None else found.x

    assert main(120, 1.05) == pytest.approx(200, abs=2)
    assert main(120, 2.2) == pytest.approx(320, abs=4)

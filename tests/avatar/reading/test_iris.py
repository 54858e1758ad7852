"""The irises' colour: of eyes painted by the distance from the pupil, just below and above each threshold."""

import numpy as np
import pytest
from avatar.support.label_maps import SIDE, blank

from emojax.avatar.reading.iris import brighten, measure_iris
from emojax.data.faces.labels import CLASSES

LEFT_EYE, RIGHT_EYE, SKIN = (np.uint8(CLASSES.index(name)) for name in ("left eye", "right eye", "skin"))


class Eye:
    """An eye of ``height`` x ``width`` pixels in a frame of skin: CIELAB, its labels, and how far each column
    is from the pupil."""

    def __init__(self, height: int, width: int, label: np.uint8 = LEFT_EYE) -> None:
        self.lab, self.labels = np.zeros((SIDE, SIDE, 3)), blank("skin")
        self.at = slice(100, 100 + height), slice(20, 20 + width)
        self.labels[self.at] = label
        self.away = np.arange(width) - width // 2
        rows = np.arange(height)[:, None] - (height - 1) // 2
        self.radius = np.hypot(rows, self.away) / width

    def painted(self, *, ring: float = 40.0, white: float = 90.0) -> "Eye":
        lightness = np.where(self.radius <= 0.08, 5.0, np.where(self.radius < 0.24, ring, white))
        self.lab[self.at][..., 0] = lightness + 1e-3 * self.radius  # no ties
        return self

    def without(self, removed: list[tuple[int, int]]) -> "Eye":
        """Without the pixels of these rows and distances from the pupil's column."""
        for row, away in removed:
            self.labels[self.at][row, away + len(self.away) // 2] = SKIN
        return self

    def measure(self) -> np.ndarray | None:
        return measure_iris(self.lab, self.labels)


def _slit() -> Eye:
    """Two rows and 101 columns: the ring is 9 to 20 columns from the pupil, the white 29 and more."""
    eye = Eye(2, 101)
    order = np.stack([4 * np.abs(eye.away) + (eye.away > 0), 4 * np.abs(eye.away) + 2 + (eye.away > 0)])
    eye.lab[eye.at][..., 0] = np.where(np.abs(eye.away) < 29, 0.25 * order, 95.0)
    return eye


def _columns(first: int, last: int) -> list[tuple[int, int]]:
    return [(row, side * away) for away in range(first, last + 1) for row in (0, 1) for side in (-1, 1)]


@pytest.mark.parametrize("label", [LEFT_EYE, RIGHT_EYE])
def test_the_colour_is_that_of_the_ring_around_the_pupil(label: np.uint8) -> None:
    eye = Eye(11, 41, label).painted()
    eye.lab[eye.at][..., 1:] = np.where((eye.radius < 0.24)[..., None], [12, -30], 0)
    np.testing.assert_allclose(eye.measure(), [40, 12, -30], atol=0.01)


def test_both_eyes_count_but_for_one_of_fewer_than_120_pixels() -> None:
    assert Eye(10, 12).painted().measure() is not None
    small = Eye(10, 12).painted().without([(9, 5)])
    assert small.measure() is None
    larger = Eye(11, 41, RIGHT_EYE).painted(ring=35.0)
    down = np.roll(larger.labels, 50, axis=0) == RIGHT_EYE
    small.labels[down], small.lab[down] = RIGHT_EYE, np.roll(larger.lab, 50, axis=0)[down]
    np.testing.assert_allclose(small.measure(), [35, 0, 0], atol=0.01)
    assert Eye(0, 0).measure() is None


@pytest.mark.parametrize(("removed", "visible"), [([], True), ([(0, 12)], False)])
def test_a_ring_has_20_pixels_from_0_08_to_0_2_of_the_eyes_width(
    removed: list[tuple[int, int]], visible: bool
) -> None:
    assert (_slit().without(_columns(13, 19) + removed).measure() is not None) == visible


@pytest.mark.parametrize(("removed", "visible"), [([], True), ([(0, 40)], False)])
def test_a_white_has_10_pixels_beyond_0_28_of_the_eyes_width(
    removed: list[tuple[int, int]], visible: bool
) -> None:
    gone = [pixel for pixel in _columns(30, 49) if pixel not in ((0, 40), (1, 40))]
    assert (_slit().without(gone + removed).measure() is not None) == visible


@pytest.mark.parametrize(("white", "visible"), [(48.1, True), (47.9, False)])
def test_the_white_is_lighter_than_the_ring(white: float, visible: bool) -> None:
    assert (Eye(11, 41).painted(white=white).measure() is not None) == visible


@pytest.mark.parametrize(("width", "visible"), [(60, True), (61, False)])
def test_lashes_are_left_out_where_61_pixels_remain(width: int, visible: bool) -> None:
    """Of three rows one remains, which has too short a ring."""
    assert (Eye(3, width).painted().measure() is not None) == visible


@pytest.mark.parametrize(("shadow", "centred"), [(30, True), (31, False)])
def test_the_pupil_is_the_middle_of_the_darkest_0_3(shadow: int, centred: bool) -> None:
    """Of 202 pixels 61: a darker shadow at the end of the eye is taken for it if it has more than half."""
    eye = Eye(2, 101)
    away = np.abs(np.arange(101) - 40)
    lightness = np.where(away < 10, 10 + 0.1 * away, np.where(away < 22, 40.0, 90.0))
    lightness = lightness + 1e-4 * np.arange(202).reshape(2, 101)  # no ties
    columns = np.repeat(np.arange(100, -1, -1), 2)[:shadow]
    lightness[np.resize([0, 1], shadow), columns] = 1 + 1e-3 * np.arange(shadow)
    eye.lab[eye.at][..., 0] = lightness
    eye.lab[eye.at][..., 1] = np.where((away > 8) & (away < 21), 20.0, 0.0)
    found = eye.measure()
    assert (found is not None and found[1] > 10) == centred


def test_the_colour_is_the_median_between_two_quantiles_of_lightness() -> None:
    """Of 48 pixels whose lightness rises from 9 by 0.25 the 20th to the 43rd count."""
    found = _slit().measure()
    assert found is not None
    assert found[0] == pytest.approx(9 + 0.25 * 30.5, abs=1e-9)


@pytest.mark.parametrize(
    ("white", "factor"), [(85.5, 1.0), (80.0, 101 / 96), (51.5, 101 / 67.5), (51.2, 1.5), (40.0, 1.5)]
)
def test_eyes_in_shadow_are_brightened_but_only_so_far(white: float, factor: float) -> None:
    found = Eye(11, 41).painted(ring=20.0, white=white).measure()
    assert found is not None
    assert found[0] == pytest.approx(36 * factor - 16, abs=0.01)


@pytest.mark.parametrize(("dark", "white"), [(69, 80.0), (71, 60.0)])
def test_a_white_is_as_light_as_its_quantile_0_8(dark: int, white: float) -> None:
    """Of 88 pixels the 70th and 71st in order of lightness."""
    eye = _slit()
    whites = np.abs(eye.away) >= 29
    eye.lab[eye.at][:, whites, 0] = np.where(np.arange(88) < dark, 60.0, 80.0).reshape(2, 44)
    found = eye.measure()
    assert found is not None
    assert found[0] == pytest.approx((9 + 0.25 * 30.5 + 16) * 101 / (white + 16) - 16, abs=1e-6)


def test_brightening_scales_light_and_keeps_the_hue() -> None:
    np.testing.assert_allclose(brighten(np.array([34.0, 10.0, -20.0]), 1.2), [44, 12, -24])
    np.testing.assert_allclose(brighten(np.array([34.0, 10.0, -20.0]), 1.0), [34, 10, -20])

"""Exposure, monochrome photos and colour casts: values just below and just above each threshold."""

import numpy as np
import pytest
from avatar.support.label_maps import blank

from emojax.avatar.reading import light
from emojax.avatar.reading.iris import brighten
from emojax.data.faces.labels import CLASSES

SIDE = 30


def _scene(*areas: tuple[str, int, object]) -> tuple[np.ndarray, np.ndarray]:
    """CIELAB and labels of the pixels of ``(label, count, (L, a, b) or [count, 3])``, one after the other."""
    lab, labels, used = np.full((SIDE, SIDE, 3), 50.0), blank(side=SIDE), 0
    for name, count, color in areas:
        rows, columns = np.divmod(used + np.arange(count), SIDE)
        labels[rows, columns] = CLASSES.index(name)
        lab[rows, columns] = color
        used += count
    return lab, labels


def _ramp(count: int, low: float, high: float, a: float = 5.7, b: float = 5.9) -> np.ndarray:
    steps = np.linspace(low, high, count)
    return np.stack([steps, np.full(count, a), np.full(count, b)], -1)


@pytest.mark.parametrize(
    ("areas", "expected"),
    [
        ([("left eye", 60, (50, 0, 0)), ("right eye", 60, (50, 0, 0))], (77 / 66) ** 0.6),
        ([("left eye", 60, (50, 0, 0)), ("right eye", 59, (50, 0, 0))], 1.0),
        ([("mouth", 150, (70, 0, 0))], (96.5 / 86) ** 0.6),
        ([("mouth", 149, (70, 0, 0))], 1.0),
        ([("left eye", 120, (50, 0, 0)), ("mouth", 150, (70, 0, 0))], (77 / 66 * 96.5 / 86) ** 0.3),
        ([("left eye", 120, (50, 0, 0)), ("mouth", 150, (90, 0, 0))], (77 / 66 * 96.5 / 106) ** 0.3),
        ([("left eye", 120, (45.2, 0, 0))], (77 / 61.2) ** 0.6),
        ([("left eye", 120, (44.8, 0, 0))], 1.15),
        ([("left eye", 120, (60.9, 0, 0))], (77 / 76.9) ** 0.6),
        ([("left eye", 120, (61.1, 0, 0))], 1.0),
        ([("left eye", 121, _ramp(121, 20, 50))], (77 / 63) ** 0.6),  # its quantile 0.9 is 47
        ([("skin", 400, (20, 0, 0))], 1.0),
    ],
    ids=str,
)
def test_exposure_is_by_eyes_and_teeth(areas: list[tuple[str, int, object]], expected: float) -> None:
    assert light.estimate_exposure(*_scene(*areas)) == pytest.approx(expected, rel=1e-9)


def _pixels(count: int, a: np.ndarray | float, b: np.ndarray | float = 0.0) -> np.ndarray:
    lab = np.zeros((count, 3))
    lab[:, 0] = np.linspace(0, 100, count)
    lab[:, 1], lab[:, 2] = a, b
    return lab


SIGNS = np.resize([1.0, -1.0, -1.0, 1.0], 1000)  # not correlated with lightness


@pytest.mark.parametrize(
    ("lab", "monochrome"),
    [
        (_pixels(1000, 0.0), True),
        (_pixels(999, 0.0), False),
        (_pixels(1000, 2.15 * SIGNS), True),
        (_pixels(1000, 2.25 * SIGNS), False),
        (_pixels(1000, 1.5 * SIGNS, 1.5 * np.roll(SIGNS, 1)), True),
        (_pixels(1000, 1.6 * SIGNS, 1.6 * np.roll(SIGNS, 1)), False),
        (_pixels(1000, 20.0, -9.0), True),  # one tint
        (
            _pixels(
                1000, *(9 * np.polynomial.chebyshev.chebval(np.linspace(-1, 1, 1000), np.eye(5)[[2, 3]].T))
            ),
            True,
        ),
        (_pixels(1000, 9 * np.polynomial.chebyshev.chebval(np.linspace(-1, 1, 1000), np.eye(5)[4])), False),
        (_pixels(16000, 90.0 * (np.arange(16000) % 2)), True),  # every second one is looked at
        (_pixels(15999, 90.0 * (np.arange(15999) % 2)), False),
    ],
)
def test_a_photo_is_monochrome_if_chroma_is_a_cubic_of_lightness(lab: np.ndarray, monochrome: bool) -> None:
    assert light.is_monochrome(lab) is monochrome


@pytest.mark.parametrize(
    ("areas", "expected"),
    [
        ([("left eye", 60, (60, 11.7, 5.9)), ("right eye", 60, (60, 11.7, 5.9))], (3.0, 0.0)),
        ([("left eye", 60, (60, 11.7, 5.9)), ("right eye", 59, (60, 11.7, 5.9))], (0.0, 0.0)),
        ([("mouth", 150, (60, 5.7, 2.9))], (0.0, -3.0)),
        ([("mouth", 149, (60, 5.7, 2.9))], (0.0, 0.0)),
        ([("left eye", 120, (60, 11.7, 5.9)), ("mouth", 150, (60, 5.7, 16.9))], (1.5, 2.0)),
        ([("left eye", 120, (60, 5.7, 5.9))], (0.0, 0.0)),
        ([("left eye", 120, (60, 21.6, 5.9))], (7.95, 0.0)),
        ([("left eye", 120, (60, 21.9, 5.9))], (8.0, 0.0)),
        ([("left eye", 120, (60, 5.7 - 24, 5.9 + 32))], (-4.8, 6.4)),
        ([("left eye", 120, (35.0, 11.7, 5.9))], (0.0, 0.0)),
        ([("left eye", 120, (35.1, 11.7, 5.9))], (3.0, 0.0)),
    ],
    ids=str,
)
def test_a_cast_is_half_of_what_whites_depart_by(
    areas: list[tuple[str, int, object]], expected: tuple[float, float]
) -> None:
    assert light.estimate_cast(*_scene(*areas)) == pytest.approx(expected, abs=1e-9)


def test_a_cast_is_read_off_bright_pixels_that_are_no_highlights() -> None:
    eye = _ramp(1001, 0, 100)[:, [0, 1, 2]]
    lab, labels = np.full((40, 40, 3), 50.0), blank(side=40)
    lab.reshape(-1, 3)[:1001] = eye
    lab.reshape(-1, 3)[:1001, 1] = 5.7 + np.linspace(0, 10, 1001)
    labels.ravel()[:1001] = CLASSES.index("left eye")
    a, b = light.estimate_cast(lab, labels)
    assert a == pytest.approx(0.5 * 8.25, abs=0.006)  # halfway between the quantiles 0.7 and 0.95
    assert b == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("cast", [(0.0, 0.0), (8.0, 0.0), (-3.0, 6.0)])
def test_removing_a_cast_makes_what_has_it_grey_in_any_light(cast: tuple[float, float]) -> None:
    white = np.array([65.0, *cast])
    for factor in (0.4, 1.0, 1.3):
        grey = light.remove_cast(brighten(white, factor), cast)
        np.testing.assert_allclose(grey, [81 * factor - 16, 0, 0], atol=1e-9)


def test_no_cast_changes_nothing() -> None:
    np.testing.assert_allclose(light.remove_cast(np.array([40.0, 12.0, -20.0]), (0.0, 0.0)), [40, 12, -20])


@pytest.mark.parametrize(
    ("slot", "lightness", "hue"),
    [
        ("skin", 0, (4, 6)),
        ("skin", 19, (7.5, 11)),
        ("skin", 35, (14, 18.5)),
        ("skin", 45.5, (17, 21.25)),
        ("skin", 55.5, (17, 20.75)),
        ("skin", 64.5, (16.25, 19.5)),
        ("skin", 73.5, (13.75, 17.75)),
        ("skin", 86.5, (7.5, 12.25)),
        ("skin", 100, (3, 8)),
        ("hair", 4, (0.75, 1)),
        ("hair", 13.5, (3.75, 5.5)),
        ("brows", 24.5, (7, 11.5)),
        ("beard", 36, (7.5, 14)),
        ("hair", 51, (5, 11)),
        ("hair", 70, (1.5, 5.5)),
        ("hair", 90, (0, 3)),
        ("cloth", 40, (0, 0)),
        ("hat", 70, (0, 0)),
    ],
)
def test_monochrome_skin_and_hair_get_the_usual_hue(
    slot: str, lightness: float, hue: tuple[float, float]
) -> None:
    found = light.restore_hues({slot: np.array([lightness, 30.0, -40.0])})
    np.testing.assert_allclose(found[slot], [lightness, *hue], atol=1e-9)


def test_monochrome_lips_and_irises_have_no_colour() -> None:
    assert light.restore_hues({"lips": np.zeros(3), "iris": np.zeros(3)}) == {}

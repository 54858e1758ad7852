"""Thresholds of the colours of clothes and glasses: flat portraits painted just below and just above each."""

from typing import Any

import numpy as np
import pytest
from avatar.support.scene import BLACK, Color, Scene, color_of, lab_of

from emojax.media.color import ciede2000


def _patches(*patches: tuple[int, tuple[float, float, float]]) -> Scene:
    """Cloth of tenths of these CIELAB colours: 460 pixels, all of which are samples, and a border of 3."""
    cycle = [color_of(color) for tenths, color in patches for _ in range(tenths)]
    scene = Scene().add("cloth", 26 * 29, 0, width=29)
    scene.pixels[3:23, 13:36] = np.resize(cycle, (20 * 23, 3)).reshape(20, 23, 3)
    return scene


@pytest.mark.parametrize(("apart", "lightness"), [(14.3, 63.0), (15.7, 50.0)])
def test_shades_of_the_commonest_colour_are_averaged_with_it(apart: float, lightness: float) -> None:
    """Six of ten patches are lighter, of three hues, each as far from the other four."""
    up, aside = 0.91 * apart, 0.41 * apart
    around = [(50 + up, aside * np.cos(t), aside * np.sin(t)) for t in (0.3, 2.4, 4.5)]
    found = _patches((4, (50.0, 0.0, 0.0)), *[(2, color) for color in around]).measure().lab["cloth"]
    assert found[0] == pytest.approx(lightness, abs=1.2)


@pytest.mark.parametrize(("apart", "lightness"), [(11.3, 60.0), (12.3, 20.0)])
def test_the_commonest_colour_is_where_most_colours_are_near(apart: float, lightness: float) -> None:
    """Three hues of a fifth each outnumber one of three tenths while they are near enough to each other."""
    radius = apart / np.sqrt(3)
    around = [
        (60.0, radius * np.cos(t), radius * np.sin(t))
        for t in (0.5, 0.5 + 2 * np.pi / 3, 0.5 - 2 * np.pi / 3)
    ]
    found = _patches((3, (20.0, 0.0, 0.0)), *[(2, color) for color in around]).measure().lab["cloth"]
    assert found[0] == pytest.approx(lightness, abs=1.0)


def _glasses(skin: Color, rim: Color, depths: tuple[int, ...], count: int) -> dict[str, Any]:
    """Glasses over skin, through which all is seen but `count` pixels at these depths from either side."""
    scene = Scene().add("skin", 4000, skin, top=200, width=100)
    scene.add("eyeglasses", 100 * 100, skin, left=20, width=100)
    places = [
        (row, column) for row in range(20, 80) for depth in depths for column in (depth - 1, 100 - depth)
    ]
    for row, column in places[:count]:
        scene.pixels[row, 20 + column] = rim
    return dict(scene.measure().lab)


@pytest.mark.parametrize(
    ("depths", "count", "has_color"),
    [((6,), 60, True), ((6,), 59, False), ((7,), 120, False), ((1,), 60, True)],
)
def test_a_rim_is_sixty_pixels_of_the_outer_six_that_are_not_skin(
    depths: tuple[int, ...], count: int, has_color: bool
) -> None:
    found = _glasses((200, 150, 120), BLACK, depths, count)
    assert ("glasses" in found) == has_color
    if has_color:
        np.testing.assert_allclose(found["glasses"], lab_of(BLACK), atol=1e-9)


@pytest.mark.parametrize(("difference", "has_color"), [(17.4, False), (18.6, True)])
def test_what_is_nearly_skin_is_seen_through_the_lenses(difference: float, has_color: bool) -> None:
    skin = (200, 150, 120)
    shades = [color_of((lightness, *lab_of(skin)[1:].tolist())) for lightness in np.arange(20, 65, 0.1)]
    far = np.asarray([float(ciede2000(lab_of(shade), lab_of(skin))) for shade in shades])
    shade = shades[int(np.abs(far - difference).argmin())]
    assert float(ciede2000(lab_of(shade), lab_of(skin))) == pytest.approx(difference, abs=0.3)
    assert ("glasses" in _glasses(skin, shade, (1, 2, 3), 360)) == has_color

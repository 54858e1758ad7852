"""Colour arithmetic against published values."""

import numpy as np
import pytest

from emojax.avatar.styles import shades
from emojax.core.errors import UserError
from emojax.media.color import (
    ciede2000,
    lab_to_srgb,
    oklab_to_srgb,
    parse_hex,
    srgb_to_lab,
    srgb_to_oklab,
    to_hex,
)

# Sharma, Wu and Dalal (2005), table 1: L a b, L a b, ΔE00.
_PAIRS = np.array(
    """
50 2.6772 -79.7751 50 0 -82.7485 2.0425
50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412
50 -1.3802 -84.2814 50 0 -82.7485 1
50 -1.1848 -84.8006 50 0 -82.7485 1
50 -0.9009 -85.5211 50 0 -82.7485 1
50 0 0 50 -1 2 2.3669
50 -1 2 50 0 0 2.3669
50 2.49 -0.001 50 -2.49 0.0009 7.1792
50 2.49 -0.001 50 -2.49 0.0010 7.1792
50 2.49 -0.001 50 -2.49 0.0011 7.2195
50 2.49 -0.001 50 -2.49 0.0012 7.2195
50 -0.001 2.49 50 0.0009 -2.49 4.8045
50 -0.001 2.49 50 0.0010 -2.49 4.8045
50 -0.001 2.49 50 0.0011 -2.49 4.7461
50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492
50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030
50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1
50 2.5 0 50 3.2972 0 1
50 2.5 0 50 1.8634 0.5757 1
50 2.5 0 50 3.2592 0.3350 1
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
""".split(),
    float,
).reshape(-1, 7)


def test_ciede2000_equals_the_published_pairs() -> None:
    assert len(_PAIRS) == 34
    got = ciede2000(_PAIRS[:, :3], _PAIRS[:, 3:6])
    np.testing.assert_allclose(got, _PAIRS[:, 6], atol=5e-5)
    np.testing.assert_allclose(ciede2000(_PAIRS[:, 3:6], _PAIRS[:, :3]), got, atol=5e-5)


def test_lab_of_known_colors_and_back() -> None:
    rgb = np.array([parse_hex(color) for color in ("#ffffff", "#000000", "#ff0000", "#0000ff")])
    lab = srgb_to_lab(rgb)
    want = [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.22], [32.30, 79.19, -107.86]]
    np.testing.assert_allclose(lab, want, atol=0.02)
    np.testing.assert_allclose(lab_to_srgb(lab), rgb, atol=1e-3)


def test_every_colour_comes_back_from_lab_and_oklab() -> None:
    """Near black too, where the curves of sRGB and CIELAB are straight lines."""
    levels = np.array([0.0, 0.002, 0.01, 0.03, 0.05, 0.2, 0.7, 1.0])
    rgb = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(-1, 3)
    np.testing.assert_allclose(lab_to_srgb(srgb_to_lab(rgb)), rgb, atol=1e-9)
    back = np.array([oklab_to_srgb(srgb_to_oklab(color)) for color in rgb])
    np.testing.assert_allclose(back, rgb, atol=1e-9)


def test_dark_greys_have_the_lightness_of_the_standard() -> None:
    """CIE 15:2004: 903.3 times the luminance, which for sRGB is linear up to 0.04045."""
    for level in (0.005, 0.02, 0.04):
        np.testing.assert_allclose(srgb_to_lab(np.full(3, level)), [903.3 * level / 12.92, 0, 0], atol=1e-3)


def test_oklab_of_known_colours() -> None:
    """Ottosson, 2020: white is (1, 0, 0); red as in the CSS Color Module, level 4."""
    np.testing.assert_allclose(srgb_to_oklab(np.ones(3)), [1, 0, 0], atol=1e-4)
    np.testing.assert_allclose(srgb_to_oklab(np.array([1.0, 0, 0])), [0.62796, 0.22486, 0.12585], atol=1e-4)


@pytest.mark.parametrize(
    ("rgb", "text"),
    [((0, 0.5, 1), "#0080ff"), ((-1, 2, 0.001), "#00ff00"), ((0.0058, 0.0059, 0.998), "#0102fe")],
)
def test_colours_are_written_rounded_and_clipped(rgb: tuple[float, ...], text: str) -> None:
    assert to_hex(np.array(rgb)) == text
    np.testing.assert_allclose(parse_hex(text), np.clip(rgb, 0, 1), atol=0.5 / 255)


def test_differences_broadcast() -> None:
    rng = np.random.default_rng(0)
    colors, choices = rng.uniform(-50, 50, (5, 1, 3)), rng.uniform(-50, 50, (4, 3))
    table = ciede2000(colors, choices)
    assert table.shape == (5, 4)
    assert table[3, 2] == ciede2000(colors[3, 0], choices[2])


@pytest.mark.parametrize("color", ["#f6ede4", "#a07e56", "#292420", "#f2c14e", "#1f4fa3", "#808080"])
def test_shades_keep_their_order(color: str) -> None:
    names = ["line", "deep", "shade", None, "light", "glow"]
    paints = ["slot" if name is None else f"slot.{name}" for name in names]
    rgb = [parse_hex(shades.resolve(paint, {"slot": color})) for paint in paints]
    lightness = srgb_to_lab(np.array(rgb))[:, 0]
    # Black has little below it, so its outline may meet its shadow.
    assert np.all(np.diff(lightness[1:]) > 0.4)
    assert lightness[0] < lightness[3]


def test_blush_is_redder() -> None:
    for color in ("#f6ede4", "#a07e56", "#292420"):
        before, after = (srgb_to_lab(parse_hex(c)) for c in (color, shades.shade(color, "blush")))
        assert after[1] > before[1] + 5


@pytest.mark.parametrize("text", ["red", "#fff", "#12345g", "", "#1234567"])
def test_what_is_no_color_is_refused_by_name(text: str) -> None:
    with pytest.raises(UserError, match="hair"):
        parse_hex(text, "hair")

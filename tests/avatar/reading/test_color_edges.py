"""Thresholds of colours: flat portraits painted just below and just above each."""

import numpy as np
import pytest
from avatar.support.label_maps import SIDE
from avatar.support.scene import BLACK, BLUE, RED, WHITE, Color, Scene, color_of, grey, lab_of

from emojax.avatar.reading import colors, facial_hair, light
from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.media.color import ciede2000, srgb_to_lab


@pytest.mark.parametrize(
    ("slot", "names", "enough"),
    [
        ("skin", ("skin",), 500),
        ("hair", ("hair",), 400),
        ("brows", ("left brow", "right brow"), 60),
        ("lips", ("upper lip", "lower lip"), 80),
        ("glasses", ("eyeglasses",), 400),
        ("hat", ("hat",), 400),
        ("cloth", ("cloth",), 400),
    ],
)
def test_a_colour_needs_enough_pixels(slot: str, names: tuple[str, ...], enough: int) -> None:
    for missing in (0, 1):
        first = enough // 2 if len(names) == 2 else 0
        scene = Scene().add(names[0], first, RED).add(names[-1], enough - first - missing, RED, top=60)
        found = scene.measure().lab
        assert (slot in found) == (missing == 0)
        if not missing:
            np.testing.assert_allclose(found[slot], lab_of(RED), atol=1e-9)


@pytest.mark.parametrize(("covered", "has_color"), [(150, True), (149, False)])
def test_a_beard_needs_enough_pixels_and_they_are_not_the_skins(covered: int, has_color: bool) -> None:
    scene = Scene().add("skin", 1000, RED).add("skin", covered, BLACK)
    scene.beard.reshape(-1)[np.flatnonzero((scene.pixels == BLACK).all(-1))] = True
    found = scene.measure().lab
    np.testing.assert_allclose(found["skin"], lab_of(RED), atol=1e-9)
    assert ("beard" in found) == has_color
    scene.beard |= scene.labels == CLASSES.index("skin")
    assert "skin" not in scene.measure().lab


@pytest.mark.parametrize(
    ("slot", "name", "border"),
    [
        ("skin", "skin", 2),
        ("hair", "hair", 2),
        ("brows", "left brow", 1),
        ("lips", "upper lip", 1),
        ("cloth", "cloth", 3),
        ("hat", "hat", 3),
    ],
)
def test_borders_are_left_out(slot: str, name: str, border: int) -> None:
    """Of a stripe over the whole height that is three times as wide as its border."""
    scene = Scene().add(name, SIDE * 3 * border, RED, width=3 * border)
    scene.pixels[:, 10 + border : 10 + 2 * border] = BLUE
    # Of skin one half has more of the border than the other, and moves the whole a little.
    assert ciede2000(scene.measure().lab[slot], lab_of(BLUE)) < (3 if slot == "skin" else 1e-9)


@pytest.mark.parametrize(
    ("widths", "color"), [((8,), BLUE), ((8, 8, 8, 7), RED), ((7,), RED)], ids=["0.25", "0.226", "0.143"]
)
def test_a_part_that_is_mostly_border_counts_whole(widths: tuple[int, ...], color: Color) -> None:
    """A stripe of 8 has a quarter of its columns inside a border of 3."""
    scene, left = Scene(), 10
    for width in widths:
        scene.add("cloth", SIDE * width, RED, left=left, width=width)
        scene.pixels[:, left + 3 : left + width - 3] = BLUE
        left += width + 10
    np.testing.assert_allclose(scene.measure().lab["cloth"], lab_of(color), atol=1e-9)


@pytest.mark.parametrize(
    ("slot", "name", "border", "level"),
    [
        ("skin", "skin", 2, 127.5),  # halfway between the quantiles 0.1 and 0.9
        ("hair", "hair", 2, 153.0),
        ("brows", "right brow", 1, 63.75),
        ("lips", "lower lip", 1, 127.5),
        ("beard", "skin", 1, 76.5),
        ("glasses", "eyeglasses", 0, 89.25),
    ],
)
def test_shadows_and_highlights_are_left_out(slot: str, name: str, border: int, level: float) -> None:
    """Every column has each grey once; the wide border of glasses is what counts of them."""
    scene = Scene()
    inner = slice(10, 266), slice(20, 32)
    outer = slice(10 - border, 266 + border), slice(20 - border, 32 + border)
    scene.labels[outer], scene.pixels[outer] = CLASSES.index(name), WHITE
    order = np.random.default_rng(1).permutation(256)
    scene.pixels[inner] = np.stack([np.roll(order, 20 * k) for k in range(12)], 1)[..., None]
    scene.beard[outer] = slot == "beard"
    expected = np.interp(level, np.arange(256), [lab_of(grey(k))[0] for k in range(256)])
    assert scene.measure().lab[slot][0] == pytest.approx(expected, abs=0.25)


@pytest.mark.parametrize(
    ("hat", "below", "top", "color"),
    [
        (400, 120, 150, BLUE),
        (399, 120, 150, RED),
        (400, 119, 150, RED),
        (400, 120, 149, RED),  # a row of it is above the shadow's end
    ],
)
def test_under_a_hat_only_hair_below_the_brims_shadow_counts(
    hat: int, below: int, top: int, color: Color
) -> None:
    scene = Scene().add("hat", hat, BLACK).add("hair", 1600, RED, top=60).add("hair", below, BLUE, top=top)
    np.testing.assert_allclose(scene.measure().lab["hair"], lab_of(color), atol=1e-9)


@pytest.mark.parametrize("lit_left", [True, False])
@pytest.mark.parametrize(("further", "shift"), [(3.3, 3.3), (3.7, 3.5), (30.0, 3.5)])
def test_light_from_one_side_moves_the_skin_towards_the_lit_half(
    lit_left: bool, further: float, shift: float
) -> None:
    dark = color_of((50.0, 14.0, 18.0))
    lit = color_of((50.0 + further, 14.0, 18.0))
    scene = Scene().add("skin", 100 * 100, dark, left=0, width=100)
    half = slice(0, 45) if lit_left else slice(55, 100)
    scene.pixels[:100, half] = lit
    found = scene.measure().lab["skin"]
    distance = float(np.linalg.norm(lab_of(lit) - lab_of(dark)))
    assert np.linalg.norm(found - lab_of(dark)) == pytest.approx(
        min(shift, distance), abs=0.02 if shift < 3.5 else 1e-6
    )
    assert found[0] > lab_of(dark)[0]


def test_a_half_with_too_few_pixels_does_not_move_the_skin() -> None:
    scene = Scene().add("skin", 900, color_of((50.0, 14.0, 18.0)), left=0, width=30)
    scene.pixels[:30, :13] = WHITE
    np.testing.assert_allclose(scene.measure().lab["skin"], lab_of(color_of((50.0, 14.0, 18.0))), atol=1e-9)


@pytest.mark.parametrize(
    ("lit_share", "level", "factor"),
    [
        (0.26, 140, None),
        (0.24, 140, 1.0),
        (0.26, 110, 1.0),
        (0.26, 144, None),
        (0.26, 152, 1.1),
        (0.26, 250, 1.1),
    ],
)
def test_skin_in_shadow_is_to_be_brightened_up_to_its_lit_quarter(
    lit_share: float, level: int, factor: float | None
) -> None:
    """`None`: as much as the lit part is lighter, L + 16 of both."""
    scene = Scene()
    lit = np.arange(100)[:, None] < round(100 * lit_share)
    scene.add("skin", 100 * 100, 0, left=0, width=100)
    scene.pixels[:100, :100] = np.where(lit[..., None], level, 128)
    expected = (lab_of(grey(level))[0] + 16) / (lab_of(grey(128))[0] + 16) if factor is None else factor
    found = scene.measure()
    np.testing.assert_allclose(found.lab["skin"][0], lab_of(grey(128))[0], atol=1e-6)
    assert found.exposure == pytest.approx(expected, abs=1e-6)
    assert 1.0 < expected < 1.1 or factor is not None


def test_dark_eyes_and_shaded_skin_both_brighten() -> None:
    scene = Scene().add("skin", 4000, grey(128)).add("left eye", 400, grey(110), top=120)
    scene.pixels[:30, 10:50] = 140
    eyes = light.estimate_exposure(srgb_to_lab(scene.pixels / 255.0), scene.labels)
    shade = (lab_of(grey(140))[0] + 16) / (lab_of(grey(128))[0] + 16)
    assert eyes > 1
    assert scene.measure().exposure == pytest.approx(eyes * shade, abs=1e-6)


@pytest.mark.parametrize(("rest", "is_grey"), [("background", True), ("unknown", True), ("neck", False)])
def test_a_grey_portrait_is_grey_whatever_is_around_it(rest: str, is_grey: bool) -> None:
    scene = Scene().add("skin", 4000, np.linspace(60, 200, 4000)[:, None]).add("cloth", 900, 40, top=150)
    scene.add("upper lip", 200, 120, top=250)
    scene.labels[:, -20:] = UNKNOWN if rest == "unknown" else CLASSES.index(rest)
    found = scene.measure()
    assert found.is_grey == is_grey
    assert ("lips" in found.lab) != is_grey
    if is_grey:
        assert found.cast == (0.0, 0.0)
        np.testing.assert_allclose(found.lab["cloth"][1:], 0)
        assert found.lab["skin"][1] > 5


def test_the_cast_of_the_eyes_is_removed_from_all_colours() -> None:
    scene = (
        Scene()
        .add("skin", 4000, RED)
        .add("cloth", 900, BLUE, top=150)
        .add("left eye", 400, (200, 160, 120), top=200)
    )
    found = scene.measure()
    assert np.hypot(*found.cast) > 3
    for slot, color in (("skin", RED), ("cloth", BLUE)):
        np.testing.assert_allclose(found.lab[slot], light.remove_cast(lab_of(color), found.cast), atol=1e-9)


def test_facial_hair_is_looked_for_where_no_beard_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene().add("skin", 4000, RED).add("skin", 400, BLACK)
    covered = (scene.pixels == BLACK).all(-1)
    found = facial_hair.FacialHair(covered, {}, "beard")
    monkeypatch.setattr(facial_hair, "find", lambda crop, labels: found)
    np.testing.assert_allclose(
        colors.measure(scene.pixels, scene.labels).lab["beard"], lab_of(BLACK), atol=1e-9
    )
    assert "beard" not in scene.measure().lab

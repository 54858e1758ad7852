"""Colours off a portrait: true to the drawn ones in any light, missing where nothing shows."""

from pathlib import Path

import numpy as np
import pytest
from avatar.support import tiny_style
from avatar.support.portrait_of_avatar import portrait

from emojax.avatar.matching.colors import choose
from emojax.avatar.reading import colors
from emojax.avatar.styles import style
from emojax.avatar.styles.shades import Color, shade
from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.media.color import ciede2000, parse_hex, srgb_to_lab

SKIN = ("#f3c6a5", "#bd8159", "#70432e")
CHOICE = {"hair": "bob", "mouth": "bright", "clothes": "crew"}


@pytest.fixture(scope="module")
def flat() -> style.Style:
    return style.load(style.find("flat"))


def _far(measured: colors.Measured, slot: str, color: str) -> float:
    return float(ciede2000(measured.lab[slot], srgb_to_lab(parse_hex(color))))


def _person(flat: style.Style, paints: dict[str, str], **choice: str) -> colors.Measured:
    return colors.measure(*portrait(flat, {**CHOICE, **choice}, paints))


@pytest.mark.parametrize("skin", SKIN)
@pytest.mark.parametrize("hair", ["#1f1b1e", "#a37c4b", "#3f6cb5"])
def test_what_was_drawn_is_measured(flat: style.Style, skin: str, hair: str) -> None:
    paints = {"skin": skin, "hair": hair, "lips": "#b92d3b", "cloth": "#2d8d8a"}
    measured = _person(flat, paints)
    assert not measured.is_grey
    for slot, most in {"skin": 5, "hair": 8, "lips": 8, "cloth": 5}.items():
        assert _far(measured, slot, paints[slot]) < most, slot
    chosen = choose(flat, measured)
    assert {slot: chosen[slot] for slot in ("skin", "hair")} == {"skin": skin, "hair": hair}


def test_things_worn_have_their_own_colour(flat: style.Style) -> None:
    paints = {"glasses": "#b5383c", "hat": "#324a74"}
    measured = _person(flat, paints, hat="beanie", glasses="square")
    assert _far(measured, "glasses", paints["glasses"]) < 12
    assert _far(measured, "hat", paints["hat"]) < 8
    chosen = choose(flat, measured)
    assert {slot: chosen[slot] for slot in paints} == paints


def test_what_does_not_show_is_missing(flat: style.Style) -> None:
    measured = _person(flat, {}, hair="bald")
    assert not {"hair", "glasses", "hat", "beard"} & measured.as_hex().keys()
    chosen = choose(flat, measured)
    assert "beard" not in chosen  # it follows the hair
    assert {slot: chosen[slot] for slot in ("hair", "hat")} == {
        slot: flat.defaults[slot] for slot in ("hair", "hat")
    }
    for label in (CLASSES.index("background"), UNKNOWN):
        nothing = colors.measure(np.zeros((306, 306, 3), np.uint8), np.full((306, 306), label, np.uint8))
        assert not nothing.lab
        assert choose(flat, nothing).keys() == flat.palettes.keys() - flat.follows.keys()


@pytest.mark.parametrize("ends", [(1.0, 0.5), (0.5, 1.0)])
def test_light_from_the_side_darkens_a_face_less(flat: style.Style, ends: tuple[float, float]) -> None:
    pixels, labels = portrait(flat, CHOICE, {"skin": SKIN[0]})
    shaded = np.rint(pixels * np.linspace(*ends, 306)[None, :, None]).astype(np.uint8)
    plain, measured = (colors.measure(each, labels).lab["skin"] for each in (pixels, shaded))
    middle = np.median(srgb_to_lab(shaded[labels == CLASSES.index("skin")] / 255.0), 0)
    assert ciede2000(measured, plain) < ciede2000(middle, plain) - 3


def test_highlights_and_shadows_do_not_count(flat: style.Style) -> None:
    pixels, labels = portrait(flat, CHOICE, {"skin": SKIN[1]})
    rows, columns = np.mgrid[:306, :306]
    skin = labels == CLASSES.index("skin")
    patched = pixels.copy()
    patched[skin & (np.hypot(rows - 90, columns - 130) < 20)] = 255
    patched[skin & (np.hypot(rows - 262, columns - 153) < 16)] = 20
    plain, measured = (colors.measure(each, labels).lab["skin"] for each in (pixels, patched))
    assert ciede2000(plain, measured) < 3


@pytest.mark.parametrize("cast", [(1.15, 1.0, 0.8), (0.85, 1.0, 1.2)])
def test_some_of_a_cast_is_taken_back(flat: style.Style, cast: tuple[float, float, float]) -> None:
    pixels, labels = portrait(flat, CHOICE, {"skin": SKIN[1]})
    pixels = np.rint(pixels * 0.8).astype(np.uint8)  # nothing may burn out
    colored = np.rint(pixels * cast).astype(np.uint8)
    plain, measured = (colors.measure(each, labels) for each in (pixels, colored))
    inside = labels == CLASSES.index("skin")
    before, after = (np.median(srgb_to_lab(each[inside] / 255.0), 0) for each in (pixels, colored))
    assert ciede2000(plain.lab["skin"], measured.lab["skin"]) < 0.9 * ciede2000(before, after)


def test_warm_skin_is_not_whitened(flat: style.Style) -> None:
    pixels, labels = portrait(flat, CHOICE, {"skin": SKIN[1]})
    orange = np.rint(np.clip(pixels * (1.3, 1.0, 0.4), 0, 255)).astype(np.uint8)
    measured = colors.measure(orange, labels)
    assert np.hypot(*measured.cast) <= 8.0 + 1e-9
    assert np.hypot(*measured.lab["skin"][1:]) > 25


@pytest.mark.parametrize("tint", [(1.0, 1.0, 1.0), (1.0, 0.92, 0.75)])
def test_grey_and_toned_photos_are_noticed(flat: style.Style, tint: tuple[float, float, float]) -> None:
    pixels, labels = portrait(flat, CHOICE, {"skin": SKIN[0], "hair": "#33251f"})
    grey = np.rint((pixels @ (0.299, 0.587, 0.114))[..., None] * tint).astype(np.uint8)
    measured = colors.measure(grey, labels)
    assert measured.is_grey
    assert measured.cast == (0, 0)
    assert not {"lips", "iris"} & measured.lab.keys()
    np.testing.assert_allclose(measured.lab["cloth"][1:], 0)
    lightness, red, yellow = measured.lab["skin"]
    assert red > 3  # a person's, not a statue's
    assert yellow > 8
    assert abs(lightness - srgb_to_lab(parse_hex(SKIN[0]))[0]) < 8
    assert measured.lab["hair"][0] < 25


def test_a_beard_is_neither_skin_nor_hair(flat: style.Style) -> None:
    paints = {"skin": SKIN[0], "hair": "#d9ad66", "beard": "#43302a"}
    measured = _person(flat, paints, hair="crop", facial_hair="full-beard", mouth="neutral")
    assert _far(measured, "skin", SKIN[0]) < 5
    assert min(_far(measured, "beard", c) for c in (paints["beard"], shade(paints["beard"], "light"))) < 10


def test_exact_keeps_what_was_measured(flat: style.Style) -> None:
    measured = _person(flat, {"skin": "#c99a7b"})
    exact = choose(flat, measured, exact=True)
    assert {slot: exact[slot] for slot in measured.lab} == measured.as_hex()
    assert exact.keys() == choose(flat, measured).keys()


def test_an_unnatural_colour_needs_to_be_far_nearer(tmp_path: Path) -> None:
    tiny = style.load(tiny_style.write(tmp_path))
    skin = (Color("dark", "#70432e"), Color("light", "#f3c6a5"), Color("yellow", "#ffcc33", natural=False))
    tiny.palettes["skin"] = skin  # type: ignore[index]

    def chosen(color: str) -> str:
        lab = {"skin": srgb_to_lab(parse_hex(color))}
        return choose(tiny, colors.Measured(lab, False, (0.0, 0.0)))["skin"]

    assert chosen("#ffcc33") == "#ffcc33"
    assert chosen("#f0c48a") == "#f3c6a5"
    assert chosen("#e8b860") == "#f3c6a5"  # nearer to yellow, but people look so in warm light
    tiny.palettes["skin"] = skin[2:]  # type: ignore[index]
    assert chosen("#70432e") == "#ffcc33"


def test_skin_is_chosen_as_in_full_light_but_measured_as_it_is(flat: style.Style) -> None:
    pixels, labels = portrait(flat, CHOICE, {"skin": SKIN[0]})
    dim = np.rint(pixels * 0.4).astype(np.uint8)
    bright, dark = colors.measure(pixels, labels), colors.measure(dim, labels)
    assert 1 <= bright.exposure < dark.exposure < 1.3
    lightness = [float(srgb_to_lab(parse_hex(choose(flat, each)["skin"]))[0]) for each in (bright, dark)]
    seen = [float(each.lab["skin"][0]) for each in (bright, dark)]
    assert seen[0] - seen[1] > 8
    assert lightness[0] - lightness[1] < seen[0] - seen[1]
    exact = choose(flat, dark, exact=True)["skin"]
    assert exact == dark.as_hex()["skin"]


def test_under_a_hat_hair_has_the_colour_that_it_has_beside_the_cheeks(flat: style.Style) -> None:
    paints = {"hair": "#d9d6d0", "hat": "#1f1b1e"}
    pixels, labels = portrait(flat, {**CHOICE, "hat": "beanie"}, paints)
    rows = np.arange(306)[:, None] < 140
    brim = rows & (labels == CLASSES.index("hat"))
    brim[: int(np.nonzero(brim.any(1))[0][-1]) - 25] = False
    mistaken = np.where(brim, np.uint8(CLASSES.index("hair")), labels)
    assert _far(colors.measure(pixels, mistaken), "hair", paints["hair"]) < 8

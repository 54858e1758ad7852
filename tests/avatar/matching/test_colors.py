"""A face's palette colours: the nearest, unnatural ones only if much nearer, skin as in full light."""

import dataclasses

import numpy as np
import pytest
from avatar.support import toy_library

from emojax.avatar.matching.colors import _toned, choose
from emojax.avatar.reading.colors import Measured
from emojax.avatar.styles.shades import Color
from emojax.avatar.styles.style import Style
from emojax.media.color import ciede2000, parse_hex, srgb_to_lab


def _lab(color: str) -> np.ndarray:
    return srgb_to_lab(parse_hex(color))


def _measured(exposure: float = 1.0, **colors: str) -> Measured:
    return Measured({slot: _lab(color) for slot, color in colors.items()}, False, (0.0, 0.0), exposure)


def test_each_slot_has_the_palettes_nearest_and_others_their_default() -> None:
    style = toy_library.style()
    chosen = choose(style, _measured(skin="#705040", hat="#b09070"))
    assert chosen == {"skin": "#604030", "hair": "#c0a080", "hat": "#c0a080"}


def test_slots_that_follow_are_left_out_unless_measured() -> None:
    style = toy_library.style()
    assert "brows" not in choose(style, _measured())
    assert choose(style, _measured(brows="#604031"))["brows"] == "#604030"


def test_exact_colours_are_the_measured_ones() -> None:
    style = toy_library.style()
    assert choose(style, _measured(1.2, skin="#705040"), exact=True)["skin"] == "#705040"


@pytest.mark.parametrize(("share", "winner"), [(0.325, "natural"), (0.342, "unnatural")])
def test_unnatural_colours_must_be_twice_as_near(share: float, winner: str) -> None:
    """On a line between greys, where distances are proportional to lightness."""
    # On two thirds of the way from the natural one both count the same.
    hexes = {"natural": "#777777", "unnatural": "#7a7a7a"}
    colors = tuple(Color(name, value, natural=name == "natural") for name, value in hexes.items())
    style = dataclasses.replace(toy_library.style(), palettes={"hair": colors}, defaults={"hair": "#777777"})
    ends = [_lab(value) for value in hexes.values()]
    lab = ends[0] + 2 * share * (ends[1] - ends[0])
    distances = [float(ciede2000(end, lab)) for end in ends]
    assert (distances[0] < 2 * distances[1]) == (winner == "natural")
    chosen = choose(style, Measured({"hair": lab}, False, (0.0, 0.0)))
    assert chosen["hair"] == hexes[winner]


def test_skin_alone_is_compared_in_full_light() -> None:
    style = toy_library.style()
    dark = "#806048"
    assert choose(style, _measured(1.0, skin=dark))["skin"] == "#604030"
    chosen = choose(style, _measured(1.35, skin=dark, hat=dark))
    assert (chosen["skin"], chosen["hat"]) == ("#c0a080", "#604030")


def test_lips_have_as_much_colour_as_lipstick_was_read() -> None:
    style = dataclasses.replace(
        toy_library.style(),
        palettes={**toy_library.style().palettes, "lips": (Color("red", "#c02040"),)},
        defaults={**toy_library.style().defaults, "lips": "#c02040"},
        follows={"lips": "skin.shade"},
    )
    read = _measured(skin="#705040", lips="#b03050")
    assert choose(style, read)["lips"] == choose(style, read, lipstick="strong")["lips"] == "#c02040"
    bare = choose(style, read, lipstick="no")
    assert "lips" not in bare  # the style draws them in the skin's shade
    natural = parse_hex(choose(style, read, lipstick="natural")["lips"])
    own, painted = (parse_hex(style.colors(bare)["lips"]), parse_hex("#c02040"))
    assert (np.minimum(own, painted) - 0.02 <= natural).all()
    assert (natural <= np.maximum(own, painted) + 0.02).all()
    assert natural[0] > own[0]
    assert choose(style, read, exact=True, lipstick="no")["lips"] == "#b03050"


def test_styles_that_do_not_say_what_bare_lips_are_keep_the_palettes() -> None:
    style = dataclasses.replace(
        toy_library.style(),
        palettes={**toy_library.style().palettes, "lips": (Color("red", "#c02040"),)},
        defaults={**toy_library.style().defaults, "lips": "#c02040"},
    )
    assert choose(style, _measured(skin="#705040", lips="#b03050"), lipstick="no")["lips"] == "#c02040"


def _greying() -> Style:
    toy = toy_library.style()
    colors = [Color(name, name) for name in ("#1f1b1e", "#6b452e", "#88878c", "#e6e4e0")]
    return dataclasses.replace(toy, palettes={**toy.palettes, "hair": colors, "beard": colors})


@pytest.mark.parametrize(
    ("measured", "grey", "expected"),
    [
        ("#6b452e", 0.0, "#6b452e"),
        ("#9a8672", 0.9, "#88878c"),  # grey in warm light
        ("#6b452e", 0.9, "#88878c"),
        ("#f0e0c8", 0.9, "#e6e4e0"),
        ("#7c7a7c", 0.0, "#6b452e"),  # dark hair in cold light
        ("#7c7a7c", 0.2, "#88878c"),  # as measured
        ("#1f1b1e", 0.0, "#1f1b1e"),  # black is no grey
    ],
)
def test_hair_that_was_read_as_grey_is_grey_and_other_hair_is_not(
    measured: str, grey: float, expected: str
) -> None:
    words = {"grey": grey / 2, "white": grey / 2, "brown": 1 - grey}
    assert choose(_greying(), _measured(hair=measured), shown={"hair_color": words})["hair"] == expected


def test_beards_turn_grey_with_the_hair_or_before_it() -> None:
    read = _measured(beard="#7c7a7c", hair="#6b452e")
    assert choose(_greying(), read, shown={"hair_color": {"grey": 0.0}})["beard"] == "#88878c"
    brown = _measured(beard="#6b452e")
    assert choose(_greying(), brown, shown={"hair_color": {"grey": 1.0}})["beard"] == "#88878c"
    assert choose(_greying(), brown, shown={"hair_color": {"grey": 0.2}})["beard"] == "#6b452e"


def test_a_palette_without_greys_gives_its_nearest() -> None:
    toy = toy_library.style()
    plain = choose(toy, _measured(hair="#705040"))["hair"]
    assert choose(toy, _measured(hair="#705040"), shown={"hair_color": {"grey": 1.0}})["hair"] == plain


def _tones() -> Style:
    toy = toy_library.style()
    colors = tuple(Color(name, name) for name in ("#d0b8a8", "#b09080", "#8a7064", "#4a3830"))
    return dataclasses.replace(toy, palettes={**toy.palettes, "skin": colors})


@pytest.mark.parametrize(
    ("monk", "expected"),
    [
        ({}, "#8a7064"),
        ({"0": 1.0}, "#8a7064"),
        ({"2": 1.0}, "#d0b8a8"),
        ({"5": 0.5, "6": 0.5}, "#b09080"),
        ({"2": 0.5, "8": 0.5}, "#b09080"),  # the expected tone is between them
        ({"10": 1.0}, "#4a3830"),
        ({"0": 0.8, "2": 0.2}, "#d0b8a8"),
    ],
)
def test_skin_has_mostly_the_lightness_of_the_tone_that_was_read(
    monk: dict[str, float], expected: str
) -> None:
    read = _measured(skin="#8a7064")
    assert choose(_tones(), read, shown={"monk": monk})["skin"] == expected
    assert choose(_tones(), read, shown={"monk": monk}, exact=True)["skin"] == "#8a7064"


def test_a_tone_keeps_the_hue_that_was_measured() -> None:
    found = _toned(_lab("#99603f"), {"4": 1.0})
    assert found[0] == pytest.approx(0.8 * 71 + 0.2 * _lab("#99603f")[0])
    assert found[2] / found[1] == pytest.approx(_lab("#99603f")[2] / _lab("#99603f")[1])


def test_skin_of_every_tone_is_darker_than_of_the_one_before_and_lighter_than_black() -> None:
    """The Monk scale is made in about even steps."""
    found = [float(_toned(_lab("#99603f"), {str(step): 1.0})[0]) for step in range(1, 11)]
    steps = -np.diff(found)
    assert steps.min() > 3
    assert steps.max() < 8
    assert 25 < found[-1] < found[0] < 88

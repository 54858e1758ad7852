"""Contact sheets of styles, and the random people on them."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from avatar.support import tiny_style

from emojax.avatar.styles import sheet as style_sheet
from emojax.avatar.styles import style
from emojax.avatar.styles.shades import Color
from emojax.media.color import parse_hex, srgb_to_lab


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return tiny_style.write(tmp_path / "tiny")


def test_people_are_the_same_in_every_style_and_naturally_coloured(tiny: Path) -> None:
    loaded = style.load(tiny)
    dyed = tuple(Color(f"dyed-{n}", "#00ff00", natural=False) for n in range(9))
    palettes = {slot: (*colors, *dyed) for slot, colors in loaded.palettes.items()}
    drawn = style_sheet.people([dataclasses.replace(loaded, palettes=palettes), loaded], count=3, tile=24)
    assert drawn.shape == (48, 72, 3)
    assert not (drawn == (0, 255, 0)).all(-1).any()
    for n in range(3):
        one, two = (drawn[top : top + 24, 24 * n : 24 * n + 24] for top in (0, 24))
        assert (one[0, 0] != two[0, 0]).any()  # the wall
        np.testing.assert_array_equal((one != one[0, 0]).any(-1), (two != two[0, 0]).any(-1))


def test_the_sheet_shows_every_variant_and_depends_on_its_seed(tiny: Path) -> None:
    loaded = style.load(tiny)
    first, again, other = (style_sheet.sheet(loaded, tile=24, columns=4, seed=seed) for seed in (0, 0, 1))
    assert first.dtype == "uint8"
    assert first.shape == other.shape
    assert first.shape[1] == 4 * 24
    assert first.shape[0] > len(loaded.parts) * 24
    assert (first == again).all()


def test_random_people_mostly_have_neither_glasses_nor_hats_nor_beards() -> None:
    flat = style.load(style.find("flat"))
    rng = np.random.default_rng(0)
    people = [style_sheet.random_person(flat, rng) for _ in range(600)]
    for part, expected in {"glasses": 0.65, "facial_hair": 0.55, "hat": 0.75, "nose": 0.0}.items():
        listed = flat.parts[part]
        by_chance = (1 - expected) / len(listed.variants)
        rate = np.mean([choice[part] == listed.default for choice, _ in people])
        assert rate == pytest.approx(expected + by_chance, abs=0.06), part
        assert {choice[part] for choice, _ in people} == set(listed.variants)
    colors = {slot for _, chosen in people for slot in chosen}
    assert colors == flat.palettes.keys() - flat.follows.keys()


def test_natural_people_have_hair_and_eyes_no_lighter_than_their_skin() -> None:
    flat = style.load(style.find("flat"))

    def light(color: str) -> float:
        return float(srgb_to_lab(parse_hex(color))[0])

    rng = np.random.default_rng(5)
    people = [style_sheet.random_person(flat, rng, natural=True)[1] for _ in range(300)]
    darkest = {slot: min(light(color.hex) for color in flat.palettes[slot]) for slot in ("hair", "iris")}
    for colors in people:
        for slot in ("hair", "iris"):
            assert light(colors[slot]) <= max(light(colors["skin"]), darkest[slot])
    assert len({colors["hair"] for colors in people}) > 8
    free = [style_sheet.random_person(flat, rng)[1] for _ in range(300)]
    assert any(light(colors["hair"]) > light(colors["skin"]) for colors in free)

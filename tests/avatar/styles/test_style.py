"""Styles: what ships is complete and what its templates make; what strangers send is refused by name."""

from pathlib import Path

import pytest
from avatar.support import tiny_style

from emojax.avatar.styles import build as style_build
from emojax.avatar.styles import check as style_check
from emojax.avatar.styles import style
from emojax.core.errors import UserError

STYLES = sorted(path.parent.name for path in style.BUILT_IN.glob("*/style.json"))
LEAST = {
    "head": 6,
    "ears": 1,
    "hair": 20,
    "brows": 6,
    "eyes": 8,
    "nose": 5,
    "mouth": 10,
    "glasses": 5,
    "facial_hair": 6,
    "hat": 5,
    "clothes": 4,
}
# Monk (2023), "The Monk Skin Tone Scale".
MONK = "f6ede4 f3e7db f7ead0 eadaba d7bd96 a07e56 825c43 604134 3a312a 292420".split()


@pytest.fixture(scope="module", params=STYLES)
def shipped(request: pytest.FixtureRequest) -> style.Style:
    return style.load(style.find(request.param))


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return tiny_style.write(tmp_path / "tiny")


def test_shipped_styles_are_sound_and_complete(shipped: style.Style) -> None:
    style_check.check(shipped)
    for part, least in LEAST.items():
        assert len(shipped.parts[part].variants) >= least, part
    colors = {slot: {color.hex for color in choices} for slot, choices in shipped.palettes.items()}
    assert colors["skin"] >= {f"#{tone}" for tone in MONK}
    assert len(colors["hair"]) >= 10
    tags = {part: [v.tags for v in listed.variants.values()] for part, listed in shipped.parts.items()}
    assert {tag["length"] for tag in tags["hair"]} == {"none", "short", "medium", "long"}
    assert {tag["texture"] for tag in tags["hair"]} >= {"straight", "wavy", "curly", "coily"}
    assert {tag["fringe"] for tag in tags["hair"]} == {False, True}
    assert {(tag["open"], tag["smile"]) for tag in tags["mouth"]} >= {
        (False, False),
        (False, True),
        (True, True),
    }
    assert {tag["kind"] for tag in tags["facial_hair"]} == {"none", "stubble", "moustache", "goatee", "beard"}
    for part, tag in (("glasses", "glasses"), ("hat", "hat")):
        assert [v.id for v in shipped.parts[part].variants.values() if not v.tags[tag]] == ["none"]


def test_no_two_variants_are_the_same_drawing(shipped: style.Style) -> None:
    for listed in shipped.parts.values():
        drawings = [style_build.serialize(variant.root) for variant in listed.variants.values()]
        assert len(set(drawings)) == len(drawings), listed.name


def test_the_tiny_style_is_sound(tiny: Path) -> None:
    loaded = style.load(tiny)
    style_check.check(loaded)
    assert loaded.colors({"hair": "#102030"})["beard"] != loaded.colors({})["beard"]
    assert loaded.colors({"beard": "#102030"})["beard"] == "#102030"


def test_the_digest_follows_every_file(tiny: Path) -> None:
    before = style.load(tiny).digest
    path = tiny / "parts" / "mouth" / "one.svg"
    path.write_text(path.read_text().replace("240", "241"))
    assert style.load(tiny).digest != before


def test_an_unknown_style_is_refused() -> None:
    with pytest.raises(UserError, match="flat"):
        style.find("no-such-style")

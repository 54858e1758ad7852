"""Styles: what ships is complete and what its templates make; what strangers send is refused by name."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from avatar.support import tiny_style

from emojax.avatar.styles import build as style_build
from emojax.avatar.styles import check as style_check
from emojax.avatar.styles import sheet as style_sheet
from emojax.avatar.styles import style
from emojax.avatar.styles.manifest import Color
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


@pytest.mark.parametrize("name", STYLES)
def test_committed_parts_are_what_the_templates_make(name: str) -> None:
    folder = style.BUILT_IN / name
    made = style_build.render(folder)
    committed = [folder / "style.json", *folder.glob("parts/**/*.svg")]
    assert {str(path.relative_to(folder)) for path in committed} == made.keys()
    assert not [path for path in committed if path.read_text() != made[str(path.relative_to(folder))]]


def test_shipped_styles_are_sound_and_complete(shipped: style.Style) -> None:
    style_check.check(shipped)
    for part, least in LEAST.items():
        assert len(shipped.parts[part].variants) >= least, part
    colors = {slot: {color.hex for color in choices} for slot, choices in shipped.palettes.items()}
    assert colors["skin"] >= {f"#{tone}" for tone in MONK}
    assert len(colors["hair"]) >= 10
    tags = {part: [v.tags for v in kind.variants.values()] for part, kind in shipped.parts.items()}
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
    for kind in shipped.parts.values():
        drawings = [style_build.serialize(variant.root) for variant in kind.variants.values()]
        assert len(set(drawings)) == len(drawings), kind.name


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


def test_the_tiny_style_is_sound(tiny: Path) -> None:
    loaded = style.load(tiny)
    style_check.check(loaded)
    assert loaded.colors({"hair": "#102030"})["beard"] != loaded.colors({})["beard"]
    assert loaded.colors({"beard": "#102030"})["beard"] == "#102030"


def test_drawings_from_editors_keep_their_look(tiny: Path) -> None:
    text = tiny_style.part(
        '<g style="fill:#aa0000; stroke-width:3px" xmlns:i="http://www.inkscape.org/namespaces/inkscape"'
        ' i:label="x"><i:guide/><title>Hat</title><path d="M0 0H9V9Z" data-stroke="hat"/></g>'
    )
    (tiny / "parts" / "hat" / "one.svg").write_text(
        text.replace("<svg ", '<svg fill="none" data-class="hat" ')
    )
    group = style.load(tiny).variant("hat").root[0]
    assert group.attrib == {"fill": "#aa0000", "stroke-width": "3px", "data-class": "hat"}
    assert [child.tag for child in group] == ["path"]
    assert group[0].get("stroke") != "none"


def test_the_digest_follows_every_file(tiny: Path) -> None:
    before = style.load(tiny).digest
    path = tiny / "parts" / "mouth" / "one.svg"
    path.write_text(path.read_text().replace("240", "241"))
    assert style.load(tiny).digest != before


def _shape(text: str) -> Any:
    return lambda folder: (folder / "parts" / "hair" / "one.svg").write_text(tiny_style.part(text))


def _raw(text: str) -> Any:
    return lambda folder: (folder / "parts" / "hair" / "one.svg").write_text(text)


def _manifest(**changes: Any) -> Any:
    def change(folder: Path) -> None:
        content = tiny_style.manifest()
        for dotted, value in changes.items():
            *path, last = dotted.split("__")
            place = content
            for key in path:
                place = place[key]
            if value is None:
                del place[last]
            else:
                place[last] = value
        (folder / "style.json").write_text(json.dumps(content))

    return change


def _linked(folder: Path) -> None:
    secret = folder.parent / "secret.svg"
    secret.write_text(tiny_style.part(""))
    path = folder / "parts" / "hair" / "one.svg"
    path.unlink()
    path.symlink_to(secret)


BOMB = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + tiny_style.part("<g>&b;</g>")
HOSTILE = {
    "script": (_shape("<script>alert(1)</script>"), r"one\.svg: <script>"),
    "event handler": (_shape('<path onclick="x()" d="M0 0H9V9Z"/>'), r"one\.svg: .*onclick"),
    "external picture": (_shape('<image href="http://x.org/a.png"/>'), r"one\.svg: <image>"),
    "external reference": (
        _shape('<path fill="url(http://x.org/#a)" d="M0 0H9V9Z"/>'),
        r"one\.svg: refers to",
    ),
    "filter": (_shape('<path filter="url(#a)" d="M0 0H9V9Z"/>'), r"one\.svg: .*filter"),
    "style sheet": (_shape("<style>path{fill:red}</style>"), r"one\.svg: <style>"),
    "entity bomb": (_raw(BOMB), r"one\.svg: has a DOCTYPE"),
    "not SVG": (_raw("<html/>"), r"one\.svg: is not an SVG"),
    "not XML": (_raw("\x89PNG"), r"one\.svg: is not well-formed"),
    "too large": (_raw(tiny_style.part("<g/>" * 9000)), r"one\.svg: is larger"),
    "frame": (_raw(tiny_style.part("").replace("306", "300")), r"one\.svg: its viewBox"),
    "class": (_shape('<path data-class="ear" d="M0 0H9V9Z"/>'), r"one\.svg: .*data-class 'ear'"),
    "slot": (_shape('<path data-fill="hairs" d="M0 0H9V9Z"/>'), r"one\.svg: .*slot 'hairs'"),
    "shade": (_shape('<path data-fill="hair.dim" d="M0 0H9V9Z"/>'), r"one\.svg: .*shade 'dim'"),
    "layer": (_shape('<path data-layer="top" d="M0 0H9V9Z"/>'), r"one\.svg: .*data-layer 'top'"),
    "clip": (_shape('<g data-clip="body"/>'), r"one\.svg: .*data-clip 'body'"),
    "clip inside": (_shape('<g><g data-clip="head"/></g>'), r"one\.svg: data-clip belongs"),
    "width": (_shape('<path stroke-width="5%" d="M0 0H9V9Z"/>'), r"one\.svg: .*stroke-width"),
    "far away": (_shape('<path d="M900 900H950V950Z"/>'), r"hair/one\.svg: lies outside"),
    "over the edge": (_shape('<path d="M0 0H700V50Z"/>'), r"hair/one\.svg: reaches"),
    "missing file": (lambda folder: (folder / "parts/hair/one.svg").unlink(), r"one\.svg: is no file"),
    "link": (_linked, r"one\.svg: leads out"),
    "path": (_manifest(parts__hair__variants={"../../x": {}}), r"style\.json: .*id '\.\./\.\./x'"),
    "type": (_manifest(parts__horns={}), r"style\.json: parts has the unknown 'horns'"),
    "no type": (_manifest(parts__nose=None), r"style\.json: parts lacks 'nose'"),
    "z": (_manifest(parts__hair__z={"front": "high"}), r"style\.json: parts\.hair\.z"),
    "no back": (_manifest(parts__hair__z={"front": 3}), r"one\.svg: has a back layer"),
    "tag": (
        _manifest(parts__mouth__variants={"one": {"open": 1, "smile": True}}),
        r"mouth\.variants\.one\.open",
    ),
    "default": (_manifest(parts__hair__default="two"), r"parts\.hair\.default 'two'"),
    "colour": (_manifest(palettes__hair=[{"id": "x", "hex": "red"}]), r"style\.json: palettes\.hair 'red'"),
    "natural": (
        _manifest(palettes__skin=[{"id": "x", "hex": "#ffcc33", "natural": "no"}]),
        r"style\.json: palettes\.skin\.natural",
    ),
    "colour's field": (
        _manifest(palettes__skin=[{"id": "x", "hex": "#ffcc33", "name": "y"}]),
        r"style\.json: palettes\.skin has the unknown 'name'",
    ),
    "palette": (_manifest(palettes__iris=None), r"style\.json: palettes lacks iris"),
    "circle": (_manifest(follows={"hair": "beard", "beard": "hair"}), r"style\.json: follows\."),
    "canvas": (_manifest(canvas=[0, 0, float("inf")]), r"style\.json: canvas"),
    "licence": (_manifest(licence=None), r"style\.json: licence"),
    "json": (lambda folder: (folder / "style.json").write_text("{"), r"style\.json: is not JSON"),
    "deep json": (
        lambda folder: (folder / "style.json").write_text("[" * 99_999),
        r"style\.json: is not JSON",
    ),
    "list": (lambda folder: (folder / "style.json").write_text("[]"), r"style\.json: the file is no object"),
    "no outline": (
        lambda folder: (folder / "parts/head/one.svg").write_text(tiny_style.part("")),
        r"head/one\.svg: no shape has data-outline",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_wrong_is_refused_in_one_line(case: str, tiny: Path) -> None:
    spoil, message = HOSTILE[case]
    spoil(tiny)
    with pytest.raises(UserError, match=message) as caught:
        style_check.check(style.load(tiny))
    assert "\n" not in str(caught.value)


def test_the_program_builds_checks_draws_and_refuses(tiny: Path, tmp_path: Path) -> None:
    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "emojax.avatar.styles", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert run("sheet", tiny, "--out", tmp_path / "sheet.png", "--tile", 24).returncode == 0
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")
    assert run("people", tiny, tiny, "--out", tmp_path / "people.png", "--tile", 24).returncode == 0
    assert (tmp_path / "people.png").read_bytes().startswith(b"\x89PNG")
    assert run("people", tiny, "--seed", -1).returncode == 2
    (tiny / "parts" / "hat" / "one.svg").unlink()
    refused = run("check", tiny)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "hat/one.svg" in refused.stderr


def _templates(folder: Path, hair: str) -> Path:
    """`folder` with templates that make the tiny style, but for its hair."""
    (folder / "templates").mkdir()
    (folder / "templates" / "style.json").write_text(json.dumps(tiny_style.manifest()))
    for kind in style.PART_TYPES:
        tags = tiny_style.manifest()["parts"][kind]["variants"]["one"]
        words = " ".join(f'{key}="{json.dumps(value).strip(chr(34))}"' for key, value in tags.items())
        outline = '<path outline="" class="skin" d="M73 16H233V282H73Z"/>' if kind == "head" else ""
        text = hair if kind == "hair" else f'<variant id="one" {words}>{outline}</variant>'
        (folder / "templates" / f"{kind}.xml").write_text(f"<part>{text}</part>")
    return folder


HAIR = '<variant id="one" length="long" texture="wavy" fringe="true">{}</variant>'


def test_templates_fill_in_numbers_and_mirror(tiny: Path) -> None:
    circle = '<circle cx="{153+x}" cy="{(1+2)*r/4}" r="{r}" class="left-eye"/>'
    shape = f'<shape id="disc" r="4" x="1">{circle}</shape>'
    drawn = HAIR.format('<pair><draw shape="disc" r="8"/></pair>')
    files = style_build.render(_templates(tiny, shape + drawn))
    circle = '<circle cx="154" cy="6" r="8" data-class="{}-eye" />'
    assert circle.format("left") in files["parts/hair/one.svg"]
    assert circle.format("right") in files["parts/hair/one.svg"].partition("matrix(-1 0 0 1 306 0)")[2]
    style_build.build(tiny)
    assert style.load(tiny).variant("hair").tags == {"length": "long", "texture": "wavy", "fringe": True}


@pytest.mark.parametrize(
    ("hair", "message"),
    [
        (HAIR.format('<path d="M{__import__(1)} 0"/>'), "cannot be worked out"),
        (HAIR.format('<path d="M{9**9**9} 0"/>'), "cannot be worked out"),
        (HAIR.format('<path d="M{1/0} 0"/>'), "cannot be worked out"),
        (HAIR.format('<draw shape="nothing"/>'), "no shape 'nothing'"),
        ('<shape id="a"><draw shape="a"/></shape>' + HAIR.format('<draw shape="a"/>'), "more than 20 deep"),
        ('<shape id="a" r="1"/>' + HAIR.format('<draw shape="a" q="2"/>'), "has no 'q'"),
        (HAIR.format('<path fill="@tail" d=""/>'), "names no palette"),
        ("<variant>", "well-formed"),
    ],
)
def test_templates_are_refused_by_name(hair: str, message: str, tiny: Path) -> None:
    with pytest.raises(UserError, match=rf"hair\.xml: .*{message}"):
        style_build.render(_templates(tiny, hair))


def test_a_style_nobody_has_is_refused() -> None:
    with pytest.raises(UserError, match="flat"):
        style.find("no-such-style")

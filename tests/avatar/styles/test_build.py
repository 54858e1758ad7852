"""Templates: parameters, nested shapes and mirrored pairs; refusals; what ships is what they make."""

import json
from pathlib import Path

import pytest
from avatar.support import tiny_style

from emojax.avatar.styles import build as style_build
from emojax.avatar.styles import style
from emojax.core.errors import UserError

STYLES = [folder.name for folder in style.built_in_styles()]


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


def _templates(folder: Path, hair: str) -> Path:
    """`folder` with templates that make the tiny style, but for its hair."""
    (folder / "templates").mkdir()
    (folder / "templates" / "style.json").write_text(json.dumps(tiny_style.manifest()))
    for part_type in style.PART_TYPES:
        tags = tiny_style.manifest()["parts"][part_type]["variants"]["one"]
        words = " ".join(f'{key}="{json.dumps(value).strip(chr(34))}"' for key, value in tags.items())
        outline = '<path outline="" class="skin" d="M73 16H233V282H73Z"/>' if part_type == "head" else ""
        text = hair if part_type == "hair" else f'<variant id="one" {words}>{outline}</variant>'
        (folder / "templates" / f"{part_type}.xml").write_text(f"<part>{text}</part>")
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


def test_words_in_templates_are_lists_in_the_manifest(tiny: Path) -> None:
    hair = HAIR.format("").replace("<variant ", '<variant tags="hair_length:medium,long fringe:none" ')
    style_build.render(_templates(tiny, hair))
    style_build.build(tiny)
    found = style.load(tiny).variant("hair")
    assert found.words == {"hair_length": ["medium", "long"], "fringe": ["none"]}
    assert found.tags == {"length": "long", "texture": "wavy", "fringe": True}


@pytest.mark.parametrize(
    ("hair", "message"),
    [
        (HAIR.format('<path d="M{__import__(1)} 0"/>'), "cannot be evaluated"),
        (HAIR.format('<path d="M{9**9**9} 0"/>'), "cannot be evaluated"),
        (HAIR.format('<path d="M{1/0} 0"/>'), "cannot be evaluated"),
        (HAIR.format('<draw shape="nothing"/>'), "no shape 'nothing'"),
        ('<shape id="a"><draw shape="a"/></shape>' + HAIR.format('<draw shape="a"/>'), "more than 20 deep"),
        ('<shape id="a" r="1"/>' + HAIR.format('<draw shape="a" q="2"/>'), "has no 'q'"),
        (
            "".join(f'<shape id="s{n}">' + 2 * f'<draw shape="s{n + 1}"/>' + "</shape>" for n in range(18))
            + '<shape id="s18"/>'
            + HAIR.format('<draw shape="s0"/>'),
            "more than 20,000 elements",
        ),
        (HAIR.format("<pair>" * 18 + "<g/>" + "</pair>" * 18), "more than 20,000 elements"),
        (HAIR.format('<path d="M{' + "-" * 9_000 + '1}"/>'), r"\{---.*\.\.\.$"),
        (HAIR.format('<path fill="@tail" d=""/>'), "names no palette"),
        (
            HAIR.replace("<variant ", '<variant tags="fringe" '),
            "tags of 'one' have 'fringe'; write attribute:",
        ),
        ("<variant>", "well-formed"),
        ("<variant/>", "a variant has the id ''; ids are 1 to 48"),
        (HAIR.replace('"one"', '"../../../one"'), r"a variant has the id '\.\./\.\./\.\./one'"),
    ],
)
def test_templates_are_refused_by_name(hair: str, message: str, tiny: Path) -> None:
    with pytest.raises(UserError, match=rf"hair\.xml: .*{message}"):
        style_build.render(_templates(tiny, hair))


def test_a_drawing_that_no_template_makes_is_not_deleted(tiny: Path) -> None:
    _templates(tiny, HAIR.format('<path d="M1 1H9V9Z"/>'))
    style_build.build(tiny)
    style_build.build(tiny)  # what it has made itself it may replace
    drawn = tiny / "parts" / "hair" / "by-hand.svg"
    drawn.write_text("<svg/>")
    with pytest.raises(UserError, match=r"by-hand\.svg: no template makes it"):
        style_build.build(tiny)
    assert drawn.read_text() == "<svg/>"


def test_templates_may_begin_with_a_byte_order_mark(tiny: Path) -> None:
    _templates(tiny, HAIR.format('<path d="M1 1H9V9Z"/>'))
    before = style_build.render(tiny)
    for path in (tiny / "templates").iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert style_build.render(tiny) == before

"""Checks of a style's drawings: how far they may extend, what must be visible, tags that tell the truth."""

import dataclasses
import json
from pathlib import Path

import pytest
from avatar.support import tiny_style

from emojax.avatar.styles.check import check
from emojax.avatar.styles.style import Style, load
from emojax.core.errors import UserError


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Its canvas reaches from -57 to 363 and from -58 to 362, and a quarter of it beyond is 105."""
    return tiny_style.write(tmp_path / "tiny")


def _draw(folder: Path, part: str, shapes: str) -> Style:
    """The style with that drawing, and without other part types."""
    (folder / "parts" / part / "one.svg").write_text(tiny_style.part(shapes))
    return _alone(folder, part)


def _alone(folder: Path, part: str) -> Style:
    style = load(folder)
    return dataclasses.replace(style, parts={part: style.parts[part]})


@pytest.mark.parametrize(
    ("edge", "path"),
    [
        ("right", "M150 100H{}V110H150Z"),
        ("left", "M150 100H{}V110H150Z"),
        ("bottom", "M150 100V{}H160V100Z"),
        ("top", "M150 100V{}H160V100Z"),
    ],
)
def test_drawings_may_extend_a_quarter_of_the_canvas_beyond_it(edge: str, path: str, tiny: Path) -> None:
    inner, outer = {"right": (467, 476), "left": (-161, -170), "bottom": (466, 475), "top": (-162, -171)}[
        edge
    ]
    check(_draw(tiny, "nose", f'<path d="{path.format(inner)}"/>'))
    _draw(tiny, "nose", f'<path d="{path.format(outer)}"/>')
    with pytest.raises(UserError, match=r"parts/nose/one\.svg: extends more than 25%"):
        check(load(tiny))


@pytest.mark.parametrize(("x", "visible"), [(350, True), (366, False)])
def test_something_must_be_on_the_canvas(x: int, visible: bool, tiny: Path) -> None:
    style = _draw(tiny, "nose", f'<path d="M{x} 100H{x + 30}V110H{x}Z"/>')
    if visible:
        check(style)
    else:
        with pytest.raises(UserError, match=r"parts/nose/one\.svg: is outside the canvas; move it into view"):
            check(style)


@pytest.mark.parametrize(
    "shapes",
    [
        "",
        '<path opacity="0" data-class="nose" d="M100 100H130V110H100Z"/>',
        '<path data-keep="ears" fill="none" d="M100 100H130V110H100Z"/>',
    ],
)
def test_drawings_without_visible_shapes_are_allowed(shapes: str, tiny: Path) -> None:
    check(_draw(tiny, "nose", shapes))


@pytest.mark.parametrize(
    ("part", "tag", "wrong", "shows"),
    [
        ("hair", "length", "short", "long"),
        ("mouth", "open", True, False),
        ("glasses", "glasses", True, False),
        ("hat", "hat", False, True),
    ],
)
def test_tags_must_be_what_the_drawing_shows(
    part: str, tag: str, wrong: str | bool, shows: str | bool, tiny: Path
) -> None:
    content = tiny_style.manifest()
    content["parts"][part]["variants"]["one"][tag] = wrong
    (tiny / "style.json").write_text(json.dumps(content))
    message = rf"parts/{part}/one\.svg: is tagged {tag} = {wrong!r} but shows {shows!r} on a plain head"
    check(_alone(tiny, "nose"))
    with pytest.raises(UserError, match=message):
        check(_alone(tiny, part))


def test_a_head_needs_an_outline_and_others_do_not(tiny: Path) -> None:
    check(load(tiny))
    style = _draw(tiny, "head", '<path data-class="skin" d="M73 16H233V282H73Z"/>')
    with pytest.raises(UserError, match=r"parts/head/one\.svg: no shape has data-outline"):
        check(style)

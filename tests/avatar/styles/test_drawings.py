"""Drawings from anyone: what is not plain shapes is refused by name; what editors write keeps its look."""

import json
from pathlib import Path
from typing import Any

import pytest
from avatar.support import tiny_style

from emojax.avatar.styles import check as style_check
from emojax.avatar.styles import style
from emojax.core.errors import UserError


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return tiny_style.write(tmp_path / "tiny")


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


def _shape(text: str) -> Any:
    return lambda folder: (folder / "parts" / "hair" / "one.svg").write_text(tiny_style.part(text))


def _raw(text: str) -> Any:
    return lambda folder: (folder / "parts" / "hair" / "one.svg").write_text(text)


def _no_back(folder: Path) -> None:
    content = tiny_style.changed_manifest(parts__hair__z={"front": 3})
    (folder / "style.json").write_text(json.dumps(content))


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
    "far away": (_shape('<path d="M900 900H950V950Z"/>'), r"hair/one\.svg: is outside"),
    "over the edge": (_shape('<path d="M0 0H700V50Z"/>'), r"hair/one\.svg: extends"),
    "missing file": (lambda folder: (folder / "parts/hair/one.svg").unlink(), r"one\.svg: no such file"),
    "link": (_linked, r"one\.svg: links to a place outside"),
    "no back": (_no_back, r"one\.svg: has a back layer"),
    "no outline": (
        lambda folder: (folder / "parts/head/one.svg").write_text(tiny_style.part("")),
        r"head/one\.svg: no shape has data-outline",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_wrong_is_refused_in_one_line(case: str, tiny: Path) -> None:
    corrupt, message = HOSTILE[case]
    corrupt(tiny)
    with pytest.raises(UserError, match=message) as caught:
        style_check.check(style.load(tiny))
    assert "\n" not in str(caught.value)

"""Drawings made to run code, reach out, or keep the renderer busy are refused before it sees them."""

import socket

import pytest
from media.test_svg import SQUARE, drawing

from emojax.core.errors import UserError
from emojax.media import svg


def chained(container: str, reference: str) -> str:
    """28 definitions each of which draws the next twice: 2^28 shapes."""
    return "".join(container.format(i, i + 1) for i in range(28)) + f"<g {reference}/>"


HOSTILE = {
    "script": ("<script>alert(1)</script>", "script"),
    "script in another namespace": ('<x:script xmlns:x="urn:x"/>', "script"),
    "event handler": ('<rect onclick="x()" width="9" height="9"/>', "onclick"),
    "foreign object": ("<foreignObject><p/></foreignObject>", "foreignObject"),
    "html": ('<h:iframe xmlns:h="http://www.w3.org/1999/xhtml"/>', "iframe"),
    "image": ('<image href="#a"/>', "image"),
    "text": ("<text>hello</text>", "text"),
    "web reference": ('<use xlink:href="https://example.org/a.svg#a"/>', "example.org"),
    "file reference": ('<use href="file:///etc/passwd"/>', "file:///etc/passwd"),
    "relative reference": ('<use href="other.svg#a"/>', "other.svg"),
    "data reference": ('<use href="data:image/svg+xml,%3Csvg/%3E"/>', "data:"),
    "web paint": ('<rect width="9" height="9" fill="url(https://example.org/#a)"/>', "example.org"),
    "escaped paint": ('<g style="fill: u\\72l(https://example.org/)"/>', "escaped characters"),
    "style sheet paint": ("<style>g { fill: url('file:///etc/passwd') }</style><g/>", "file:///etc/passwd"),
    "reference by style": ("<style>use { href: file:///etc/passwd }</style><use/>", "file:///etc/passwd"),
    "import": ("<style>@import url(https://example.org/a.css);</style>", "<style>"),
    "marker by style": ('<path d="M0 0h9" style="marker-end: url(#a)"/>', "marker-end"),
    "base": ('<g xml:base="https://example.org/"/>', "xml:base"),
    "combinators": ("<style>" + "* " * 20 + "{fill:red}</style>", "<style>"),
    "long style sheet": ("<style>" + "*{a:b}" * 20_000 + "</style>" + "<g/>" * 200, "style rules"),
    "many elements": ("<g/>" * 6_000, "elements"),
    "deep nesting": ("<g>" * 70 + "</g>" * 70, "deep"),
    "path data on a group": ('<g d="M0 0"><path/></g>', "<g> has the attribute d"),
    "fine dashes": ('<path d="M0 0L72 72" stroke="#fff" stroke-dasharray="1e-4"/>', "stroke-dasharray"),
    "fine dashes by style": (
        '<path d="M0 0L72 72" style="stroke: #fff; stroke-dasharray: 0 .0001"/>',
        "stroke-dasharray",
    ),
    "fine dashes by inheritance": (
        '<defs><circle id="c" r="30"/></defs><use href="#c" stroke="#fff" stroke-dasharray="1e-4"/>',
        "stroke-dasharray",
    ),
    "far away": ('<path d="M0 0L1e9 1"/>', "times the canvas"),
    "scaled far away": ('<g transform="scale(999)"><path d="M0 0L72 72"/></g>', "times the canvas"),
    "not a number": ('<circle r="nan"/>', "nan"),
    "long path": ('<path d="M0 0' + "l1 1-1-1" * 20_000 + '"/>', "simplify"),
    "arcs": ('<path stroke="#fff" stroke-width="30" d="M0 0' + "a9 9 0 1 1 9 9" * 8_000 + '"/>', "simplify"),
    "self reference": ('<g id="a"><use href="#a"/></g>', "#a refers to itself"),
    "mutual references": (
        '<mask id="a" mask="url(#b)"/><mask id="b" mask="url(#a)"/><g mask="url(#a)"/>',
        "refers to itself",
    ),
    "masks without url()": (
        chained('<mask id="m{0}"><g mask="#m{1}"/><g mask="#m{1}"/></mask>', 'mask="#m0"'),
        "2 s",
    ),
    "clips with quotes": (
        chained(
            """<clipPath id="m'{0}">"""
            + 2 * """<path d="M0 0h9" clip-path="url(#m'{1})"/>"""
            + "</clipPath>",
            """clip-path="url(#m'0)\"""",
        ),
        "2 s",
    ),
    "masks inside masks": (
        "".join(f'<g mask="url(#m{i})"/><mask id="m{i}">' for i in range(25)) + "</mask>" * 25,
        "2 s",
    ),
    "patterns by href": (
        '<pattern id="a" href="#b"/><pattern id="b" width="9" height="9"/><path d="M0 0h9" fill="url(#a)"/>',
        "<pattern> refers to another",
    ),
    "large mask": ('<mask id="a" width="4097"/><g mask="url(#a)"/>', "more than 4096 units"),
    "large pattern": ('<pattern id="a" x="-4097"/><path d="M0 0h9" fill="url(#a)"/>', "more than 4096 units"),
    "wide stroke": ('<path d="M0 0h9" stroke="#fff" stroke-width="1e308"/>', "stroke wider"),
    "dashes of minus": ('<path d="M0 0' + "-" * 9_000 + '"/>', "is not path data"),
    "commands without numbers": ('<path d="M0 0' + "z" * 80_000 + '"/>', "simplify"),
    "words as transform": ('<g transform="' + "a" * 900 + '"/>', "is no list of functions"),
    "clip rectangle": ('<rect clip="rect(1 1 1 1)" width="9" height="9"/>', "uses clip"),
    "backslashes in a style": ("""<g style='fill: "url(""" + 60 * "\\\\" + """"'/>""", "escaped characters"),
    "long attribute": ('<rect fill="' + "a" * 5_000 + '"/>', "5,000 characters"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_drawings_are_refused_by_name_before_rendering(case, monkeypatch):
    body, reason = HOSTILE[case]

    def no_network(*args: object) -> None:
        raise AssertionError("reached for the network")

    monkeypatch.setattr(socket, "socket", no_network)
    monkeypatch.setattr(svg._cairosvg(), "svg2png", no_network)
    with pytest.raises(UserError) as refusal:
        svg.rasterize(drawing(body), size=16, name="evil.svg")
    assert str(refusal.value).startswith("evil.svg: ")
    assert reason in str(refusal.value)


@pytest.mark.parametrize(("depth", "size"), [(8, 4096), (9, 3800)])
def test_transparent_groups_are_refused_by_the_memory_that_they_take(depth: int, size: int) -> None:
    def nested(count: int) -> bytes:
        return drawing('<g opacity=".5">' * count + SQUARE + "</g>" * count)

    assert svg._checked(nested(depth), "x.svg")[1] == depth
    assert depth * 4 * size**2 <= svg._MAX_GROUP_BYTES < (depth + 1) * 4 * size**2
    with pytest.raises(UserError, match=f"nests {depth + 1} masks or transparent groups"):
        svg.rasterize(nested(depth + 1), size=size, name="x.svg")


@pytest.mark.parametrize(
    ("body", "groups"),
    [
        (SQUARE, 0),
        (f'<g opacity="1">{SQUARE}</g>', 0),
        ('<rect opacity=".5" width="9" height="9"/>', 0),  # drawn in its own colour, without a group
        (f'<g opacity=".5">{SQUARE}</g><g opacity=".5">{SQUARE}</g>', 1),
        (f'<g style="opacity: .5"><g filter="url(#a)">{SQUARE}</g></g>', 2),
        (f'<mask id="m"><rect width="9" height="9"/></mask><g mask="url(#m)">{SQUARE}</g>', 3),
    ],
)
def test_groups_that_are_in_memory_at_once_are_counted(body: str, groups: int) -> None:
    assert svg._checked(drawing(body), "x.svg")[1] == groups

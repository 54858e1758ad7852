"""The rasteriser draws faithfully, and what is unsafe or slow never reaches the renderer."""

import builtins
import socket
import subprocess
import sys

import numpy as np
import pytest

from emojax.core.errors import UserError
from emojax.media import svg


def drawing(body: str, attributes: str = 'viewBox="0 0 72 72"') -> bytes:
    xlink = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {xlink} {attributes}>{body}</svg>'.encode()


def draw(
    body: str, attributes: str = 'viewBox="0 0 72 72"', size: int = 36, background: str | None = "black"
):
    return svg.rasterize(drawing(body, attributes), size=size, background=background, name="x.svg")


SQUARE = '<rect width="72" height="72" fill="#f00"/>'


def test_the_background_shows_where_nothing_is_drawn():
    image = draw('<rect width="36" height="72" fill="#ff0000"/>', background="#0000ff")
    assert image.dtype == np.uint8
    assert image.shape == (36, 36, 3)
    assert (image[:, :18] == (255, 0, 0)).all()
    assert (image[:, 18:] == (0, 0, 255)).all()


def test_without_background_the_picture_has_straight_alpha():
    image = draw('<rect width="36" height="72" fill="#ff0000" fill-opacity="0.5"/>', background=None)
    assert image.shape == (36, 36, 4)
    assert (image[:, 18:] == 0).all()
    assert np.abs(image[:, :18].astype(int) - (255, 0, 0, 128)).max() <= 1


def test_a_wide_drawing_is_fitted_and_centred():
    image = draw('<rect width="80" height="40" fill="#fff"/>', 'viewBox="0 0 80 40"', size=40)
    assert (image[10:30] == 255).all()
    assert (image[:10] == 0).all()
    assert (image[30:] == 0).all()


def test_a_drawing_may_give_its_size_instead_of_a_view_box():
    image = draw('<rect width="1cm" height="2cm" fill="#fff"/>', 'width="2cm" height="2cm"', size=40)
    assert (image[:, :20] == 255).all()
    assert (image[:, 20:] == 0).all()


def test_styles_gradients_clips_masks_and_uses_are_drawn():
    body = (
        "<style>.a { fill: url(#g) } /* note */ #b, rect.c { opacity: 1 }</style>"
        '<defs><linearGradient id="g"><stop stop-color="#fff"/></linearGradient>'
        '<clipPath id="left"><rect width="36" height="72"/></clipPath>'
        '<mask id="top" maskUnits="userSpaceOnUse" x="0" y="0" width="72" height="72">'
        '<rect width="72" height="36" fill="#fff"/></mask>'
        '<rect id="r" class="a" width="72" height="72"/></defs>'
        '<g clip-path="url(#left)"><g mask="url(#top)"><use xlink:href="#r"/></g></g>'
    )
    image = draw(body)
    assert (image[:17, :17] == 255).all()
    assert (image[:, 19:] == 0).all()
    assert (image[19:] == 0).all()


def test_a_marker_that_is_not_there_is_left_out():
    plain = '<path d="M9 9L60 60" stroke="#fff" stroke-width="9"{}/>'
    assert (draw(plain.format("")) == draw(plain.format(' marker-end="url(#dot)"'))).all()


def test_the_notes_that_editors_leave_are_ignored():
    notes = (
        'viewBox="0 0 72 72" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" '
        'inkscape:version="1.4" xml:space="preserve"'
    )
    body = (
        '<inkscape:view zoom="1"/><title>a</title><!-- b -->'
        '<metadata><r:RDF xmlns:r="urn:rdf"><r:type r:resource="https://example.org"/></r:RDF></metadata>'
        '<rect width="72" height="72" style="fill: #f00; marker: none" inkscape:label="c"/>'
    )
    assert (draw(body, notes) == draw(SQUARE)).all()


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
    "escaped paint": ('<g style="fill: u\\72l(https://example.org/)"/>', "example.org"),
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


@pytest.mark.parametrize("depth", [svg.MAX_DEPTH, svg.MAX_DEPTH + 1])
def test_elements_nest_up_to_a_bound(depth):
    body = "<g>" * (depth - 1) + "</g>" * (depth - 1)  # within <svg>
    if depth == svg.MAX_DEPTH:
        svg.check(drawing(body), "x.svg")
    else:
        with pytest.raises(UserError, match=f"nests elements more than {svg.MAX_DEPTH} deep"):
            svg.check(drawing(body), "x.svg")


def bomb(levels: int, wrap: str, reference: str) -> str:
    """Each level refers twice to the one below."""
    inner = '<path id="r0" d="M0 0h9"/>' if wrap == "g" else f'<{wrap} id="r0"><path d="M0 0h9v9z"/></{wrap}>'
    for level in range(1, levels + 1):
        pair = 2 * reference.format(level - 1)
        inner += f'<{wrap} id="r{level}">{pair}</{wrap}>'
    return f"<defs>{inner}</defs>{reference.format(levels)}"


@pytest.mark.parametrize(
    ("wrap", "reference"),
    [
        ("g", '<use href="#r{}"/>'),
        ("symbol", '<use href="#r{}"/>'),
        ("mask", '<rect width="9" height="9" mask="url(#r{})"/>'),
        ("clipPath", '<rect width="9" height="9" clip-path="url(#r{})"/>'),
        ("pattern", '<rect width="9" height="9" fill="url(#r{})"/>'),
    ],
)
def test_references_that_multiply_are_refused_however_they_refer(wrap, reference):
    svg.check(drawing(bomb(3, wrap, reference)), "small.svg")
    with pytest.raises(UserError, match="simplify"):
        svg.check(drawing(bomb(25, wrap, reference)), "bomb.svg")


def test_tangled_clips_cost_more_than_the_same_paths_unclipped():
    zigzag = "M0 0" + "".join(f"L{(37 * i) % 72} {(53 * i) % 72}" for i in range(1_600))
    path = f'<path d="{zigzag}"/>'
    svg.check(drawing(path * 2), "plain.svg")
    with pytest.raises(UserError, match="simplify"):
        svg.check(
            drawing(f'<clipPath id="c">{path}</clipPath><g clip-path="url(#c)">{path * 2}</g>'), "clip.svg"
        )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "XML"),
        (b"<svg", "XML"),
        (b"GIF89a", "XML"),
        (b"\x1f\x8b\x08\x00", "XML"),
        (b"<html/>", "<html>"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "viewBox"),
        (b"<!DOCTYPE svg><svg/>", "DOCTYPE"),
        (b'<!DOCTYPE s [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>', "DOCTYPE"),
        (b'<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>', "DOCTYPE"),
        (b'<?xml-stylesheet href="https://example.org/a.css"?><svg/>', "xml-stylesheet"),
        (drawing("<!--" + "x" * 1_000_000 + "-->"), "bytes"),
        (drawing("", 'viewBox="0 0 1e9 1e9"'), "canvas"),
        (drawing("", 'viewBox="0 0 72 0"'), "viewBox"),
        (drawing("", 'viewBox="0 0 1 1000"'), "canvas"),
        (drawing("", 'viewBox="0 0 72"'), "viewBox"),
        (drawing("", 'width="1e9" height="1e9"'), "canvas"),
        (drawing("", 'width="100%" height="100%"'), "viewBox"),
    ],
)
def test_what_is_not_a_sound_svg_file_is_refused(content, reason):
    with pytest.raises(UserError, match=reason) as refusal:
        svg.check(content, "x.svg")
    assert str(refusal.value).startswith("x.svg: ")


def test_odd_values_that_break_the_renderer_are_the_users_error():
    with pytest.raises(UserError, match=r"^x\.svg: "):
        draw('<rect width="9" height="9" opacity="lots"/>')


@pytest.mark.parametrize("background", ["blakc", "", "#12"])
def test_a_background_that_is_no_colour_is_refused(background):
    with pytest.raises(UserError, match="colour"):
        draw(SQUARE, background=background)


def test_without_the_cairo_library_the_error_says_how_to_install_it(monkeypatch):
    real_import = builtins.__import__

    def without_cairo(name, *args, **kwargs):
        if name.startswith("cairosvg"):
            raise OSError('no library called "cairo-2" was found')
        return real_import(name, *args, **kwargs)

    svg._cairosvg.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without_cairo)
    with pytest.raises(UserError) as missing:
        draw(SQUARE)
    assert all(
        hint in str(missing.value) for hint in ("apt-get install libcairo2", "brew install", "Windows")
    )


def test_importing_the_module_does_not_need_cairo():
    program = "import sys, emojax.media.svg; sys.exit(any(name.startswith('cairo') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

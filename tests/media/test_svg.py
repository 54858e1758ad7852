"""The rasteriser draws faithfully, and what is unsafe or slow never reaches the renderer."""

import builtins
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

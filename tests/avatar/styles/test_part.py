"""Reading a drawing: which elements and attributes are kept, how they are completed, and every refusal."""

from xml.etree.ElementTree import Element

import pytest
from avatar.support.tiny_style import part as svg_file

from emojax.avatar.styles import part
from emojax.core.errors import UserError

SLOTS = ("skin", "hair")
TYPES = ("head", "hair", "ears")
PATH = "M0 0H9V9Z"


def _read(shapes: str, *, root: str = "") -> Element:
    data = svg_file(shapes).replace("<svg ", f"<svg {root} ").encode()
    return part.read(data, "x.svg", slots=SLOTS, types=TYPES)


def _only(shapes: str, **options: str) -> Element:
    (child,) = _read(shapes, **options)
    return child


def test_known_attributes_are_kept_and_others_removed() -> None:
    shape = _only(
        f'<path d="{PATH}" fill="#ff0000" data-fill="skin.deep" data-class="skin" id="a" '
        'transform="scale(2)" fill-rule="evenodd" aria-label="x" data-note="y" version="3"/>'
    )
    assert shape.attrib == {
        "d": PATH,
        "fill": "#ff0000",
        "data-fill": "skin.deep",
        "data-class": "skin",
        "id": "a",
        "transform": "scale(2)",
        "fill-rule": "evenodd",
    }


def test_declarations_of_style_attributes_win() -> None:
    shape = _only(
        f'<path d="{PATH}" fill="#ff0000" style="fill : #00ff00 ;stroke:; stroke-width:2;quality:y"/>'
    )
    assert shape.attrib == {"d": PATH, "fill": "#00ff00", "stroke-width": "2"}


def test_titles_and_foreign_elements_are_removed_and_groups_kept() -> None:
    root = _read(
        '<title>t</title><desc>d</desc><metadata><x xmlns="http://a.b"/></metadata>'
        f'<q xmlns="http://a.b"/><g><g><path d="{PATH}"/></g></g>'
    )
    assert [element.tag for element in root.iter()] == ["svg", "g", "g", "path"]
    assert root.get("viewBox") == "0 0 306 306"


@pytest.mark.parametrize("paint", ["fill", "stroke"])
def test_a_slots_colour_is_painted_even_if_the_editor_left_none(paint: str) -> None:
    for color, expected in (("none", "#808080"), ("#123456", "#123456")):
        shape = _only(f'<path d="{PATH}" {paint}="{color}" data-{paint}="skin"/>')
        assert shape.get(paint) == expected
    assert _only(f'<path d="{PATH}" data-{paint}="skin"/>').get(paint) == "#808080"
    assert _only(f'<path d="{PATH}" {paint}="none"/>').get(paint) == "none"


def test_children_inherit_the_outermost_elements_look() -> None:
    root = 'fill="#00ff00" stroke-width="3" data-class="hair" opacity="0.5" id="top"'
    first, second = _read(f'<path d="{PATH}"/><g fill="#ff0000"/>', root=root)
    assert first.attrib == {"d": PATH, "fill": "#00ff00", "stroke-width": "3", "data-class": "hair"}
    assert second.attrib == {"fill": "#ff0000", "stroke-width": "3", "data-class": "hair"}


@pytest.mark.parametrize("width", ["3", "3.5", ".5", "12px", "1234.123456", "0", "7."])
def test_plain_widths_are_allowed(width: str) -> None:
    assert _only(f'<path d="{PATH}" stroke-width="{width}"/>').get("stroke-width") == width


@pytest.mark.parametrize("width", ["12345", "1.1234567", "-1", "1e3", "3em", "5%", "", ".", "1 2"])
def test_other_widths_are_refused(width: str) -> None:
    with pytest.raises(UserError, match=r"x\.svg: (<path> has )?stroke-width.*; write a plain number"):
        _read(f'<path d="{PATH}" stroke-width="{width}"/>')


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ('<path class="a"/>', "<path> has class, which parts cannot use"),
        ('<path mask="none"/>', "<path> has mask"),
        ('<path href="#a"/>', "<path> has href"),
        ('<g xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#a"/>', "<g> has href"),
        ('<path style="filter:none"/>', "<path> has filter"),
        ("<pattern/>", "<pattern> is not allowed in a part; draw plain shapes"),
        ('<path data-fill="hairs"/>', "<path> data-fill names the slot 'hairs'"),
        ('<path data-stroke="hair.dim"/>', "<path> data-stroke has the shade 'dim'; there are shade, deep"),
        ('<g><path data-class="ear"/></g>', "<path> data-class 'ear' is none of background, skin"),
        ('<g data-layer="top"/>', "<g> data-layer 'top' is none of back, front"),
        ('<g data-clip="body"/>', "<g> data-clip 'body' is no part type; there are ears, hair, head"),
        ('<g data-keep="hair body"/>', "<g> data-keep 'body' is no part type"),
        ('<g><g data-outline=""/></g>', "data-outline belongs on a child of the outermost element"),
        ('<g><g data-layer="back"/></g>', "data-layer belongs on a child"),
        (
            '<g data-clip="head" transform="scale(2)"/>',
            "data-clip and transform or clip-path need a",
        ),
        ('<g data-clip="head" clip-path="url(#a)"/>', "data-clip and transform or clip-path"),
    ],
)
def test_what_is_not_allowed_is_named(shapes: str, message: str) -> None:
    with pytest.raises(UserError, match=rf"^x\.svg: {message}"):
        _read(shapes)


def test_the_outermost_element_has_no_place_of_its_own() -> None:
    with pytest.raises(UserError, match="data-layer belongs on a child"):
        _read("", root='data-layer="back"')


@pytest.mark.parametrize("attribute", ['data-class="none"', 'data-layer="back"', 'data-keep="hair ears"'])
def test_what_says_how_it_is_drawn_is_kept(attribute: str) -> None:
    key, _, value = attribute.replace('"', "").partition("=")
    assert _only(f"<g {attribute}/>").get(key) == value


@pytest.mark.parametrize("box", ["0 0 306 306", " 0  0 306 306 "])
def test_the_frame_is_the_face_frame(box: str) -> None:
    data = svg_file("").replace("0 0 306 306", box).encode()
    assert part.read(data, "x.svg", slots=(), types=()).tag == "svg"


@pytest.mark.parametrize("box", ["0 0 306 307", "1 0 306 306", "0 0 306", "0,0,306,306"])
def test_any_other_frame_is_refused(box: str) -> None:
    data = svg_file("").replace("0 0 306 306", box).encode()
    with pytest.raises(UserError, match=r"x\.svg: its viewBox"):
        part.read(data, "x.svg", slots=(), types=())


def test_a_drawing_may_have_32000_bytes() -> None:
    for size in (part.MAX_BYTES, part.MAX_BYTES + 1):
        empty = svg_file("<!---->")
        data = empty.replace("<!---->", f"<!--{' ' * (size - len(empty))}-->").encode()
        assert len(data) == size
        if size > 32_000:
            with pytest.raises(UserError, match=r"x\.svg: is 32,001 bytes, and a part may have 32,000"):
                part.read(data, "x.svg", slots=(), types=())
        else:
            part.read(data, "x.svg", slots=(), types=())


def test_layers_are_back_and_front_without_definitions_and_limits() -> None:
    root = _read(
        '<defs/><g id="a"/><g id="b" data-layer="back"/><g id="c" data-layer="front"/><g data-keep="hair"/>'
    )
    found = {layer: [e.get("id") for e in elements] for layer, elements in part.layers(root).items()}
    assert list(found.items()) == [("back", ["b"]), ("front", ["a", "c"])]
    assert part.layers(_read("<defs/>")) == {}


def test_a_drawing_is_written_with_a_line_for_each_element() -> None:
    text = part.serialize(_read("<g><g/></g>"))
    assert text == '<svg viewBox="0 0 306 306">\n <g>\n  <g />\n </g>\n</svg>\n'

"""Other people's SVG becomes shapes that parts of a style may use, and looks the same."""

from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np
import pytest

from emojax.avatar.styles.imports.translate import Translation
from emojax.core.errors import UserError
from emojax.media import svg

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'viewBox="0 0 100 100">'
)


def picture(text: str) -> np.ndarray:
    return svg.rasterize(text.encode(), size=100, background="white", name="a test")


def redrawn(translation: Translation) -> np.ndarray:
    shapes = translation.drawn()
    root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 100 100"})
    SubElement(root, "defs").extend(translation.clips)
    root.extend(shapes)
    return picture(tostring(root, encoding="unicode"))


def same(body: str) -> Translation:
    """A translation of which the picture is the original's."""
    text = f"{HEAD}{body}</svg>"
    assert np.abs(redrawn(Translation(text.encode(), "a", {})).astype(int) - picture(text)).max() < 40
    return Translation(text.encode(), "a", {})


def test_references_become_copies() -> None:
    found = same(
        '<defs><path id="a" d="M10.12345 10H60V60Z"/></defs><use xlink:href="#a" fill="#ff0000" x="5" y="9"/>'
    )
    assert all(element.tag != "use" for shape in found.drawn() for element in shape.iter())


def test_masks_become_clips_with_all_transforms() -> None:
    found = same(
        '<defs><g id="a" transform="translate(10 20)"><rect width="40" height="30"/></g></defs>'
        '<mask id="m" fill="white"><use xlink:href="#a"/></mask>'
        '<g mask="url(#m)" transform="translate(5 0)"><circle cx="30" cy="30" r="25" fill="#0000ff"/></g>'
    )
    found.drawn()
    assert len(found.clips) == 1


def test_numbers_have_two_decimals() -> None:
    (shape,) = Translation(f'{HEAD}<path d="M1.23456,7.00001L-.55555 3"/></svg>'.encode(), "a", {}).drawn()
    assert shape.get("d") == "M1.23,7L-0.56 3"


def test_slots_paint_all_that_is_in_a_group() -> None:
    text = f'{HEAD}<g id="Hair-Color"><rect width="9" height="9" fill="#123456"/></g></svg>'
    (group,) = Translation(text.encode(), "a", {"Hair-Color": "hair"}).drawn()
    assert group.get("data-fill") == "hair"
    assert group[0].get("fill") is None


def test_shadows_are_left_out() -> None:
    text = f'{HEAD}<rect id="a"/><use filter="url(#f)" xlink:href="#a"/><g id="empty"/></svg>'
    (shape,) = Translation(text.encode(), "a", {}).drawn()
    assert shape.tag == "rect"


def test_gradients_are_taken_over() -> None:
    same(
        '<defs><linearGradient id="l"><stop offset="0" stop-color="#ff0000"/>'
        '<stop offset="1" stop-color="#0000ff"/></linearGradient></defs>'
        '<rect width="90" height="90" fill="url(#l)"/>'
    )
    text = f'{HEAD}<rect width="9" height="9" fill="url(#missing)"/></svg>'
    (shape,) = Translation(text.encode(), "a", {}).drawn()
    assert shape.get("fill") == "none"


@pytest.mark.parametrize(
    "body",
    [
        '<g id="a"><use xlink:href="#a"/></g>',
        "<text>hello</text>",
        '<image href="a.png"/>',
        "<g>" * 40 + "<path/>" + "</g>" * 40,
        "<rect/>" * 3000,
    ],
)
def test_what_cannot_be_taken_over_is_refused(body: str) -> None:
    with pytest.raises(UserError, match="^a: "):
        Translation(f"{HEAD}{body}</svg>".encode(), "a", {}).drawn()


@pytest.mark.parametrize("data", [b"", b"<svg", b'<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>'])
def test_what_is_no_svg_is_refused(data: bytes) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        Translation(data, "a", {})

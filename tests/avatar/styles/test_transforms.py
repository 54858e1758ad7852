"""What is there twice is told apart by where it lies, and moved side by side."""

from xml.etree.ElementTree import Element, fromstring, tostring

import numpy as np
import pytest

from emojax.avatar.reading.placement import Move
from emojax.avatar.styles import composition, style, transforms
from emojax.data.faces.labels import CLASSES

SHAPES = {
    "path": '<path d="M{x} 10h4v4z"/>',
    "circle": '<circle cx="{x}" cy="10" r="3"/>',
    "ellipse": '<ellipse cx="{x}" rx="3" ry="2"/>',
    "rect": '<rect x="{x}" width="3" height="3"/>',
    "line": '<line x1="{x}" y1="3" x2="0" y2="0"/>',
    "polygon": '<polygon points="{x},1 {x},5 9,9"/>',
}
MATRICES = {
    "": 1,
    "translate(-3 7)": 1,
    "matrix(-1 0 0 1 306 0)": -1,
    "translate(306) scale(-1 1)": -1,
    "rotate(180 153 20)": -1,
    "rotate(20, 153, 10) skewX(5)": 1,
}


@pytest.mark.parametrize("transform", MATRICES)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_on_the_side_on_which_it_is_seen(shape: str, transform: str) -> None:
    for x in (60, 250):
        group = fromstring(f'<g transform="{transform}">{SHAPES[shape].format(x=x)}</g>')
        left, right = transforms.split_sides(group)
        seen_right = (x > 153) == (MATRICES[transform] > 0)
        assert (left is None, right is None) == (seen_right, not seen_right)
        assert (right if seen_right else left) is group


def test_a_group_of_both_sides_is_copied_and_its_definitions_are_not() -> None:
    group = fromstring(
        '<g id="both" fill="#fff"><defs><clipPath id="lids"><path d="M1 1h4v4z"/></clipPath></defs>'
        '<circle cx="100" cy="1" r="2"/><g><circle cx="200" cy="1" r="2"/></g>'
        '<circle cx="210" cy="1" r="2"/></g>'
    )
    left, right = transforms.split_sides(group)
    assert left is not None
    assert right is not None
    assert left.get("fill") == right.get("fill") == "#fff"
    assert [e.get("cx") for e in left.iter("circle")] == ["100"]
    assert [e.get("cx") for e in right.iter("circle")] == ["200", "210"]
    ids = [e.get("id") for half in (left, right) for e in half.iter() if e.get("id")]
    assert sorted(ids) == ["both", "lids"]
    assert transforms.split_sides(Element("g")) == (None, None)


def test_a_part_on_the_middle_is_moved_as_a_whole() -> None:
    shape = fromstring('<g><circle cx="100" cy="1" r="2"/><circle cx="200" cy="1" r="2"/></g>')
    found = transforms.move_part(shape, Move(y=10, down=3, wide=2))
    assert found.get("transform") == "matrix(2 0 0 1 -153 3)"
    assert tostring(found[0]) == tostring(shape)


@pytest.mark.parametrize("name", ["flat", "line", "sticker"])
@pytest.mark.parametrize("kind", ["eyes", "brows"])
def test_each_side_is_scaled_about_its_own_point(name: str, kind: str) -> None:
    drawings = style.load(style.find(name))
    sides = [CLASSES.index(f"{side} {kind[:-1]}") for side in ("right", "left")]
    for variant in drawings.parts[kind].variants:
        still = composition.label_map(drawings, {kind: variant}, parts=[kind])
        where = [np.argwhere(still == side).mean(0) for side in sides]
        move = Move(x=(where[1][1] - where[0][1]) / 2, y=where[0][0], outwards=5, wide=0.8, high=0.8)
        moved = composition.label_map(drawings, {kind: variant}, parts=[kind], moves={kind: move})
        for side, sign, (row, column) in zip(sides, (-1, 1), where, strict=True):
            there = np.argwhere(moved == side)
            np.testing.assert_allclose(there.mean(0), (row, column + 5 * sign), atol=1.2)
            # A line's width cannot be told from its area to better than some pixels of its border.
            assert len(there) == pytest.approx(0.64 * (still == side).sum(), rel=0.25)

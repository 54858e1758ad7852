"""Pairs are split at the middle of the face by where their shapes begin, and each side is moved by itself."""

import re
from xml.etree.ElementTree import Element, fromstring, tostring

import numpy as np
import pytest

from emojax.avatar.reading.moves import Move
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


@pytest.mark.parametrize(
    ("transform", "x", "y", "right"),
    [
        ("", 152.9, 0, False),
        ("", 153, 0, True),  # the middle line counts as right
        ("skewX(45)", 100, 60, True),
        ("skewX(45)", 100, 50, False),
        ("skewX(-45)", 250, 90, True),
        ("skewX(-45)", 250, 100, False),
        ("matrix(0 1 1 0 0 0)", 200, 100, False),
        ("matrix(0 1 1 0 0 0)", 100, 200, True),
    ],
)
def test_a_shapes_first_point_is_transformed(transform: str, x: float, y: float, right: bool) -> None:
    group = fromstring(f'<g transform="{transform}"><rect x="{x}" y="{y}" width="3" height="3"/></g>')
    sides = transforms.split_sides(group)
    assert sides == ((None, group) if right else (group, None))


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


FUNCTIONS = {
    "matrix(1 2 3 4 5 6)": [[1, 3, 5], [2, 4, 6]],
    "translate(3)": [[1, 0, 3], [0, 1, 0]],
    "translate(-3,7.5)": [[1, 0, -3], [0, 1, 7.5]],
    "scale(2)": [[2, 0, 0], [0, 2, 0]],
    "scale(2 -3)": [[2, 0, 0], [0, -3, 0]],
    "rotate(90)": [[0, -1, 0], [1, 0, 0]],
    "rotate(90 10 20)": [[0, -1, 30], [1, 0, 10]],
    "rotate(30)": [[0.75**0.5, -0.5, 0], [0.5, 0.75**0.5, 0]],
    "rotate(-60,4,8)": [[0.5, 0.75**0.5, 2 - 8 * 0.75**0.5], [-(0.75**0.5), 0.5, 4 + 4 * 0.75**0.5]],
    "skewX(45)": [[1, 1, 0], [0, 1, 0]],
    "skewY(-45)": [[1, 0, 0], [-1, 1, 0]],
    "matrix(1 2 3)": [[1, 0, 0], [0, 1, 0]],
    "translate()": [[1, 0, 0], [0, 1, 0]],
    "perspective(3)": [[1, 0, 0], [0, 1, 0]],
}


def _as_array(transform: str) -> np.ndarray:
    a, b, c, d, e, f = transforms._parse_transform(transform)
    return np.array([[a, c, e], [b, d, f], [0, 0, 1]])


@pytest.mark.parametrize("first", FUNCTIONS)
def test_transforms_are_products_of_their_functions(first: str) -> None:
    """SVG 1.1, section 7.6: the first function is the outermost."""
    expected = np.vstack([FUNCTIONS[first], [0, 0, 1]])
    np.testing.assert_allclose(_as_array(first), expected, atol=1e-12)
    for second, matrix in FUNCTIONS.items():
        product = expected @ np.vstack([matrix, [0, 0, 1]])
        np.testing.assert_allclose(_as_array(f"{first} {second}"), product, atol=1e-12)


def test_a_move_scales_about_its_point_and_shifts() -> None:
    shape = fromstring('<circle cx="100" cy="20" r="2"/>')
    whole = Move(y=40, right=3, down=5, outwards=99, wide=1.5, high=0.5)
    (matrix,) = re.findall(r"matrix\((.*)\)", transforms.move_part(shape, whole).get("transform", ""))
    a, b, c, d, e, f = map(float, matrix.split())
    assert (b, c) == (0, 0)
    assert (a * 100 + e, d * 20 + f) == (153 + 1.5 * (100 - 153) + 3, 40 + 0.5 * (20 - 40) + 5)
    pair = Move(x=40, y=40, right=3, down=5, outwards=7, wide=1.5, high=0.5)
    for x, point, outwards in ((100, 153 - 40, -7), (210, 153 + 40, 7)):
        sides = transforms.move_part(fromstring(f'<circle cx="{x}" cy="20" r="2"/>'), pair)
        (side,) = sides
        (matrix,) = re.findall(r"matrix\((.*)\)", side.get("transform", ""))
        a, _, _, d, e, f = map(float, matrix.split())
        assert (a * x + e, d * 20 + f) == (point + 1.5 * (x - point) + 3 + outwards, 35)


@pytest.mark.parametrize("name", ["flat", "line", "sticker"])
@pytest.mark.parametrize("part", ["eyes", "brows"])
def test_each_side_is_scaled_about_its_own_point(name: str, part: str) -> None:
    drawings = style.load(style.find(name))
    sides = [CLASSES.index(f"{side} {part[:-1]}") for side in ("right", "left")]
    for variant in drawings.parts[part].variants:
        still = composition.label_map(drawings, {part: variant}, parts=[part])
        where = [np.argwhere(still == side).mean(0) for side in sides]
        move = Move(x=(where[1][1] - where[0][1]) / 2, y=where[0][0], outwards=5, wide=0.8, high=0.8)
        moved = composition.label_map(drawings, {part: variant}, parts=[part], moves={part: move})
        for side, sign, (row, column) in zip(sides, (-1, 1), where, strict=True):
            there = np.argwhere(moved == side)
            np.testing.assert_allclose(there.mean(0), (row, column + 5 * sign), atol=1.2)
            # A line's width cannot be measured by its area to better than some pixels of its border.
            assert len(there) == pytest.approx(0.64 * (still == side).sum(), rel=0.25)

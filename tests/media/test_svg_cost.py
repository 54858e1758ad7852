"""The estimate of a drawing's cost is the sum that its parts were measured to cost, and bounds sizes."""

import pytest
from media.test_svg import drawing

from emojax.core.errors import UserError
from emojax.media import svg, svg_cost

ELEMENT, STOP, PATH, CLIPPED = 250_000, 10_000, 5, 60  # nanoseconds


def cost(body: str, *, elements: int = 0, rules: int = 0, attributes: str = 'viewBox="0 0 72 72"') -> int:
    """Estimated nanoseconds of what is inside <svg>, which is an element itself."""
    svg._cairosvg()
    from cairosvg.parser import Tree

    tree = Tree(bytestring=drawing(body, attributes), unsafe=False)
    estimate = svg_cost.Estimate(tree, "x.svg", elements=elements, rules=rules)
    estimate.add_drawing()
    return round(1e9 * estimate.seconds) - ELEMENT


@pytest.mark.parametrize(
    ("shape", "points"),
    [
        ('<path d="M0 0L10 10"/>', 4),
        ('<path d="M1.5-2e1,.3 4z"/>', 4),
        ('<polyline points="0,0 5,5 9,9"/>', 6),
        ('<polygon points="0,0 5,5 9,9"/>', 6),
        ('<line x1="1" y1="2" x2="3" y2="4"/>', 4),
        ('<rect width="9" height="9"/>', 4),
        ('<rect width="9" height="9" rx="2"/>', 32),
        ('<rect width="9" height="9" ry="2"/>', 32),
        ('<circle r="9"/>', 32),
        ('<ellipse rx="9" ry="5"/>', 32),
        ("<g/>", 0),
        # Bounds of the stroke's length, by the dashes' length, by the number of dashes and gaps.
        ('<path d="M0 0L30 0" stroke-dasharray="2 4"/>', 4 + 60 // 6 * 2),
        ('<path d="M0 0L30 0" stroke-dasharray="2, 3,1"/>', 4 + 60 // 6 * 3),
        ('<path d="M0 0L30 0" stroke-dasharray="none"/>', 4),
        ('<path d="M0 0L30 0" stroke-dasharray="0 0"/>', 4),
        ('<path d="M0 0A9 9 0 1 1 10 1" stroke-dasharray="6"/>', 9 + 4 * 62 // 6),
        ('<path d="M0 0T10 10T0 5" stroke-dasharray="5"/>', 6 + 6 * 50 // 5),
        ('<circle cx="1" cy="2" r="27" stroke-dasharray="10"/>', 32 + 4 * 60 // 10),
        ('<rect width="50%" height="1in" stroke-dasharray="11"/>', 4 + 8 * (36 + 96) // 11),
        ('<rect width="2px" height="1" stroke-dasharray="1"/>', 4 + 8 * 3),
    ],
)
def test_a_shape_costs_the_square_of_its_numbers(shape: str, points: int) -> None:
    assert cost(shape) == ELEMENT + PATH * points**2


def test_groups_rules_stops_and_lookups_are_counted() -> None:
    assert cost("<g><g/><g/></g>") == 3 * ELEMENT
    assert cost("<g/>", rules=7) == ELEMENT + 2 * 7 * 400  # for the outermost element too
    gradient = '<linearGradient id="a"><stop/><stop/></linearGradient>'
    assert cost(gradient) == 0  # of what is only referred to, nothing is drawn
    rect = '<rect width="9" height="9" fill="url(#a)"/>'
    assert cost(gradient + rect) == 2 * ELEMENT + 2 * STOP + PATH * 4**2
    link = '<linearGradient id="b" href="#a"/>' + rect.replace("#a", "#b")
    assert cost(gradient + link, elements=5) == 3 * ELEMENT + 2 * STOP + 5 * 2_500 + PATH * 4**2
    used = '<defs><path id="p" d="M0 0L10 10"/></defs>'
    one = 2 * ELEMENT + 5 * 2_500 + PATH * 4**2
    assert cost(used + '<use href="#p"/>', elements=5) == one
    assert cost(used + 3 * '<use href="#p"/>', elements=5) == 3 * one
    assert cost('<use href="#nobody"/><use/>', elements=5) == 2 * ELEMENT + 5 * 2_500


def test_clips_cost_more_and_add_up() -> None:
    clip = '<clipPath id="{}"><path d="M0 0L10 10"/></clipPath>'
    of_clip = 2 * ELEMENT + PATH * 4**2
    path = '<path d="M1 1h2v3" {}/>'  # four numbers
    one = cost(clip.format("a") + path.format('clip-path="url(#a)"'))
    assert one == ELEMENT + of_clip + CLIPPED * 4**2 + CLIPPED * (4 + 4) ** 2
    inside = cost(clip.format("a") + f'<g clip-path="url(#a)">{path.format("")}</g>')
    assert inside == one + ELEMENT
    both = clip.format("a") + clip.format("b") + f'<g clip-path="url(#a)">{path.format("clip-path=")}</g>'
    found = cost(both.replace("clip-path=/", 'clip-path="url(#b)"/'))
    assert found == 2 * ELEMENT + 2 * of_clip + CLIPPED * (4**2 + 8**2 + 12**2)
    # A mask is drawn on its own: the clip in force does not apply to it.
    mask = '<mask id="m"><path d="M0 0L10 10"/></mask>'
    found = cost(clip.format("a") + mask + '<g clip-path="url(#a)" mask="url(#m)"/>')
    assert found == ELEMENT + 2 * of_clip + CLIPPED * 4**2


def test_what_takes_longer_than_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    body, nanoseconds = '<path d="M0 0L10 10"/>', 2 * ELEMENT + PATH * 4**2
    monkeypatch.setattr(svg_cost, "MAX_SECONDS", (nanoseconds + 1) / 1e9)
    cost(body)
    monkeypatch.setattr(svg_cost, "MAX_SECONDS", (nanoseconds - 1) / 1e9)
    with pytest.raises(UserError, match=r"would take more than .* s to draw; simplify"):
        cost(body)


@pytest.mark.parametrize(
    ("attributes", "magnification"),
    [
        ("", 1),
        ('transform="scale(2)"', 2),
        ('transform="scale(-.5 3)"', 3),
        ('transform="scale(2) scale(3)"', 6),
        ('transform="matrix(1,-2 3 4 500 600)"', 10),
        ('transform="translate(500) rotate(45 3 4)"', 1),
        ('transform="skewX(45)"', 2),
        ('transform="skewY(-45)"', 2),
    ],
)
def test_coordinates_reach_up_to_a_hundred_canvases_however_transformed(
    attributes: str, magnification: int
) -> None:
    limit = 7200 // magnification
    body = f'<g {attributes}><g><path d="M0 0L{{}} 1"/></g></g>'
    cost(body.format(limit))
    with pytest.raises(UserError, match="a <path> reaches more than 100 times the canvas away"):
        cost(body.format(limit + 1))
    with pytest.raises(UserError, match="reaches more than"):
        cost(body.format(-limit - 1))


def test_a_pattern_may_be_transformed_too() -> None:
    body = '<path patternTransform="scale(4)" d="M0 0L{} 1"/>'
    cost(body.format(1800))
    with pytest.raises(UserError, match="reaches more than"):
        cost(body.format(1801))


def test_a_view_box_enlarges_what_is_used() -> None:
    body = '<defs><symbol id="s" viewBox="0 0 36 18"><path d="M0 0L{} 1"/></symbol></defs><use href="#s"/>'
    cost(body.format(1800))  # 72 units onto 18: four times
    with pytest.raises(UserError, match="reaches more than"):
        cost(body.format(1801))


@pytest.mark.parametrize(
    ("attributes", "accepted"),
    [
        ('viewBox="0 0 100000 1000"', True),
        ('viewBox="0 0 100001 1001"', False),
        ('viewBox="0 0 100 1"', True),
        ('viewBox="0 0 101 1"', False),
        ('viewBox="-1000000 1000000 9 9"', True),
        ('viewBox="-1000001 0 9 9"', False),
        ('viewBox="0 1000001 9 9"', False),
        ('viewBox="0 0 9 0"', False),
        ('viewBox="0 0 9"', False),
        ('width="9cm" height="9px"', True),
        ('width="9"', False),
        ('width="9" height="50%"', False),
    ],
)
def test_a_canvas_has_the_size_of_a_picture(attributes: str, accepted: bool) -> None:
    if accepted:
        assert cost("", attributes=attributes) == 0
    else:
        with pytest.raises(UserError, match="canvas|viewBox"):
            cost("", attributes=attributes)


@pytest.mark.parametrize("levels", [128, 129])
def test_references_nest_up_to_twice_the_depth_of_elements(levels: int) -> None:
    body = "<g>" * levels + "</g>" * levels
    if levels == 128:
        assert cost(body) == 128 * ELEMENT
    else:
        with pytest.raises(UserError, match="its references nest more than 128 deep"):
            cost(body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('<path d="M0 0L9 9Q"/><path d="x"/>', "d='x'... is not path data"),
        ('<g transform="scale(2px)"/>', r"transform has scale\(2px\), which is not plain numbers"),
        ('<circle r="9em"/>', "r='9em' is not a length"),
        ('<mask id="a"><g mask="url(#a)"/></mask><g mask="url( #a )"/>', "#a refers to itself"),
        ('<path d="M0 0h9" stroke-dasharray="1e-9"/>', "its stroke-dasharray is too fine"),
    ],
)
def test_what_cannot_be_bounded_is_refused(body: str, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        cost(body)

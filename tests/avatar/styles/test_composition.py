"""Avatars: one safe and editable drawing, and a label map that is true to it."""

import dataclasses
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from avatar.support import tiny_style
from defusedxml.ElementTree import fromstring

from emojax.avatar.faces import alignment
from emojax.avatar.styles import composition, sheet, style
from emojax.avatar.styles.shades import resolve
from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES
from emojax.media import svg

STYLES = sorted(path.parent.name for path in style.BUILT_IN.glob("*/style.json"))
LABEL = {name: index for index, name in enumerate(CLASSES)}


@pytest.fixture(scope="module", params=STYLES)
def shipped(request: pytest.FixtureRequest) -> style.Style:
    return style.load(style.find(request.param))


@pytest.fixture
def tiny(tmp_path: Path) -> style.Style:
    return style.load(tiny_style.write(tmp_path / "tiny"))


def _pixels(drawing: str, size: int = 96) -> np.ndarray:
    return svg.rasterize(drawing.encode(), size=size, background=None, name="avatar").astype(int)


def test_avatars_are_safe_small_and_editable(shipped: style.Style) -> None:
    rng = np.random.default_rng(0)
    for _ in range(12):
        choice, colors = sheet.random_person(shipped, rng)
        drawing = composition.compose(shipped, choice, colors, background="#ffffff")
        svg.check(drawing.encode(), "avatar")
        assert len(drawing.encode()) < 60_000
        assert "href" not in drawing
        elements = list(fromstring(drawing).iter())
        ids = [element.get("id") for element in elements if "id" in element.attrib]
        assert len(ids) == len(set(ids))
        assert {"background", "head", "clothes", "eyes", "mouth", "nose", "brows"} <= set(ids)
        assert set(re.findall(r"url\(#([^)]*)\)", drawing)) <= set(ids)
        values = shipped.colors(colors)
        for element in elements:
            for paint in ("fill", "stroke"):
                if f"data-{paint}" in element.attrib:
                    assert element.get(paint) == resolve(element.get(f"data-{paint}", ""), values)


def test_avatars_in_one_page_share_no_id_that_is_referred_to(shipped: style.Style) -> None:
    """Browsers take the first element of an id: two avatars inlined in a page would share its clip paths."""
    rng = np.random.default_rng(3)
    people = [sheet.random_person(shipped, rng) for _ in range(4)]
    drawings = [composition.compose(shipped, *person) for person in people]
    drawings.append(composition.compose(shipped, *people[0], background="#ffffff"))
    referred = [set(re.findall(r"url\(#([^)]*)\)", drawing)) for drawing in drawings]
    assert all(referred)
    assert len(set.union(*referred)) == sum(map(len, referred))
    page = "".join(drawing.replace("<svg ", '<svg x="0" ', 1) for drawing in drawings)
    for name in set.union(*referred):
        assert page.count(f'id="{name}"') == 1
    for drawing in drawings:
        assert {"head", "hair", "eyes"} & set(re.findall(r'<g id="([^"]*)"', drawing)) >= {"head", "eyes"}


def test_an_avatar_is_a_function_of_its_choice(shipped: style.Style) -> None:
    person = sheet.random_person(shipped, np.random.default_rng(1))
    assert composition.compose(shipped, *person) == composition.compose(shipped, *person)


def test_faces_are_placed_as_in_aligned_portraits(shipped: style.Style) -> None:
    for eyes, mouth in (("almond", "smile"), (None, None)):
        choice = {"eyes": eyes, "mouth": mouth} if eyes in shipped.parts["eyes"].variants else {}
        box = alignment.fit_square(composition.label_map(shipped, choice))
        assert box is not None
        np.testing.assert_allclose([box.x, box.y], 153, atol=5)
        assert box.side == pytest.approx(306, rel=0.06)
        assert abs(box.roll_degrees) < 1


def test_parts_draw_only_their_labels(shipped: style.Style) -> None:
    own = {
        "head": {"skin", "neck"},
        "ears": {"left ear", "right ear", "earring"},
        "hair": {"hair"},
        "brows": {"left brow", "right brow"},
        "eyes": {"left eye", "right eye"},
        "nose": {"nose"},
        "mouth": {"mouth", "upper lip", "lower lip"},
        "glasses": {"eyeglasses"},
        "facial_hair": {"skin"},
        "hat": {"hat"},
        "clothes": {"cloth", "neck", "necklace"},
        "earrings": {"earring"},
    }
    for part, names in own.items():
        for variant, drawn in shipped.parts[part].variants.items():
            labels = composition.label_map(shipped, {part: variant}, size=76, whole=True, parts=[part])
            seen = {CLASSES[label] for label in np.unique(labels)} - {"background"}
            assert seen <= names, (part, variant)
            # Where there is anything, it is enough to be found again.
            # Moustaches have the label of what they hang over.
            assert bool(seen) or variant in ("none", "bald") or part == "facial_hair", (part, variant)
            if part in ("brows", "eyes"):
                sides = [
                    int((labels == LABEL[f"{side} {part.rstrip('s')}"]).sum()) for side in ("left", "right")
                ]
                assert sides[0] == pytest.approx(sides[1], rel=0.25, abs=3), (part, variant)
                columns = [
                    np.nonzero(labels == LABEL[f"{side} {part[:-1]}"])[1].mean() for side in ("left", "right")
                ]
                assert columns[0] > 38 > columns[1], "left is the person's"
            assert drawn.id == variant


@pytest.mark.parametrize(("slot", "label"), [("hair", "hair"), ("cloth", "cloth"), ("hat", "hat")])
def test_a_color_changes_what_has_its_label_and_nothing_else(
    shipped: style.Style, slot: str, label: str
) -> None:
    rng = np.random.default_rng(2)
    fixed = {"brows": "#403020", "beard": "#403020"}
    for _ in range(4):
        choice, colors = sheet.random_person(shipped, rng)
        choice["hat"] = str(rng.choice(list(shipped.parts["hat"].variants)))
        first, second = (
            _pixels(composition.compose(shipped, choice, {**colors, **fixed, slot: color}), 210)
            for color in ("#2040c0", "#e8c020")
        )
        labels = composition.label_map(shipped, choice, size=210, whole=True) == LABEL[label]
        changed = np.abs(first - second).sum(-1) > 60
        # Half covered pixels belong to either side.
        grown = labels.copy()
        for axis in (0, 1):
            for step in (-1, 1):
                grown |= np.roll(labels, step, axis)
        assert (changed & ~grown).mean() < 0.004, choice


def test_labels_are_exact_at_any_size(shipped: style.Style) -> None:
    choice, _ = sheet.random_person(shipped, np.random.default_rng(3))
    large = composition.label_map(shipped, choice, size=612)
    small = composition.label_map(shipped, choice, size=306)
    assert large.dtype == np.uint8
    assert set(np.unique(large)) <= set(range(len(CLASSES)))
    assert (large[::2, ::2] == small).mean() > 0.97


def test_a_hat_keeps_hair_below_its_brim(tiny: style.Style) -> None:
    worn = composition.label_map(tiny, {"hat": "one"})
    assert (worn[:40] != LABEL["hair"]).all()
    assert (worn[45:80, 65:240] == LABEL["hair"]).all()
    # Alone, hair is not cut.
    assert (composition.label_map(tiny, {}, parts=["hair"])[2:40, 65:240] == LABEL["hair"]).all()


def test_shipped_coverings_leave_no_hair_above_them(shipped: style.Style) -> None:
    hat = composition.label_map(shipped, {"hat": "hijab", "hair": "afro"}, whole=True)
    assert not np.isin(hat, [LABEL["hair"], LABEL["left ear"], LABEL["right ear"]]).any()
    beanie = composition.label_map(shipped, {"hat": "beanie", "hair": "afro"}, whole=True)
    assert (beanie == LABEL["hair"]).any()
    top = np.nonzero((beanie == LABEL["hat"]).any(1))[0][0]
    assert np.nonzero((beanie == LABEL["hair"]).any(1))[0][0] > top + 40


def test_beards_follow_every_jaw(shipped: style.Style) -> None:
    plain = dataclasses.replace(shipped, border=None)
    for head in shipped.parts["head"].variants:
        for beard in ("stubble", "short-beard"):
            bare = composition.label_map(shipped, {"head": head}, parts=["head"]) == LABEL["skin"]
            drawing = composition.compose(
                plain, {"head": head, "facial_hair": beard}, {}, parts=["facial_hair"]
            )
            drawing = drawing.replace(
                composition.view_box(shipped.canvas), composition.view_box((0, 0, 306)), 1
            )
            hairy = svg.rasterize(drawing.encode(), size=306, background=None, name="beard")[..., 3] > 20
            # Edges are soft: a pixel more is none beyond the outline.
            outside = hairy & (cv2.dilate(bare.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
            rows = np.nonzero(outside)[0]
            assert outside.sum() < 0.1 * hairy.sum(), (head, beard)
            assert not len(rows) or rows.min() > 230, (
                "sides follow the outline; only the chin's hair hangs over"
            )


def test_clips_of_parts_that_are_not_drawn_still_hold(tiny: style.Style) -> None:
    labels = composition.label_map(tiny, {}, parts=["facial_hair"])
    rows, columns = np.nonzero(labels)
    assert (columns.min(), columns.max()) == (73, 232)
    assert (rows.min(), rows.max()) == (220, 281)


def test_layers_are_drawn_behind_and_in_front(tiny: style.Style) -> None:
    labels = composition.label_map(tiny, {}, parts=["hair", "head"])
    assert labels[40, 153] == LABEL["hair"]
    assert labels[200, 153] == LABEL["skin"]
    assert labels[290, 153] == LABEL["hair"]
    ids = re.findall(r'id="([^"]*)"', composition.compose(tiny, {}, {}, parts=["hair", "head"]))
    assert ids == ["hair-back", "head", "hair"]


def test_a_border_surrounds_the_whole_figure(tmp_path: Path) -> None:
    folder = tiny_style.write(tmp_path / "rimmed")
    manifest = (folder / "style.json").read_text()
    (folder / "style.json").write_text(manifest[:-1] + ', "border": {"color": "#00ff00", "width": 10}}')
    rimmed = style.load(folder)
    plain = _pixels(composition.compose(style.load(tiny_style.write(tmp_path / "plain")), {}, {}), 420)
    drawn = _pixels(composition.compose(rimmed, {}, {}), 420)
    green = (drawn[..., :3] == [0, 255, 0]).all(-1)
    assert not (green & (plain[..., 3] == 255)).any()
    grown = np.nonzero((drawn[..., 3] > 128).any(0))[0]
    before = np.nonzero((plain[..., 3] > 128).any(0))[0]
    assert (before[0] - grown[0], grown[-1] - before[-1]) == (10, 10)


@pytest.mark.parametrize(
    ("choice", "colors", "message"),
    [
        ({"hair": "nope"}, {}, "no hair 'nope': one"),
        ({"horns": "one"}, {}, "no part 'horns'"),
        ({}, {"horns": "#000000"}, "no colour 'horns'"),
        ({}, {"hair": "red"}, "hair 'red' is not a colour"),
    ],
)
def test_what_the_style_lacks_is_refused_by_name(
    tiny: style.Style, choice: dict[str, str], colors: dict[str, str], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        composition.compose(tiny, choice, colors)

"""Faces come apart where OpenMoji put them together, and are the same when put together again."""

from pathlib import Path

import numpy as np
import pytest
from support import part_faces

from emojax.core.errors import UserError
from emojax.data.openmoji import source as openmoji_source
from emojax.data.openmoji.metadata import read_metadata, select
from emojax.data.openmoji.parts import anatomy, shapes
from emojax.media.svg import rasterize


def _apart(folder: Path, hexcode: str) -> anatomy.Anatomy:
    found = anatomy.take_apart(shapes.read(folder / "color" / "svg" / f"{hexcode}.svg"), hexcode)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return part_faces.write_faces(tmp_path_factory.mktemp("faces") / "openmoji")


def _pixels(markup: str) -> np.ndarray:
    return rasterize(markup.encode(), size=128, background=None, name="face").astype(int)


def _counts(found: anatomy.Anatomy) -> tuple[int, ...]:
    return tuple(len(found.of(slot)) for slot in anatomy.SLOTS)


def test_shapes_are_told_apart_by_where_they_lie(folder: Path) -> None:
    plain = _apart(folder, "1F600")
    assert _counts(plain) == (1, 2, 1, 0)
    assert plain.outline is None
    assert len(plain.outlines) == 1
    heart = _apart(folder, "1F618")
    assert _counts(heart) == (1, 2, 1, 2)
    assert [s.group for s in heart.of("extra")] == ["color", "line"]


def test_an_outline_with_a_gap_belongs_to_what_fills_the_gap(folder: Path) -> None:
    assert _apart(folder, "1F618").outline == "extra"
    tongue = _apart(folder, "1F60B")  # in the table: what crosses the outline is its mouth
    assert tongue.outline == "mouth"
    assert _counts(tongue) == (1, 2, 2, 0)


def test_a_face_is_the_same_when_put_together_again(folder: Path) -> None:
    for hexcode in part_faces.FACES:
        if hexcode in anatomy.WHOLE:
            continue
        found = _apart(folder, hexcode)
        again = shapes.document("".join(shape.markup for shape in found.in_order()))
        drawing = (folder / "color" / "svg" / f"{hexcode}.svg").read_text()
        assert np.abs(_pixels(again) - _pixels(drawing)).max() <= 1, hexcode


def test_listed_and_outlineless_faces_do_not_come_apart(folder: Path) -> None:
    drawn = shapes.read(folder / "color" / "svg" / "1F643.svg")
    assert anatomy.take_apart(drawn, "1F643") is None
    assert anatomy.take_apart(drawn, "1F600") is not None
    without = [shape for shape in drawn if shape.stroke != "#000"]
    assert anatomy.take_apart(without, "1F600") is None


@pytest.mark.parametrize(("radius", "there"), [(22.5, True), (22.3, False), (23.5, True), (23.7, False)])
def test_an_outline_has_the_usual_radius(tmp_path: Path, radius: float, there: bool) -> None:
    circle = part_faces.CIRCLE.replace('r="23"', f'r="{radius}"')
    path = tmp_path / "face.svg"
    path.write_text(part_faces.document(part_faces.disc(), circle + part_faces.SMILE))
    assert (anatomy.take_apart(shapes.read(path), "1F600") is not None) == there


def test_transforms_of_groups_move_points_and_stay_in_markup(tmp_path: Path) -> None:
    path = tmp_path / "moved.svg"
    inner = '<g transform="scale(2)"><g fill="#f00"><rect x="1" y="2" width="3" height="4"/></g></g>'
    path.write_text(part_faces.document(f'<g transform="translate(10 20)">{inner}</g>', ""))
    (shape,) = shapes.read(path)
    np.testing.assert_allclose(shape.box, (12, 24, 18, 32), atol=1e-9)
    assert shape.fill == "#f00"
    again = _pixels(shapes.document(shape.markup))
    np.testing.assert_array_equal(again, _pixels(path.read_text()))


def test_a_drawing_that_cannot_be_understood_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.svg"
    path.write_text(part_faces.document('<path d="M0 0L" fill="#000"/>', ""))
    with pytest.raises(UserError, match=r"bad\.svg"):
        shapes.read(path)


@pytest.mark.network
def test_openmojis_smileys_come_apart_and_are_the_same_again() -> None:
    source = openmoji_source.locate()
    emoji = select(read_metadata(source.metadata), "smileys")
    apart = 0
    for entry in emoji:
        found = anatomy.take_apart(shapes.read(source.drawing(entry)), entry.hexcode)
        if found is None:
            assert entry.hexcode in anatomy.WHOLE
            continue
        apart += 1
        again = shapes.document("".join(shape.markup for shape in found.in_order()))
        drawing = source.drawing(entry).read_text()
        assert np.abs(_pixels(again) - _pixels(drawing)).max() <= 1, entry.hexcode
    assert apart == len(emoji) - len(anatomy.WHOLE) == 99

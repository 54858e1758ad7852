"""Parts that look alike are one, rules keep apart what would not go together, and JSON keeps all of it."""

from pathlib import Path

import numpy as np
import pytest
from support import part_faces

from emojax.core.errors import UserError
from emojax.data.openmoji.parts import collecting
from emojax.data.openmoji.parts.names import names_of
from emojax.data.openmoji.parts.part_set import KINDS, PartSet


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return part_faces.write_faces(tmp_path_factory.mktemp("faces") / "openmoji")


@pytest.fixture(scope="module")
def parts(folder: Path) -> PartSet:
    collecting.load.cache_clear()
    return collecting.load(folder)


def _number(parts: PartSet, kind: str, hexcode: str) -> int:
    return next(i for i in parts.numbers(kind) if hexcode in parts.parts[i].hexcodes)


def test_equal_drawings_that_lie_near_each_other_are_one_part(parts: PartSet) -> None:
    dots = parts.parts[_number(parts, "eyes", "1F600")]
    assert dots.hexcodes == ("1F600", "1F642", "1F60B")
    faces = {face.label.hexcode: face for face in parts.faces}
    assert faces["1F642"].parts["eyes"] == faces["1F600"].parts["eyes"]
    np.testing.assert_allclose(faces["1F642"].offsets["eyes"], (0, 1.5), atol=1e-6)
    # The bars of the angry face are the same, but 8 lower.
    assert _number(parts, "eyes", "1F620") != _number(parts, "eyes", "1F603")


def test_kinds_follow_each_other_and_whole_faces_are_parts(parts: PartSet) -> None:
    kinds = [KINDS.index(part.kind) for part in parts.parts]
    assert kinds == sorted(kinds)
    assert parts.counts == tuple(kinds.count(i) for i in range(5))
    assert [parts.parts[i].hexcodes for i in parts.numbers("whole")] == [("1F643",)]
    assert {parts.parts[i].color for i in parts.numbers("base")} == {"#fcea2b", "#ea5a47"}


def test_what_overlaps_does_not_fit(parts: PartSet) -> None:
    low, lips, smile = (
        _number(parts, *each) for each in (("eyes", "1F620"), ("mouth", "1F603"), ("mouth", "1F600"))
    )
    assert not parts.fits[low, lips]
    assert parts.fits[low, smile]
    assert (parts.fits == parts.fits.T).all()


def test_two_outlines_do_not_fit_nor_does_skin_of_another_colour(parts: PartSet) -> None:
    heart, hand, tongue, red, yellow = (
        _number(parts, *each)
        for each in (
            ("extra", "1F618"),
            ("extra", "1F917"),
            ("mouth", "1F60B"),
            ("base", "1F620"),
            ("base", "1F600"),
        )
    )
    assert not parts.fits[heart, tongue]
    assert parts.fits[heart, red]
    assert not parts.fits[hand, red]
    assert parts.fits[hand, yellow]


def test_openmojis_own_faces_fit_and_are_never_held_out(parts: PartSet) -> None:
    for face in parts.faces:
        numbers = list(face.parts.values())
        assert parts.fits[np.ix_(numbers, numbers)].all()
        assert not parts.held_out[np.ix_(numbers, numbers)].any()
    assert not (parts.held_out & ~parts.fits).any()


def test_weights_leave_room_for_faces_without_extras(parts: PartSet) -> None:
    base, eyes, mouth, extra = parts.weights.sum(1)
    np.testing.assert_allclose((base, eyes, mouth, extra), (1, 1, 0.98, 0.45), rtol=1e-5)
    assert parts.weights[0, _number(parts, "base", "1F600")] > 0.6


def test_json_keeps_everything(parts: PartSet) -> None:
    again = PartSet.from_json(parts.to_json(), source="file")
    assert again.to_json() == parts.to_json()
    np.testing.assert_array_equal(again.fits, parts.fits)
    np.testing.assert_array_equal(again.held_out, parts.held_out)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"kind":"eyes"', '"kind":"nose"'),
        ('"kind":"eyes"', '"kind":"whole"'),
        ('"room":1.0', '"room":7.0'),
        ('"digest"', '"digets"'),
        ('"fits":"', '"fits":"AAAA'),
        ('"shortcode":"', '"shortcode":"\\u202e'),
    ],
)
def test_json_of_a_stranger_is_refused_in_one_line(parts: PartSet, old: str, new: str) -> None:
    text = parts.to_json()
    assert old in text
    with pytest.raises(UserError, match=r"stranger\.json.*") as caught:
        PartSet.from_json(text.replace(old, new, 1), source="stranger.json")
    assert "\n" not in str(caught.value)


def test_collected_parts_are_read_from_the_cache(folder: Path, parts: PartSet) -> None:
    collecting.load.cache_clear()
    first = collecting.load(folder)
    collecting.load.cache_clear()
    assert collecting.load(folder).to_json() == first.to_json() == parts.to_json()


def test_parts_are_found_by_name_by_emoji_and_nearly(parts: PartSet) -> None:
    eyes = names_of(parts, "eyes")
    dots = _number(parts, "eyes", "1F600")
    assert eyes.find("dots") == eyes.find("slightly smiling face") == eyes.find("1F642") == dots
    assert eyes.find("angry") == _number(parts, "eyes", "1F620")
    with pytest.raises(UserError, match="nearest are"):
        eyes.find("xylophone")
    assert "dots" in eyes.table()
